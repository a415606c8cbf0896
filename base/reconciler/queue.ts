/** The work queue of a controller, with the semantics of client-go's `workqueue`. */
import type { Clock, Timer } from '@orrery/machinery/clock';
import type { WorkQueue } from './types.ts';

/** First delay of a failing key; it doubles with each failure. */
const firstBackOffMs = 5;
/** The longest delay of a failing key. */
const longestBackOffMs = 1_000_000;

/** The side of a {@link WorkQueue} that a controller takes keys from. */
export interface KeyedQueue extends WorkQueue {
  /** The next key, now marked as in work; undefined when none waits. Every key taken must be given back with `done`. */
  take(): string | undefined;
  /** The work on a key is over. If it was added meanwhile it is queued again. */
  done(key: string): void;
  /** How often `key` has failed since it was last forgotten. */
  failures(key: string): number;
  /** Called when a key becomes available. One listener. */
  onReady(callback: () => void): void;
  /** Drops what waits and ignores what is added from now on. */
  close(): void;
}

/** Is told of what happens to keys; times in milliseconds. */
export interface QueueObserver {
  added(): void;
  taken(waitedMs: number): void;
  worked(workedMs: number): void;
  retried(): void;
  /** How many wait now. */
  depth(length: number): void;
}

/**
 * A key is queued once however often it is added; one that is added while it is being worked on is queued again when that work
 * is done, so that no key is ever worked on twice at a time and no change is missed.
 */
export function createQueue(clock: Clock, observer?: QueueObserver): KeyedQueue {
  /** Since when each waits, and is worked on. */
  const waiting = new Map<string, number>();
  const working = new Map<string, number>();
  /** Added while being worked on. */
  const again = new Set<string>();
  const delayed = new Map<string, { at: number; timer: Timer }>();
  const failed = new Map<string, number>();
  let closed = false;
  let ready: (() => void) | undefined;

  const add = (key: string) => {
    if (closed) return;
    if (working.has(key)) return void again.add(key);
    if (waiting.has(key)) return;
    waiting.set(key, observer ? clock.monotonic() : 0);
    observer?.added();
    observer?.depth(waiting.size);
    ready?.();
  };
  /** Of several delayed adds of one key the earliest counts. */
  const addAfter = (key: string, delayMs: number) => {
    if (closed) return;
    if (!(delayMs > 0)) return add(key);
    const at = clock.monotonic() + delayMs;
    const planned = delayed.get(key);
    if (planned && planned.at <= at) return;
    planned?.timer.cancel();
    const timer = clock.after(delayMs, () => {
      delayed.delete(key);
      add(key);
    });
    delayed.set(key, { at, timer: timer.unref() });
  };
  return {
    add,
    addAfter,
    addRateLimited(key) {
      const count = failed.get(key) ?? 0;
      failed.set(key, count + 1);
      observer?.retried();
      addAfter(key, Math.min(firstBackOffMs * 2 ** count, longestBackOffMs));
    },
    forget: key => void failed.delete(key),
    failures: key => failed.get(key) ?? 0,
    get length() {
      return waiting.size;
    },
    take() {
      // A Map keeps the order of insertion: first in, first out.
      for (const [key, since] of waiting) {
        const now = observer ? clock.monotonic() : 0;
        waiting.delete(key);
        working.set(key, now);
        observer?.taken(now - since);
        observer?.depth(waiting.size);
        return key;
      }
      return undefined;
    },
    done(key) {
      if (observer) observer.worked(clock.monotonic() - (working.get(key) ?? 0));
      working.delete(key);
      if (again.delete(key)) add(key);
    },
    onReady: callback => void (ready = callback),
    close() {
      closed = true;
      waiting.clear();
      again.clear();
      for (const { timer } of delayed.values()) timer.cancel();
      delayed.clear();
    },
  };
}
