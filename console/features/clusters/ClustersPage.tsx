import { useState } from 'react';
import { useRouter } from '@tanstack/react-router';
import { Plus, Server, Settings2, Trash2 } from 'lucide-react';
import { clusters as routes, type Cluster } from '@orrery/platform-contract/features';
import { Action } from '../../blocks/Action.tsx';
import { AgeCell, NameCell, TextCell } from '../../blocks/cells.tsx';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { useDialog, useSearch, useSetSearch } from '../../blocks/place.ts';
import { ResourceTable } from '../../blocks/ResourceTable.tsx';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { pathTo } from '../../util/paths.ts';
import { withSearch } from '../../util/url-search.ts';
import { isHost, isPublic, tagLabel, tagOf, tags } from './cluster.ts';
import { ImportCluster } from './ImportCluster.tsx';
import { ClusterState } from './ClusterState.tsx';
import { messages } from './messages.data.ts';
import styles from '../../blocks/form.module.css';
import { RemoveCluster } from './RemoveCluster.tsx';

const hrefOf = ({ metadata: { name: cluster = '' } }: Cluster): string => pathTo('/clusters/$cluster', { cluster });

/** The clusters that one may work in, each a way into it. */
export default function ClustersPage() {
  const t = useMessages(messages);
  const c = useMessages(common);
  const router = useRouter();
  const create = useDialog('create');
  const tag = useSearch()['tag'];
  const [leaving, setLeaving] = useState<Cluster>();
  const button = (variant: 'primary' | 'plain') => (
    <Action icon={Plus} variant={variant} question={{ route: routes.create }} onRun={create.open}>
      {t('import')}
    </Action>
  );
  return (
    <PageFrame title={t('title')} description={t('about')} actions={button('primary')}>
      <ResourceTable<Cluster>
        label={t('title')}
        route={routes.list}
        query={tag ? { labelSelector: `${tagLabel}=${tag}` } : undefined}
        initial={{ sortBy: 'name', ascending: true }}
        href={hrefOf}
        filters={<TagFilter />}
        columns={[
          { key: 'name', title: c('name'), sortBy: 'name', cell: row => <NameCell row={row} href={hrefOf(row)} /> },
          { key: 'state', title: t('state'), width: '170px', cell: row => <ClusterState cluster={row} /> },
          {
            key: 'version',
            title: t('version'),
            width: '130px',
            cell: row => <TextCell>{row.status.kubernetesVersion}</TextCell>,
          },
          { key: 'nodes', title: t('nodes'), width: '80px', align: 'right', cell: row => row.status.nodeCount },
          {
            key: 'tag',
            title: t('tag'),
            width: '130px',
            cell: row => <TextCell>{t(`tag_${tagOf(row) ?? 'none'}`)}</TextCell>,
          },
          {
            key: 'visibility',
            title: t('forWhom'),
            width: '160px',
            cell: row => <TextCell>{t(isPublic(row) ? 'public' : 'chosen')}</TextCell>,
          },
          { key: 'age', title: c('created'), sortBy: 'createTime', width: '110px', cell: row => <AgeCell row={row} /> },
        ]}
        actions={[
          {
            key: 'settings',
            title: t('settings'),
            icon: Settings2,
            onRun: row => router.history.push(`${hrefOf(row)}/settings`),
          },
          {
            key: 'delete',
            title: t('remove'),
            icon: Trash2,
            danger: true,
            question: row => ({ route: routes.delete, path: { cluster: row.metadata.name ?? '' } }),
            disabledReason: row => (isHost(row) ? t('isHost') : undefined),
            onRun: setLeaving,
          },
        ]}
        empty={{ icon: Server, title: t('none'), text: t('noneText'), action: button('plain') }}
      />
      <ImportCluster opened={create.opened} close={create.close} />
      <RemoveCluster name={leaving?.metadata.name} close={() => setLeaving(undefined)} />
    </PageFrame>
  );
}

/** What the clusters are used for: in the address, like everything that a table shows. */
function TagFilter() {
  const t = useMessages(messages);
  const tag = useSearch()['tag'] ?? '';
  const setSearch = useSetSearch();
  return (
    <select
      aria-label={t('tag')}
      className={styles.inline}
      value={tag}
      onChange={event => {
        const chosen = event.currentTarget.value || undefined;
        setSearch(before => withSearch(before, { tag: chosen, page: undefined }));
      }}
    >
      <option value="">{t('anyTag')}</option>
      {tags.map(value => (
        <option key={value} value={value}>
          {t(`tag_${value}`)}
        </option>
      ))}
    </select>
  );
}
