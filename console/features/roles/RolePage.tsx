import { useState } from 'react';
import { useRouter } from '@tanstack/react-router';
import { Trash2, Users } from 'lucide-react';
import { roles, users } from '@orrery/platform-contract/features';
import { annotations } from '@orrery/platform-kinds/names';
import type { PlatformRole, User } from '@orrery/platform-kinds/types';
import { Action } from '../../blocks/Action.tsx';
import { AgeCell } from '../../blocks/cells.tsx';
import { ConfirmDelete } from '../../blocks/ConfirmDelete.tsx';
import { DetailFrame } from '../../blocks/DetailFrame.tsx';
import type { PageProps } from '../../blocks/page.ts';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { PersonCell } from '../../blocks/people/PersonCell.tsx';
import { UserState } from '../../blocks/people/UserState.tsx';
import { Problem } from '../../blocks/Problem.tsx';
import { ResourceTable } from '../../blocks/ResourceTable.tsx';
import { aliasOf, isBuiltIn, roleKeyOf } from '../../blocks/roles/words.ts';
import { roleMessages } from '../../blocks/roles/messages.data.ts';
import { useAction } from '../../data/calls.ts';
import { useLive } from '../../data/live.ts';
import { Age } from '../../ui/Age.tsx';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { pathTo } from '../../util/paths.ts';
import { messages } from './messages.data.ts';
import { Permissions } from './Permissions.tsx';
import { useRoleText } from './RoleCell.tsx';

export default function RolePage({ params: { role: name } }: PageProps<'/roles/$role'>) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const words = useMessages(roleMessages);
  const about = useRoleText();
  const router = useRouter();
  const remove = useAction(roles.deleteGlobalRole);
  const [leaving, setLeaving] = useState(false);
  const { data: role, error } = useLive(roles.globalRole, { path: { globalrole: name } });
  if (!role) return <PageFrame title={name}>{error && <Problem error={error} />}</PageFrame>;
  const key = roleKeyOf(name, 'platform');
  return (
    <>
      <DetailFrame
        title={key ? words(key) : (aliasOf(role) ?? name)}
        description={about(role)}
        actions={
          <Action
            icon={Trash2}
            variant="danger"
            question={{ route: roles.deleteGlobalRole, path: { globalrole: name } }}
            disabledReason={isBuiltIn(role) ? t('isBuiltIn') : undefined}
            onRun={() => setLeaving(true)}
          >
            {t('remove')}
          </Action>
        }
        facts={[
          { label: c('name'), value: name },
          { label: t('kind'), value: t(isBuiltIn(role) ? 'builtIn' : 'own') },
          { label: t('creator'), value: role.metadata.annotations?.[annotations.creator] ?? '–' },
          { label: c('created'), value: <Age time={role.metadata.creationTimestamp} /> },
        ]}
        tabs={[
          { key: 'permissions', title: t('permissions'), content: () => <Permissions rules={role.rules ?? []} /> },
          { key: 'users', title: t('users'), content: () => <Holders role={role} /> },
        ]}
      />
      <ConfirmDelete
        name={leaving ? name : undefined}
        consequence={t('removeText')}
        close={() => setLeaving(false)}
        onDelete={globalrole => remove.run({ path: { globalrole } })}
        onDone={() => router.history.push('/roles')}
      />
    </>
  );
}

/** Who has it. */
function Holders({ role }: { readonly role: PlatformRole }) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const name = role.metadata.name ?? '';
  const href = ({ metadata }: User) => pathTo('/users/$user', { user: metadata.name ?? '' });
  return (
    <ResourceTable<User>
      label={t('users')}
      route={users.list}
      query={{ globalrole: name }}
      href={href}
      columns={[
        { key: 'name', title: c('name'), sortBy: 'name', cell: row => <PersonCell user={row} href={href(row)} /> },
        { key: 'state', title: t('state'), width: '170px', cell: row => <UserState user={row} /> },
        { key: 'age', title: c('created'), sortBy: 'createTime', width: '120px', cell: row => <AgeCell row={row} /> },
      ]}
      empty={{ icon: Users, title: t('nobody'), text: t('nobodyText') }}
    />
  );
}
