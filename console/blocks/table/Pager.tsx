import { ActionIcon } from '@mantine/core';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { useMessages } from '../../ui/locale.ts';
import { pageSizes, type TableState } from '../../util/table-search.ts';
import { tableMessages } from '../messages.data.ts';
import styles from './table.module.css';

interface PagerProps {
  readonly state: TableState;
  readonly total: number;
  readonly turn: (change: Partial<TableState>) => void;
}

export function Pager({ state: { page, limit }, total, turn }: PagerProps) {
  const t = useMessages(tableMessages);
  const from = Math.min((page - 1) * limit + 1, total);
  const to = Math.min(page * limit, total);
  return (
    <div className={styles.pager}>
      <label className={styles.size}>
        {t('pageSize')}
        <select value={limit} onChange={event => turn({ limit: Number(event.currentTarget.value) })}>
          {pageSizes.map(size => (
            <option key={size} value={size}>
              {size}
            </option>
          ))}
        </select>
      </label>
      <span className={styles.range}>{t('range', { from, to, total })}</span>
      <ActionIcon
        size="sm"
        aria-label={t('previous')}
        disabled={page <= 1}
        onClick={() => turn({ page: Math.min(page - 1, Math.ceil(total / limit)) })}
      >
        <ChevronLeft size={16} />
      </ActionIcon>
      <ActionIcon size="sm" aria-label={t('next')} disabled={to >= total} onClick={() => turn({ page: page + 1 })}>
        <ChevronRight size={16} />
      </ActionIcon>
    </div>
  );
}
