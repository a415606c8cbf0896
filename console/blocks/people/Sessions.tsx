import { users } from '@orrery/platform-contract/features';
import { useAction, useCall } from '../../data/calls.ts';
import { hostCluster } from '../../data/data.ts';
import { problemOf } from '../../data/problems.ts';
import { Age } from '../../ui/Age.tsx';
import { Badge } from '../../ui/Badge.tsx';
import { useMessages } from '../../ui/locale.ts';
import { useToasts } from '../../ui/Toaster.tsx';
import { agentText } from '../../util/user-agent.ts';
import { Action } from '../Action.tsx';
import { PlainTable } from '../PlainTable.tsx';
import { Problem } from '../Problem.tsx';
import { peopleMessages } from './messages.data.ts';

/** The newest. */
const shownMax = 100;

const programs = { console: 'clientConsole', kubeconfig: 'clientKubeconfig', basic: 'clientBasic' } as const;

/** What is logged in with an account; each can be ended but the one that asks, which is left by logging out. */
export function Sessions({ user }: { readonly user: string }) {
  const t = useMessages(peopleMessages);
  const toasts = useToasts();
  const found = useCall(users.sessions, { cluster: hostCluster, path: { user }, query: { limit: shownMax } });
  const end = useAction(users.endSession, hostCluster);
  if (found.error) return <Problem error={found.error} again={found.again} />;
  const nameOf = (client: string) =>
    Object.hasOwn(programs, client) ? t(programs[client as keyof typeof programs]) : client;
  const stop = async (session: string) => {
    try {
      await end.run({ path: { user, session } });
      toasts.show({ tone: 'good', title: t('sessionEnded') });
    } catch (error) {
      toasts.show({ tone: 'bad', title: problemOf(error).message });
    }
  };
  return (
    <PlainTable
      label={t('sessions')}
      head={[t('program'), t('opened'), t('address'), t('agent'), t('until'), '']}
      rows={(found.data?.items ?? []).map(session => [
        <strong key="program">{nameOf(session.client)}</strong>,
        <Age key="opened" time={session.openedAt} />,
        session.address,
        <span key="agent" title={session.userAgent}>
          {agentText(session.userAgent) || '–'}
        </span>,
        <time key="until" dateTime={session.expiresAt}>
          {new Date(session.expiresAt).toLocaleString()}
        </time>,
        session.current ? (
          <Badge key="end" tone="good">
            {t('thisSession')}
          </Badge>
        ) : (
          <Action key="end" question={{ route: users.endSession, path: { user } }} onRun={() => void stop(session.id)}>
            {t('endSession')}
          </Action>
        ),
      ])}
      empty={found.pending ? t('loading') : t('noSessions')}
    />
  );
}
