import { useEffect, useState } from 'react';
import { Button } from '@mantine/core';
import { platform } from '@orrery/platform-contract/features';
import { useSearch } from '../../blocks/place.ts';
import { useCall } from '../../data/calls.ts';
import { hostCluster } from '../../data/data.ts';
import { useMessages } from '../../ui/locale.ts';
import { safeNext } from '../../util/paths.ts';
import { messages } from './messages.data.ts';
import { PasswordForm } from './PasswordForm.tsx';
import { backProblem } from './problems.ts';
import { beginHref, waysOf } from './ways.ts';
import { Welcome } from './Welcome.tsx';
import styles from './session.module.css';

export default function LoginPage() {
  const t = useMessages(messages);
  const search = useSearch();
  // Whoever is sent here by the platform itself comes with `referer`, as in KubeSphere.
  const next = safeNext(search['next'] ?? search['referer']);
  const config = useCall(platform.oauthConfig, { cluster: hostCluster });
  const { passwords, redirects } = waysOf(config.data?.identityProviders);
  const [tried, setTried] = useState(false);
  useEffect(() => void (document.title = `${t('logIn')} · Orrery`), [t]);
  const failed = tried ? undefined : backProblem(search['error']);
  const named = [...passwords, ...redirects].find(({ name }) => name === search['provider']);
  const provider = named?.displayName ?? search['provider'] ?? '';
  const left = search['left'] === 'ended' ? t('ended') : search['left'] ? t('loggedOut') : undefined;
  return (
    <Welcome title={t('welcome')}>
      {failed ? (
        <p className={styles.problem} role="alert" data-first>
          {t(failed, { provider })}
        </p>
      ) : (
        left &&
        !tried && (
          <p className={styles.note} role="status">
            {left}
          </p>
        )
      )}
      <PasswordForm providers={passwords} next={next} onTry={() => setTried(true)} />
      {redirects.length > 0 && (
        <section className={styles.others} aria-label={t('others')}>
          <p className={styles.or}>
            <span>{t('or')}</span>
          </p>
          {redirects.map(way => (
            // The platform answers there, no page of ours.
            <Button key={way.name} component="a" href={beginHref(way, next)} variant="default" size="md" fullWidth>
              {t('continueWith', { provider: way.displayName })}
            </Button>
          ))}
        </section>
      )}
    </Welcome>
  );
}
