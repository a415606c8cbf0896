/** What all clients of one data directory asked and heard, through all its processes. */
import type { Answer, Ask, Commit, KeyOperation, Read, Version, Write } from '../checker/history.ts';
import { checkOrder } from '../checker/order.ts';
import { checkRegisters } from '../checker/register.ts';
import { checkWatches, eventsOf, type WatchAnswer, type WatchRecord } from '../checker/watch.ts';

export interface OpenWatch extends WatchRecord {
  readonly answers: WatchAnswer[];
}

export class Recorder {
  readonly keys: KeyOperation[] = [];
  readonly #writes: Write[] = [];
  readonly reads: Read[] = [];
  readonly watches: OpenWatch[] = [];
  readonly log: Commit[] = [];
  readonly findings: string[] = [];
  readonly #states = new Map<string, Version>();

  /** Milliseconds; one clock for all clients. */
  readonly now = (): number => performance.now();

  /** The version of a key that anybody saw last. */
  known(key: string): number {
    return this.#states.get(key)?.revision ?? 0;
  }

  saw(key: string, version: Version | undefined): void {
    if (version === undefined) this.#states.delete(key);
    else this.#states.set(key, version);
  }

  operation(client: string, key: string, ask: Ask, calledAt: number, answer: Answer): void {
    const answeredAt = answer.type === 'unknown' ? Infinity : this.now();
    this.keys.push({ client, key, ask, answer, calledAt, answeredAt });
    if (ask.type === 'read' || answer.type === 'version') return;
    const value = ask.type === 'put' ? ask.value : undefined;
    const compare = ask.expected === undefined ? [] : [{ key, revision: ask.expected }];
    this.#writes.push({ client, compare, changes: [{ key, value }], answer, calledAt, answeredAt });
  }

  get counts(): Record<string, number> {
    const of = (type: string) => this.#writes.filter(write => write.answer.type === type).length;
    return {
      acknowledged: of('done'),
      refused: of('refused'),
      unknown: of('unknown'),
      reads: this.reads.length + this.keys.filter(({ ask }) => ask.type === 'read').length,
      watches: this.watches.length,
      events: this.watches.reduce((sum, { answers }) => sum + answers.length, 0),
      commits: this.log.length,
    };
  }

  judge(): string[] {
    return [
      ...this.findings,
      ...checkOrder({ log: this.log, sparse: true, writes: this.#writes, reads: this.reads }),
      ...checkRegisters(this.keys),
      ...checkWatches(this.watches, eventsOf(this.log)),
    ];
  }
}
