import { useRef, useState } from 'react';
import { Popover, TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Box, Boxes, ChevronsUpDown, Globe, Infinity as Loop, Search, Server } from 'lucide-react';
import type { KubeObject } from '@orrery/machinery/meta';
import { clusters, tenancy } from '@orrery/platform-contract/features';
import { labels } from '@orrery/platform-kinds/names';
import { useCall } from '../../data/calls.ts';
import { hostCluster } from '../../data/data.ts';
import { useOffer } from '../../data/session.ts';
import { useMessages } from '../../ui/locale.ts';
import { useSettled } from '../../ui/time.ts';
import { pathTo } from '../../util/paths.ts';
import { scopeNames, type Here } from './here.ts';
import { shellMessages } from './messages.data.ts';
import styles from './switcher.module.css';

const icons = { platform: Globe, cluster: Server, workspace: Boxes, project: Box, devops: Loop } as const;

/** Where one is, and a short way to anywhere else. */
export function ScopeSwitcher({ here: { scope, params } }: { readonly here: Here }) {
  const t = useMessages(shellMessages);
  const [opened, setOpened] = useState(false);
  const Icon = icons[scope];
  const key = scopeNames[scope];
  const name = key && params[key];
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-start" width={300} shadow="md" trapFocus>
      <Popover.Target>
        <button
          type="button"
          className={styles.trigger}
          title={t('switchScope')}
          onClick={() => setOpened(open => !open)}
        >
          <Icon size={15} aria-hidden="true" />
          {name !== undefined && <span className={styles.kind}>{t(scope)} </span>}
          <span className={styles.name}>{name ?? t('platform')}</span>
          <ChevronsUpDown size={13} aria-hidden="true" />
        </button>
      </Popover.Target>
      <Popover.Dropdown p={8} aria-label={t('switchScope')}>
        {opened && <Choices cluster={params['cluster'] ?? hostCluster} close={() => setOpened(false)} />}
      </Popover.Dropdown>
    </Popover>
  );
}

/** As many as one looks through; more are found by name. */
const shownMax = '8';

interface ChoicesProps {
  /** Whose projects are offered. */
  readonly cluster: string;
  readonly close: () => void;
}

function Choices({ cluster, close }: ChoicesProps) {
  const t = useMessages(shellMessages);
  const [typed, setTyped] = useState('');
  const list = useRef<HTMLDivElement>(null);
  const name = useSettled(typed.trim(), 150);
  const query = { limit: shownMax, sortBy: 'name', ascending: 'true', ...(name && { name }) } as never;
  const workspaces = useCall(tenancy.workspaces, { query, cluster: hostCluster }).data?.items;
  const projects = useCall(tenancy.projects, { query, cluster }).data?.items;
  const several = useOffer().data?.features.has('clusters') === true;
  const seen = useCall(clusters.list, { query, cluster: hostCluster, when: several }).data;
  const others = seen && (seen.totalItems > 1 || cluster !== hostCluster) ? seen.items : [];
  const nothing = workspaces?.length === 0 && projects?.length === 0 && others.length === 0;
  const choice = (href: string, Icon: typeof Globe, text: string, more?: string) => (
    <Link key={href} to={href} className={styles.choice} onClick={close}>
      <Icon size={14} aria-hidden="true" />
      <span>{text}</span>
      {more && <small>{more}</small>}
    </Link>
  );
  return (
    <div className={styles.choices} ref={list}>
      <TextInput
        size="xs"
        aria-label={t('findScope')}
        placeholder={t('findScope')}
        leftSection={<Search size={14} />}
        value={typed}
        onChange={event => setTyped(event.currentTarget.value)}
        data-autofocus
      />
      {name === '' && choice('/', Globe, t('platform'))}
      {others.length > 0 && <p className={styles.group}>{t('clusters')}</p>}
      {others.map(({ metadata: { name: other = '' } }) =>
        choice(pathTo('/clusters/$cluster', { cluster: other }), Server, other),
      )}
      {workspaces && workspaces.length > 0 && <p className={styles.group}>{t('workspaces')}</p>}
      {workspaces?.map(({ metadata: { name: workspace = '' } }) =>
        choice(pathTo('/workspaces/$workspace', { workspace }), Boxes, workspace),
      )}
      {projects && projects.length > 0 && <p className={styles.group}>{t('projects')}</p>}
      {projects?.map(project =>
        choice(projectPath(project, cluster), Box, project.metadata.name ?? '', workspaceOf(project)),
      )}
      {nothing && name !== '' && <p className={styles.group}>{t('noneFound')}</p>}
    </div>
  );
}

const workspaceOf = ({ metadata }: KubeObject): string | undefined => metadata.labels?.[labels.workspace];
const projectPath = ({ metadata: { name = '' } }: KubeObject, cluster: string): string =>
  pathTo('/clusters/$cluster/projects/$namespace', { cluster, namespace: name });
