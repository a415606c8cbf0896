import { useState, type ReactNode } from 'react';
import { useRouter } from '@tanstack/react-router';
import { Settings2, Trash2, Users } from 'lucide-react';
import type { KubeObject } from '@orrery/machinery/meta';
import type { AnyRoute } from '@orrery/platform-contract';
import { AgeCell, NameCell, TextCell } from '../../blocks/cells.tsx';
import { ConfirmDelete } from '../../blocks/ConfirmDelete.tsx';
import { ResourceTable } from '../../blocks/ResourceTable.tsx';
import type { Column, Empty } from '../../blocks/table.ts';
import { useAction } from '../../data/calls.ts';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import type { Params } from '../../util/paths.ts';
import { descriptionOf } from '../../blocks/marks.ts';
import { messages } from './messages.data.ts';
import { ProjectState } from './projects/ProjectState.tsx';

export interface PlaceTableProps {
  /** What they are, for all of them. */
  readonly label: string;
  readonly route: AnyRoute;
  readonly path?: Params;
  readonly hrefOf: (row: KubeObject) => string;
  /** Between what they are for and how they are. */
  readonly columns?: readonly Column<KubeObject>[];
  readonly settings: string;
  /** Beside the search. */
  readonly filters?: ReactNode;
  readonly removal: {
    readonly route: AnyRoute;
    readonly title: string;
    readonly consequence: string;
    readonly pathOf: (row: KubeObject) => Params;
    readonly disabledReason?: (row: KubeObject) => string | undefined;
  };
  readonly empty: Empty;
}

/** Places with members of their own, live, each a way into it. */
export function PlaceTable(props: PlaceTableProps) {
  const { label, route, path, hrefOf, columns = [], settings, filters, removal, empty } = props;
  const t = useMessages(messages);
  const c = useMessages(common);
  const router = useRouter();
  const remove = useAction(removal.route);
  const [leaving, setLeaving] = useState<KubeObject>();
  return (
    <>
      <ResourceTable<KubeObject>
        label={label}
        route={route}
        path={path}
        href={hrefOf}
        columns={[
          { key: 'name', title: c('name'), sortBy: 'name', cell: row => <NameCell row={row} href={hrefOf(row)} /> },
          { key: 'description', title: c('description'), cell: row => <TextCell>{descriptionOf(row)}</TextCell> },
          ...columns,
          { key: 'state', title: t('state'), width: '130px', cell: row => <ProjectState project={row} /> },
          { key: 'age', title: c('created'), sortBy: 'createTime', width: '120px', cell: row => <AgeCell row={row} /> },
        ]}
        actions={[
          {
            key: 'members',
            title: t('members'),
            icon: Users,
            onRun: row => router.history.push(`${hrefOf(row)}/members`),
          },
          {
            key: 'settings',
            title: settings,
            icon: Settings2,
            onRun: row => router.history.push(`${hrefOf(row)}/settings`),
          },
          {
            key: 'delete',
            title: removal.title,
            icon: Trash2,
            danger: true,
            question: row => ({ route: removal.route, path: removal.pathOf(row) }),
            disabledReason: removal.disabledReason,
            onRun: setLeaving,
          },
        ]}
        filters={filters}
        empty={empty}
      />
      <ConfirmDelete
        name={leaving?.metadata.name}
        consequence={removal.consequence}
        close={() => setLeaving(undefined)}
        onDelete={async () => leaving && remove.run({ path: removal.pathOf(leaving) } as never)}
      />
    </>
  );
}
