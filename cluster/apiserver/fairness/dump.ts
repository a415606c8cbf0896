/** What `/debug/api_priority_and_fairness/` and the metrics show. */
import type { Response } from '@orrery/http';
import { textAnswer } from '@orrery/http';
import type { RequestContext } from '../chain/context.ts';
import type { Metrics } from '../metrics/registry.ts';
import type { Fairness } from './filter.ts';
import type { Asker, Level } from './limiter.ts';
import { guessMs } from './queues.ts';
import { lingerMs } from './width.ts';

const levelColumns =
  'PriorityLevelName ActiveQueues IsIdle IsQuiescing WaitingRequests ExecutingRequests DispatchedRequests RejectedRequests TimedoutRequests CancelledRequests';
const queueColumns =
  'PriorityLevelName Index PendingRequests ExecutingRequests SeatsInUse NextDispatchR InitialSeatsSum MaxSeatsSum TotalWorkSum';
// The misspelling is upstream's.
const requestColumns =
  'PriorityLevelName FlowSchemaName QueueIndex RequestIndexInQueue FlowDistingsher ArriveTime InitialSeats FinalSeats AdditionalLatency StartTime';
const detailColumns = 'UserName Verb APIPath Namespace Name APIVersion Resource SubResource';

type Row = readonly unknown[];

/** Cells with commas behind them, under each other (Go's tabwriter with cells of at least eight letters). */
function aligned(rows: readonly Row[]): string {
  const cells = rows.map(row => row.map((cell, at) => (at < row.length - 1 ? `${String(cell)},` : String(cell))));
  const widths = cells[0]!.map((_, at) => Math.max(8, ...cells.map(row => row[at]!.length + 1)));
  const line = (row: readonly string[]): string =>
    row.map((cell, at) => (at < row.length - 1 ? cell.padEnd(widths[at]!) : cell)).join('');
  return cells.map(row => `${line(row)}\n`).join('');
}

const inOrder = ({ limiter }: Fairness): Level[] =>
  [...limiter.levels()].sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1));

const levelRow = ({ spec, queues, executing, leaving, dispatched, refused }: Level): Row => [
  spec.name,
  queues.activeQueues,
  executing.size === 0 && queues.count === 0,
  leaving,
  queues.count,
  executing.size,
  dispatched,
  refused['queue-full'] + refused['concurrency-limit'],
  refused['time-out'],
  refused.cancelled,
];

/** The levels as upstream's `dump_priority_levels` shows them. */
export const dumpLevels = (fairness: Fairness): string =>
  aligned([levelColumns.split(' '), ...inOrder(fairness).map(levelRow)]);

/** Seat-milliseconds as upstream's SeatSeconds. */
const seatSeconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(8)}ss`;

const queuesOf = ({ spec, queues }: Level) => (spec.exempt || spec.queuing === undefined ? [] : queues.queues);

function queueRows(level: Level): Row[] {
  return queuesOf(level).map((queue, index) => {
    const executing = [...level.executing].filter(({ charged }) => charged?.account === queue);
    const widths = queue.waiting.map(({ width }) => width);
    const seats = widths.reduce((sum, width) => sum + width, 0);
    const inUse = executing.reduce((sum, { width }) => sum + width, 0);
    const work = seatSeconds(seats * guessMs);
    return [
      level.spec.name,
      index,
      queue.waiting.length,
      executing.length,
      inUse,
      seatSeconds(queue.start),
      seats,
      seats,
      work,
    ];
  });
}

/** The queues as upstream's `dump_queues` shows them. */
export const dumpQueues = (fairness: Fairness): string =>
  aligned([queueColumns.split(' '), ...inOrder(fairness).flatMap(queueRows)]);

const zeroTime = '0001-01-01T00:00:00Z';

/** As Go's RFC3339Nano. */
const timeOf = (ms: number): string => new Date(ms).toISOString().replace(/\.?0*Z$/, 'Z');

interface Place {
  readonly queue: number;
  readonly index: number;
  readonly startedMs?: number;
}

function requestRow(fairness: Fairness, level: Level, asker: Asker, width: number, place: Place, full: boolean): Row {
  const { info } = asker;
  const final = fairness.finalOf(info);
  return [
    level.spec.name,
    asker.schema,
    place.queue,
    place.index,
    asker.distinguisher,
    timeOf(asker.arrivedMs),
    level.spec.exempt ? 1 : width,
    final,
    final > 0 ? `${lingerMs}ms` : '0s',
    place.startedMs === undefined ? zeroTime : timeOf(place.startedMs),
    ...(full
      ? [
          asker.user,
          info.verb,
          info.path,
          info.namespace,
          info.name,
          info.apiGroup === '' ? info.apiVersion : `${info.apiGroup}/${info.apiVersion}`,
          info.resource,
          info.subresource,
        ]
      : []),
  ];
}

/** First who waits, queue by queue, each with who was taken from it; then who had to wait for nobody. */
function requestRows(fairness: Fairness, level: Level, full: boolean): Row[] {
  const row = (asker: Asker | undefined, width: number, place: Place): Row[] =>
    asker ? [requestRow(fairness, level, asker, width, place, full)] : [];
  const queues = queuesOf(level);
  const running = (queue: number): Row[] =>
    [...level.executing]
      .filter(({ charged }) => queues.findIndex(each => each === charged?.account) === queue)
      .flatMap(({ asker, width, startedMs }) => row(asker, width, { queue, index: -1, startedMs }));
  const queued = queues.flatMap(({ waiting }, queue) => [
    ...waiting.flatMap(({ asker, width }, index) => row(asker, width, { queue, index })),
    ...running(queue),
  ]);
  return [...queued, ...running(-1)];
}

/** The requests as upstream's `dump_requests` shows them; `full` with who asks for what. */
export function dumpRequests(fairness: Fairness, full: boolean): string {
  const head = [...requestColumns.split(' '), ...(full ? detailColumns.split(' ') : [])];
  return aligned([head, ...inOrder(fairness).flatMap(level => requestRows(fairness, level, full))]);
}

const dumps: Readonly<Record<string, (fairness: Fairness, full: boolean) => string>> = {
  dump_priority_levels: dumpLevels,
  dump_queues: dumpQueues,
  dump_requests: dumpRequests,
};
const dumpPath = '/debug/api_priority_and_fairness/';

/** Answers the paths below `/debug/api_priority_and_fairness/`; undefined for any other. */
export function answerDump(fairness: Fairness, { info, query }: RequestContext): Response | undefined {
  const name = info.path.startsWith(dumpPath) ? info.path.slice(dumpPath.length) : '';
  if (!Object.hasOwn(dumps, name)) return undefined;
  return textAnswer(200, dumps[name]!(fairness, (query.get('includeRequestDetails') ?? '') !== ''));
}

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
    name('current_limit_seats'),
    'Current derived number of execution seats available to each priority level.',
    perLevel(({ share }) => share.nominal),
  );
  metrics.gauge(
    name('lower_limit_seats'),
    'Configured lower bound on number of execution seats available to each priority level.',
    perLevel(({ share }) => share.nominal - share.lendable),
  );
  metrics.gauge(
    name('upper_limit_seats'),
    'Configured upper bound on number of execution seats available to each priority level.',
    perLevel(({ share }) => Math.min(share.nominal + share.borrowable, limiter.seats)),
  );
  metrics.gauge(
    name('current_executing_requests'),
    'Number of requests in initial (for a WATCH) or any (for a non-WATCH) execution stage in the API Priority and Fairness subsystem.',
    perLevel(({ executing }) => executing.size),
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
