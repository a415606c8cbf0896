/**
 * Fair queuing: flows are dealt a hand of queues each and use the shortest; queues are served in the order of their virtual time, which
 * grows with the seats they were given times how long they held them: guessed at the start, corrected at the end (apiserver
 * `util/flowcontrol/fairqueuing`). Pure: no time, no randomness.
 */

/** How long a request is thought to take, in milliseconds: as upstream. */
export const guessMs = 3;

export interface QueuingOptions {
  readonly queues: number;
  readonly handSize: number;
  /** Of each queue; 0 queues nothing. */
  readonly queueLengthLimit: number;
}

export interface Waiting {
  /** Schema and distinguisher. */
  readonly flow: string;
  /** Seats. */
  readonly width: number;
}

/** What its requests are charged to. */
export interface Account {
  /** In seat-milliseconds: the virtual time at which its first request may start. */
  start: number;
}

interface Queue<T> extends Account {
  readonly waiting: T[];
  width: number;
}

/** A request whose turn it is. */
export interface Taken<T> {
  readonly waiting: T;
  readonly account: Account;
}

/** Corrects what a request was charged, now that it is known how long it held its seats, and what it holds after its end. */
export function settle(account: Account, width: number, tookMs: number, afterwards: number): void {
  account.start += width * (tookMs - guessMs) + afterwards;
}

/** A hash of 53 bits (two rounds of FNV-1a with different offsets). */
export function hashOf(text: string): number {
  let low = 0x811c9dc5;
  let high = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const letter = text.charCodeAt(at);
    low = Math.imul(low ^ letter, 0x01000193);
    high = Math.imul(high ^ letter, 0x5bd1e995);
  }
  low ^= low >>> 15;
  high ^= high >>> 13;
  return (high & 0x1fffff) * 2 ** 32 + (low >>> 0);
}

/** `handSize` different numbers below `deckSize`: the same hash gives the same hand, and two hands are rarely alike. */
export function deal(hash: number, deckSize: number, handSize: number): number[] {
  const hand: number[] = [];
  let rest = hash;
  for (let dealt = 0; dealt < Math.min(handSize, deckSize); dealt++) {
    const left = deckSize - dealt;
    let card = rest % left;
    rest = Math.floor(rest / left);
    // The card-th of those that are left.
    for (const taken of hand.toSorted((a, b) => a - b)) if (card >= taken) card++;
    hand.push(card);
  }
  return hand;
}

export class QueueSet<T extends Waiting> {
  readonly options: QueuingOptions;
  readonly #queues: Queue<T>[];
  readonly #active = new Set<Queue<T>>();
  #now = 0;
  #count = 0;

  constructor(options: QueuingOptions) {
    this.options = options;
    this.#queues = Array.from({ length: Math.max(1, options.queues) }, () => ({ waiting: [], width: 0, start: 0 }));
  }

  /** Requests that wait. */
  get count(): number {
    return this.#count;
  }

  /** The queues in order, as they are. */
  get queues(): readonly { readonly waiting: readonly T[]; readonly start: number }[] {
    return this.#queues;
  }

  get activeQueues(): number {
    return this.#active.size;
  }

  /** False when the shortest queue of the flow's hand is full. */
  add(waiting: T): boolean {
    let best: Queue<T> | undefined;
    for (const at of deal(hashOf(waiting.flow), this.#queues.length, this.options.handSize)) {
      const queue = this.#queues[at]!;
      if (best === undefined || queue.width < best.width) best = queue;
    }
    if (best === undefined || best.waiting.length >= this.options.queueLengthLimit) return false;
    this.#put(best, waiting);
    return true;
  }

  #put(queue: Queue<T>, waiting: T): void {
    // Who was idle does not save up, and what it took shortly before still counts.
    if (queue.waiting.length === 0) queue.start = Math.max(queue.start, this.#first()?.start ?? this.#now);
    queue.waiting.push(waiting);
    queue.width += waiting.width;
    this.#active.add(queue);
    this.#count++;
  }

  #first(): Queue<T> | undefined {
    let best: Queue<T> | undefined;
    for (const queue of this.#active) if (best === undefined || queue.start < best.start) best = queue;
    return best;
  }

  /** Who is next, if anybody waits. */
  peek(): T | undefined {
    return this.#first()?.waiting[0];
  }

  take(): Taken<T> | undefined {
    const queue = this.#first();
    const waiting = queue?.waiting.shift();
    if (queue === undefined || waiting === undefined) return undefined;
    this.#now = Math.max(this.#now, queue.start);
    queue.start += waiting.width * guessMs;
    this.#left(queue, waiting);
    // Requests may take no time at all: among equals whoever was served last is served last.
    if (this.#active.delete(queue)) this.#active.add(queue);
    return { waiting, account: queue };
  }

  /** Takes one out that waits no longer; false when it was not there. */
  remove(waiting: T): boolean {
    for (const queue of this.#active) {
      const at = queue.waiting.indexOf(waiting);
      if (at < 0) continue;
      queue.waiting.splice(at, 1);
      this.#left(queue, waiting);
      return true;
    }
    return false;
  }

  #left(queue: Queue<T>, { width }: T): void {
    queue.width -= width;
    this.#count--;
    if (queue.waiting.length === 0) this.#active.delete(queue);
  }

  /** All that wait move to another set, however long its queues are. */
  moveTo(other: QueueSet<T>): void {
    for (let taken = this.take(); taken; taken = this.take()) {
      const { waiting } = taken;
      if (other.add(waiting)) continue;
      other.#put(other.#queues[hashOf(waiting.flow) % other.#queues.length]!, waiting);
    }
  }
}
