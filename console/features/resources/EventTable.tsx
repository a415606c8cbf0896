import { BellOff } from 'lucide-react';
import type { Event } from '@orrery/kinds/types';
import { resources as routes } from '@orrery/platform-contract/features';
import { ResourceTable } from '../../blocks/ResourceTable.tsx';
import { Age } from '../../ui/Age.tsx';
import { Badge } from '../../ui/Badge.tsx';
import { useMessages } from '../../ui/locale.ts';
import { messages } from './messages.data.ts';
import styles from './resources.module.css';

interface EventTableProps {
  /** Of all projects unless given. */
  readonly namespace?: string;
  /** A field selector. */
  readonly selector: string;
  /** Says which object each is about. */
  readonly withObject?: boolean;
  readonly limit?: 10 | 20;
}

const lastOf = ({ series, lastTimestamp, eventTime, metadata }: Event): string | undefined =>
  series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp;
const countOf = ({ series, count }: Event): number => series?.count ?? count ?? 1;

/** Events, the newest first. */
export function EventTable({ namespace, selector, withObject, limit = 20 }: EventTableProps) {
  const t = useMessages(messages);
  return (
    <ResourceTable<Event>
      label={t('tab_events')}
      route={namespace ? routes.listIn : routes.list}
      path={{ resources: 'events', ...(namespace && { namespace }) }}
      query={{ fieldSelector: selector }}
      initial={{ limit, sortBy: 'lastTimestamp' }}
      columns={[
        {
          key: 'type',
          title: t('type'),
          width: '110px',
          cell: ({ type }) => <Badge tone={type === 'Warning' ? 'warn' : 'quiet'}>{type}</Badge>,
        },
        { key: 'reason', title: t('reason'), width: '170px', cell: ({ reason }) => reason },
        ...(withObject
          ? [
              {
                key: 'object',
                title: t('object'),
                width: '220px',
                cell: ({ involvedObject: { kind, name } }: Event) => `${kind}/${name}`,
              },
            ]
          : []),
        {
          key: 'message',
          title: t('message'),
          cell: ({ message }) => (
            <span className={styles.said} title={message}>
              {message}
            </span>
          ),
        },
        { key: 'count', title: t('count'), width: '70px', align: 'right', cell: countOf },
        {
          key: 'last',
          title: t('last'),
          sortBy: 'lastTimestamp',
          width: '110px',
          cell: event => <Age time={lastOf(event)} />,
        },
      ]}
      empty={{ icon: BellOff, title: t('noEvents'), text: t('noEventsText') }}
    />
  );
}
