/**
 * What can be found, kind by kind and namespace by namespace. A search walks through the namespaces it may look into and through no other: how
 * long it takes tells nothing of what others have.
 */
import type { Clock } from '@orrery/machinery/clock';
import { packed, wordAt, type Word } from './document.ts';
import { matchOf, type Match, type Term } from './query.ts';
import { mayHave, sign, signatureWords, wantedFor, type Wanted } from './signature.ts';

/** An object that can be found. */
export interface Found {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly createTime: string;
  /** Its words as they are. */
  readonly text: string;
}

interface Entry extends Found {
  /** Its words in lower case. */
  readonly folded: string;
}

export interface Hit {
  readonly kind: string;
  readonly found: Found;
  readonly match: Match;
  readonly word: Word;
}

/** A kind, and where in it may be looked; names where the kind is of the cluster and only some of its objects are to be seen. */
export interface Place {
  readonly kind: string;
  readonly namespaces: 'everywhere' | ReadonlySet<string>;
  readonly names?: ReadonlySet<string>;
}

export interface Results {
  readonly hits: readonly Hit[];
  readonly total: number;
}

export interface Table {
  put(kind: string, object: Omit<Found, 'text'>, words: readonly Word[]): void;
  remove(kind: string, namespace: string, name: string): void;
  /** In turns of some milliseconds. The best `limit`; the kinds earlier in `places` stand before others that match as well. */
  search(places: readonly Place[], terms: readonly Term[], limit: number): Promise<Results>;
  readonly size: number;
  /** Of texts and signatures, roughly. */
  readonly bytes: number;
  /** Objects whose words did not all fit. */
  readonly shortened: number;
}

interface Shard {
  readonly entries: Entry[];
  readonly places: Map<string, number>;
  signatures: Uint32Array;
}

export interface TableOptions {
  readonly clock: Clock;
  /** Beyond it objects are found by their names alone. */
  readonly bytesMax: number;
}

/** Nobody else waits longer for this thread. */
const turnMs = 8;
const looksPerTurn = 4096;

export function createTable({ clock, bytesMax }: TableOptions): Table {
  const kinds = new Map<string, Map<string, Shard>>();
  let size = 0;
  let bytes = 0;
  const short = new WeakSet<Entry>();
  let shortened = 0;

  const forget = (entry: Entry) => {
    bytes -= bytesOf(entry);
    size--;
    if (short.delete(entry)) shortened--;
  };
  const remember = (entry: Entry, isShort: boolean) => {
    bytes += bytesOf(entry);
    size++;
    if (isShort) {
      short.add(entry);
      shortened++;
    }
  };
  return {
    put(kind, object, words) {
      const shards = getOrMake(kinds, kind, () => new Map<string, Shard>());
      const shard = getOrMake(shards, object.namespace, newShard);
      const isFull = bytes >= bytesMax;
      const text = packed(isFull ? words.slice(0, 1) : words);
      const lower = text.toLowerCase();
      // Most words are in lower case as they are: one text for both.
      const entry = { ...object, text, folded: lower === text ? text : lower };
      const known = shard.places.get(object.name);
      if (known !== undefined) forget(shard.entries[known]!);
      remember(entry, isFull && words.length > 1);
      write(shard, known ?? shard.entries.length, entry);
    },
    remove(kind, namespace, name) {
      const shards = kinds.get(kind);
      const shard = shards?.get(namespace);
      const place = shard?.places.get(name);
      if (!shard || place === undefined) return;
      forget(shard.entries[place]!);
      shard.places.delete(name);
      const last = shard.entries.pop()!;
      if (place < shard.entries.length) write(shard, place, last);
      if (shard.entries.length === 0) shards!.delete(namespace);
    },
    async search(places, terms, limit) {
      const best = createBest(limit, new Map(places.map(({ kind }, order) => [kind, order])));
      const wanted = wantedFor(terms.map(({ text }) => text));
      let began = clock.monotonic();
      let looks = 0;
      for (const place of places)
        for (const shard of shardsOf(kinds, place)) {
          for (let from = 0; from < shard.entries.length; from += looksPerTurn) {
            const until = Math.min(from + looksPerTurn, shard.entries.length);
            look(shard, { from, until }, { place, terms, wanted }, best);
            looks += until - from;
            if (looks < looksPerTurn) continue;
            looks = 0;
            if (clock.monotonic() - began < turnMs) continue;
            await clock.sleep(0);
            began = clock.monotonic();
          }
        }
      return best.results();
    },
    get size() {
      return size;
    },
    get bytes() {
      return bytes;
    },
    get shortened() {
      return shortened;
    },
  };
}

