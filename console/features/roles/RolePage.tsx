import { useState } from 'react';
import { Link, useRouter } from '@tanstack/react-router';
import { Pencil, Trash2, Users } from 'lucide-react';
import type { roles } from '@orrery/platform-contract/features';
import { annotations } from '@orrery/platform-kinds/names';
import type { PlatformRole, User } from '@orrery/platform-kinds/types';
import { Action } from '../../blocks/Action.tsx';
import { AgeCell } from '../../blocks/cells.tsx';
import { DetailFrame } from '../../blocks/DetailFrame.tsx';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { PersonCell } from '../../blocks/people/PersonCell.tsx';
import { UserState } from '../../blocks/people/UserState.tsx';
import { PlainTable } from '../../blocks/PlainTable.tsx';
import { Problem } from '../../blocks/Problem.tsx';
import { ResourceTable } from '../../blocks/ResourceTable.tsx';
import { useLive } from '../../data/live.ts';
import { Age } from '../../ui/Age.tsx';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { pathTo } from '../../util/paths.ts';
import { stringifySearch } from '../../util/url-search.ts';
import { messages } from './messages.data.ts';
import { Permissions } from './Permissions.tsx';
import { originOf, placeOf, type RoleParams, type RolePlace } from './place.ts';
import { useRoleWords } from './RoleCell.tsx';
import { RemoveRole } from './RemoveRole.tsx';
import { EditRole } from './RoleDialogs.tsx';
import { useDepartmentsWith, type DepartmentsWith } from './useDepartments.ts';
import { useFixed, useWhyStays } from './useRemoval.ts';

interface RolePageProps {
  readonly params: RoleParams & { readonly role: string };
}

interface Part {
  readonly place: RolePlace;
  readonly role: PlatformRole;
}

export default function RolePage({ params }: RolePageProps) {
  const place = placeOf(params);
  const { data, error } = useLive(place.get as typeof roles.globalRole, { path: place.pathOf(params.role) as never });
  if (!data) return <PageFrame title={params.role}>{error && <Problem error={error} />}</PageFrame>;
  return <Role place={place} role={data} />;
}

function Role({ place, role }: Part) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const { titleOf, aboutOf } = useRoleWords(place);
  const name = role.metadata.name ?? '';
  const departments = useDepartmentsWith(place, name);
  const given = {
    key: 'departments',
    title: t('departments'),
    content: () => departments && <Departments {...departments} />,
  };
  return (
    <DetailFrame
      title={titleOf(role)}
      description={aboutOf(role)}
      actions={<RoleActions place={place} role={role} />}
      facts={[
        { label: c('name'), value: name },
        { label: t('kind'), value: t(originOf(place, role)) },
        { label: t('creator'), value: role.metadata.annotations?.[annotations.creator] ?? '–' },
        { label: c('created'), value: <Age time={role.metadata.creationTimestamp} /> },
      ]}
      tabs={[
        { key: 'permissions', title: t('permissions'), content: () => <Permissions place={place} role={role} /> },
        { key: 'users', title: t('users'), content: () => <Holders place={place} role={role} /> },
        ...(departments ? [given] : []),
      ]}
    />
  );
}

function RoleActions({ place, role }: Part) {
  const t = useMessages(messages);
  const router = useRouter();
  const name = role.metadata.name ?? '';
  const path = place.pathOf(name);
  const fixed = useFixed(place)(role);
  const stays = useWhyStays(place, role);
  const [editing, setEditing] = useState(false);
  const [leaving, setLeaving] = useState(false);
  return (
    <>
      <Action
        icon={Trash2}
        variant="danger"
        question={{ route: place.remove, path }}
        disabledReason={stays}
        onRun={() => setLeaving(true)}
      >
        {t('remove')}
      </Action>
      <Action
        icon={Pencil}
        question={{ route: place.patch, path }}
        disabledReason={fixed}
        onRun={() => setEditing(true)}
      >
        {t('edit')}
      </Action>
      {editing && <EditRole place={place} role={role} close={() => setEditing(false)} />}
      {leaving && (
        <RemoveRole
          place={place}
          role={role}
          close={() => setLeaving(false)}
          onDone={() => router.history.push(place.listHref)}
        />
      )}
    </>
  );
}

/** Which departments have it; whoever is in them has it, too. */
function Departments({ workspace, names }: DepartmentsWith) {
  const t = useMessages(messages);
  const href = pathTo('/workspaces/$workspace/departments', { workspace });
  return (
    <PlainTable
      label={t('departments')}
      head={[t('department')]}
      empty={t('noDepartments')}
      rows={names.map(name => [
        <Link key={name} to={`${href}${stringifySearch({ department: name })}`}>
          {name}
        </Link>,
      ])}
    />
  );
}

/** Who has it. */
function Holders({ place, role }: Part) {
  const t = useMessages(messages);
  const c = useMessages(common);
  // Only administrators of the platform look at accounts.
  const href = ({ metadata }: User) =>
    place.kind === 'platform' ? pathTo('/users/$user', { user: metadata.name ?? '' }) : undefined;
  return (
    <ResourceTable<User>
      label={t('users')}
      {...place.holders(role.metadata.name ?? '')}
      href={href}
      columns={[
        { key: 'name', title: c('name'), sortBy: 'name', cell: row => <PersonCell user={row} href={href(row)} /> },
        { key: 'state', title: t('state'), width: '170px', cell: row => <UserState user={row} /> },
        { key: 'age', title: c('created'), sortBy: 'createTime', width: '120px', cell: row => <AgeCell row={row} /> },
      ]}
      empty={{ icon: Users, title: t('nobody'), text: t(place.kind === 'platform' ? 'nobodyText' : 'nobodyHere') }}
    />
  );
}
