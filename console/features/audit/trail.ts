/** The audit as the console asks for it and shows it (pure). */
import type { AuditEvent } from '@orrery/platform-contract/features';
import type { AuditPlace } from '../../blocks/trail/record.ts';
import type { Search, TableState } from '../../util/table-search.ts';

export const levels = ['Metadata', 'Request', 'RequestResponse'] as const;
export const results = ['Success', 'Failure'] as const;
export const spans = { hour: 3_600, day: 86_400, week: 604_800, month: 2_592_000 } as const;
export type Span = keyof typeof spans;

/** Names of filters in the address, and the platform's words for them. */
const words = {
  user: 'user_search',
  verb: 'verb_filter',
  kind: 'objectref_resource_filter',
  name: 'objectref_name_search',
  project: 'objectref_namespace_search',
  workspace: 'workspace_search',
  level: 'level_filter',
  result: 'response_status_filter',
} as const;
export type FilterName = keyof typeof words | 'span' | 'from' | 'to';
const filterNames: readonly FilterName[] = [...(Object.keys(words) as (keyof typeof words)[]), 'span', 'from', 'to'];

/** What of the address this page understands; `page` and `limit` are those of tables. */
export const filtersIn = (search: Search): Partial<Record<FilterName, string>> =>
  Object.fromEntries(filterNames.flatMap(name => (search[name] ? [[name, search[name]]] : [])));

export const isFiltered = (search: Search): boolean => Object.keys(filtersIn(search)).length > 0;

/** Empties all filters and goes to the first page. */
export const cleared = (search: Search): Search =>
  Object.fromEntries(
    Object.entries(search).filter(([name]) => name !== 'page' && !(filterNames as readonly string[]).includes(name)),
  );

/** Seconds since 1970 of a local time as `<input type="datetime-local">` has it. */
const secondsOf = (local: string | undefined): number | undefined => {
  const ms = Date.parse(local ?? '');
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
};

/** The platform reaches no further back in one list. */
export const recordsMax = 10_000;

/** `nowMs` is where the last hour ends. */
export function auditQuery(
  search: Search,
  { page, limit, ascending }: TableState,
  place: AuditPlace,
  nowMs: number,
): Record<string, string | number> {
  const filters = filtersIn(search);
  const span = spans[filters.span as Span];
  const start = span === undefined ? secondsOf(filters.from) : Math.floor(nowMs / 1000) - span;
  const end = span === undefined ? secondsOf(filters.to) : undefined;
  const asked = Object.entries(words).flatMap(([name, word]): [string, string][] => {
    const value = filters[name as keyof typeof words];
    return value === undefined ? [] : [[word, value]];
  });
  return {
    ...Object.fromEntries(asked),
    ...(place.workspace && { workspace_filter: place.workspace }),
    ...(place.namespace && { objectref_namespace_filter: place.namespace }),
    ...(place.cluster && { cluster_filter: place.cluster }),
    ...(start !== undefined && { start_time: String(start) }),
    ...(end !== undefined && { end_time: String(end) }),
    operation: 'query',
    sort: ascending ? 'asc' : 'desc',
    from: Math.min((page - 1) * limit, recordsMax - limit),
    size: limit,
  };
}

const own = 'audit.orrery.io/';

/** Where a record stands in the chain; absent for those that are in none. */
export function linkOf({
  annotations = {},
}: AuditEvent): { chain: string; number: number; previous: string } | undefined {
  const chain = annotations[`${own}chain`];
  const number = Number(annotations[`${own}number`]);
  if (chain === undefined || !Number.isSafeInteger(number)) return undefined;
  return { chain, number, previous: annotations[`${own}previous`] ?? '' };
}

/** The recording of a terminal that a record tells of. */
export const recordingOf = ({ annotations = {} }: AuditEvent): string | undefined => annotations[`${own}recording`];

export interface Verification {
  readonly intact: boolean;
  readonly problem?: { readonly chain: string; readonly number: number; readonly why: string };
}

/** Of one record: `broken` where the first mistake of its chain is at it or before it. */
export function linkState(event: AuditEvent, { problem }: Verification): 'verified' | 'broken' | 'unlinked' {
  const link = linkOf(event);
  if (!link) return 'unlinked';
  return problem?.chain === link.chain && problem.number <= link.number ? 'broken' : 'verified';
}
