/** The answer of a list route: filtered, ordered, one page. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { ListQuery, Page } from '@orrery/platform-contract';
import { filterFor, type Filter } from './filters.ts';
import { compareFor, pageOf, type Compare } from './page.ts';

export interface Listing<T extends KubeObject> {
  readonly filters?: Readonly<Record<string, Filter<T>>>;
  readonly orders?: Readonly<Record<string, Compare<T>>>;
}

export function listPage<T extends KubeObject>(
  objects: readonly T[],
  query: ListQuery,
  search: URLSearchParams,
  { filters, orders }: Listing<T> = {},
): Page<T> {
  return pageOf(objects.filter(filterFor(search, filters)), query, compareFor(query, orders));
}
