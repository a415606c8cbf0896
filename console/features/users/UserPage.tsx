import { users } from '@orrery/platform-contract/features';
import { Action } from '../../blocks/Action.tsx';
import { DetailFrame } from '../../blocks/DetailFrame.tsx';
import type { PageProps } from '../../blocks/page.ts';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { Identities } from '../../blocks/people/Identities.tsx';
import { Logins } from '../../blocks/people/Logins.tsx';
import { peopleMessages } from '../../blocks/people/messages.data.ts';
import { Sessions } from '../../blocks/people/Sessions.tsx';
import { UserState } from '../../blocks/people/UserState.tsx';
import { Problem } from '../../blocks/Problem.tsx';
import { RoleName } from '../../blocks/roles/RoleName.tsx';
import { useLive } from '../../data/live.ts';
import { Age } from '../../ui/Age.tsx';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { messages } from './messages.data.ts';
import { Places } from './Places.tsx';
import { isDisabled, isLocked, nameOf, roleOf } from './user.ts';
import { useUserActions } from './useUserActions.tsx';

export default function UserPage({ params: { user: name } }: PageProps<'/users/$user'>) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const p = useMessages(peopleMessages);
  const { data: user, error } = useLive(users.get, { path: { user: name } });
  const { actions, dialogs } = useUserActions();
  if (!user) return <PageFrame title={name}>{error && <Problem error={error} />}</PageFrame>;
  return (
    <>
      <DetailFrame
        title={user.spec.displayName || nameOf(user)}
        description={user.spec.description}
        badge={<UserState user={user} />}
        actions={actions
          // What is so already is not offered.
          .filter(({ key }) => key !== (isDisabled(user) ? 'disable' : 'enable'))
          .filter(({ key }) => key !== 'unlock' || isLocked(user))
          .map(({ key, title, icon, danger, question, disabledReason, onRun }) => (
            <Action
              key={key}
              icon={icon}
              variant={danger ? 'danger' : 'plain'}
              question={question?.(user)}
              disabledReason={disabledReason?.(user)}
              onRun={() => onRun(user)}
            >
              {title}
            </Action>
          ))}
        facts={[
          { label: t('name'), value: nameOf(user) },
          { label: t('email'), value: user.spec.email ?? '–' },
          { label: t('platformRole'), value: <RoleName name={roleOf(user)} place="platform" /> },
          { label: t('groups'), value: user.spec.groups?.join(', ') || '–' },
          { label: c('created'), value: <Age time={user.metadata.creationTimestamp} /> },
        ]}
        tabs={[
          { key: 'roles', title: t('roles'), content: () => <Places user={name} /> },
          { key: 'logins', title: p('logins'), content: () => <Logins user={name} /> },
          { key: 'sessions', title: p('sessions'), content: () => <Sessions user={name} /> },
          { key: 'identities', title: p('identities'), content: () => <Identities user={name} /> },
        ]}
      />
      {dialogs}
    </>
  );
}
