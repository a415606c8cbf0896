/** The loop of a controller: wait for the caches, then reconcile one key at a time per worker until told to stop. */
import { isReason } from '@orrery/machinery/status';
import { createQueue, type KeyedQueue } from './queue.ts';
import type { ComponentContext, ControllerOptions } from './types.ts';

/** How long reconciles may follow each other without letting timers and sockets have their turn. */
const sliceMs = 5;

export type ControllerContext = Pick<ComponentContext, 'clock' | 'log' | 'signal'>;

/**
 * Runs a controller until `ctx.signal` aborts; resolves when the reconciles under way are over. Never rejects: a failing
 * reconcile is logged and its key retried after 5 ms, 10 ms, ... up to 1000 s; success forgets the failures.
 */
export async function runController(options: ControllerOptions, ctx: ControllerContext): Promise<void> {
  const { clock, signal } = ctx;
  const log = ctx.log.with({ controller: options.name });
  if (signal.aborted) return;
  const queue = createQueue(clock);
  const stops = options.sources.map(source => source.start(queue));
  const aborted = new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
  try {
    await Promise.race([Promise.all(options.sources.map(source => source.synced)), aborted]);
    if (signal.aborted) return;
    log.debug('caches synced, starting', { keys: queue.length });
    await work(queue, options, { clock, log, signal }, aborted);
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
  let sliceStart = clock.monotonic();
  let resting = false;

  const pump = () => {
    while (running.size < limit && !signal.aborted && !resting) {
      if (clock.monotonic() - sliceStart > sliceMs) return rest();
      const key = queue.take();
      if (key === undefined) return;
      const run = reconcileOne(queue, options, ctx, key).then(() => {
        running.delete(run);
        pump();
      });
      running.add(run);
    }
  };
  const rest = () => {
    resting = true;
    clock.after(0, () => {
      resting = false;
      sliceStart = clock.monotonic();
      pump();
    });
  };
  queue.onReady(() => {
    // A queue that was idle starts a new slice, or a long sleep would count as work.
    if (running.size === 0) sliceStart = clock.monotonic();
    pump();
  });
  pump();
  await aborted;
  await Promise.all(running);
}

async function reconcileOne(
  queue: KeyedQueue,
  options: ControllerOptions,
  { log, signal }: ControllerContext,
  key: string,
): Promise<void> {
  try {
    const result = await options.reconcile(key);
    queue.forget(key);
    if (result?.requeueAfterMs !== undefined) queue.addAfter(key, result.requeueAfterMs);
  } catch (error) {
    if (signal.aborted) return;
    // Somebody else was faster: what everyday life is made of, not worth a warning.
    const level = isReason(error, 'Conflict') ? 'debug' : 'warn';
    log[level]('reconcile failed, will retry', { key, failures: queue.failures(key) + 1, error });
    queue.addRateLimited(key);
  } finally {
    queue.done(key);
  }
}
