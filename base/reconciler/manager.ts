/** Runs controllers and their companions together, from the first list to the last write (controller-runtime `manager`). */
import { createClient, type Client } from '@orrery/client';
import type { Handler } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Random } from '@orrery/machinery/random';
import { createContext } from './context.ts';
import { runController } from './controller.ts';
import { runWithLeaderElection, type ElectionOptions } from './election.ts';
import { healthHandler, type Checks } from './health.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { aborted, runTogether, type Run } from './together.ts';
import type { ComponentContext, ControllerOptions, InformerFactory } from './types.ts';

export type ManagerOptions = ManagerSettings &
  (
    | { readonly client: Client; readonly transport?: undefined }
    /** The server's handler, or `connect` of `@orrery/client/node`. */
    | { readonly transport: Handler; readonly client?: undefined }
  );

export interface ManagerSettings {
  /** User agent and log field; `manager` unless given. */
  readonly name?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Lets controllers run in one of several processes only, the one that holds this Lease. All run unless given. */
  readonly leaderElection?: ElectionOptions & { readonly lease: string };
  /** Checks besides our own (`ping`, and `informer-sync` for readiness). */
  readonly health?: { readonly live?: Checks; readonly ready?: Checks };
  /** Where figures go; kept and served under `/metrics` unless given. */
  readonly metrics?: Metrics;
  /** Informers to share with others; they then outlive the manager. */
  readonly informers?: InformerFactory;
  /** How long everything may take to end; 30 s unless given. */
  readonly graceMs?: number;
}

/** Something that runs beside the controllers: a server, a task. */
export interface Runnable {
  readonly name: string;
  /** Runs in every process, from before the election to after it, not on the leader only. */
  readonly everywhere?: boolean;
  /** Runs until `context.signal` aborts, or until it has nothing more to do. A rejection ends the manager. */
  run(context: ComponentContext): Promise<void>;
}

/** Is called once, when the manager starts: informers that it asks for are fresh before we lead. */
export type ControllerFactory = (context: ComponentContext) => ControllerOptions;

export interface Manager {
  readonly context: ComponentContext;
  readonly metrics: Metrics;
  /** Answers `/healthz`, `/livez`, `/readyz` and `/metrics`. */
  readonly handler: Handler;
  /** True while the controllers of this manager may work. */
  readonly leading: boolean;
  /** Throws after the start. */
  add(controller: ControllerOptions | ControllerFactory): void;
  addRunnable(runnable: Runnable): void;
  /**
   * Runs until `signal` aborts, then ends in order: controllers and the leader's runnables, the Lease, runnables that run everywhere,
   * informers. Rejects, after the same end, with the error of a runnable, or when `graceMs` did not suffice. Starts once.
   */
  start(signal: AbortSignal): Promise<void>;
}

const defaultGraceMs = 30_000;

export function createManager(options: ManagerOptions): Manager {
  const { clock, random, name = 'manager', health = {}, graceMs = defaultGraceMs } = options;
  const log = options.log.with({ manager: name });
  const client = options.client ?? createClient(options.transport, { userAgent: name });
  const own = options.metrics ? undefined : createMetrics();
  const metrics = options.metrics ?? own!;
  /** Ends the informers; and what makes everything else end: being told to, or the first failure. */
  const end = new AbortController();
  const ending = new AbortController();
  const context = createContext({ client, clock, random, log, signal: end.signal, informers: options.informers });
  const factories: ControllerFactory[] = [];
  const runnables: Runnable[] = [];
  const state = { started: false, leading: false, synced: false };
  const busy = new Set<string>();

  const notStarted = () => {
    if (state.started) throw new Error('the manager has started');
  };
  /** Under a name, so that an end that hangs can be explained. */
  const named = (what: string, run: Run): Run => {
    return async signal => {
      busy.add(what);
      try {
        await run(signal);
      } catch (error) {
        log.error('failed, ending the manager', { runnable: what, error });
        ending.abort();
        throw error;
      } finally {
        busy.delete(what);
      }
    };
  };
  const runOf = (runnable: Runnable) => named(runnable.name, signal => runnable.run({ ...context, signal }));
  const lead = (controllers: readonly ControllerOptions[]): Run => {
    const runs = [
      ...controllers.map(options =>
        named(options.name, signal => runController(options, { clock, log, signal, metrics })),
      ),
      ...runnables.filter(({ everywhere }) => !everywhere).map(runOf),
    ];
    return async signal => {
      state.leading = true;
      try {
        await runTogether([...runs, aborted], signal);
      } finally {
        state.leading = false;
      }
    };
  };
  const run = async (): Promise<void> => {
    const controllers = factories.map(factory => factory(context));
    context.informers.synced().then(
      () => (state.synced = true),
      () => {},
    );
    const everywhereEnd = new AbortController();
    const everywhereRuns = runnables.filter(({ everywhere }) => everywhere).map(runOf);
    const everywhere = runTogether(everywhereRuns, everywhereEnd.signal);
    everywhere.catch(() => undefined);
    try {
      await elected(context, options.leaderElection, metrics, lead(controllers), ending.signal);
    } finally {
      everywhereEnd.abort();
      await everywhere;
    }
  };
  return {
    context,
    metrics,
    handler: healthHandler({
      live: health.live ?? {},
      ready: { 'informer-sync': () => (state.synced ? undefined : 'caches have not synced'), ...health.ready },
      metrics: own && (() => own.format()),
      log,
    }),
    get leading() {
      return state.leading;
    },
    add(controller) {
      notStarted();
      factories.push(typeof controller === 'function' ? controller : () => controller);
    },
    addRunnable(runnable) {
      notStarted();
      runnables.push(runnable);
    },
    async start(signal) {
      notStarted();
      state.started = true;
      void aborted(signal).then(() => ending.abort());
      try {
        await inTime(run(), ending.signal, clock, graceMs, busy);
      } finally {
        end.abort();
      }
    },
  };
}

/** Runs at once, or whenever the Lease is ours. */
async function elected(
  context: ComponentContext,
  election: ManagerSettings['leaderElection'],
  metrics: Metrics,
  run: Run,
  signal: AbortSignal,
): Promise<void> {
  if (!election) return run(signal);
  const show = (value: number) => metrics.set('leader_election_master_status', { name: election.lease }, value);
  show(0);
  const leading: Run = async term => {
    show(1);
    await run(term).finally(() => show(0));
  };
  await runWithLeaderElection({ ...context, signal }, election.lease, leading, election);
}

/** `ended`, or a rejection that names what still runs `graceMs` after `signal` aborted. */
async function inTime(
  ended: Promise<void>,
  signal: AbortSignal,
  clock: Clock,
  graceMs: number,
  busy: ReadonlySet<string>,
): Promise<void> {
  const over = new AbortController();
  const overdue = async () => {
    await aborted(AbortSignal.any([signal, over.signal]));
    if (!over.signal.aborted) await clock.sleep(graceMs, over.signal);
    if (!over.signal.aborted) throw new Error(`did not end within ${graceMs / 1_000} s: ${[...busy].join(', ')}`);
  };
  try {
    await Promise.race([ended.finally(() => over.abort()), overdue()]);
    await ended;
  } finally {
    over.abort();
  }
}
