import { useState } from 'react';
import { users } from '@orrery/platform-contract/features';
import type { User } from '@orrery/platform-kinds/types';
import { FormDialog } from '../../blocks/FormDialog.tsx';
import { NewPassword } from '../../blocks/people/NewPassword.tsx';
import { useAction } from '../../data/calls.ts';
import { fieldProblems } from '../../data/problems.ts';
import { useMessages } from '../../ui/locale.ts';
import { useToasts } from '../../ui/Toaster.tsx';
import { messages } from './messages.data.ts';
import { nameOf } from './user.ts';

interface ResetPasswordProps {
  /** `undefined` while nobody's is reset. */
  readonly user: User | undefined;
  readonly close: () => void;
}

const fields = { password: 'password' } as const;

export function ResetPassword({ user, close }: ResetPasswordProps) {
  const t = useMessages(messages);
  const toasts = useToasts();
  const reset = useAction(users.password);
  const [password, setPassword] = useState('');
  const name = user ? nameOf(user) : '';
  const problem = reset.error ? fieldProblems(reset.error, fields) : undefined;
  const leave = () => {
    close();
    setPassword('');
    reset.clear();
  };
  const submit = async () => {
    try {
      await reset.run({ path: { user: name }, body: { password } });
      toasts.show({ tone: 'good', title: t('resetDone', { name }) });
      leave();
    } catch {
      // Shown at the field.
    }
  };
  return (
    <FormDialog
      title={t('resetOf', { name })}
      description={t('resetText')}
      opened={user !== undefined}
      close={leave}
      submit={t('resetPassword')}
      blocked={password === ''}
      pending={reset.pending}
      problem={problem?.rest}
      onSubmit={() => void submit()}
    >
      <NewPassword value={password} error={problem?.fields['password']} onChange={setPassword} />
    </FormDialog>
  );
}
