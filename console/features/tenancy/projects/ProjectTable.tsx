import { useState, type ReactNode } from 'react';
import { Link } from '@tanstack/react-router';
import { Box, Settings2, Trash2, Users } from 'lucide-react';
import { useRouter } from '@tanstack/react-router';
import type { KubeObject } from '@orrery/machinery/meta';
import { tenancy } from '@orrery/platform-contract/features';
import { AgeCell, NameCell, TextCell } from '../../../blocks/cells.tsx';
import { ConfirmDelete } from '../../../blocks/ConfirmDelete.tsx';
import { ResourceTable } from '../../../blocks/ResourceTable.tsx';
import { useAction } from '../../../data/calls.ts';
import { useMessages } from '../../../ui/locale.ts';
import { common } from '../../../ui/messages.data.ts';
import { pathTo } from '../../../util/paths.ts';
import { descriptionOf } from '../marks.ts';
import { messages } from '../messages.data.ts';
import { holdsPlatform, placeOf, projectHref, workspaceOf } from './project.ts';
import { ProjectState } from './ProjectState.tsx';

export interface ProjectTableProps {
  /** Of all workspaces unless given. */
  readonly workspace?: string;
  /** What to do when there is none. */
  readonly emptyAction: ReactNode;
}

/** Projects, live, each a way into it. */
export function ProjectTable({ workspace, emptyAction }: ProjectTableProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const router = useRouter();
  const remove = useAction(tenancy.deleteProject);
  const [leaving, setLeaving] = useState<KubeObject>();
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
    <>
      <ResourceTable<KubeObject>
        label={t('projects')}
        route={workspace === undefined ? tenancy.projects : tenancy.workspaceProjects}
        path={workspace === undefined ? undefined : { workspace }}
        href={projectHref}
        columns={[
          {
            key: 'name',
            title: c('name'),
            sortBy: 'name',
            cell: row => <NameCell row={row} href={projectHref(row)} />,
          },
          { key: 'description', title: c('description'), cell: row => <TextCell>{descriptionOf(row)}</TextCell> },
          ...(workspace === undefined ? [workspaceColumn] : []),
          { key: 'state', title: t('state'), width: '130px', cell: row => <ProjectState project={row} /> },
          { key: 'age', title: c('created'), sortBy: 'createTime', width: '120px', cell: row => <AgeCell row={row} /> },
        ]}
        actions={[
          {
            key: 'members',
            title: t('members'),
            icon: Users,
            onRun: row => router.history.push(`${projectHref(row)}/members`),
          },
          {
            key: 'settings',
            title: t('projectSettings'),
            icon: Settings2,
            onRun: row => router.history.push(`${projectHref(row)}/settings`),
          },
          {
            key: 'delete',
            title: t('deleteProject'),
            icon: Trash2,
            danger: true,
            question: row => ({ route: tenancy.deleteProject, path: placeOf(row) }),
            disabledReason: row => (holdsPlatform(row) ? t('systemProject') : undefined),
            onRun: setLeaving,
          },
        ]}
        empty={{ icon: Box, title: t('noProjects'), text: t('noProjectsText'), action: emptyAction }}
      />
      <ConfirmDelete
        name={leaving?.metadata.name}
        consequence={t('deleteProjectText')}
        close={() => setLeaving(undefined)}
        onDelete={async () => leaving && remove.run({ path: placeOf(leaving) })}
      />
    </>
  );
}
