import { useEffect } from 'react';
import { Button, PasswordInput, TextInput } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import { useQueryClient } from '@tanstack/react-query';
import { StatusError } from '@orrery/machinery/status';
import { oauth } from '@orrery/platform-contract/features';
import { useSearch } from '../../blocks/place.ts';
import { useAction } from '../../data/calls.ts';
import { useData } from '../../data/context.ts';
import { useFields } from '../../ui/form.ts';
import { useMessages } from '../../ui/locale.ts';
import { safeNext } from '../../util/paths.ts';
import { stringifySearch } from '../../util/url-search.ts';
import { messages } from './messages.data.ts';
import { Welcome } from './Welcome.tsx';
import styles from './session.module.css';

export default function LoginPage() {
  const t = useMessages(messages);
  const router = useRouter();
  const queries = useQueryClient();
  const data = useData();
  const next = safeNext(useSearch()['next']);
  const logIn = useAction(oauth.consoleLogin);
  const form = useFields({ username: '', password: '' });
  useEffect(() => void (document.title = `${t('logIn')} · Orrery`), [t]);
  const submit = async () => {
    const { username, password } = form.values;
    const missing = { ...(!username && { username: t('empty') }), ...(!password && { password: t('empty') }) };
    if (Object.keys(missing).length > 0) return form.fail(missing);
    try {
      const { mustChangePassword } = await logIn.run({ body: { username: username.trim(), password } });
      // What the one before could see is nobody else's business.
      queries.clear();
      data.reset('somebody');
      router.history.push(mustChangePassword ? `/password${stringifySearch({ next })}` : next);
    } catch {
      form.set('password', '');
    }
  };
  const problem =
    logIn.error instanceof StatusError && logIn.error.code === 400 ? t('wrong') : (logIn.error?.message ?? undefined);
  return (
    <Welcome title={t('welcome')}>
      <form
        className={styles.form}
        noValidate
        onSubmit={event => {
          event.preventDefault();
          void submit();
        }}
      >
        <TextInput
          {...form.input('username')}
          label={t('user')}
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
            {problem}
          </p>
        )}
        <Button type="submit" size="md" fullWidth loading={logIn.pending}>
          {t('logIn')}
        </Button>
      </form>
    </Welcome>
  );
}
