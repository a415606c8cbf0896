import { Link } from '@tanstack/react-router';
import { platform } from '@orrery/platform-contract/features';
import { Card, Facts } from '../../blocks/card/Card.tsx';
import { useCall } from '../../data/calls.ts';
import { useMe, useOffer } from '../../data/session.ts';
import { useMessages } from '../../ui/locale.ts';
import { featureWord } from './features.ts';
import { messages } from './messages.data.ts';
import styles from './platform.module.css';

/** Versions do not change while a page is open. */
const freshMs = 5 * 60_000;

export function About() {
  const t = useMessages(messages);
  const version = useCall(platform.version, { freshMs }).data;
  const features = [...(useOffer().data?.features ?? [])].map(featureWord);
  const me = useMe().data;
  return (
    <Card title={t('about')}>
      <Facts
        rows={[
          [t('version'), version?.gitVersion ?? '–'],
          [
            t('kubernetes'),
            <Link key="cluster" to="/clusters/host">
              {version?.kubernetes?.gitVersion ?? '–'}
            </Link>,
          ],
          [t('you'), me ? `${me.displayName} (${me.name})` : '–'],
          [
            t('features'),
            <ul key="features" className={styles.features}>
              {features.map(feature =>
                'key' in feature ? (
                  <li key={feature.key}>{t(feature.key)}</li>
                ) : (
                  <li key={feature.name}>{feature.name}</li>
                ),
              )}
            </ul>,
          ],
        ]}
      />
    </Card>
  );
}
