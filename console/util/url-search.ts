/** The part of an address after `?` as plain texts: what a person would write. */
import type { Search } from './table-search.ts';

export const parseSearch = (text: string): Record<string, string> => Object.fromEntries(new URLSearchParams(text));

export function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(search).flatMap(([name, value]) =>
    value === undefined || value === null || value === '' ? [] : [[name, String(value)] as [string, string]],
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}`;
}

/** The same search with some keys changed; `undefined` removes one. */
export const withSearch = (search: Search, change: Readonly<Record<string, string | undefined>>): Search =>
  Object.fromEntries(
    Object.entries({ ...search, ...change }).filter((pair): pair is [string, string] => pair[1] !== undefined),
  );
