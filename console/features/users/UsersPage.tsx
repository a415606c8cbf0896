import { UserPlus, Users } from 'lucide-react';
import { users } from '@orrery/platform-contract/features';
import type { User } from '@orrery/platform-kinds/types';
import { Action } from '../../blocks/Action.tsx';
import { AgeCell } from '../../blocks/cells.tsx';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { PersonCell } from '../../blocks/people/PersonCell.tsx';
import { UserState } from '../../blocks/people/UserState.tsx';
import { useDialog, useSearch } from '../../blocks/place.ts';
import { ResourceTable } from '../../blocks/ResourceTable.tsx';
import { FilterSelect } from '../../blocks/table/FilterSelect.tsx';
import { RoleName } from '../../blocks/roles/RoleName.tsx';
import { Age } from '../../ui/Age.tsx';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { CreateUser } from './CreateUser.tsx';
import { messages } from './messages.data.ts';
import { roleOf, userHref } from './user.ts';
import { useUserActions } from './useUserActions.tsx';

const states = ['Active', 'Uninitialized', 'AuthLimitExceeded', 'Disabled'] as const;

export default function UsersPage() {
  const t = useMessages(messages);
  const c = useMessages(common);
  const create = useDialog('create');
  const { actions, dialogs } = useUserActions();
  const state = useSearch()['state'];
  const button = (variant: 'primary' | 'plain') => (
    <Action icon={UserPlus} variant={variant} question={{ route: users.create }} onRun={create.open}>
      {t('create')}
    </Action>
  );
  return (
    <PageFrame title={t('users')} description={t('usersText')} actions={button('primary')}>
      <ResourceTable<User>
        label={t('users')}
        route={users.list}
        query={state ? { state } : undefined}
        href={userHref}
        filters={
          <FilterSelect
            name="state"
            label={t('state')}
            any={t('anyState')}
            choices={states.map(value => ({ value, title: t(`state_${value}`) }))}
          />
        }
        columns={[
          {
            key: 'name',
            title: c('name'),
            sortBy: 'name',
            cell: row => <PersonCell user={row} href={userHref(row)} />,
          },
          {
            key: 'role',
            title: t('platformRole'),
            width: '200px',
            cell: row => <RoleName name={roleOf(row)} place="platform" />,
          },
          { key: 'state', title: t('state'), width: '170px', cell: row => <UserState user={row} /> },
          {
            key: 'lastLogin',
            title: t('lastLogin'),
            width: '150px',
            cell: ({ status }) => (status?.lastLoginTime ? <Age time={status.lastLoginTime} /> : t('never')),
          },
          { key: 'age', title: c('created'), sortBy: 'createTime', width: '120px', cell: row => <AgeCell row={row} /> },
        ]}
        actions={actions}
        empty={
          state
            ? { icon: Users, title: t('noneInState'), text: t('noneInStateText') }
            : { icon: Users, title: t('emptyTitle'), text: t('emptyText'), action: button('plain') }
        }
      />
      <CreateUser opened={create.opened} close={create.close} />
      {dialogs}
    </PageFrame>
  );
}
