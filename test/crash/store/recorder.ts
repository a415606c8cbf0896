/** Writes down what the clients of a round asked and heard, through all lives of the store. */
import type { Entry, Operation, StoreEvent, Transaction } from '@orrery/store';
import type { Commit, KeyOperation, Read, Version, Write } from '../checker/history.ts';
import { checkOrder, type State } from '../checker/order.ts';
import { checkRegisters } from '../checker/register.ts';
import { checkWatches, eventsOf, type WatchAnswer, type WatchEvent, type WatchRecord } from '../checker/watch.ts';
import { nameOf } from './values.ts';

type Open<T> = { -readonly [Key in keyof T]: T[Key] };

/** A watch that is being told. */
export interface OpenWatch extends WatchRecord {
  readonly answers: WatchAnswer[];
}

export class Recorder {
  #time = 0;
  readonly #writes: Open<Write>[] = [];
  readonly #reads: Read[] = [];
  readonly #keys: Open<KeyOperation>[] = [];
  readonly #watches: OpenWatch[] = [];
  readonly #log: Commit[] = [];
  /** By revision: when it was told, as position and in milliseconds. */
  readonly #told = new Map<number, { at: number; ms: number }>();
  readonly #expiries = new Map<string, number>();
  readonly #created = new Map<string, number>();
  readonly findings: string[] = [];
  /** The newest revision that anybody was told of. */
  newest = 1;

  get log(): readonly Commit[] {
    return this.#log;
  }

  get counts(): { writes: number; acknowledged: number; reads: number; watches: number; commits: number } {
    const acknowledged = this.#writes.filter(write => write.answer.type === 'done').length;
    const [writes, reads] = [this.#writes.length, this.#reads.length + this.#keys.length];
    return { writes, acknowledged, reads, watches: this.#watches.length, commits: this.#log.length };
  }

  /** The version that the newest known state has. */
  known(key: string): number {
    for (let index = this.#log.length - 1; index >= 0; index--) {
      const { revision, changes } = this.#log[index]!;
      const change = changes.find(each => each.key === key);
      if (change) return change.value === undefined ? 0 : revision;
    }
    return 0;
  }

  find(finding: string): void {
    this.findings.push(finding);
  }

  /** Begins a transaction. What is returned is called with the answer, if one comes. */
  asks(client: string, transaction: Transaction): (answer: Write['answer'], conflict?: string) => void {
    const calledAt = ++this.#time;
    const changes = transaction.operations.map(change);
    for (const operation of transaction.operations) {
      if (operation.type === 'put' && operation.expiresAtMs !== undefined)
        this.#expiries.set(nameOf(operation.value), operation.expiresAtMs);
    }
    const { compare } = transaction;
    const cut = { client, answer: { type: 'unknown' } as const, calledAt, answeredAt: Infinity };
    const write: Open<Write> = { ...cut, compare, changes };
    this.#writes.push(write);
    const own = transaction.operations.map((operation): Open<KeyOperation> => {
      const expected = compare.find(({ key }) => key === operation.key)?.revision;
      const ask =
        operation.type === 'put'
          ? { type: 'put' as const, value: nameOf(operation.value), expected }
          : { type: 'delete' as const, expected, lenient: true };
      return { ...cut, key: operation.key, ask };
    });
    this.#keys.push(...own);
    return (answer, conflict) => {
      const answeredAt = ++this.#time;
      Object.assign(write, { answer, answeredAt });
      if (answer.type === 'done' && answer.revision !== undefined) this.newest = Math.max(this.newest, answer.revision);
      // Of a refused transaction only the key in conflict says something by itself; it may be one that was only compared.
      for (const each of own) {
        if (answer.type !== 'refused' || each.key === conflict) Object.assign(each, { answer, answeredAt });
        else this.#keys.splice(this.#keys.indexOf(each), 1);
      }
    };
  }

  /** Begins a read. What is returned is called with what was read. */
  reads(client: string): {
    key: (key: string, entry: Entry | undefined) => void;
    range: (prefix: string, revision: number, entries: readonly Entry[], past: boolean) => void;
  } {
    const calledAt = ++this.#time;
    return {
      key: (key, entry) => {
        const version = entry && this.#versionOf(entry);
        const answer = { type: 'version' as const, version };
        this.#keys.push({ client, key, ask: { type: 'read' }, answer, calledAt, answeredAt: ++this.#time });
      },
      range: (prefix, revision, entries, past) => {
        const seen = new Map(entries.map(entry => [entry.key, this.#versionOf(entry)]));
        this.#reads.push({ client, prefix, revision, seen, calledAt, answeredAt: ++this.#time, past });
      },
    };
  }

  watches(client: string, prefix: string, after: number | undefined): OpenWatch {
    const watch: OpenWatch = { client, prefix, after, answers: [] };
    this.#watches.push(watch);
    return watch;
  }

  /** What the watch of everything was told: the log that all else is judged by. */
  tell(revision: number, events: readonly StoreEvent[], nowMs: number): void {
    const expected = (this.#log.at(-1)?.revision ?? 1) + 1;
    if (revision !== expected) this.find(`the watch of everything was told ${revision} instead of ${expected}`);
    const toldAt = ++this.#time;
    this.#told.set(revision, { at: toldAt, ms: nowMs });
    this.newest = Math.max(this.newest, revision);
    for (const { type, key, entry, previous } of events) {
      this.#versionOf(entry);
      if (type === 'delete') this.#created.delete(key);
      else if (!previous) this.#created.set(key, revision);
      if (type === 'put' && entry.createRevision !== this.#created.get(key))
        this.find(`${key} at ${revision} has the creation ${entry.createRevision}, not ${this.#created.get(key)}`);
    }
    const changes = events.map(({ type, key, entry }) => ({
      key,
      value: type === 'put' ? nameOf(entry.value) : undefined,
    }));
    this.#log.push({ revision, changes, toldAt });
  }

  /** One line for each thing that is wrong with the whole history. */
  judge(): string[] {
    const expired: KeyOperation[] = [];
    const unasked = (commit: Commit, before: State): boolean => {
      const [only, ...more] = commit.changes;
      const told = this.#told.get(commit.revision)!;
      const expiresAtMs = this.#expiries.get(before.get(only!.key)?.value ?? '');
      if (more.length > 0 || only!.value !== undefined || !(expiresAtMs! <= told.ms)) return false;
      const done = { ask: { type: 'delete' }, answer: { type: 'done', revision: commit.revision } } as const;
      expired.push({ client: 'expiry', key: only!.key, ...done, calledAt: 0, answeredAt: told.at });
      return true;
    };
    const order = checkOrder({ log: this.#log, writes: this.#writes, reads: this.#reads, unasked });
    return [
      ...this.findings,
      ...order,
      ...checkRegisters([...this.#keys, ...expired]),
      ...checkWatches(this.#watches, eventsOf(this.#log)),
    ];
  }

  #versionOf(entry: Entry): Version {
    const value = nameOf(entry.value);
    if (entry.head !== `head of ${value}`) this.find(`${entry.key} has the head "${entry.head}" with ${value}`);
    return { value, revision: entry.revision };
  }
}

const change = (operation: Operation) => ({
  key: operation.key,
  value: operation.type === 'put' ? nameOf(operation.value) : undefined,
});

/** An event of the store as the checkers have it. */
export const recordedEvent = ({ type, key, entry, previous }: StoreEvent, revision: number): WatchEvent => ({
  type,
  key,
  revision,
  value: type === 'put' ? nameOf(entry.value) : undefined,
  previous: type === 'put' ? (previous ? nameOf(previous.value) : null) : nameOf(entry.value),
});
