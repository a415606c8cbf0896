/** What a table shows, kept in the page's address: reload, back and sending a link all work. */

export interface TableState {
  readonly page: number;
  readonly limit: number;
  /** A key that the server sorts by. */
  readonly sortBy: string;
  readonly ascending: boolean;
  /** Part of a name. */
  readonly text: string;
}

export type Search = Readonly<Record<string, string>>;

export const pageSizes = [10, 20, 50, 100] as const;
const defaults = { page: 1, limit: 20, sortBy: 'createTime', ascending: false, text: '' } as const;

const whole = (value: string | undefined, otherwise: number): number => {
  const number = Number(value);
  return Number.isSafeInteger(number) && number > 0 ? number : otherwise;
};

/** Whatever is in the address, the result is a sensible table. `sort` is a key, with a minus for descending. */
export function tableStateOf(search: Search, initial: Partial<TableState> = {}): TableState {
  const base: TableState = { ...defaults, ...initial };
  const limit = whole(search['limit'], base.limit);
  const sort = search['sort'];
  return {
    page: whole(search['page'], 1),
    limit: (pageSizes as readonly number[]).includes(limit) ? limit : base.limit,
    sortBy: sort ? sort.replace(/^-/, '') : base.sortBy,
    ascending: sort ? !sort.startsWith('-') : base.ascending,
    text: search['q'] ?? '',
  };
}

/** The address for a state; what is as it is anyway is left out, and the keys of others stay. */
export function searchFor(search: Search, state: TableState, initial: Partial<TableState> = {}): Search {
  const base: TableState = { ...defaults, ...initial };
  const { page: _page, limit: _limit, sort: _sort, q: _text, ...others } = search;
  const sorted = state.sortBy === base.sortBy && state.ascending === base.ascending;
  return {
    ...others,
    ...(state.page > 1 && { page: String(state.page) }),
    ...(state.limit !== base.limit && { limit: String(state.limit) }),
    ...(!sorted && { sort: `${state.ascending ? '' : '-'}${state.sortBy}` }),
    ...(state.text !== '' && { q: state.text }),
  };
}

/** The server's words for a state. */
export const listQueryOf = ({ page, limit, sortBy, ascending, text }: TableState): Search => ({
  page: String(page),
  limit: String(limit),
  sortBy,
  ascending: String(ascending),
  ...(text !== '' && { name: text }),
});
