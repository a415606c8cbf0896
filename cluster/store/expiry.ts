/** Which keys expire when: keys by the second, so that renewing a lease thousands of times leaves nothing behind. */
import { failpoint } from '@orrery/machinery/failpoint';
import type { Clock, Timer } from '@orrery/machinery/clock';
import type { Entry, StoreEvent } from './types.ts';

const bucketMs = 1000;
const bucketOf = (expiresAtMs: number): number => Math.ceil(expiresAtMs / bucketMs) * bucketMs;

/** The clock's alarms are 32-bit milliseconds in Node; a longer wait is made of several. */
const longestWaitMs = 2 ** 31 - 1;

/** Calls `expire` with each key whose time has come; keys are at most a second late. */
export class Expiry {
  readonly #buckets = new Map<number, Map<string, number>>();
  readonly #clock: Clock;
  readonly #expire: (key: string, revision: number) => void;
  #alarm: Timer | undefined = undefined;
  #alarmAtMs = Infinity;

  /** @param expire is told the key and the revision of the version that expired; it must not throw. */
  constructor(clock: Clock, expire: (key: string, revision: number) => void) {
    this.#clock = clock;
    this.#expire = expire;
  }

  /** Follows a committed event. */
  track(event: StoreEvent): void {
    if (event.previous) this.#forget(event.previous);
    if (event.type === 'put') this.add(event.entry);
  }

  add(entry: Entry): void {
    if (entry.expiresAtMs === undefined) return;
    const at = bucketOf(entry.expiresAtMs);
    const bucket = this.#buckets.get(at);
    if (bucket) bucket.set(entry.key, entry.revision);
    else this.#buckets.set(at, new Map([[entry.key, entry.revision]]));
    this.#wakeAt(at);
  }

  close(): void {
    this.#alarm?.cancel();
    this.#alarmAtMs = -Infinity;
  }

  #forget(entry: Entry): void {
    if (entry.expiresAtMs === undefined) return;
    const at = bucketOf(entry.expiresAtMs);
    const bucket = this.#buckets.get(at);
    if (bucket?.delete(entry.key) && bucket.size === 0) this.#buckets.delete(at);
  }

  #wakeAt(atMs: number): void {
    if (atMs >= this.#alarmAtMs) return;
    this.#alarm?.cancel();
    this.#alarmAtMs = atMs;
    const waitMs = Math.min(Math.max(0, atMs - this.#clock.now()), longestWaitMs);
    this.#alarm = this.#clock.after(waitMs, () => this.#ring()).unref();
  }

  #ring(): void {
    if (this.#alarmAtMs === -Infinity) return;
    this.#alarmAtMs = Infinity;
    const now = this.#clock.now();
    const due = [...this.#buckets.keys()].filter(at => at <= now).sort((left, right) => left - right);
    if (due.length > 0) failpoint('store.expiry.due');
    for (const at of due) {
      const bucket = this.#buckets.get(at)!;
      this.#buckets.delete(at);
      for (const [key, revision] of bucket) this.#expire(key, revision);
    }
    let next = Infinity;
    for (const at of this.#buckets.keys()) next = Math.min(next, at);
    if (next !== Infinity) this.#wakeAt(next);
  }
}
