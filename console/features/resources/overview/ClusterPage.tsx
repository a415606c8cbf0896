import { clusters, overview } from '@orrery/platform-contract/features';
import type { PageProps } from '../../../blocks/page.ts';
import { PageFrame } from '../../../blocks/PageFrame.tsx';
import { Problem } from '../../../blocks/Problem.tsx';
import { useLive } from '../../../data/live.ts';
import { Age } from '../../../ui/Age.tsx';
import { Badge } from '../../../ui/Badge.tsx';
import { useMessages } from '../../../ui/locale.ts';
import { common } from '../../../ui/messages.data.ts';
import { EventTable } from '../EventTable.tsx';
import { Counts } from './Counts.tsx';
import { overviewMessages } from './messages.data.ts';
import styles from './overview.module.css';

const shown = [
  'nodes',
  'deployments',
  'statefulsets',
  'daemonsets',
  'pods',
  'jobs',
  'cronjobs',
  'services',
  'persistentvolumeclaims',
];

/** A cluster at a glance: its version, its nodes, what runs on it over all projects. */
export default function ClusterPage({ params: { cluster } }: PageProps<'/clusters/$cluster'>) {
  const t = useMessages(overviewMessages);
  const c = useMessages(common);
  const { data, error } = useLive(clusters.get, { path: { cluster } });
  const numbers = useLive(overview.platform);
  if (!data) return <PageFrame title={cluster}>{error && <Problem error={error} />}</PageFrame>;
  const { status } = data;
  const isOff = status.conditions.some(
    ({ type, status: is }) => (type === 'NodesReady' || type === 'Ready') && is === 'False',
  );
  return (
    <PageFrame
      title={cluster}
      badge={isOff ? <Badge tone="warn">{t('notReady')}</Badge> : <Badge tone="good">{t('ready')}</Badge>}
    >
      <dl className={styles.facts}>
        <div>
          <dt>{t('kubernetes')}</dt>
          <dd>{status.kubernetesVersion ?? '–'}</dd>
        </div>
        <div>
          <dt>Orrery</dt>
          <dd>{status.kubeSphereVersion}</dd>
        </div>
        <div>
          <dt>{t('nodes')}</dt>
          <dd>{status.nodeCount}</dd>
        </div>
        <div>
          <dt>{c('created')}</dt>
          <dd>
            <Age time={data.metadata.creationTimestamp} />
          </dd>
        </div>
      </dl>
      {numbers.error ? (
        <Problem error={numbers.error} />
      ) : (
        numbers.data && <Counts counts={numbers.data.counts} resources={shown} where={{ cluster }} />
      )}
      <section className={styles.section}>
        <h2>{t('warnings')}</h2>
        <EventTable selector="type=Warning" withObject limit={10} />
      </section>
    </PageFrame>
  );
}
