/** The loop of a controller: wait for the caches, then reconcile one key at a time per worker until told to stop. */
import { isReason } from '@orrery/machinery/status';
import { allSynced } from './informer.ts';
import type { Metrics } from './metrics.ts';
import { createQueue, type KeyedQueue, type QueueObserver } from './queue.ts';
import { slicesOf } from './turns.ts';
import type { ComponentContext, ControllerOptions } from './types.ts';

export interface ControllerContext extends Pick<ComponentContext, 'clock' | 'log' | 'signal'> {
  /** Where figures about the controller go; nowhere unless given. */
  readonly metrics?: Metrics;
}

/** Thrown by a reconcile that would fail the same way again: it is logged, and not retried before something changes. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

/**
 * Runs a controller until `ctx.signal` aborts; resolves when the reconciles under way are over. Never rejects: a failing
 * reconcile is logged and its key retried after 5 ms, 10 ms, ... up to 1000 s; success forgets the failures.
 */
export async function runController(options: ControllerOptions, ctx: ControllerContext): Promise<void> {
  const { clock, signal } = ctx;
  const log = ctx.log.with({ controller: options.name });
  if (signal.aborted) return;
  const queue = createQueue(clock, ctx.metrics && observe(ctx.metrics, options.name));
  ctx.metrics?.set(
    'controller_runtime_max_concurrent_reconciles',
    { controller: options.name },
    options.concurrency ?? 1,
  );
  const stops = options.sources.map(source => source.start(queue));
  const aborted = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
  try {
    // Sources that end before they are filled never are: then the end of the controller is all that is left to wait for.
    await Promise.race([allSynced(...options.sources).catch(() => aborted), aborted]);
    if (signal.aborted) return;
    log.debug('caches synced, starting', { keys: queue.length });
    await work(queue, options, { ...ctx, log }, aborted);
  } finally {
    for (const stop of stops) stop();
    queue.close();
  }
}

async function work(
  queue: KeyedQueue,
  options: ControllerOptions,
  ctx: ControllerContext,
  aborted: Promise<void>,
): Promise<void> {
  const { clock, signal } = ctx;
  const limit = options.concurrency ?? 1;
  const running = new Set<Promise<void>>();
  const slices = slicesOf(clock);
  let resting = false;

  const pump = () => {
    while (running.size < limit && !signal.aborted && !resting) {
      if (queue.length === 0) return;
      if (slices.isOver()) return rest();
      const key = queue.take();
      if (key === undefined) return;
      const run = reconcileOne(queue, options, ctx, key).then(() => {
        running.delete(run);
        showWorkers();
        pump();
      });
      running.add(run);
      showWorkers();
    }
  };
  const showWorkers = () =>
    ctx.metrics?.set('controller_runtime_active_workers', { controller: options.name }, running.size);
  const rest = () => {
    resting = true;
    slices.next(() => {
      resting = false;
      pump();
    });
  };
  queue.onReady(pump);
  pump();
  await aborted;
  await Promise.all(running);
}

async function reconcileOne(
  queue: KeyedQueue,
  options: ControllerOptions,
  { clock, log, signal, metrics }: ControllerContext,
  key: string,
): Promise<void> {
  const controller = options.name;
  const started = clock.monotonic();
  const ended = (result: string) => {
    metrics?.count('controller_runtime_reconcile_total', { controller, result });
    const seconds = (clock.monotonic() - started) / 1_000;
    metrics?.observe('controller_runtime_reconcile_time_seconds', { controller }, seconds);
  };
  try {
    const result = await options.reconcile(key);
    queue.forget(key);
    if (result?.requeueAfterMs !== undefined) queue.addAfter(key, result.requeueAfterMs);
    ended(result?.requeueAfterMs !== undefined ? 'requeue_after' : 'success');
  } catch (error) {
    if (signal.aborted) return;
    ended('error');
    metrics?.count('controller_runtime_reconcile_errors_total', { controller });
    if (error instanceof TerminalError) {
      metrics?.count('controller_runtime_terminal_reconcile_errors_total', { controller });
      log.error('reconcile failed for good, waiting for a change', { key, error });
      return;
    }
    // Somebody else was faster: what everyday life is made of, not worth a warning.
    const level = isReason(error, 'Conflict') ? 'debug' : 'warn';
    log[level]('reconcile failed, will retry', { key, failures: queue.failures(key) + 1, error });
    queue.addRateLimited(key);
  } finally {
    queue.done(key);
  }
}

function observe(metrics: Metrics, controller: string): QueueObserver {
  const labels = { name: controller, controller };
  return {
    added: () => metrics.count('workqueue_adds_total', labels),
    retried: () => metrics.count('workqueue_retries_total', labels),
    taken: waitedMs => metrics.observe('workqueue_queue_duration_seconds', labels, waitedMs / 1_000),
    worked: workedMs => metrics.observe('workqueue_work_duration_seconds', labels, workedMs / 1_000),
    depth: length => metrics.set('workqueue_depth', { ...labels, priority: '' }, length),
  };
}
