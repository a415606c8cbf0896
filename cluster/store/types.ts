/**
 * The store: revisioned keys and values. One narrow interface, several stores (embedded, memory, etcd), one conformance suite.
 *
 * Revisions are global, start at 1 (the empty store, so that no list ever has the special resource version 0) and increase by
 * one per committed transaction. What was acknowledged is on disk.
 */

/** A committed key. Bytes are shared and must not be changed by callers. */
export interface Entry {
  readonly key: string;
  /** The revision of the transaction that wrote this version. */
  readonly revision: number;
  /** The revision that first created the key (since it last did not exist). */
  readonly createRevision: number;
  /** Small and opaque to the store: the caller's index fields and encoding stamp, so that starting never parses values. */
  readonly head: string;
  readonly value: Uint8Array;
  /** As given to the put: the store deletes the key by itself at about this time. */
  readonly expiresAtMs?: number;
}

/** A condition on a key: the revision it must have, 0 meaning that it must not exist. */
export interface Compare {
  readonly key: string;
  readonly revision: number;
}

export type Operation =
  | {
      readonly type: 'put';
      readonly key: string;
      readonly head: string;
      readonly value: Uint8Array;
      /** The store deletes the key by itself at about this time (milliseconds since the epoch). */
      readonly expiresAtMs?: number;
    }
  | { readonly type: 'delete'; readonly key: string };

/**
 * All operations happen at one revision, or none does. A key may appear once. Deleting a key that does not exist is no
 * operation, and a transaction without effect takes no revision: it answers the newest one.
 */
export interface Transaction {
  readonly compare: readonly Compare[];
  readonly operations: readonly Operation[];
}

export type CommitResult =
  | { readonly committed: true; readonly revision: number }
  /** `conflict` is the first compare that failed; the caller reads again and decides. */
  | { readonly committed: false; readonly conflict: Compare };

export interface RangeOptions {
  /** Keys with this prefix, in byte order. */
  readonly prefix: string;
  /** Only keys strictly greater than this one: the place where the page before ended. */
  readonly after?: string;
  /** At most this many entries; 0 or absent means all. */
  readonly limit?: number;
  /** Read as of this revision instead of the newest. Throws {@link CompactedError} when it is no longer kept. */
  readonly revision?: number;
}

export interface RangeResult {
  readonly entries: readonly Entry[];
  /** The revision that the answer is consistent with. */
  readonly revision: number;
  /** How many more keys of the prefix follow the page. */
  readonly remaining: number;
}

export interface StoreEvent {
  readonly type: 'put' | 'delete';
  readonly key: string;
  /** For a put the new version, for a delete the last version (its `revision` is that of the last put). */
  readonly entry: Entry;
  /** The version before, when the event replaced one: lets a filtered watch see an object leave. For a delete the same as `entry`. */
  readonly previous?: Entry;
}

/** All events of one transaction, or no events when only the progress of `revision` is told. */
export interface WatchBatch {
  readonly revision: number;
  readonly events: readonly StoreEvent[];
}

export interface WatchOptions {
  readonly prefix: string;
  /** Events with revisions greater than this one, without gaps. Absent: from now on. */
  readonly after?: number;
}

/** A running watch. */
export interface Watch {
  /** Stops; the listener is not called again. */
  close(): void;
}

/** The seam. An eighth method needs a decision page. */
export interface Store {
  /** The newest committed (durable) revision. */
  revision(): number;
  /**
   * The newest durable version of a key, or that of `revision`; undefined when it does not exist.
   * @throws CompactedError, FutureRevisionError
   */
  get(key: string, revision?: number): Promise<Entry | undefined>;
  /** @throws CompactedError, FutureRevisionError */
  range(options: RangeOptions): Promise<RangeResult>;
  /**
   * Applies a transaction and resolves when it is on disk. Compares see transactions that are queued before this one; when a
   * compare fails against a queued one, the answer waits until that one is readable, so that reading again makes progress.
   * @throws StoreUnavailableError when the disk refuses: nothing was acknowledged, and further writes are refused too.
   */
  commit(transaction: Transaction): Promise<CommitResult>;
  /**
   * Calls `listener` with every later transaction that touches the prefix, in order, each once, synchronously at commit.
   * History (`after` in the past) is delivered before `watch` returns or soon after, still in order.
   * @throws CompactedError when `after` is older than what is kept.
   */
  watch(options: WatchOptions, listener: (batch: WatchBatch) => void): Watch;
  /** Forgets versions that were superseded at or before `revision`. Reads and watches before it throw CompactedError. */
  compact(revision: number): Promise<void>;
  /** Waits for queued writes, then releases files. */
  close(): Promise<void>;
}

/** The revision asked for is older than what is kept. */
export class CompactedError extends Error {
  override readonly name = 'CompactedError';
  /** The newest revision that can no longer be read: one less than the revision given to `compact`. */
  readonly compactedRevision: number;
  constructor(compactedRevision: number) {
    super(`the requested revision was compacted; the oldest kept is ${compactedRevision + 1}`);
    this.compactedRevision = compactedRevision;
  }
}

/** The revision asked for is newer than the newest committed one. */
export class FutureRevisionError extends Error {
  override readonly name = 'FutureRevisionError';
  readonly currentRevision: number;
  constructor(revision: number, currentRevision: number) {
    super(`revision ${revision} is newer than the newest one, ${currentRevision}`);
    this.currentRevision = currentRevision;
  }
}

/** The store cannot write any more (disk full, I/O error). Reads go on. */
export class StoreUnavailableError extends Error {
  override readonly name = 'StoreUnavailableError';
}

/** The data directory cannot be opened; `message` says why and what to do. Nothing was changed. */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError';
}
