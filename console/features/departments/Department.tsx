import { useState } from 'react';
import { FolderInput, Pencil, Plus, Trash2, UserMinus, UserPlus, Users } from 'lucide-react';
import { departments } from '@orrery/platform-contract/features';
import type { Group, GroupBinding, PlatformRoleBinding } from '@orrery/platform-kinds/types';
import { Action } from '../../blocks/Action.tsx';
import { AgeCell } from '../../blocks/cells.tsx';
import { ConfirmDelete } from '../../blocks/ConfirmDelete.tsx';
import { PlainTable } from '../../blocks/PlainTable.tsx';
import { ResourceTable } from '../../blocks/ResourceTable.tsx';
import { RoleName } from '../../blocks/roles/RoleName.tsx';
import { useAccess, useAction } from '../../data/calls.ts';
import { useLive } from '../../data/live.ts';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import styles from './departments.module.css';
import { AddMembers, EditDepartment, MoveDepartment, RemoveDepartment } from './dialogs.tsx';
import { messages } from './messages.data.ts';
import { rightsOf } from './rights.ts';
import { aboutOf, nameOf, titleOf, type Tree } from './tree.ts';

export interface DepartmentProps {
  readonly workspace: string;
  readonly group: Group;
  readonly tree: Tree;
  readonly onCreateBelow: () => void;
}

type Doing = 'edit' | 'move' | 'remove' | 'add';

/** One department: what it gives, and to whom. */
export function Department({ workspace, group, tree, onCreateBelow }: DepartmentProps) {
  const t = useMessages(messages);
  const [doing, setDoing] = useState<Doing>();
  const name = nameOf(group);
  const path = { workspace, department: name };
  const of = { workspace, group, close: () => setDoing(undefined) };
  const about = aboutOf(group);
  return (
    <section className={styles.details} aria-label={titleOf(group)}>
      <header className={styles.head}>
        <div>
          <h2>
            {titleOf(group)}
            {titleOf(group) !== name && <small>{name}</small>}
          </h2>
          {about && <p>{about}</p>}
        </div>
        <div className={styles.actions}>
          <Action
            icon={Trash2}
            variant="danger"
            question={{ route: departments.delete, path }}
            disabledReason={tree.below.has(name) ? t('hasBelow') : undefined}
            onRun={() => setDoing('remove')}
          >
            {t('remove')}
          </Action>
          <Action icon={FolderInput} question={{ route: departments.patch, path }} onRun={() => setDoing('move')}>
            {t('move')}
          </Action>
          <Action icon={Plus} question={{ route: departments.create, path: { workspace } }} onRun={onCreateBelow}>
            {t('createBelow')}
          </Action>
          <Action icon={Pencil} question={{ route: departments.patch, path }} onRun={() => setDoing('edit')}>
            {t('edit')}
          </Action>
        </div>
      </header>
      <Roles workspace={workspace} group={group} tree={tree} />
      <Members workspace={workspace} group={group} onAdd={() => setDoing('add')} />
      {doing === 'edit' && <EditDepartment {...of} />}
      {doing === 'move' && <MoveDepartment {...of} tree={tree} />}
      {doing === 'remove' && <RemoveDepartment {...of} />}
      {doing === 'add' && <AddMembers {...of} />}
    </section>
  );
}

const many = { limit: 500, page: 1 } as const;

/** Its own, and those of the departments above it. */
function Roles({ workspace, group, tree }: Omit<DepartmentProps, 'onCreateBelow'>) {
  const t = useMessages(messages);
  const path = { workspace };
  const may = (route: typeof departments.workspaceRoles | typeof departments.projectRoles) => ({ route, path });
  const ofWorkspace = useAccess(may(departments.workspaceRoles))?.allowed === true;
  const ofProjects = useAccess(may(departments.projectRoles))?.allowed === true;
  const inWorkspace = useLive(departments.workspaceRoles, { path, query: many, when: ofWorkspace }).data?.items ?? [];
  const inProjects = useLive(departments.projectRoles, { path, query: many, when: ofProjects }).data?.items ?? [];
  const bindings: readonly PlatformRoleBinding[] = [...inWorkspace, ...inProjects];
  return (
    <PlainTable
      title={t('roles')}
      label={t('roles')}
      head={[t('role'), t('where'), t('from')]}
      empty={t('noRoles')}
      rows={rightsOf(group, tree, bindings).map(({ role, namespace, from }) => [
        <RoleName key="role" name={role} place={namespace ? 'project' : 'workspace'} workspace={workspace} />,
        namespace ? t('inProject', { namespace }) : t('inWorkspace'),
        from ? titleOf(from) : t('ownRole'),
      ])}
    />
  );
}

interface MembersProps {
  readonly workspace: string;
  readonly group: Group;
  readonly onAdd: () => void;
}

const userOf = ({ users = [] }: GroupBinding): string => users[0] ?? '';

function Members({ workspace, group, onAdd }: MembersProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const remove = useAction(departments.removeMember);
  const [leaving, setLeaving] = useState<GroupBinding>();
  const pathOf = ({ metadata }: GroupBinding) => ({ workspace, groupbinding: metadata.name ?? '' });
  const button = (
    <Action icon={UserPlus} question={{ route: departments.addMembers, path: { workspace } }} onRun={onAdd}>
      {t('addMembers')}
    </Action>
  );
  return (
    <>
      <ResourceTable<GroupBinding>
        label={t('members')}
        route={departments.members}
        path={{ workspace }}
        query={{ group: nameOf(group) }}
        filters={button}
        columns={[
          { key: 'name', title: t('user'), cell: userOf },
          { key: 'age', title: c('created'), sortBy: 'createTime', width: '120px', cell: row => <AgeCell row={row} /> },
        ]}
        actions={[
          {
            key: 'remove',
            title: t('takeOut'),
            icon: UserMinus,
            danger: true,
            question: row => ({ route: departments.removeMember, path: pathOf(row) }),
            onRun: setLeaving,
          },
        ]}
        empty={{ icon: Users, title: t('nobody'), text: t('nobodyText') }}
      />
      <ConfirmDelete
        name={leaving && userOf(leaving)}
        consequence={t('takeOutText')}
        close={() => setLeaving(undefined)}
        onDelete={() => remove.run({ path: pathOf(leaving!) })}
      />
    </>
  );
}
