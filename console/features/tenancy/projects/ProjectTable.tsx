import type { ReactNode } from 'react';
import { Link } from '@tanstack/react-router';
import { Box } from 'lucide-react';
import type { KubeObject } from '@orrery/machinery/meta';
import { tenancy } from '@orrery/platform-contract/features';
import { ClusterPicker } from '../../../blocks/ClusterPicker.tsx';
import { useCluster } from '../../../data/context.ts';
import { useMessages } from '../../../ui/locale.ts';
import { pathTo } from '../../../util/paths.ts';
import { messages } from '../messages.data.ts';
import { PlaceTable } from '../PlaceTable.tsx';
import { holdsPlatform, placeOf, projectHref, workspaceOf } from './project.ts';

export interface ProjectTableProps {
  /** Of all workspaces unless given. */
  readonly workspace?: string;
  /** What to do when there is none. */
  readonly emptyAction: ReactNode;
}

/** Projects of a cluster, live, each a way into it. */
export function ProjectTable({ workspace, emptyAction }: ProjectTableProps) {
  const t = useMessages(messages);
  const cluster = useCluster();
  const workspaceColumn = {
    key: 'workspace',
    title: t('workspace'),
    width: '180px',
    cell: (row: KubeObject) => (
      <Link to={pathTo('/workspaces/$workspace', { workspace: workspaceOf(row) })} tabIndex={-1}>
        {workspaceOf(row)}
      </Link>
    ),
  };
  return (
    <PlaceTable
      label={t('projects')}
      route={workspace === undefined ? tenancy.projects : tenancy.workspaceProjects}
      path={workspace === undefined ? undefined : { workspace }}
      hrefOf={row => projectHref(row, cluster)}
      filters={<ClusterPicker />}
      columns={workspace === undefined ? [workspaceColumn] : []}
      settings={t('projectSettings')}
      removal={{
        route: tenancy.deleteProject,
        title: t('deleteProject'),
        consequence: t('deleteProjectText'),
        pathOf: placeOf,
        disabledReason: row => (holdsPlatform(row) ? t('systemProject') : undefined),
      }}
      empty={{ icon: Box, title: t('noProjects'), text: t('noProjectsText'), action: emptyAction }}
    />
  );
}
