import { users } from '@orrery/platform-contract/features';
import type { User } from '@orrery/platform-kinds/types';
import { FormDialog } from '../../blocks/FormDialog.tsx';
import { useAction } from '../../data/calls.ts';
import { problemOf } from '../../data/problems.ts';
import { useMessages } from '../../ui/locale.ts';
import { useToasts } from '../../ui/Toaster.tsx';
import { messages } from './messages.data.ts';
import { nameOf } from './user.ts';

interface SureOfProps {
  /** `undefined` while nobody is meant. */
  readonly user: User | undefined;
  readonly what: 'unlock' | 'logOut';
  readonly close: () => void;
}

const routes = { unlock: users.unlock, logOut: users.endSessions } as const;
const done = { unlock: 'unlocked', logOut: 'loggedOut' } as const;

/** What is done to an account in one step, after a question. */
export function SureOf({ user, what, close }: SureOfProps) {
  const t = useMessages(messages);
  const toasts = useToasts();
  const action = useAction(routes[what]);
  const name = user ? nameOf(user) : '';
  const leave = () => {
    close();
    action.clear();
  };
  const submit = async () => {
    try {
      await action.run({ path: { user: name } });
      toasts.show({ tone: 'good', title: t(done[what], { name }) });
      leave();
    } catch {
      // Shown in the dialog.
    }
  };
  return (
    <FormDialog
      title={t(`${what}Of`, { name })}
      description={t(`${what}Text`)}
      opened={user !== undefined}
      close={leave}
      submit={t(what)}
      danger={what === 'logOut'}
      pending={action.pending}
      problem={action.error ? problemOf(action.error).message : undefined}
      onSubmit={() => void submit()}
    >
      {null}
    </FormDialog>
  );
}
