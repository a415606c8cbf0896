import { History } from 'lucide-react';
import { users } from '@orrery/platform-contract/features';
import type { LoginRecord } from '@orrery/platform-kinds/types';
import { Badge } from '../../ui/Badge.tsx';
import { useMessages } from '../../ui/locale.ts';
import { AgeCell, TextCell } from '../cells.tsx';
import { ResourceTable } from '../ResourceTable.tsx';
import { peopleMessages } from './messages.data.ts';

/** The attempts to log in with an account, newest first. */
export function Logins({ user }: { readonly user: string }) {
  const t = useMessages(peopleMessages);
  return (
    <ResourceTable<LoginRecord>
      label={t('logins')}
      route={users.loginRecords}
      path={{ user }}
      initial={{ limit: 10 }}
      columns={[
        { key: 'age', title: t('time'), sortBy: 'createTime', width: '110px', cell: row => <AgeCell row={row} /> },
        {
          key: 'result',
          title: t('result'),
          width: '150px',
          cell: ({ spec }) => (
            <Badge tone={spec.success ? 'good' : 'bad'}>{t(spec.success ? 'succeeded' : 'failed')}</Badge>
          ),
        },
        { key: 'type', title: t('type'), width: '120px', cell: ({ spec }) => <TextCell>{spec.type}</TextCell> },
        {
          key: 'address',
          title: t('address'),
          width: '170px',
          cell: ({ spec }) => <TextCell>{spec.sourceIP}</TextCell>,
        },
        { key: 'why', title: t('why'), cell: ({ spec }) => <TextCell>{spec.reason}</TextCell> },
      ]}
      empty={{ icon: History, title: t('noLogins'), text: t('noLoginsText') }}
    />
  );
}
