/**
 * What a controller has just written and its cache does not show yet (upstream `ControllerExpectations`). Until all of it was
 * seen, or too long has passed, counting the cache would create or delete twice.
 */
import type { Clock } from '@orrery/machinery/clock';

const expireAfterMs = 5 * 60_000;

interface Expected {
  creations: number;
  readonly deletions: Set<string>;
  readonly since: number;
}

export interface Expectations {
  expectCreations(key: string, count: number): void;
  /** `uids` of the objects about to be deleted. */
  expectDeletions(key: string, uids: readonly string[]): void;
  creationObserved(key: string, count?: number): void;
  deletionObserved(key: string, uid: string): void;
  /** True when nothing is outstanding (or it is overdue). */
  satisfied(key: string): boolean;
  forget(key: string): void;
}

export function createExpectations(clock: Pick<Clock, 'monotonic'>): Expectations {
  const expected = new Map<string, Expected>();
  const settle = (key: string, { creations, deletions }: Expected) => {
    if (creations <= 0 && deletions.size === 0) expected.delete(key);
  };
  return {
    expectCreations: (key, count) =>
      void expected.set(key, { creations: count, deletions: new Set(), since: clock.monotonic() }),
    expectDeletions: (key, uids) =>
      void expected.set(key, { creations: 0, deletions: new Set(uids), since: clock.monotonic() }),
    creationObserved(key, count = 1) {
      const entry = expected.get(key);
      if (!entry) return;
      entry.creations -= count;
      settle(key, entry);
    },
    deletionObserved(key, uid) {
      const entry = expected.get(key);
      if (entry?.deletions.delete(uid)) settle(key, entry);
    },
    satisfied(key) {
      const entry = expected.get(key);
      return entry === undefined || clock.monotonic() - entry.since > expireAfterMs;
    },
    forget: key => void expected.delete(key),
  };
}
