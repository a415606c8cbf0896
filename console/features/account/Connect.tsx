import { Link as LinkSign } from 'lucide-react';
import { platform, providers as routes } from '@orrery/platform-contract/features';
import { Action } from '../../blocks/Action.tsx';
import { useAction, useCall } from '../../data/calls.ts';
import { hostCluster } from '../../data/data.ts';
import { problemOf } from '../../data/problems.ts';
import { useMessages } from '../../ui/locale.ts';
import { useToasts } from '../../ui/Toaster.tsx';
import { connectable } from './connect.ts';
import { messages } from './messages.data.ts';
import styles from './account.module.css';

/** Buttons for the providers that one may connect oneself; each leads there and back. */
export function Connect({ linked }: { readonly linked: ReadonlySet<string> }) {
  const t = useMessages(messages);
  const toasts = useToasts();
  const config = useCall(platform.oauthConfig, { cluster: hostCluster });
  const link = useAction(routes.link, hostCluster);
  const begin = async (provider: string) => {
    try {
      const { url } = await link.run({ path: { provider } });
      location.assign(url);
    } catch (error) {
      toasts.show({ tone: 'bad', title: problemOf(error).message });
    }
  };
  const free = connectable(config.data?.identityProviders, linked);
  if (free.length === 0) return null;
  return (
    <div className={styles.row}>
      {free.map(({ name, displayName }) => (
        <Action key={name} icon={LinkSign} pending={link.pending} onRun={() => void begin(name)}>
          {t('connect', { provider: displayName })}
        </Action>
      ))}
    </div>
  );
}
