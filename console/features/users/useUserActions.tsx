import { useState, type ReactNode } from 'react';
import { useRouter } from '@tanstack/react-router';
import { CircleCheck, CircleSlash, KeyRound, LockOpen, LogOut, Pencil, Trash2 } from 'lucide-react';
import { users } from '@orrery/platform-contract/features';
import type { User } from '@orrery/platform-kinds/types';
import { ConfirmDelete } from '../../blocks/ConfirmDelete.tsx';
import type { RowAction } from '../../blocks/table.ts';
import { useAction } from '../../data/calls.ts';
import { useMe } from '../../data/session.ts';
import { useMessages } from '../../ui/locale.ts';
import { EditUser } from './EditUser.tsx';
import { messages } from './messages.data.ts';
import { ResetPassword } from './ResetPassword.tsx';
import { SureOf } from './SureOf.tsx';
import { SwitchUser } from './SwitchUser.tsx';
import { isDisabled, isLocked, nameOf } from './user.ts';

type Doing = 'edit' | 'password' | 'switch' | 'unlock' | 'logOut' | 'remove';

export interface UserActions {
  readonly actions: readonly RowAction<User>[];
  /** To be put somewhere on the page. */
  readonly dialogs: ReactNode;
}

/** What can be done with an account, in the list and on its own page. */
export function useUserActions(): UserActions {
  const t = useMessages(messages);
  const router = useRouter();
  const me = useMe().data?.name;
  const remove = useAction(users.delete);
  const [doing, setDoing] = useState<{ readonly what: Doing; readonly user: User }>();
  const start = (what: Doing) => (user: User) => setDoing({ what, user });
  const stop = () => setDoing(undefined);
  const of = (what: Doing) => (doing?.what === what ? doing.user : undefined);
  const path = (user: User) => ({ user: nameOf(user) });
  const own = (reason: string) => (user: User) => (nameOf(user) === me ? reason : undefined);
  const mayUpdate = (user: User) => ({ route: users.patch, path: path(user) });
  const actions: RowAction<User>[] = [
    { key: 'edit', title: t('edit'), icon: Pencil, question: mayUpdate, onRun: start('edit') },
    {
      key: 'password',
      title: t('resetPassword'),
      icon: KeyRound,
      question: user => ({ route: users.password, path: path(user) }),
      disabledReason: own(t('ownPassword')),
      onRun: start('password'),
    },
    {
      key: 'disable',
      title: t('disable'),
      icon: CircleSlash,
      question: mayUpdate,
      disabledReason: user => own(t('notYourself'))(user) ?? (isDisabled(user) ? t('isDisabled') : undefined),
      onRun: start('switch'),
    },
    {
      key: 'enable',
      title: t('enable'),
      icon: CircleCheck,
      question: mayUpdate,
      disabledReason: user => (isDisabled(user) ? undefined : t('isEnabled')),
      onRun: start('switch'),
    },
    {
      key: 'unlock',
      title: t('unlock'),
      icon: LockOpen,
      question: user => ({ route: users.unlock, path: path(user) }),
      disabledReason: user => (isLocked(user) ? undefined : t('isOpen')),
      onRun: start('unlock'),
    },
    {
      key: 'logOut',
      title: t('logOut'),
      icon: LogOut,
      question: user => ({ route: users.endSessions, path: path(user) }),
      disabledReason: own(t('notYourself')),
      onRun: start('logOut'),
    },
    {
      key: 'remove',
      title: t('remove'),
      icon: Trash2,
      danger: true,
      question: user => ({ route: users.delete, path: path(user) }),
      disabledReason: own(t('notYourself')),
      onRun: start('remove'),
    },
  ];
  const leaving = of('remove');
  const dialogs = (
    <>
      <EditUser user={of('edit')} close={stop} />
      <ResetPassword user={of('password')} close={stop} />
      <SwitchUser user={of('switch')} close={stop} />
      <SureOf user={of('unlock')} what="unlock" close={stop} />
      <SureOf user={of('logOut')} what="logOut" close={stop} />
      <ConfirmDelete
        name={leaving && nameOf(leaving)}
        consequence={t('removeText')}
        close={stop}
        onDelete={user => remove.run({ path: { user } })}
        onDone={() => router.state.location.pathname !== '/users' && router.history.push('/users')}
      />
    </>
  );
  return { actions, dialogs };
}
