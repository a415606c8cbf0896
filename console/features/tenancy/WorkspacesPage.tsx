import { useState } from 'react';
import { Boxes, Plus, Trash2 } from 'lucide-react';
import { tenancy } from '@orrery/platform-contract/features';
import type { WorkspaceTemplate } from '@orrery/platform-kinds/types';
import { Action } from '../../blocks/Action.tsx';
import { AgeCell, NameCell, TextCell } from '../../blocks/cells.tsx';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { ResourceTable } from '../../blocks/ResourceTable.tsx';
import { useDialog } from '../../blocks/place.ts';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { pathTo } from '../../util/paths.ts';
import { CreateWorkspace } from './CreateWorkspace.tsx';
import { WorkspaceState } from './WorkspaceState.tsx';
import { messages } from './messages.data.ts';
import { descriptionOf } from '../../blocks/marks.ts';
import { isSystem, managerOf } from './workspace.ts';
import { DeleteWorkspace } from './workspaces/DeleteWorkspace.tsx';

const hrefOf = ({ metadata }: WorkspaceTemplate) =>
  pathTo('/workspaces/$workspace', { workspace: metadata.name ?? '' });

export default function WorkspacesPage() {
  const t = useMessages(messages);
  const c = useMessages(common);
  const create = useDialog('create');
  const [leaving, setLeaving] = useState<string>();
  const createButton = (variant: 'primary' | 'plain') => (
    <Action icon={Plus} variant={variant} question={{ route: tenancy.createWorkspace }} onRun={create.open}>
      {t('createWorkspace')}
    </Action>
  );
  return (
    <PageFrame title={t('workspaces')} description={t('workspacesText')} actions={createButton('primary')}>
      <ResourceTable<WorkspaceTemplate>
        label={t('workspaces')}
        route={tenancy.workspaces}
        href={hrefOf}
        columns={[
          { key: 'name', title: c('name'), sortBy: 'name', cell: row => <NameCell row={row} href={hrefOf(row)} /> },
          { key: 'description', title: c('description'), cell: row => <TextCell>{descriptionOf(row)}</TextCell> },
          { key: 'state', title: t('state'), width: '130px', cell: row => <WorkspaceState workspace={row} /> },
          { key: 'manager', title: t('manager'), width: '180px', cell: row => <TextCell>{managerOf(row)}</TextCell> },
          { key: 'age', title: c('created'), sortBy: 'createTime', width: '120px', cell: row => <AgeCell row={row} /> },
        ]}
        actions={[
          {
            key: 'delete',
            title: t('deleteWorkspace'),
            icon: Trash2,
            danger: true,
            question: row => ({ route: tenancy.deleteWorkspace, path: { workspace: row.metadata.name ?? '' } }),
            disabledReason: row => (isSystem(row) ? t('systemWorkspace') : undefined),
            onRun: row => setLeaving(row.metadata.name),
          },
        ]}
        empty={{ icon: Boxes, title: t('emptyTitle'), text: t('emptyText'), action: createButton('plain') }}
      />
      <CreateWorkspace opened={create.opened} close={create.close} />
      <DeleteWorkspace name={leaving} close={() => setLeaving(undefined)} />
    </PageFrame>
  );
}
