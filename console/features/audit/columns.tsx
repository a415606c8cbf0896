import type { Column } from '../../blocks/table.ts';
import { TextCell } from '../../blocks/cells.tsx';
import { objectText, userText, type AuditRow } from '../../blocks/trail/record.ts';
import { Result, useVerb } from '../../blocks/trail/words.tsx';
import { Age } from '../../ui/Age.tsx';
import { useMessages } from '../../ui/locale.ts';
import styles from './audit.module.css';
import { auditMessages } from './messages.data.ts';

export function useColumns(show: (row: AuditRow) => void): readonly Column<AuditRow>[] {
  const t = useMessages(auditMessages);
  const verb = useVerb();
  return [
    {
      key: 'time',
      title: t('time'),
      width: '90px',
      sortBy: 'createTime',
      cell: ({ event }) => <Age time={event.requestReceivedTimestamp} />,
    },
    { key: 'user', title: t('user'), width: '150px', cell: ({ event }) => <TextCell>{userText(event)}</TextCell> },
    {
      key: 'verb',
      title: t('verb'),
      width: '130px',
      cell: row => (
        <button
          type="button"
          className={styles.open}
          tabIndex={-1}
          aria-label={`${verb(row.event.verb)}: ${t('open')}`}
          onClick={() => show(row)}
        >
          {verb(row.event.verb)}
        </button>
      ),
    },
    { key: 'object', title: t('object'), cell: ({ event }) => <TextCell>{objectText(event)}</TextCell> },
    {
      key: 'place',
      title: t('project'),
      width: '150px',
      cell: ({ event }) => <TextCell>{event.objectRef?.namespace ?? event.Workspace}</TextCell>,
    },
    {
      key: 'address',
      title: t('from_where'),
      width: '130px',
      cell: ({ event }) => <TextCell>{event.sourceIPs?.join(', ')}</TextCell>,
    },
    { key: 'result', title: t('result'), width: '130px', cell: ({ event }) => <Result event={event} /> },
  ];
}
