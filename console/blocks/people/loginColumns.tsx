import type { LoginRecord } from '@orrery/platform-kinds/types';
import { Badge } from '../../ui/Badge.tsx';
import { agentText } from '../../util/user-agent.ts';
import { AgeCell, TextCell } from '../cells.tsx';
import type { Column } from '../table.ts';
import type { MessageKey } from '../../util/messages.ts';
import { peopleMessages } from './messages.data.ts';
import { reasonKey } from './reasons.ts';
import styles from './people.module.css';

type T = (key: MessageKey<typeof peopleMessages>, values?: Record<string, string>) => string;

/** What is told of an attempt to log in, wherever attempts are listed. */
export function loginColumns(t: T): readonly Column<LoginRecord>[] {
  const why = (reason: string | undefined) => {
    const key = reasonKey(reason);
    return key ? t(key) : reason;
  };
  return [
    { key: 'age', title: t('time'), sortBy: 'createTime', width: '100px', cell: row => <AgeCell row={row} /> },
    {
      key: 'result',
      title: t('result'),
      width: '120px',
      cell: ({ spec }) => (
        <Badge tone={spec.success ? 'good' : 'bad'}>{t(spec.success ? 'succeeded' : 'failed')}</Badge>
      ),
    },
    { key: 'why', title: t('why'), cell: ({ spec }) => <TextCell>{why(spec.reason)}</TextCell> },
    {
      key: 'type',
      title: t('type'),
      width: '130px',
      cell: ({ spec }) => <TextCell>{[t(`type_${spec.type}`), spec.provider].filter(Boolean).join(' · ')}</TextCell>,
    },
    {
      key: 'address',
      title: t('address'),
      width: '170px',
      cell: ({ spec }) => (
        <span className={styles.from} title={spec.userAgent}>
          {spec.sourceIP ?? '–'}
          {spec.userAgent && <small>{agentText(spec.userAgent)}</small>}
        </span>
      ),
    },
  ];
}
