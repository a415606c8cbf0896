import { users } from '@orrery/platform-contract/features';
import type { User } from '@orrery/platform-kinds/types';
import { FormDialog } from '../../blocks/FormDialog.tsx';
import { useAction } from '../../data/calls.ts';
import { problemOf } from '../../data/problems.ts';
import { useMessages } from '../../ui/locale.ts';
import { useToasts } from '../../ui/Toaster.tsx';
import { messages } from './messages.data.ts';
import { isDisabled, nameOf, statePatch } from './user.ts';

interface SwitchUserProps {
  /** `undefined` while nobody is switched. */
  readonly user: User | undefined;
  readonly close: () => void;
}

/** Off: no log-in any more, and no session. On again: as before. */
export function SwitchUser({ user, close }: SwitchUserProps) {
  const t = useMessages(messages);
  const toasts = useToasts();
  const patch = useAction(users.patch);
  const name = user ? nameOf(user) : '';
  const off = user !== undefined && isDisabled(user);
  const leave = () => {
    close();
    patch.clear();
  };
  const submit = async () => {
    try {
      await patch.run({ path: { user: name }, body: statePatch(!off) as never });
      toasts.show({ tone: 'good', title: t(off ? 'enabled' : 'disabled', { name }) });
      leave();
    } catch {
      // Shown in the dialog.
    }
  };
  return (
    <FormDialog
      title={t(off ? 'enableOf' : 'disableOf', { name })}
      description={t(off ? 'enableText' : 'disableText')}
      opened={user !== undefined}
      close={leave}
      submit={t(off ? 'enable' : 'disable')}
      danger={!off}
      pending={patch.pending}
      problem={patch.error ? problemOf(patch.error).message : undefined}
      onSubmit={() => void submit()}
    >
      {null}
    </FormDialog>
  );
}
