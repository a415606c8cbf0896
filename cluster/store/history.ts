/** The transactions still kept, oldest first: what watches from the past are served from, and what is forgotten in order. */
import type { StoreEvent } from './types.ts';

/** A committed transaction as it is told to watches. */
export interface Committed {
  readonly revision: number;
  readonly events: readonly StoreEvent[];
  /** When it was committed, milliseconds since the epoch. */
  readonly timeMs: number;
}

/** What one superseded version costs beside its bytes, roughly. */
const versionOverhead = 256;

/** A queue of transactions with consecutive revisions. */
export class History {
  #items: Committed[] = [];
  /** Index of the oldest item; those before it are gone. */
  #head = 0;
  /** Bytes of superseded versions that only the history keeps alive, roughly. */
  bytes = 0;

  get oldest(): Committed | undefined {
    return this.#items[this.#head];
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(committed: Committed): void {
    this.#items.push(committed);
    this.bytes += supersededBytes(committed);
  }

  shift(): void {
    this.bytes -= supersededBytes(this.#items[this.#head]!);
    this.#head++;
    if (this.#head < 1024 || this.#head < this.#items.length >>> 1) return;
    this.#items = this.#items.slice(this.#head);
    this.#head = 0;
  }

  /** The transactions after `revision`. */
  after(revision: number): Committed[] {
    const oldest = this.oldest;
    return oldest ? this.#items.slice(this.#head + Math.max(0, revision + 1 - oldest.revision)) : [];
  }
}

function supersededBytes(committed: Committed): number {
  let sum = 0;
  for (const event of committed.events) {
    const gone = event.type === 'delete' ? event.entry : event.previous;
    sum += versionOverhead + (gone ? gone.value.length + gone.head.length : 0);
  }
  return sum;
}
