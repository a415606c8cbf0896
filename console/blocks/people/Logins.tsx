import { History } from 'lucide-react';
import { users } from '@orrery/platform-contract/features';
import type { LoginRecord } from '@orrery/platform-kinds/types';
import { useMessages } from '../../ui/locale.ts';
import { ResourceTable } from '../ResourceTable.tsx';
import { loginColumns } from './loginColumns.tsx';
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
      columns={loginColumns(t)}
      empty={{ icon: History, title: t('noLogins'), text: t('noLoginsText') }}
    />
  );
}
