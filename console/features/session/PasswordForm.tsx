import { useState } from 'react';
import { Button, PasswordInput, SegmentedControl, TextInput } from '@mantine/core';
import { oauth } from '@orrery/platform-contract/features';
import { useAction } from '../../data/calls.ts';
import { useFields } from '../../ui/form.ts';
import { useMessages } from '../../ui/locale.ts';
import { doorTo } from '../../util/paths.ts';
import { messages } from './messages.data.ts';
import { loginProblem } from './problems.ts';
import type { ListedProvider } from './ways.ts';
import { useOnward } from './useOnward.ts';
import styles from './session.module.css';

interface PasswordFormProps {
  /** Who takes a password here, beside the platform itself. */
  readonly providers: readonly ListedProvider[];
  readonly next: string;
  readonly onTry: () => void;
}

/** None of the providers: a name of one cannot be empty. */
const own = '';

/** Name and password, for the platform itself or for a directory. */
export function PasswordForm({ providers, next, onTry }: PasswordFormProps) {
  const t = useMessages(messages);
  const onward = useOnward();
  const logIn = useAction(oauth.consoleLogin);
  const [by, setBy] = useState(own);
  const form = useFields({ username: '', password: '' });
  const provider = providers.find(({ name }) => name === by);
  const submit = async () => {
    const { username, password } = form.values;
    const missing = { ...(!username && { username: t('empty') }), ...(!password && { password: t('empty') }) };
    if (Object.keys(missing).length > 0) return form.fail(missing);
    onTry();
    try {
      const body = { username: username.trim(), password, ...(provider && { provider: provider.name }) };
      const { mustChangePassword, mustRegister } = await logIn.run({ body });
      onward.arrived();
      const first = mustRegister ? '/login/confirm' : mustChangePassword ? '/password' : undefined;
      onward.go(first ? doorTo(first, next) : next);
    } catch {
      form.set('password', '');
    }
  };
  const problem = logIn.error && loginProblem(logIn.error);
  return (
    <form
      className={styles.form}
      noValidate
      onSubmit={event => {
        event.preventDefault();
        void submit();
      }}
    >
      {providers.length > 0 && (
        <SegmentedControl
          aria-label={t('by')}
          fullWidth
          value={by}
          onChange={chosen => {
            setBy(chosen);
            logIn.clear();
          }}
          data={[
            { value: own, label: t('ownAccount') },
            ...providers.map(({ name, displayName }) => ({ value: name, label: displayName })),
          ]}
        />
      )}
      <TextInput
        {...form.input('username')}
        label={t(provider ? 'userThere' : 'user')}
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        size="md"
        data-autofocus
        autoFocus
      />
      <PasswordInput {...form.input('password')} label={t('password')} autoComplete="current-password" size="md" />
      {problem && (
        <p className={styles.problem} role="alert">
          {problem.key === 'other'
            ? logIn.error?.message || t('noAnswer')
            : t(problem.key, { provider: provider?.displayName ?? '', count: problem.minutes ?? 1 })}
        </p>
      )}
      <Button type="submit" size="md" fullWidth loading={logIn.pending}>
        {t('logIn')}
      </Button>
    </form>
  );
}
