import { Button } from '@mantine/core';
import { Search as SearchIcon } from 'lucide-react';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Page } from '@orrery/platform-contract';
import { useLive, type Live } from '../data/live.ts';
import { listQueryOf, searchFor, tableStateOf, type TableState } from '../util/table-search.ts';
import { useMessages } from '../ui/locale.ts';
import { Notice } from '../ui/Notice.tsx';
import { tableMessages } from './messages.data.ts';
import { Problem } from './Problem.tsx';
import { useSearch, useSetSearch } from './place.ts';
import type { ResourceTableProps } from './table.ts';
import { SearchBox } from './table/SearchBox.tsx';
import { LiveSign } from './table/LiveSign.tsx';
import { Pager } from './table/Pager.tsx';
import { Rows } from './table/Rows.tsx';
import styles from './table/table.module.css';

/** A list that the server pages, sorts, filters and keeps current. What it shows is in the page's address. */
export function ResourceTable<T extends KubeObject>(props: ResourceTableProps<T>) {
  const { route, path, query, initial, filters } = props;
  const search = useSearch();
  const setSearch = useSetSearch();
  const state = tableStateOf(search, initial);
  const turn = (change: Partial<TableState>, quietly = false) =>
    setSearch(before => searchFor(before, { ...tableStateOf(before, initial), page: 1, ...change }, initial), quietly);
  const live = useLive(route, { path: path as never, query: { ...query, ...listQueryOf(state) } as never }) as Live<
    Page<T>
  >;
  return (
    <section className={styles.card} aria-label={props.label}>
      <div className={styles.bar}>
        <SearchBox text={state.text} onText={text => turn({ text }, true)} />
        {filters}
        <LiveSign down={live.down} />
      </div>
      <Body {...props} live={live} state={state} turn={turn} />
      {live.data && live.data.totalItems > 0 && <Pager state={state} total={live.data.totalItems} turn={turn} />}
    </section>
  );
}

interface BodyProps<T extends KubeObject> extends ResourceTableProps<T> {
  readonly live: Live<Page<T>>;
  readonly state: TableState;
  readonly turn: (change: Partial<TableState>) => void;
}

/** Rows, or why there are none. */
function Body<T extends KubeObject>({ live, state, turn, empty, ...props }: BodyProps<T>) {
  const t = useMessages(tableMessages);
  if (live.error) return <Problem error={live.error} />;
  if (!live.data || live.data.items.length > 0) return <Rows {...props} live={live} state={state} turn={turn} />;
  if (state.text !== '')
    return (
      <Notice
        icon={SearchIcon}
        title={t('noMatch', { text: state.text })}
        actions={
          <Button variant="default" onClick={() => turn({ text: '' })}>
            {t('clear')}
          </Button>
        }
      >
        {t('noMatchHint')}
      </Notice>
    );
  if (live.data.totalItems > 0)
    return (
      <Notice
        icon={SearchIcon}
        title={t('pastEnd')}
        actions={
          <Button variant="default" onClick={() => turn({ page: 1 })}>
            {t('first')}
          </Button>
        }
      />
    );
  return (
    <Notice icon={empty.icon} title={empty.title} actions={empty.action}>
      {empty.text}
    </Notice>
  );
}
