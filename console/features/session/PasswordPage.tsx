import { useEffect } from 'react';
import { Button, PasswordInput } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import { useQueryClient } from '@tanstack/react-query';
import { StatusError } from '@orrery/machinery/status';
import { users } from '@orrery/platform-contract/features';
import { PasswordRules } from '../../blocks/people/PasswordRules.tsx';
import { useSearch } from '../../blocks/place.ts';
import { useAction } from '../../data/calls.ts';
import { fieldProblems } from '../../data/problems.ts';
import { useMe } from '../../data/session.ts';
import { useFields } from '../../ui/form.ts';
import { useMessages } from '../../ui/locale.ts';
import { useToasts } from '../../ui/Toaster.tsx';
import { isGoodPassword } from '../../util/password-rules.ts';
import { safeNext } from '../../util/paths.ts';
import { messages } from './messages.data.ts';
import { useOnward } from './useOnward.ts';
import { Welcome } from './Welcome.tsx';
import styles from './session.module.css';

/** The first password of one's own, or another one later. */
export default function PasswordPage() {
  const t = useMessages(messages);
  const router = useRouter();
  const onward = useOnward();
  const queries = useQueryClient();
  const toasts = useToasts();
  const me = useMe();
  const next = safeNext(useSearch()['next']);
  const change = useAction(users.password);
  const form = useFields({ currentPassword: '', password: '', again: '' });
  const first = me.data?.mustChangePassword ?? true;
  const title = t(first ? 'firstTitle' : 'changeTitle');
  useEffect(() => void (document.title = `${title} · Orrery`), [title]);
  const submit = async () => {
    const { currentPassword, password, again } = form.values;
    if (!me.data) return;
    if (!currentPassword) return form.fail({ currentPassword: t('empty') });
    if (!password) return form.fail({ password: t('empty') });
    if (!isGoodPassword(password)) return form.fail({ password: t('tooWeak') });
    if (password !== again) return form.fail({ again: t('different') });
    try {
      await change.run({ path: { user: me.data.name }, body: { currentPassword, password } });
      await queries.invalidateQueries();
      toasts.show({ tone: 'good', title: t('changed') });
      onward.go(next);
    } catch (error) {
      const wrong = error instanceof StatusError && error.code === 400;
      form.fail(
        wrong
          ? { currentPassword: t('wrongCurrent') }
          : fieldProblems(error, { currentPassword: 'currentPassword', password: 'password' }).fields,
      );
    }
  };
  const rest =
    change.error && fieldProblems(change.error, { password: 'password', currentPassword: 'currentPassword' }).rest;
  return (
    <Welcome title={title} text={t(first ? 'firstText' : 'changeText')}>
      <form
        className={styles.form}
        noValidate
        onSubmit={event => {
          event.preventDefault();
          void submit();
        }}
      >
        {/* Password managers want to know whose it is. */}
        <input type="text" name="username" autoComplete="username" value={me.data?.name ?? ''} readOnly hidden />
        <PasswordInput
          {...form.input('currentPassword')}
          label={t('current')}
          autoComplete="current-password"
          size="md"
          autoFocus
        />
        <PasswordInput {...form.input('password')} label={t('next')} autoComplete="new-password" size="md" />
        <PasswordRules password={form.values.password} />
        <PasswordInput {...form.input('again')} label={t('again')} autoComplete="new-password" size="md" />
        {rest && (
          <p className={styles.problem} role="alert">
            {rest}
          </p>
        )}
        <Button type="submit" size="md" fullWidth loading={change.pending}>
          {t('change')}
        </Button>
        {!first && (
          <Button variant="subtle" size="sm" color="gray" onClick={() => router.history.push(next)}>
            {t('back')}
          </Button>
        )}
      </form>
    </Welcome>
  );
}
