import { platform } from '@orrery/platform-contract/features';
import { useSearch } from '../../blocks/place.ts';
import { useCall } from '../../data/calls.ts';
import { hostCluster } from '../../data/data.ts';
import { useMessages } from '../../ui/locale.ts';
import { messages } from './messages.data.ts';
import styles from './account.module.css';

interface Named {
  readonly name: string;
  readonly displayName: string;
}

const problems = { taken: 'linkTaken', state: 'linkLate' } as const;

/** What came of connecting a provider: the browser comes back with it in the address. */
export function Arrived() {
  const t = useMessages(messages);
  const { linked, error, provider: named } = useSearch();
  const name = linked ?? named;
  const config = useCall(platform.oauthConfig, { cluster: hostCluster, when: name !== undefined });
  if (name === undefined || (!linked && !error)) return null;
  const known = (config.data?.identityProviders as readonly Named[] | undefined)?.find(each => each.name === name);
  const provider = known?.displayName ?? name;
  if (linked)
    return (
      <p className={styles.good} role="status">
        {t('linked', { provider })}
      </p>
    );
  const key = Object.hasOwn(problems, error!) ? problems[error as keyof typeof problems] : 'linkFailed';
  return (
    <p className={styles.bad} role="alert">
      {t(key, { provider })}
    </p>
  );
}
