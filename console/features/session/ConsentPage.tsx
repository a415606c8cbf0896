import { useEffect } from 'react';
import { useRouterState } from '@tanstack/react-router';
import { ShieldX } from 'lucide-react';
import { StatusError } from '@orrery/machinery/status';
import { oauth } from '@orrery/platform-contract/features';
import { useSearch } from '../../blocks/place.ts';
import { useAction, useCall } from '../../data/calls.ts';
import { hostCluster } from '../../data/data.ts';
import { Notice } from '../../ui/Notice.tsx';
import { useMessages } from '../../ui/locale.ts';
import { Asking } from './Asking.tsx';
import { messages } from './messages.data.ts';
import { Welcome } from './Welcome.tsx';

/** A program asks whether it may act for the user. The platform says where the browser goes on; this page sends it nowhere itself. */
export default function ConsentPage() {
  const t = useMessages(messages);
  const asked = useSearch();
  const here = useRouterState({ select: state => state.location.href });
  const question = useCall(oauth.consent, { cluster: hostCluster, query: asked as never });
  const answer = useAction(oauth.authorizePost, hostCluster);
  useEffect(() => void (document.title = `${t('consentTitle')} · Orrery`), [t]);
  const decide = async (allow: boolean) => {
    try {
      const consent = allow ? 'approve' : 'deny';
      const sent = (await answer.run({ body: { ...asked, consent } })) as { readonly redirect_uri: string };
      location.assign(sent.redirect_uri);
    } catch (error) {
      // The platform wants to know again who it is: it asks from the start.
      if (!(error instanceof StatusError)) location.assign(`/oauth/authorize?${new URLSearchParams(asked)}`);
    }
  };
  if (question.error)
    return (
      <Welcome title={t('consentTitle')}>
        <Notice icon={ShieldX} title={t('consentWrong')} urgent>
          {t('consentWrongText')}
        </Notice>
      </Welcome>
    );
  if (!question.data) return <Welcome title={t('consentTitle')}>{null}</Welcome>;
  const { client, scopes, username } = question.data;
  return (
    <Welcome title={t('consentOf', { client })} text={t('consentText')}>
      <Asking
        {...{ client, scopes, username, here }}
        pending={answer.pending}
        problem={answer.error instanceof StatusError ? answer.error.message : undefined}
        onAnswer={allow => void decide(allow)}
      />
    </Welcome>
  );
}
