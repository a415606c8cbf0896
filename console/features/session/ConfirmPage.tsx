import { useEffect, useState } from 'react';
import { Button, TextInput } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import { StatusError } from '@orrery/machinery/status';
import { oauth, platform, users } from '@orrery/platform-contract/features';
import { Problem } from '../../blocks/Problem.tsx';
import { useSearch } from '../../blocks/place.ts';
import { useAction, useCall } from '../../data/calls.ts';
import { hostCluster } from '../../data/data.ts';
import { fieldProblems } from '../../data/problems.ts';
import { useFields } from '../../ui/form.ts';
import { useLogOut } from '../../blocks/people/useLogOut.ts';
import { useMessages } from '../../ui/locale.ts';
import { isOfPlatform, safeNext } from '../../util/paths.ts';
import { messages } from './messages.data.ts';
import { suggestedName, waysOf } from './ways.ts';
import { useOnward } from './useOnward.ts';
import { Welcome } from './Welcome.tsx';
import styles from './session.module.css';

/** Somebody whom a provider vouches for, before he has an account. */
interface Newcomer {
  readonly provider: string;
  readonly called: string;
  readonly email: string | undefined;
}

/** The first log-in through a provider: who comes chooses the name that he has here. */
export default function ConfirmPage() {
  const t = useMessages(messages);
  const router = useRouter();
  const me = useCall(oauth.userinfo, { cluster: hostCluster });
  const config = useCall(platform.oauthConfig, { cluster: hostCluster });
  const search = useSearch();
  // As it was at first: while one goes on the address is the next page's already.
  const [next] = useState(() => safeNext(search['next']));
  useEffect(() => void (document.title = `${t('confirmTitle')} · Orrery`), [t]);
  const extra = me.data?.extra;
  const isNewcomer = extra?.['uid'] !== undefined;
  // Whoever has an account already has nothing to choose: also who has just made one, where this is heard before the next page is there.
  useEffect(() => {
    if (me.data && !isNewcomer) router.history.replace(isOfPlatform(next) ? '/' : next);
  }, [me.data, isNewcomer, next, router]);
  if (me.error) return <Problem error={me.error} again={me.again} />;
  if (!extra || !isNewcomer || config.pending) return <Welcome title={t('confirmTitle')}>{null}</Welcome>;
  const name = extra['idp']?.[0] ?? '';
  const { passwords, redirects } = waysOf(config.data?.identityProviders);
  const provider = [...passwords, ...redirects].find(known => known.name === name)?.displayName ?? name;
  return (
    <Choosing newcomer={{ provider, called: extra['username']?.[0] ?? '', email: extra['email']?.[0] }} next={next} />
  );
}

function Choosing({ newcomer, next }: { readonly newcomer: Newcomer; readonly next: string }) {
  const t = useMessages(messages);
  const { provider, called, email } = newcomer;
  const onward = useOnward();
  const leave = useLogOut();
  const create = useAction(users.create, hostCluster);
  const form = useFields({ name: suggestedName(called) });
  const fields = { name: 'metadata.name' } as const;
  const submit = async () => {
    const name = form.values.name.trim();
    if (name === '') return form.fail({ name: t('empty') });
    try {
      await create.run({
        body: { apiVersion: 'iam.kubesphere.io/v1beta1', kind: 'User', metadata: { name }, spec: {} },
      });
      onward.arrived();
      onward.go(next);
    } catch (error) {
      const taken = error instanceof StatusError && error.code === 409;
      form.fail(taken ? { name: t('nameTaken', { name }) } : fieldProblems(error, fields).fields);
    }
  };
  const rest = create.error && fieldProblems(create.error, fields).rest;
  return (
    <Welcome title={t('confirmTitle')} text={t('confirmText', { provider, called })}>
      <form
        className={styles.form}
        noValidate
        onSubmit={event => {
          event.preventDefault();
          void submit();
        }}
      >
        <TextInput
          {...form.input('name')}
          label={t('chosenName')}
          description={t('chosenNameRule')}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          size="md"
          autoFocus
        />
        {email && <TextInput label={t('emailOf', { provider })} value={email} readOnly size="md" />}
        {rest && (
          <p className={styles.problem} role="alert">
            {rest}
          </p>
        )}
        <Button type="submit" size="md" fullWidth loading={create.pending}>
          {t('createAccount')}
        </Button>
        <p className={styles.hint}>{t('haveAccount')}</p>
        <Button variant="subtle" size="sm" color="gray" onClick={() => void leave()}>
          {t('notMe')}
        </Button>
      </form>
    </Welcome>
  );
}
