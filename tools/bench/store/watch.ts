/** Watch fan-out of a store: many watchers of one prefix, and a writer. */
import { processorMsOf } from '../processes.ts';
import { percentile } from '../statistics.ts';
import { benchValue } from './child.ts';
import { createStoreClient, watchPrefix } from './client.ts';
import type { StoreRun, StoreSubject } from './measure.ts';

const prefix = '/registry/watched/';
const stallMs = 30_000;

/** Each change is made when the one before is answered; the client counts events, and measures from the moment a change was sent. */
export async function measureStoreWatch(run: StoreRun): Promise<void> {
  const what = `watch, ${run.watchers} watchers x ${run.updates} changes`;
  for (let round = 1; round <= run.rounds; round++) {
    run.progress(`round ${round} of ${run.rounds}: ${what}`);
    for (const subject of run.subjects.filter(({ isStore }) => isStore)) {
      run.signal.throwIfAborted();
      await measureOnce(run, subject, what);
    }
  }
}

async function measureOnce(
  { watchers, updates, clock, figures }: StoreRun,
  { name, pid, origin }: StoreSubject,
  what: string,
): Promise<void> {
  const sentAt: number[] = [];
  const delaysMs: number[] = [];
  const total = watchers * updates;
  const all = Promise.withResolvers<void>();
  all.promise.catch(() => {});
  const listener = () => {
    let seen = 0;
    return (count: number): void => {
      const now = clock.monotonic();
      for (let at = 0; at < count; at++) delaysMs.push(now - sentAt[seen++]!);
      if (delaysMs.length >= total) all.resolve();
    };
  };
  const client = createStoreClient(origin);
  const stops: (() => void)[] = [];
  const alarm = clock.every(
    stallMs,
    stallAlarm(() => delaysMs.length, all.reject),
  );
  try {
    for (let at = 0; at < watchers; at++) stops.push(await watchPrefix(origin, prefix, listener(), all.reject));
    const before = processorMsOf(pid);
    const begun = clock.monotonic();
    for (let n = 0; n < updates; n++) {
      sentAt.push(clock.monotonic());
      await client.put(`${prefix}one`, benchValue);
    }
    await all.promise;
    figures.add(what, 'perSecond', name, (total * 1000) / (clock.monotonic() - begun));
    figures.add(what, 'ms', name, percentile(delaysMs, 50), 'delay p50');
    figures.add(what, 'ms', name, percentile(delaysMs, 99), 'delay p99');
    figures.add(what, 'us', name, ((processorMsOf(pid) - before) * 1000) / total, 'server processor time of an event');
  } finally {
    alarm.cancel();
    for (const stop of stops) stop();
    client.close();
  }
}

/** Fails what has not moved since it looked last. */
function stallAlarm(count: () => number, fail: (error: Error) => void): () => void {
  let before = -1;
  return () => {
    if (count() === before) fail(new Error(`after ${before} events no more came`));
    before = count();
  };
}
