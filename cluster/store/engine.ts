/** What the memory store and the embedded store share: everything but the disk. */
import type { Clock, Timer } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import { Commits } from './commits.ts';
import type { Prepared } from './commits.ts';
import { Expiry } from './expiry.ts';
import { StoreUnavailableError } from './types.ts';
import type { CommitResult, Entry, RangeOptions, RangeResult, Transaction } from './types.ts';
import type { Watch, WatchBatch, WatchOptions } from './types.ts';
import type { Retention, Versions } from './versions.ts';

/** Where transactions and compactions become durable, in the order given. */
export interface Journal {
  /** {@link Engine.settle} or {@link Engine.fail} must follow, once and in order. */
  append(prepared: Prepared): void;
  /** Resolves when it is durable that versions superseded at or before `revision` are gone. */
  compacted(revision: number): Promise<void>;
}

export interface EngineOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly retention: Retention;
  readonly versions: Versions;
  readonly journal: Journal;
}

export class Engine {
  readonly #options: EngineOptions;
  readonly #versions: Versions;
  readonly #commits: Commits;
  readonly #expiry: Expiry;
  readonly #trimmer: Timer;
  #trimming = false;
  #closed = false;

  constructor(options: EngineOptions) {
    const { clock, versions, journal, retention } = options;
    this.#options = options;
    this.#versions = versions;
    this.#commits = new Commits(versions, prepared => journal.append(prepared));
    this.#expiry = new Expiry(clock, (key, revision) => this.#expire(key, revision));
    for (const entry of versions.range({ prefix: '' }).entries) this.#expiry.add(entry);
    versions.watch({ prefix: '' }, batch => {
      for (const event of batch.events) this.#expiry.track(event);
    });
    const periodMs = Math.min(15_000, Math.max(1000, retention.historyMs / 20));
    this.#trimmer = clock.every(periodMs, () => this.#trim()).unref();
    this.#trim();
  }

  revision(): number {
    return this.#versions.revision;
  }

  async get(key: string, revision?: number): Promise<Entry | undefined> {
    return this.#versions.get(key, revision);
  }

  async range(options: RangeOptions): Promise<RangeResult> {
    return this.#versions.range(options);
  }

  commit(transaction: Transaction): Promise<CommitResult> {
    return this.#commits.commit(transaction);
  }

  watch(options: WatchOptions, listener: (batch: WatchBatch) => void): Watch {
    return this.#versions.watch(options, listener);
  }

  async compact(revision: number): Promise<void> {
    this.#versions.compact(revision);
    await this.#options.journal.compacted(revision);
    this.#trim();
  }

  /** Makes a durable transaction readable, tells the watches and answers the writer. */
  settle(prepared: Prepared, timeMs: number): void {
    this.#commits.settle(prepared, timeMs);
    if (!this.#trimming && this.#versions.trim(timeMs)) this.#trimLater();
  }

  /** Answers a transaction that did not become durable; all later ones are refused. */
  fail(prepared: Prepared, error: StoreUnavailableError): void {
    this.#commits.fail(prepared, error);
  }

  /** Refuses every later transaction. */
  refuse(error: StoreUnavailableError): void {
    this.#commits.refuse(error);
  }

  /** Refuses new transactions, waits for the queued ones, and ends watches and alarms. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const drained = this.#commits.drained().catch(() => {});
    this.#commits.refuse(new StoreUnavailableError('the store is closed'));
    await drained;
    this.#trimmer.cancel();
    this.#expiry.close();
    this.#versions.closeWatches();
  }

  #expire(key: string, revision: number): void {
    const transaction: Transaction = { compare: [{ key, revision }], operations: [{ type: 'delete', key }] };
    // A conflict means that the key was renewed meanwhile; a refusal, that the disk failed: then a later opening expires it.
    this.commit(transaction).catch(error => this.#options.log.debug('an expired key stays', { key, error }));
  }

  #trim(): void {
    if (!this.#closed && this.#versions.trim(this.#options.clock.now())) this.#trimLater();
    else this.#trimming = false;
  }

  #trimLater(): void {
    this.#trimming = true;
    this.#options.clock.after(0, () => this.#trim()).unref();
  }
}