const bytesOf = ({ text, folded }: Entry): number =>
  text.length + (text === folded ? 0 : folded.length) + signatureWords * 4 + 160;

const newShard = (): Shard => ({ entries: [], places: new Map(), signatures: new Uint32Array(0) });

function getOrMake<V>(map: Map<string, V>, key: string, make: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = make()));
  return value;
}

function write(shard: Shard, place: number, entry: Entry): void {
  const needed = (place + 1) * signatureWords;
  if (shard.signatures.length < needed) {
    const larger = new Uint32Array(needed <= signatureWords ? needed : needed * 2);
    larger.set(shard.signatures);
    shard.signatures = larger;
  }
  shard.entries[place] = entry;
  shard.places.set(entry.name, place);
  sign(entry.folded, shard.signatures, place * signatureWords);
}

function shardsOf(kinds: ReadonlyMap<string, Map<string, Shard>>, { kind, namespaces }: Place): readonly Shard[] {
  const shards = kinds.get(kind);
  if (!shards) return [];
  if (namespaces === 'everywhere') return [...shards.values()];
  return [...namespaces].flatMap(namespace => shards.get(namespace) ?? []);
}

interface Looking {
  readonly place: Place;
  readonly terms: readonly Term[];
  readonly wanted: Wanted;
}

function look(
  { entries, signatures }: Shard,
  { from, until }: { from: number; until: number },
  { place: { kind, names }, terms, wanted }: Looking,
  best: Best,
): void {
  for (let at = from; at < until && at < entries.length; at++) {
    if (!mayHave(signatures, at * signatureWords, wanted)) continue;
    const entry = entries[at]!;
    if (names && !names.has(entry.name)) continue;
    const match = matchOf(entry.folded, terms);
    if (match) best.take(kind, entry, match);
  }
}

interface Best {
  take(kind: string, entry: Entry, match: Match): void;
  results(): Results;
}

interface Candidate {
  readonly kind: string;
  readonly entry: Entry;
  readonly match: Match;
}

function createBest(limit: number, order: ReadonlyMap<string, number>): Best {
  const best: Candidate[] = [];
  let total = 0;
  const compare = (one: Candidate, other: Candidate): number =>
    one.match.rank - other.match.rank ||
    order.get(one.kind)! - order.get(other.kind)! ||
    one.entry.name.length - other.entry.name.length ||
    text(one.entry.name, other.entry.name) ||
    text(one.entry.namespace, other.entry.namespace);
  return {
    take(kind, entry, match) {
      total++;
      const worst = best.length === limit ? best.at(-1) : undefined;
      if (limit === 0 || (worst && match.rank > worst.match.rank)) return;
      const candidate = { kind, entry, match };
      if (worst && compare(candidate, worst) >= 0) return;
      let low = 0;
      for (let high = best.length; low < high;) {
        const middle = (low + high) >> 1;
        if (compare(candidate, best[middle]!) < 0) high = middle;
        else low = middle + 1;
      }
      best.splice(low, 0, candidate);
      if (best.length > limit) best.pop();
    },
    results: () => ({
      total,
      hits: best.map(({ kind, entry, match }) => ({ kind, found: entry, match, word: shownWord(entry, match) })),
    }),
  };
}

/** As it was written, where lower case changes no lengths; else as it was compared. */
const shownWord = ({ text, folded }: Entry, { place }: Match): Word =>
  wordAt(text.length === folded.length ? text : folded, place);

const text = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
