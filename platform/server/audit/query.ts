/** Questions to the trail: KubeSphere's filters, and the three forms of an answer. Pure. */
import { parseDuration } from '@orrery/machinery/duration';
import { badRequest } from '@orrery/machinery/status';
import type { AnswerOf, QueryOf } from '@orrery/platform-contract';
import type { AuditEvent, audit as routes } from '@orrery/platform-contract/features';

export type AuditQuery = QueryOf<typeof routes.events>;
export type AuditAnswer = AnswerOf<typeof routes.events>;

type Values = (event: AuditEvent) => readonly (string | undefined)[];

const fields: readonly { readonly exact?: keyof AuditQuery; readonly part?: keyof AuditQuery; readonly of: Values }[] =
  [
    { exact: 'workspace_filter', part: 'workspace_search', of: event => [event.Workspace] },
    { exact: 'cluster_filter', of: event => [event.Cluster] },
    {
      exact: 'objectref_namespace_filter',
      part: 'objectref_namespace_search',
      of: event => [event.objectRef?.namespace],
    },
    { exact: 'objectref_name_filter', part: 'objectref_name_search', of: event => [event.objectRef?.name] },
    { exact: 'objectref_resource_filter', of: event => [event.objectRef?.resource] },
    { exact: 'objectref_subresource_filter', of: event => [event.objectRef?.subresource] },
    { exact: 'level_filter', of: event => [event.level] },
    { exact: 'verb_filter', of: event => [event.verb] },
    { exact: 'user_filter', part: 'user_search', of: event => [event.user.username, event.impersonatedUser?.username] },
    { part: 'group_search', of: event => [...(event.user.groups ?? []), ...(event.impersonatedUser?.groups ?? [])] },
    { part: 'source_ip_search', of: event => event.sourceIPs ?? [] },
    { exact: 'response_code_filter', of: event => [String(event.responseStatus?.code ?? '')] },
    { exact: 'response_status_filter', of: event => [event.responseStatus?.status] },
  ];

export interface Range {
  readonly fromMs: number;
  readonly toMs: number;
}

const secondsForm = /^\d{1,11}$/;

function msOf(name: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!secondsForm.test(text)) throw badRequest(`query.${name} must be seconds since 1970`);
  return Number(text) * 1000;
}

/** @throws StatusError 400 */
export const rangeOf = ({ start_time, end_time }: AuditQuery): Range => ({
  fromMs: msOf('start_time', start_time, 0),
  // The last second is part of it.
  toMs: msOf('end_time', end_time, Number.MAX_SAFE_INTEGER - 1000) + 999,
});

export const timeOf = (event: AuditEvent): number => Date.parse(event.requestReceivedTimestamp);

/** All that are asked for must hold. */
export function filterOf(query: AuditQuery): (event: AuditEvent) => boolean {
  const { fromMs, toMs } = rangeOf(query);
  const tests = fields.flatMap(({ exact, part, of }) => [
    ...testFor(exact && query[exact], of, (value, word) => value === word),
    ...testFor(part && query[part], of, (value, word) => value.toLowerCase().includes(word.toLowerCase())),
  ]);
  return event => {
    const at = timeOf(event);
    return at >= fromMs && at <= toMs && tests.every(test => test(event));
  };
}

function testFor(asked: unknown, of: Values, fits: (value: string, word: string) => boolean) {
  if (typeof asked !== 'string') return [];
  const words = asked.split(',').filter(word => word !== '');
  if (words.length === 0) return [];
  return [(event: AuditEvent) => of(event).some(value => words.some(word => fits(value ?? '', word)))];
}

const pageMax = 10_000;
const sizeDefault = 10;
const sizeMax = 1_000;
const intervalDefault = '15m';
const bucketsMax = 10_000;

export interface Collector {
  take(event: AuditEvent): void;
  answer(): AuditAnswer;
}

/** @throws StatusError 400 for a page too far, or an interval that is none. */
export function collectorFor(query: AuditQuery): Collector {
  if (query.operation === 'statistics') return statistics();
  if (query.operation === 'histogram') return histogram(query);
  return page(query);
}

function page({ from = 0, size = sizeDefault, sort = 'desc' }: AuditQuery): Collector {
  const wanted = from + Math.min(size, sizeMax);
  if (wanted > pageMax)
    throw badRequest(`query.from and query.size reach no further than ${pageMax} records: narrow the time`);
  const sign = sort === 'asc' ? 1 : -1;
  let found: { at: number; event: AuditEvent }[] = [];
  let total = 0;
  const settle = () => {
    found = found.toSorted((left, right) => sign * (left.at - right.at)).slice(0, wanted);
  };
  return {
    take(event) {
      total++;
      found.push({ at: timeOf(event), event });
      if (found.length > 2 * pageMax) settle();
    },
    answer() {
      settle();
      return { query: { total, records: found.slice(from).map(({ event }) => event) } };
    },
  };
}

/** `resources`: how many different objects were touched. */
function statistics(): Collector {
  const touched = new Set<string>();
  let events = 0;
  return {
    take({ objectRef, Workspace }) {
      events++;
      const { apiGroup, resource, namespace, name } = objectRef ?? {};
      if (resource) touched.add(JSON.stringify([apiGroup, resource, namespace ?? Workspace, name]));
    },
    answer: () => ({ statistics: { resources: touched.size, events } }),
  };
}

function histogram({ interval = intervalDefault }: AuditQuery): Collector {
  let stepMs: number;
  try {
    stepMs = parseDuration(interval.replace(/^(\d+)d$/, (_, days: string) => `${Number(days) * 24}h`));
  } catch {
    throw badRequest('query.interval must be a duration, such as 15m');
  }
  if (stepMs < 1000) throw badRequest('query.interval must be at least 1s');
  const counts = new Map<number, number>();
  let total = 0;
  return {
    take(event) {
      total++;
      const time = Math.floor(timeOf(event) / stepMs) * stepMs;
      counts.set(time, (counts.get(time) ?? 0) + 1);
      if (counts.size > bucketsMax) throw badRequest('query.interval is too small for this time');
    },
    answer: () => ({
      histogram: {
        total,
        buckets: [...counts].toSorted(([left], [right]) => left - right).map(([time, count]) => ({ time, count })),
      },
    }),
  };
}
