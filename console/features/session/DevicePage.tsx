import { useEffect, useState } from 'react';
import { Button, TextInput } from '@mantine/core';
import { CircleCheck, CircleSlash } from 'lucide-react';
import { StatusError } from '@orrery/machinery/status';
import { oauth } from '@orrery/platform-contract/features';
import { useSearch, useSetSearch } from '../../blocks/place.ts';
import { useAction, useCall } from '../../data/calls.ts';
import { hostCluster } from '../../data/data.ts';
import { useMe } from '../../data/session.ts';
import { Notice } from '../../ui/Notice.tsx';
import { useMessages } from '../../ui/locale.ts';
import { Asking } from './Asking.tsx';
import { messages } from './messages.data.ts';
import { shownCode } from './ways.ts';
import { Welcome } from './Welcome.tsx';
import styles from './session.module.css';

/** Somewhere a program without a browser shows a code: who types it here lets the program in. */
export default function DevicePage() {
  const t = useMessages(messages);
  const given = shownCode(useSearch()['user_code'] ?? '');
  // Whoever is not logged in is led to the log-in before he types anything.
  const me = useMe();
  useEffect(() => void (document.title = `${t('deviceTitle')} · Orrery`), [t]);
  if (!me.data) return <Welcome title={t('deviceTitle')}>{null}</Welcome>;
  return given === '' ? <Typing problem={undefined} given="" /> : <Deciding key={given} code={given} />;
}

function Typing({ given, problem }: { readonly given: string; readonly problem: string | undefined }) {
  const t = useMessages(messages);
  const setSearch = useSetSearch();
  const [code, setCode] = useState(given);
  return (
    <Welcome title={t('deviceTitle')} text={t('deviceText')}>
      <form
        className={styles.form}
        noValidate
        onSubmit={event => {
          event.preventDefault();
          if (code.length === 9) setSearch(() => ({ user_code: code }));
        }}
      >
        <TextInput
          label={t('code')}
          value={code}
          error={code === given ? problem : undefined}
          placeholder="BCDF-GHJK"
          onChange={event => setCode(shownCode(event.currentTarget.value))}
          autoComplete="off"
          spellCheck={false}
          size="md"
          className={styles.code}
          autoFocus
        />
        <Button type="submit" size="md" fullWidth disabled={code.length !== 9}>
          {t('goOn')}
        </Button>
      </form>
    </Welcome>
  );
}

function Deciding({ code }: { readonly code: string }) {
  const t = useMessages(messages);
  // A code is good for one answer: it is not asked about again after that.
  const [deciding, setDeciding] = useState(false);
  const question = useCall(oauth.deviceConsent, { cluster: hostCluster, query: { user_code: code }, when: !deciding });
  const answer = useAction(oauth.deviceDecide, hostCluster);
  const [said, setSaid] = useState<boolean>();
  if (said !== undefined)
    return (
      <Welcome title={t('deviceTitle')}>
        <div role="status">
          <Notice icon={said ? CircleCheck : CircleSlash} title={t(said ? 'deviceDone' : 'deviceDenied')}>
            {t('deviceClose')}
          </Notice>
        </div>
      </Welcome>
    );
  if (question.error) return <Typing given={code} problem={codeProblem(question.error, t('wrongCode'))} />;
  if (!question.data) return <Welcome title={t('deviceTitle')}>{null}</Welcome>;
  const { client, scopes, username } = question.data;
  const decide = async (approve: boolean) => {
    setDeciding(true);
    await answer.run({ body: { user_code: code, approve } }).then(
      () => setSaid(approve),
      () => setDeciding(false),
    );
  };
  return (
    <Welcome title={t('consentOf', { client })} text={t('deviceWarning', { code })}>
      <Asking
        {...{ client, scopes, username }}
        here={`/login/device?user_code=${code}`}
        pending={answer.pending}
        problem={answer.error ? codeProblem(answer.error, t('wrongCode')) : undefined}
        onAnswer={allow => void decide(allow)}
      />
    </Welcome>
  );
}

const codeProblem = (error: Error, wrong: string): string =>
  error instanceof StatusError && error.code === 404 ? wrong : error.message;
