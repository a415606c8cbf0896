import { useRef, useState, type KeyboardEvent } from 'react';
import { useNavigate } from '@tanstack/react-router';
import { ArrowDown, ArrowUp } from 'lucide-react';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Page } from '@orrery/platform-contract';
import type { Live } from '../../data/live.ts';
import { common } from '../../ui/messages.data.ts';
import { useMessages } from '../../ui/locale.ts';
import { useLate } from '../../ui/time.ts';
import type { TableState } from '../../util/table-search.ts';
import { tableMessages } from '../messages.data.ts';
import { rowAfter, type Column, type ResourceTableProps } from '../table.ts';
import { RowMenu } from './RowMenu.tsx';
import styles from './table.module.css';

interface RowsProps<T extends KubeObject> extends Omit<ResourceTableProps<T>, 'empty'> {
  readonly live: Live<Page<T>>;
  readonly state: TableState;
  readonly turn: (change: Partial<TableState>) => void;
  /** What Enter on a row does where there is no page to go to. */
  readonly onOpen?: (row: T) => void;
}

const skeletonRows = 6;
const keyOf = ({ metadata }: KubeObject): string => metadata.uid ?? `${metadata.namespace}/${metadata.name}`;

/** Arrow keys go from row to row, Enter opens one. */
export function Rows<T extends KubeObject>({
  label,
  columns,
  live,
  state,
  turn,
  href,
  onOpen,
  actions = [],
}: RowsProps<T>) {
  const t = useMessages(common);
  const navigate = useNavigate();
  const body = useRef<HTMLTableSectionElement>(null);
  const [active, setActive] = useState(0);
  const items = live.data?.items;
  const onKey = (event: KeyboardEvent<HTMLTableRowElement>, row: T, index: number) => {
    if (event.target !== event.currentTarget) return;
    const next = rowAfter(event.key, index, items?.length ?? 0);
    const target = event.key === 'Enter' ? href?.(row) : undefined;
    if (target) void navigate({ to: target });
    else if (event.key === 'Enter') onOpen?.(row);
    if (next === undefined) return;
    event.preventDefault();
    (body.current?.rows[next] as HTMLElement | undefined)?.focus();
  };
  return (
    <div className={styles.scroll}>
      <table className={styles.table} aria-label={label} aria-busy={live.pending || live.former}>
        <thead>
          <tr>
            {columns.map(column => (
              <Head key={column.key} column={column} state={state} turn={turn} />
            ))}
            {actions.length > 0 && (
              <th className={styles.menuCell}>
                <span className="o-hidden">{t('actions')}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody ref={body} data-former={live.former || undefined}>
          {items?.map((row, index) => (
            <tr
              key={keyOf(row)}
              tabIndex={index === Math.min(active, items.length - 1) ? 0 : -1}
              onFocus={() => setActive(index)}
              onKeyDown={event => onKey(event, row, index)}
              data-leaving={row.metadata.deletionTimestamp !== undefined || undefined}
            >
              {columns.map(({ key, cell, align }) => (
                <td key={key} data-align={align}>
                  {cell(row)}
                </td>
              ))}
              {actions.length > 0 && (
                <td className={styles.menuCell}>
                  <RowMenu row={row} actions={actions} />
                </td>
              )}
            </tr>
          )) ?? <Waiting columns={columns.length + (actions.length > 0 ? 1 : 0)} />}
        </tbody>
      </table>
    </div>
  );
}

interface HeadProps<T> extends Pick<RowsProps<KubeObject>, 'state' | 'turn'> {
  readonly column: Column<T>;
}

function Head<T>({ column: { title, sortBy, width, align }, state, turn }: HeadProps<T>) {
  const t = useMessages(tableMessages);
  const sorted = sortBy !== undefined && state.sortBy === sortBy;
  const Arrow = state.ascending ? ArrowUp : ArrowDown;
  return (
    <th
      scope="col"
      data-align={align}
      style={width ? { width } : undefined}
      aria-sort={sorted ? (state.ascending ? 'ascending' : 'descending') : undefined}
    >
      {sortBy === undefined ? (
        title
      ) : (
        <button
          type="button"
          className={styles.sort}
          data-sorted={sorted || undefined}
          title={t('sort', { column: title })}
          onClick={() => turn({ sortBy, ascending: sorted ? !state.ascending : sortBy !== 'createTime' })}
        >
          {title}
          <Arrow size={12} aria-hidden="true" />
        </button>
      )}
    </th>
  );
}

/** Drawn only when waiting is long enough to be noticed. */
function Waiting({ columns }: { readonly columns: number }) {
  const late = useLate();
  return Array.from({ length: skeletonRows }, (_, row) => (
    <tr key={row} className={styles.waiting} data-late={late || undefined} aria-hidden="true">
      {Array.from({ length: columns }, (_, column) => (
        <td key={column}>
          <span />
        </td>
      ))}
    </tr>
  ));
}
