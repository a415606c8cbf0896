import { useState } from 'react';
import { RotateCw, ScrollText } from 'lucide-react';
import { Button } from '@mantine/core';
import { audit as routes } from '@orrery/platform-contract/features';
import type { PageProps } from '../../blocks/page.ts';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { useSearch, useSetSearch } from '../../blocks/place.ts';
import { Problem } from '../../blocks/Problem.tsx';
import { Pager } from '../../blocks/table/Pager.tsx';
import { Rows } from '../../blocks/table/Rows.tsx';
import tableStyles from '../../blocks/table/table.module.css';
import { trailMessages } from '../../blocks/trail/messages.data.ts';
import { rowOf, type AuditPlace, type AuditRow } from '../../blocks/trail/record.ts';
import { useCall } from '../../data/calls.ts';
import { useMessages } from '../../ui/locale.ts';
import { Notice } from '../../ui/Notice.tsx';
import { useClock } from '../../ui/time.ts';
import { searchFor, tableStateOf, type TableState } from '../../util/table-search.ts';
import { withSearch } from '../../util/url-search.ts';
import styles from './audit.module.css';
import { useColumns } from './columns.tsx';
import { Chain } from './Chain.tsx';
import { Filters } from './Filters.tsx';
import { auditMessages } from './messages.data.ts';
import { RecordDialog } from './RecordDialog.tsx';
import { auditQuery, cleared, isFiltered, recordsMax } from './trail.ts';

export function AuditPage() {
  const t = useMessages(auditMessages);
  return <Audit place={{}} description={t('description')} />;
}

export function WorkspaceAuditPage({ params: { workspace } }: PageProps<'/workspaces/$workspace/audit'>) {
  const t = useMessages(auditMessages);
  return <Audit place={{ workspace }} description={t('workspaceText')} />;
}

export function ProjectAuditPage({
  params: { cluster, namespace },
}: PageProps<'/clusters/$cluster/projects/$namespace/audit'>) {
  const t = useMessages(auditMessages);
  return <Audit place={{ cluster, namespace }} description={t('projectText')} />;
}

interface AuditProps {
  readonly place: AuditPlace;
  readonly description: string;
}

/** The trail, as far as the user may see it: the platform filters it, the address says how. */
function Audit({ place, description }: AuditProps) {
  const t = useMessages(auditMessages);
  const clock = useClock();
  const search = useSearch();
  const setSearch = useSetSearch();
  // "The last hour" stays the same hour until somebody asks again: pages do not move below the reader.
  const [now, setNow] = useState(() => clock.now());
  const state = tableStateOf(search);
  const { data, error, pending, again } = useCall(routes.events, { query: auditQuery(search, state, place, now) });
  const turn = (change: Partial<TableState>) =>
    setSearch(before => searchFor(before, { ...tableStateOf(before), page: 1, ...change }));
  const refresh = () => {
    setNow(clock.now());
    again();
  };
  const found = data?.query;
  const rows = found?.records.map(rowOf);
  const open = rows?.find(({ metadata }) => metadata.uid === search['record']);
  const show = (row: AuditRow | undefined) =>
    setSearch(before => withSearch(before, { record: row?.metadata.uid }), row === undefined);
  return (
    <PageFrame
      title={t('title')}
      description={description}
      actions={
        <>
          {!place.workspace && !place.namespace && <Chain />}
          <Button variant="default" size="sm" leftSection={<RotateCw size={15} />} onClick={refresh}>
            {t('refresh')}
          </Button>
        </>
      }
    >
      <section className={tableStyles.card} aria-label={t('records')}>
        <Filters place={place} />
        {error ? (
          <Problem error={error} again={again} />
        ) : found?.records.length === 0 ? (
          <Nothing filtered={isFiltered(search)} clear={() => setSearch(cleared)} />
        ) : (
          <Records rows={rows} total={found?.total} pending={pending} state={state} turn={turn} show={show} />
        )}
        {found && found.total > 0 && <Pager state={state} total={Math.min(found.total, recordsMax)} turn={turn} />}
        {found && found.total > recordsMax && <p className={styles.none}>{t('pastEnd')}</p>}
      </section>
      {open && <RecordDialog event={open.event} close={() => show(undefined)} />}
    </PageFrame>
  );
}

interface RecordsProps {
  readonly rows: readonly AuditRow[] | undefined;
  readonly total: number | undefined;
  readonly pending: boolean;
  readonly state: TableState;
  readonly turn: (change: Partial<TableState>) => void;
  readonly show: (row: AuditRow) => void;
}

function Records({ rows, total, pending, state, turn, show }: RecordsProps) {
  const t = useMessages(auditMessages);
  const columns = useColumns(show);
  const data = rows && { items: [...rows], totalItems: total ?? 0 };
  return (
    <Rows<AuditRow>
      label={t('records')}
      route={routes.events}
      columns={columns}
      live={{ data, error: null, pending, former: false, gone: false, down: false }}
      state={state}
      turn={turn}
      onOpen={show}
    />
  );
}

function Nothing({ filtered, clear }: { readonly filtered: boolean; readonly clear: () => void }) {
  const t = useMessages(auditMessages);
  const w = useMessages(trailMessages);
  return (
    <Notice
      icon={ScrollText}
      title={filtered ? t('noneFits') : w('none')}
      actions={
        filtered && (
          <Button variant="default" onClick={clear}>
            {t('clear')}
          </Button>
        )
      }
    >
      {!filtered && w('noneText')}
    </Notice>
  );
}
