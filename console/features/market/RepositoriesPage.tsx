import { useState } from 'react';
import { Library, Pencil, Plus, RefreshCw, Trash2 } from 'lucide-react';
import type { Repository } from '@orrery/platform-kinds/types';
import { Action } from '../../blocks/Action.tsx';
import { TextCell } from '../../blocks/cells.tsx';
import { ConfirmDelete } from '../../blocks/ConfirmDelete.tsx';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { useDialog } from '../../blocks/place.ts';
import { ResourceTable } from '../../blocks/ResourceTable.tsx';
import { useAction } from '../../data/calls.ts';
import { Age } from '../../ui/Age.tsx';
import { Badge } from '../../ui/Badge.tsx';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { useToasts } from '../../ui/Toaster.tsx';
import { syncOf } from './market.ts';
import { messages } from './messages.data.ts';
import { RepositoryDialog } from './RepositoryDialog.tsx';
import { market } from '@orrery/platform-contract/features';

const nameOf = ({ metadata }: Repository): string => metadata.name ?? '';
const pathOf = (row: Repository) => ({ repository: nameOf(row) });

/** Where the market's extensions come from. */
export default function RepositoriesPage() {
  const t = useMessages(messages);
  const c = useMessages(common);
  const toasts = useToasts();
  const create = useDialog('create');
  const sync = useAction(market.syncRepository);
  const remove = useAction(market.deleteRepository);
  const [edited, setEdited] = useState<Repository>();
  const [leaving, setLeaving] = useState<string>();
  const adding = (variant: 'primary' | 'plain') => (
    <Action icon={Plus} variant={variant} question={{ route: market.createRepository }} onRun={create.open}>
      {t('addRepository')}
    </Action>
  );
  const read = async (row: Repository) => {
    try {
      await sync.run({ path: pathOf(row) });
      toasts.show({ tone: 'good', title: t('syncing', { name: nameOf(row) }) });
    } catch (error) {
      toasts.show({ tone: 'bad', title: t('notSynced'), text: (error as Error).message });
    }
  };
  return (
    <PageFrame title={t('repositories')} description={t('repositoriesText')} actions={adding('primary')}>
      <ResourceTable<Repository>
        label={t('repositories')}
        route={market.repositories}
        initial={{ sortBy: 'name', ascending: true }}
        columns={[
          {
            key: 'name',
            title: c('name'),
            sortBy: 'name',
            width: '180px',
            cell: row => <strong>{nameOf(row)}</strong>,
          },
          { key: 'url', title: t('address'), cell: ({ spec }) => <TextCell>{spec.url}</TextCell> },
          { key: 'state', title: t('state'), width: '130px', cell: row => <Sync repository={row} /> },
          {
            key: 'read',
            title: t('lastSync'),
            width: '110px',
            cell: ({ status }) => (status?.lastSyncTime ? <Age time={status.lastSyncTime} /> : '–'),
          },
        ]}
        actions={[
          {
            key: 'sync',
            title: t('sync'),
            icon: RefreshCw,
            question: row => ({ route: market.syncRepository, path: pathOf(row) }),
            onRun: row => void read(row),
          },
          {
            key: 'edit',
            title: t('edit'),
            icon: Pencil,
            question: row => ({ route: market.updateRepository, path: pathOf(row) }),
            onRun: setEdited,
          },
          {
            key: 'remove',
            title: t('remove'),
            icon: Trash2,
            danger: true,
            question: row => ({ route: market.deleteRepository, path: pathOf(row) }),
            onRun: row => setLeaving(nameOf(row)),
          },
        ]}
        empty={{
          icon: Library,
          title: t('noRepositories'),
          text: t('noRepositoriesText'),
          action: adding('plain'),
        }}
      />
      {create.opened && <RepositoryDialog close={create.close} />}
      {edited && <RepositoryDialog key={nameOf(edited)} repository={edited} close={() => setEdited(undefined)} />}
      <ConfirmDelete
        name={leaving}
        consequence={t('removeRepositoryText')}
        close={() => setLeaving(undefined)}
        onDelete={repository => remove.run({ path: { repository } })}
      />
    </PageFrame>
  );
}

function Sync({ repository }: { readonly repository: Repository }) {
  const t = useMessages(messages);
  const { tone, message } = syncOf(repository);
  const word = tone === 'bad' ? t('notSynced') : tone === 'good' ? t('synced') : t('waiting');
  return (
    <span title={message}>
      <Badge tone={tone}>{word}</Badge>
    </span>
  );
}
