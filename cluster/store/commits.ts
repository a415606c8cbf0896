/** The way of a transaction: compared with what is committed and queued, given a revision, made durable, made readable. */
import { failpoint } from '@orrery/machinery/failpoint';
import type { Change, Versions } from './versions.ts';
import type { CommitResult, Compare, Entry, Operation, Transaction } from './types.ts';

/** A transaction that passed its compares and waits to be durable. */
export interface Prepared {
  readonly revision: number;
  readonly changes: readonly Change[];
  readonly resolve: (result: CommitResult) => void;
  readonly reject: (error: Error) => void;
  /** Those who answer only after this transaction is readable. */
  followers: { resolve: () => void; reject: (error: Error) => void }[] | undefined;
}

/** Where transactions become durable, in the order given. Afterwards {@link Commits.settle} is called with each, once. */
export type Journal = (prepared: Prepared) => void;

/** What a queued transaction will make of a key. */
interface Queued {
  readonly prepared: Prepared;
  readonly entry: Entry | undefined;
}

/** The queue of transactions between {@link Commits.commit} and the disk. */
export class Commits {
  readonly #versions: Versions;
  readonly #journal: Journal;
  readonly #queued = new Map<string, Queued>();
  #newest: Prepared | undefined = undefined;
  #revision: number;
  #failure: Error | undefined = undefined;

  constructor(versions: Versions, journal: Journal) {
    this.#versions = versions;
    this.#journal = journal;
    this.#revision = versions.revision;
  }

  commit(transaction: Transaction): Promise<CommitResult> {
    if (this.#failure) return Promise.reject(this.#failure);
    const mistake = mistakeIn(transaction.operations);
    if (mistake !== undefined) return Promise.reject(new TypeError(mistake));
    const conflict = transaction.compare.find(compare => this.#revisionOf(compare.key) !== compare.revision);
    if (conflict) return this.#answerConflict(conflict);
    const revision = this.#revision + 1;
    const changes = this.#changes(transaction.operations, revision);
    if (changes.length === 0) return this.#answerNothing();
    return new Promise((resolve, reject) => {
      const prepared: Prepared = { revision, changes, resolve, reject, followers: undefined };
      this.#revision = revision;
      this.#newest = prepared;
      for (const { key, entry } of changes) this.#queued.set(key, { prepared, entry });
      failpoint('store.commit.queued');
      this.#journal(prepared);
    });
  }

  /** Makes a durable transaction readable, tells the watches, then answers. */
  settle(prepared: Prepared, timeMs: number): void {
    for (const { key } of prepared.changes) {
      if (this.#queued.get(key)?.prepared === prepared) this.#queued.delete(key);
    }
    if (this.#newest === prepared) this.#newest = undefined;
    this.#versions.apply(prepared.revision, timeMs, prepared.changes);
    prepared.resolve({ committed: true, revision: prepared.revision });
    if (prepared.followers) for (const follower of prepared.followers) follower.resolve();
  }

  /** Refuses every later transaction with `error`. */
  refuse(error: Error): void {
    this.#failure ??= error;
  }

  /** Answers a transaction that did not become durable, and those who wait for it. */
  fail(prepared: Prepared, error: Error): void {
    this.refuse(error);
    if (this.#newest === prepared) this.#newest = undefined;
    prepared.reject(error);
    if (prepared.followers) for (const follower of prepared.followers) follower.reject(error);
  }

  /** Resolves when everything queued so far is readable. */
  async drained(): Promise<void> {
    if (this.#newest) await this.#readable(this.#newest);
  }

  #revisionOf(key: string): number {
    const queued = this.#queued.get(key);
    return (queued ? queued.entry : this.#versions.newest(key))?.revision ?? 0;
  }

  async #answerConflict(conflict: Compare): Promise<CommitResult> {
    const queued = this.#queued.get(conflict.key);
    if (queued) await this.#readable(queued.prepared);
    return { committed: false, conflict };
  }

  async #answerNothing(): Promise<CommitResult> {
    const revision = this.#revision;
    if (this.#newest) await this.#readable(this.#newest);
    return { committed: true, revision };
  }

  #readable(prepared: Prepared): Promise<void> {
    return new Promise((resolve, reject) => (prepared.followers ??= []).push({ resolve, reject }));
  }

  #changes(operations: readonly Operation[], revision: number): Change[] {
    const changes: Change[] = [];
    for (const operation of operations) {
      const { key } = operation;
      const queued = this.#queued.get(key);
      const before = queued ? queued.entry : this.#versions.newest(key);
      if (operation.type === 'put') {
        const { head, value, expiresAtMs } = operation;
        const createRevision = before?.createRevision ?? revision;
        changes.push({ key, entry: { key, revision, createRevision, head, value, expiresAtMs } });
      } else if (before) {
        changes.push({ key, entry: undefined });
      }
    }
    return changes;
  }
}

function mistakeIn(operations: readonly Operation[]): string | undefined {
  // Half of a surrogate pair has no UTF-8 form: it would come back from the disk as another key.
  for (const { key } of operations)
    if (!key.isWellFormed()) return `the key ${JSON.stringify(key)} is not valid Unicode`;
  if (operations.length < 2) return undefined;
  const seen = new Set<string>();
  const repeated = operations.find(({ key }) => seen.size === seen.add(key).size);
  return repeated && `the key ${repeated.key} appears twice in a transaction`;
}
