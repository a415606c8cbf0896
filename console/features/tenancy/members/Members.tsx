import { useState } from 'react';
import { UserCog, UserMinus, UserPlus, Users } from 'lucide-react';
import type { User } from '@orrery/platform-kinds/types';
import { Action } from '../../../blocks/Action.tsx';
import { AgeCell } from '../../../blocks/cells.tsx';
import { ConfirmDelete } from '../../../blocks/ConfirmDelete.tsx';
import { PageFrame } from '../../../blocks/PageFrame.tsx';
import { PersonCell } from '../../../blocks/people/PersonCell.tsx';
import { UserState } from '../../../blocks/people/UserState.tsx';
import { useDialog } from '../../../blocks/place.ts';
import { ResourceTable } from '../../../blocks/ResourceTable.tsx';
import { RoleName } from '../../../blocks/roles/RoleName.tsx';
import { useAction } from '../../../data/calls.ts';
import { useMessages } from '../../../ui/locale.ts';
import { common } from '../../../ui/messages.data.ts';
import { ChangeRole } from './ChangeRole.tsx';
import { InviteMember } from './InviteMember.tsx';
import { memberMessages } from './messages.data.ts';
import { memberPath, type MemberPlace } from './place.ts';

export interface MembersProps {
  readonly place: MemberPlace;
  /** Who manages the place stays its administrator. */
  readonly manager?: string;
}

/** Who is in a cluster, a workspace or a project, and as what. */
export function Members({ place, manager }: MembersProps) {
  const t = useMessages(memberMessages);
  const c = useMessages(common);
  const invite = useDialog('invite');
  const remove = useAction(place.remove);
  const [changing, setChanging] = useState<User>();
  const [leaving, setLeaving] = useState<string>();
  const nameOf = ({ metadata }: User) => metadata.name ?? '';
  const whyManager = (row: User) => (nameOf(row) === manager ? t('isManager') : undefined);
  const button = (variant: 'primary' | 'plain') => (
    <Action icon={UserPlus} variant={variant} question={{ route: place.add, path: place.path }} onRun={invite.open}>
      {t('invite')}
    </Action>
  );
  return (
    <PageFrame title={t('members')} description={t(`text_${place.kind}`)} actions={button('primary')}>
      <ResourceTable<User>
        label={t('members')}
        route={place.list}
        path={place.path}
        initial={{ sortBy: 'name', ascending: true }}
        columns={[
          { key: 'name', title: c('name'), sortBy: 'name', cell: row => <PersonCell user={row} /> },
          {
            key: 'role',
            title: t('role'),
            width: '220px',
            cell: row => <RoleName name={place.roleOf(row)} place={place.kind} workspace={place.path['workspace']} />,
          },
          { key: 'state', title: t('state'), width: '150px', cell: row => <UserState user={row} /> },
          { key: 'age', title: c('created'), sortBy: 'createTime', width: '120px', cell: row => <AgeCell row={row} /> },
        ]}
        actions={[
          {
            key: 'role',
            title: t('changeRole'),
            icon: UserCog,
            question: row => ({ route: place.update, path: memberPath(place, nameOf(row)) }),
            disabledReason: whyManager,
            onRun: setChanging,
          },
          {
            key: 'remove',
            title: t('remove'),
            icon: UserMinus,
            danger: true,
            question: row => ({ route: place.remove, path: memberPath(place, nameOf(row)) }),
            disabledReason: whyManager,
            onRun: row => setLeaving(nameOf(row)),
          },
        ]}
        empty={{ icon: Users, title: t('emptyTitle'), text: t('emptyText'), action: button('plain') }}
      />
      <InviteMember place={place} opened={invite.opened} close={invite.close} />
      <ChangeRole place={place} member={changing} close={() => setChanging(undefined)} />
      <ConfirmDelete
        name={leaving}
        consequence={t(`remove_${place.kind}`)}
        close={() => setLeaving(undefined)}
        onDelete={name => remove.run({ path: memberPath(place, name) } as never)}
      />
    </PageFrame>
  );
}
