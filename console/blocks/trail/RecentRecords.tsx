import { Link } from '@tanstack/react-router';
import { ScrollText } from 'lucide-react';
import { audit as routes } from '@orrery/platform-contract/features';
import { Card, LinkRows } from '../card/Card.tsx';
import { Problem } from '../Problem.tsx';
import { useCall } from '../../data/calls.ts';
import { useCluster } from '../../data/context.ts';
import { Age } from '../../ui/Age.tsx';
import { useMessages } from '../../ui/locale.ts';
import { Notice } from '../../ui/Notice.tsx';
import { stringifySearch } from '../../util/url-search.ts';
import styles from './trail.module.css';
import { trailMessages } from './messages.data.ts';
import { objectText, resultTone, rowOf, userText, type AuditPlace } from './record.ts';
import { Result, useVerb } from './words.tsx';

interface RecentProps {
  readonly place: AuditPlace;
  /** The page with all of them. */
  readonly href: string;
}

const newest = { operation: 'query', sort: 'desc', from: 0, size: 8 } as const;

/** What was done here last. */
export function RecentRecords({ place: { workspace, namespace }, href }: RecentProps) {
  const here = useCluster();
  const t = useMessages(trailMessages);
  const verb = useVerb();
  const query = {
    ...newest,
    workspace_filter: workspace,
    objectref_namespace_filter: namespace,
    cluster_filter: namespace && here,
  };
  const { data, error } = useCall(routes.events, { query });
  const records = data?.query?.records;
  return (
    <Card title={t('recent')} aside={<Link to={href}>{t('all')}</Link>}>
      {error && <Problem error={error} />}
      {records?.length === 0 && (
        <Notice icon={ScrollText} title={t('none')}>
          {t('noneText')}
        </Notice>
      )}
      <LinkRows
        rows={(records ?? []).map(event => {
          const key = rowOf(event).metadata.uid!;
          return {
            key,
            href: `${href}${stringifySearch({ record: key })}`,
            title: `${verb(event.verb)} ${objectText(event)}`,
            text: [userText(event), event.objectRef?.namespace].filter(Boolean).join(' · '),
            aside: (
              <span className={styles.end}>
                {resultTone(event) !== 'good' && <Result event={event} />}
                <Age time={event.requestReceivedTimestamp} />
              </span>
            ),
          };
        })}
      />
    </Card>
  );
}
