import type { ReactNode } from 'react';
import { Unlink } from 'lucide-react';
import { users } from '@orrery/platform-contract/features';
import { useAction, useCall } from '../../data/calls.ts';
import { hostCluster } from '../../data/data.ts';
import { problemOf } from '../../data/problems.ts';
import { Badge } from '../../ui/Badge.tsx';
import { useMessages } from '../../ui/locale.ts';
import { useToasts } from '../../ui/Toaster.tsx';
import { Action } from '../Action.tsx';
import { PlainTable } from '../PlainTable.tsx';
import { Problem } from '../Problem.tsx';
import { peopleMessages } from './messages.data.ts';

interface IdentitiesProps {
  readonly user: string;
  /** Below the list, given the names of the providers that are in it and what reads it again. */
  readonly more?: (linked: ReadonlySet<string>, again: () => void) => ReactNode;
}

/** The providers that an account is tied to. The last way to log in stays. */
export function Identities({ user, more }: IdentitiesProps) {
  const t = useMessages(peopleMessages);
  const toasts = useToasts();
  const found = useCall(users.identities, { cluster: hostCluster, path: { user } });
  const unlink = useAction(users.unlink, hostCluster);
  if (found.error) return <Problem error={found.error} again={found.again} />;
  const { identities: items = [], password = true } = found.data ?? {};
  const last = items.length === 1 && !password;
  const take = async (provider: string) => {
    try {
      await unlink.run({ path: { user, provider } });
      toasts.show({ tone: 'good', title: t('unlinked') });
    } catch (error) {
      toasts.show({ tone: 'bad', title: problemOf(error).message });
    }
  };
  return (
    <>
      <PlainTable
        label={t('identities')}
        head={[t('provider'), t('uid'), '']}
        rows={items.map(({ provider, displayName, uid, configured }) => [
          <span key="provider">
            <strong>{displayName}</strong> {!configured && <Badge tone="warn">{t('providerOff')}</Badge>}
          </span>,
          uid,
          <Action
            key="unlink"
            icon={Unlink}
            question={{ route: users.unlink, path: { user, provider } }}
            disabledReason={last ? t('lastWay') : undefined}
            onRun={() => void take(provider)}
          >
            {t('unlink')}
          </Action>,
        ])}
        empty={found.pending ? t('loading') : t('noIdentities')}
      />
      {more?.(new Set(items.map(({ provider }) => provider)), found.again)}
    </>
  );
}
