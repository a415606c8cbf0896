/** The sorted index of keys: slots in chunks that know how many of their keys live, so that a page costs what it returns. */
import { compareKeys, comparerOf, countLeading } from './order.ts';
import type { Entry } from './types.ts';

/** What a key was before a later change; the oldest first, linked towards the newer. */
interface Past {
  /** The revision that made it so. */
  readonly revision: number;
  /** Undefined: the key did not exist. */
  readonly entry: Entry | undefined;
  newer: Past | undefined;
}

/** One key: its newest version and the superseded ones that are still kept. */
export class Slot {
  readonly key: string;
  /** The revision of the last change. */
  revision = 0;
  /** The newest version; undefined when the key is deleted. */
  entry: Entry | undefined = undefined;
  chunk: Chunk;
  #oldest: Past | undefined = undefined;
  #newest: Past | undefined = undefined;

  constructor(key: string, chunk: Chunk) {
    this.key = key;
    this.chunk = chunk;
  }

  /** The version that was the newest at `revision`. */
  at(revision: number): Entry | undefined {
    if (this.revision <= revision) return this.entry;
    let found: Entry | undefined;
    for (let past = this.#oldest; past && past.revision <= revision; past = past.newer) found = past.entry;
    return found;
  }

  /** Makes `entry` (undefined: a deletion) the newest version. */
  change(revision: number, entry: Entry | undefined): void {
    if (this.revision !== 0) {
      const past: Past = { revision: this.revision, entry: this.entry, newer: undefined };
      if (this.#newest) this.#newest.newer = past;
      else this.#oldest = past;
      this.#newest = past;
    }
    this.chunk.live += Number(entry !== undefined) - Number(this.entry !== undefined);
    this.chunk.changedAt = Math.max(this.chunk.changedAt, revision);
    this.revision = revision;
    this.entry = entry;
  }

  /** Like {@link change} where nobody asks for what was before. */
  replace(revision: number, entry: Entry | undefined): void {
    this.revision = 0;
    this.change(revision, entry);
  }

  /** Forgets versions that were superseded at or before `revision`. Returns whether nothing is left of the key. */
  forget(revision: number): boolean {
    while (this.#oldest && (this.#oldest.newer?.revision ?? this.revision) <= revision)
      this.#oldest = this.#oldest.newer;
    if (!this.#oldest) this.#newest = undefined;
    return this.entry === undefined && !this.#oldest && this.revision <= revision;
  }
}

/** Neighbouring slots. */
interface Chunk {
  slots: Slot[];
  /** How many of the slots exist at the newest revision. */
  live: number;
  /** The newest revision that changed one of the slots. */
  changedAt: number;
}

interface Place {
  chunk: number;
  slot: number;
}

const chunkLimit = 512;

const newChunk = (): Chunk => ({ slots: [], live: 0, changedAt: 0 });

/** A chunk that is as full as one that was split, of the slots from `at` on. */
function chunkOf(ordered: readonly Slot[], at: number): Chunk {
  const chunk = { ...newChunk(), slots: ordered.slice(at, at + (chunkLimit >>> 1)) };
  for (const slot of chunk.slots) {
    slot.chunk = chunk;
    if (slot.entry) chunk.live++;
    chunk.changedAt = Math.max(chunk.changedAt, slot.revision);
  }
  return chunk;
}

/** All slots in byte order of their keys. */
export class Slots {
  readonly #byKey = new Map<string, Slot>();
  #chunks: Chunk[] = [newChunk()];
  /** Where slots are while they are gathered. */
  #gathered: Chunk | undefined = undefined;

  get(key: string): Slot | undefined {
    return this.#byKey.get(key);
  }

  /** How many keys exist at the newest revision. */
  get live(): number {
    return this.#chunks.reduce((sum, chunk) => sum + chunk.live, 0);
  }

  /** Before the first key: until {@link order} they come in any order, and nothing is read by order. Sorting all at once is a fraction of placing each. */
  gather(): void {
    this.#gathered = newChunk();
  }

  /** Ends {@link gather}. */
  order(): void {
    this.#gathered = undefined;
    const compare = comparerOf(this.#byKey.keys());
    const slots = [...this.#byKey.values()].sort((left, right) => compare(left.key, right.key));
    this.#chunks = slots.length === 0 ? [newChunk()] : [];
    for (let at = 0; at < slots.length; at += chunkLimit >>> 1) this.#chunks.push(chunkOf(slots, at));
  }

  /** The slot of a key, made when there is none. */
  obtain(key: string): Slot {
    const known = this.#byKey.get(key);
    if (known) return known;
    if (this.#gathered) {
      const slot = new Slot(key, this.#gathered);
      this.#byKey.set(key, slot);
      return slot;
    }
    const index = this.#chunkFor(key);
    const chunk = this.#chunks[index]!;
    const slot = new Slot(key, chunk);
    this.#byKey.set(key, slot);
    const last = chunk.slots.at(-1);
    if (!last || compareKeys(last.key, key) < 0) chunk.slots.push(slot);
    else
      chunk.slots.splice(
        countLeading(chunk.slots, other => compareKeys(other.key, key) < 0),
        0,
        slot,
      );
    if (chunk.slots.length > chunkLimit) this.#split(index, slot === chunk.slots.at(-1));
    return slot;
  }

  /** The chunk that a new key belongs to: often the last one, as keys come in order when a snapshot is loaded. */
  #chunkFor(key: string): number {
    const last = this.#chunks.length - 1;
    if (compareKeys(this.#chunks[last]!.slots[0]?.key ?? '', key) <= 0) return last;
    return Math.max(0, countLeading(this.#chunks, chunk => compareKeys(chunk.slots[0]?.key ?? '', key) < 0) - 1);
  }

  remove(slot: Slot): void {
    this.#byKey.delete(slot.key);
    if (this.#gathered) return;
    const slots = slot.chunk.slots;
    slots.splice(
      countLeading(slots, other => compareKeys(other.key, slot.key) < 0),
      1,
    );
    if (slots.length === 0 && this.#chunks.length > 1) this.#chunks.splice(this.#chunks.indexOf(slot.chunk), 1);
  }

  /**
   * The versions at `revision` of the keys with `prefix` after `after`: at most `limit` of them (0: all), and the number that
   * follow. Costs the page, the chunks changed since `revision`, and one addition per other chunk.
   */
  range(
    prefix: string,
    after: string | undefined,
    limit: number,
    revision: number,
  ): { entries: Entry[]; remaining: number } {
    const { entries, next } = this.#collect(prefix, after, limit, revision);
    return { entries, remaining: next ? this.#count(next, prefix, revision) : 0 };
  }

  /** The entries of a page, and the place of the first one that did not fit. */
  #collect(
    prefix: string,
    after: string | undefined,
    limit: number,
    revision: number,
  ): { entries: Entry[]; next?: Place } {
    const entries: Entry[] = [];
    const from =
      after !== undefined && compareKeys(after, prefix) >= 0
        ? this.#place(key => compareKeys(key, after) <= 0)
        : this.#place(key => compareKeys(key, prefix) < 0);
    for (let index = from.chunk; index < this.#chunks.length; index++) {
      const { slots } = this.#chunks[index]!;
      // Keys with one prefix stand together: when the last has it, so have all from the first place on.
      const whole = slots.at(-1)?.key.startsWith(prefix) ?? true;
      for (let i = index === from.chunk ? from.slot : 0; i < slots.length; i++) {
        const slot = slots[i]!;
        if (!whole && !slot.key.startsWith(prefix)) return { entries };
        const entry = slot.at(revision);
        if (!entry) continue;
        if (limit > 0 && entries.length === limit) return { entries, next: { chunk: index, slot: i } };
        entries.push(entry);
      }
    }
    return { entries };
  }

  /** Up to `limit` versions at `revision` of keys after `after`, not counting the rest. */
  page(after: string | undefined, limit: number, revision: number): Entry[] {
    return this.#collect('', after, limit, revision).entries;
  }

  /** How many keys from `from` on with `prefix` exist at `revision`. */
  #count(from: Place, prefix: string, revision: number): number {
    const end = this.#place(key => compareKeys(key, prefix) < 0 || key.startsWith(prefix));
    let sum = 0;
    for (let index = from.chunk; index <= end.chunk && index < this.#chunks.length; index++) {
      const chunk = this.#chunks[index]!;
      const first = index === from.chunk ? from.slot : 0;
      const last = index === end.chunk ? end.slot : chunk.slots.length;
      sum += countIn(chunk, first, last, revision);
    }
    return sum;
  }

  /** The first place whose key is not `before`. */
  #place(before: (key: string) => boolean): Place {
    const chunk = Math.max(0, countLeading(this.#chunks, each => before(each.slots[0]?.key ?? '')) - 1);
    return { chunk, slot: countLeading(this.#chunks[chunk]!.slots, slot => before(slot.key)) };
  }

  /** Halves a chunk, or starts a new one when keys come in order (as they do when a snapshot is loaded). */
  #split(index: number, inOrder: boolean): void {
    const chunk = this.#chunks[index]!;
    const moved = chunk.slots.splice(inOrder ? chunk.slots.length - 1 : chunk.slots.length >>> 1);
    const next: Chunk = { slots: moved, live: 0, changedAt: chunk.changedAt };
    for (const slot of moved) {
      slot.chunk = next;
      if (slot.entry) next.live++;
    }
    chunk.live -= next.live;
    this.#chunks.splice(index + 1, 0, next);
  }
}

function countIn(chunk: Chunk, first: number, last: number, revision: number): number {
  const size = chunk.slots.length;
  if (chunk.changedAt <= revision) {
    if (chunk.live === size) return last - first;
    if (first === 0 && last === size) return chunk.live;
  }
  let sum = 0;
  for (let i = first; i < last; i++) if (chunk.slots[i]!.at(revision)) sum++;
  return sum;
}
