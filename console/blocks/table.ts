/** A table as data. */
import type { ReactNode } from 'react';
import type { KubeObject } from '@orrery/machinery/meta';
import type { AnyRoute } from '@orrery/platform-contract';
import type { Question } from '../data/questions.ts';
import type { Params } from '../util/paths.ts';
import type { Search, TableState } from '../util/table-search.ts';
import type { Icon } from '../ui/icon.ts';

export interface Column<T> {
  readonly key: string;
  readonly title: string;
  /** What the server calls this order, if it has it. */
  readonly sortBy?: string;
  /** CSS; columns without share what is left. */
  readonly width?: string;
  readonly align?: 'right';
  readonly cell: (row: T) => ReactNode;
}

export interface RowAction<T> {
  readonly key: string;
  readonly title: string;
  readonly icon: Icon;
  readonly danger?: true;
  readonly question?: (row: T) => Question;
  readonly disabledReason?: (row: T) => string | undefined;
  readonly onRun: (row: T) => void;
}

/** Instead of rows: what would be here, and what to do next. */
export interface Empty {
  readonly icon: Icon;
  readonly title: string;
  readonly text: ReactNode;
  readonly action?: ReactNode;
}

export interface ResourceTableProps<T extends KubeObject> {
  /** For screen readers: what the rows are. */
  readonly label: string;
  /** A GET route that lists pages. */
  readonly route: AnyRoute;
  readonly path?: Params;
  /** Filters that always hold. */
  readonly query?: Search;
  readonly columns: readonly Column<T>[];
  /** Where Enter on a row leads. */
  readonly href?: (row: T) => string | undefined;
  readonly actions?: readonly RowAction<T>[];
  readonly empty: Empty;
  /** The order and page size at first; the newest twenty unless given. */
  readonly initial?: Partial<TableState>;
  /** Filters beside the search. */
  readonly filters?: ReactNode;
}

/** The row that a key leads to, from the one that has the focus. */
export function rowAfter(key: string, from: number, count: number): number | undefined {
  const target = { ArrowDown: from + 1, ArrowUp: from - 1, Home: 0, End: count - 1 }[key];
  return target !== undefined && target >= 0 && target < count ? target : undefined;
}
