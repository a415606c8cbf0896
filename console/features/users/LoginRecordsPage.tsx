import { useState } from 'react';
import { Link } from '@tanstack/react-router';
import { History } from 'lucide-react';
import { platform, users } from '@orrery/platform-contract/features';
import { labels } from '@orrery/platform-kinds/names';
import type { LoginRecord } from '@orrery/platform-kinds/types';
import { TextCell } from '../../blocks/cells.tsx';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { loginColumns } from '../../blocks/people/loginColumns.tsx';
import { peopleMessages } from '../../blocks/people/messages.data.ts';
import { useSearch } from '../../blocks/place.ts';
import { ResourceTable } from '../../blocks/ResourceTable.tsx';
import { FilterSelect } from '../../blocks/table/FilterSelect.tsx';
import { FilterText } from '../../blocks/table/FilterText.tsx';
import { useCall } from '../../data/calls.ts';
import { hostCluster } from '../../data/data.ts';
import { useMessages } from '../../ui/locale.ts';
import { useClock } from '../../ui/time.ts';
import { pathTo } from '../../util/paths.ts';
import { messages } from './messages.data.ts';
import { providersIn, recordQuery, spanNames } from './records.ts';

const types = ['Password', 'OAuth', 'Token'] as const;

/** Who logged in, or tried to: all accounts, and names that nobody has. */
export default function LoginRecordsPage() {
  const t = useMessages(messages);
  const p = useMessages(peopleMessages);
  const clock = useClock();
  const [now] = useState(() => clock.now());
  const search = useSearch();
  const query = recordQuery(search, now);
  const filtered = Object.keys(query).length > 0;
  const config = useCall(platform.oauthConfig, { cluster: hostCluster });
  const providers = providersIn(config.data?.identityProviders);
  return (
    <PageFrame title={t('records')} description={t('recordsText')}>
      <ResourceTable<LoginRecord>
        label={t('records')}
        route={users.allLoginRecords}
        query={query}
        filters={
          <>
            <FilterSelect
              name="success"
              label={p('result')}
              any={t('anyResult')}
              choices={[
                { value: 'true', title: p('succeeded') },
                { value: 'false', title: p('failed') },
              ]}
            />
            <FilterSelect
              name="type"
              label={p('type')}
              any={t('anyType')}
              choices={types.map(value => ({ value, title: p(`type_${value}`) }))}
            />
            {providers.length > 0 && (
              <FilterSelect name="provider" label={p('provider')} any={t('anyProvider')} choices={providers} />
            )}
            <FilterSelect
              name="span"
              label={p('time')}
              any={t('anyTime')}
              choices={spanNames.map(value => ({ value, title: t(`span_${value}`) }))}
            />
            <FilterText name="user" label={t('who')} />
            <FilterText name="sourceIP" label={p('address')} />
          </>
        }
        columns={[
          { key: 'who', title: t('who'), width: '140px', cell: record => <Who record={record} /> },
          ...loginColumns(p),
        ]}
        empty={{
          icon: History,
          title: t(filtered ? 'noneFits' : 'noRecords'),
          text: t(filtered ? 'noneFitsText' : 'noRecordsText'),
        }}
      />
    </PageFrame>
  );
}

function Who({ record: { metadata } }: { readonly record: LoginRecord }) {
  const t = useMessages(messages);
  const user = metadata.labels?.[labels.user];
  // What was typed there may be a password: it is not shown.
  if (!user) return <TextCell>{t('nobody')}</TextCell>;
  return <Link to={pathTo('/users/$user', { user })}>{user}</Link>;
}
