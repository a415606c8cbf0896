/** What `/debug/api_priority_and_fairness/` and the metrics show. */
import type { Metrics } from '../metrics/registry.ts';
import type { Fairness } from './filter.ts';
import type { Level } from './limiter.ts';

const columns = [
  'PriorityLevelName',
  'ActiveQueues',
  'IsIdle',
  'IsQuiescing',
  'WaitingRequests',
  'ExecutingRequests',
  'DispatchedRequests',
  'RejectedRequests',
  'TimedoutRequests',
  'CancelledRequests',
];

const row = ({ spec, queues, used, leaving, dispatched, refused }: Level): readonly unknown[] => [
  spec.name,
  queues.activeQueues,
  used === 0 && queues.count === 0,
  leaving,
  queues.count,
  used,
  dispatched,
  refused['queue-full'] + refused['concurrency-limit'],
  refused['time-out'],
  refused.cancelled,
];

/** The levels as upstream's `dump_priority_levels` shows them. */
export const dumpLevels = ({ limiter }: Fairness): string =>
  [columns, ...Array.from(limiter.levels(), row)].map(cells => `${cells.join(', ')}\n`).join('');

/** Upstream's names. */
export function showFairness(metrics: Metrics, { limiter }: Fairness): void {
  const perLevel = (read: (level: Level) => number) => () =>
    Array.from(limiter.levels(), level => [{ priority_level: level.spec.name }, read(level)] as const);
  const name = (text: string): string => `apiserver_flowcontrol_${text}`;
  metrics.gauge(
    name('nominal_limit_seats'),
    'Nominal number of execution seats of a priority level.',
    perLevel(({ share }) => share.nominal),
  );
  metrics.gauge(
    name('current_executing_seats'),
    'Seats in use, per priority level.',
    perLevel(({ used }) => used),
  );
  metrics.gauge(
    name('current_inqueue_requests'),
    'Requests that wait in queues, per priority level.',
    perLevel(({ queues }) => queues.count),
  );
  metrics.countersReadFrom(
    name('dispatched_requests_total'),
    'Requests that were given seats, per priority level.',
    perLevel(({ dispatched }) => dispatched),
  );
  metrics.countersReadFrom(
    name('rejected_requests_total'),
    'Requests that were refused, per priority level and reason.',
    () =>
      [...limiter.levels()].flatMap(({ spec, refused }) =>
        Object.entries(refused).map(([reason, count]) => [{ priority_level: spec.name, reason }, count] as const),
      ),
  );
}
