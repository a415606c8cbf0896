/** The committed state in memory: newest versions, the superseded ones of the kept past, and the watches on them. */
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import { History } from './history.ts';
import type { Committed } from './history.ts';
import { Slots } from './slots.ts';
import { CompactedError, FutureRevisionError } from './types.ts';
import type { Entry, RangeOptions, RangeResult, StoreEvent, Watch, WatchBatch, WatchOptions } from './types.ts';
import { Watches } from './watches.ts';

/** What a transaction does to a key: its new version, or undefined for a deletion. */
export interface Change {
  readonly key: string;
  readonly entry: Entry | undefined;
}

/** How much of the past is kept when nobody asks for compaction. */
export interface Retention {
  /** Superseded versions are kept this long, milliseconds. */
  readonly historyMs: number;
  /** ... but no more than about this many bytes of them. */
  readonly historyBytes: number;
}

/** Five minutes, as upstream's compaction by the API server; 64 MiB. */
export const defaultRetention: Retention = { historyMs: 300_000, historyBytes: 64 * 1024 * 1024 };

/** At most this many transactions are forgotten in one go, so that the event loop is not held. */
const forgetSlice = 2000;

export class Versions {
  readonly #slots = new Slots();
  readonly #history = new History();
  readonly #watches: Watches;
  readonly #retention: Retention;
  #revision = 1;
  #floor = 0;
  /** While a checkpoint reads the floor's versions, they must stay. */
  #pins = 0;

  constructor(clock: Clock, log: Log, retention: Retention) {
    this.#watches = new Watches(clock, log);
    this.#retention = retention;
  }

  /** The newest committed revision. */
  get revision(): number {
    return this.#revision;
  }

  /** The oldest revision that can be read. */
  get floor(): number {
    return this.#floor;
  }

  get liveKeys(): number {
    return this.#slots.live;
  }

  newest(key: string): Entry | undefined {
    return this.#slots.get(key)?.entry;
  }

  get(key: string, revision = this.#revision): Entry | undefined {
    this.#checkReadable(revision);
    return this.#slots.get(key)?.at(revision);
  }

  range(options: RangeOptions): RangeResult {
    const revision = options.revision ?? this.#revision;
    this.#checkReadable(revision);
    const { entries, remaining } = this.#slots.range(options.prefix, options.after, options.limit ?? 0, revision);
    return { entries, remaining, revision };
  }

  /** Begins loading: nothing is read before {@link ready}. */
  gather(): void {
    this.#slots.gather();
  }

  /** Ends loading. */
  ready(): void {
    this.#slots.order();
  }

  /** Takes in an entry of a snapshot of `revision`; before any transaction. */
  load(entry: Entry): void {
    this.#slots.obtain(entry.key).change(entry.revision, entry);
  }

  /** The snapshot was read: the state is that of `revision`, and nothing older is known. */
  loaded(revision: number): void {
    this.#revision = revision;
    this.#floor = revision;
  }

  /** While loading: a transaction that was made at `timeMs`. What {@link trim} would forget at once is not remembered first. */
  replay(revision: number, timeMs: number, changes: readonly Change[], nowMs: number): void {
    if (this.#history.length > 0 || !this.#isOver(timeMs, nowMs)) return this.apply(revision, timeMs, changes);
    for (const { key, entry } of changes) {
      const slot = this.#slots.obtain(key);
      slot.replace(revision, entry);
      if (!entry) this.#slots.remove(slot);
    }
    this.#revision = this.#floor = revision;
  }

  /** Makes a transaction readable and tells the watches. */
  apply(revision: number, timeMs: number, changes: readonly Change[]): void {
    const events: StoreEvent[] = [];
    for (const { key, entry } of changes) {
      const slot = this.#slots.obtain(key);
      const previous = slot.entry;
      slot.change(revision, entry);
      if (entry) events.push({ type: 'put', key, entry, previous });
      else if (previous) events.push({ type: 'delete', key, entry: previous, previous });
    }
    const committed: Committed = { revision, events, timeMs };
    this.#revision = revision;
    this.#history.push(committed);
    this.#watches.tell(committed);
  }

  watch(options: WatchOptions, listener: (batch: WatchBatch) => void): Watch {
    const after = options.after ?? this.#revision;
    if (after < this.#floor) throw new CompactedError(this.#floor - 1);
    return this.#watches.start(options.prefix, after, this.#history.after(after), listener);
  }

  /** Refuses reads before `revision` from now on; {@link trim} then forgets the versions, a slice at a time. */
  compact(revision: number): void {
    if (revision > this.#revision) throw new FutureRevisionError(revision, this.#revision);
    this.#floor = Math.max(this.#floor, revision);
  }

  /** Forgets what is older or larger than the retention, a slice at a time. Returns whether more is left to do. */
  trim(nowMs: number): boolean {
    if (this.#pins > 0) return false;
    for (let i = 0; i < forgetSlice; i++) {
      const oldest = this.#history.oldest;
      const expired = oldest && (oldest.revision <= this.#floor || this.#isOver(oldest.timeMs, nowMs));
      if (!oldest || !(expired || this.#history.bytes > this.#retention.historyBytes)) return false;
      this.#forgetOldest();
    }
    return true;
  }

  /** Keeps every version that is readable now, for {@link pinnedPage}, until {@link unpin}. */
  pin(): void {
    this.#pins++;
  }

  unpin(): void {
    this.#pins--;
  }

  /** Up to `limit` entries after the key `after` as of `revision`, which was the floor or newer when it was pinned. */
  pinnedPage(revision: number, after: string | undefined, limit: number): Entry[] {
    return this.#slots.page(after, limit, revision);
  }

  closeWatches(): void {
    this.#watches.closeAll();
  }

  #isOver(timeMs: number, nowMs: number): boolean {
    return timeMs <= nowMs - this.#retention.historyMs;
  }

  #forgetOldest(): void {
    const { revision, events } = this.#history.oldest!;
    for (const { key } of events) {
      const slot = this.#slots.get(key);
      if (slot?.forget(revision)) this.#slots.remove(slot);
    }
    this.#history.shift();
    this.#floor = Math.max(this.#floor, revision);
  }

  #checkReadable(revision: number): void {
    if (revision < this.#floor) throw new CompactedError(this.#floor - 1);
    if (revision > this.#revision) throw new FutureRevisionError(revision, this.#revision);
  }
}
