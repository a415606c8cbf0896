/**
 * The seven guarantees of a watch, as etcd names them, each a function from what a watch was told to what is wrong with it. What
 * happened is the log of all commits; the definitions follow https://etcd.io/docs/latest/learning/api_guarantees/#watch-apis.
 */
import type { Commit, Version } from './history.ts';

export interface WatchEvent {
  readonly type: 'put' | 'delete';
  readonly key: string;
  readonly revision: number;
  /** Of a put the new value, of a deletion undefined. */
  readonly value: string | undefined;
  /** The value before, where the watch tells it; null where there was none. */
  readonly previous?: string | null;
}

/** What came at once: events, or none and the promise that everything up to `revision` was told. */
export interface WatchAnswer {
  readonly revision: number;
  readonly events: readonly WatchEvent[];
}

/** One watch from its start to its end. A watch that was resumed is another one. */
export interface WatchRecord {
  readonly client: string;
  readonly prefix: string;
  /** Only keys whose value is selected are seen: a key enters with a put and leaves with a deletion. */
  readonly selects?: (value: string) => boolean;
  /** Asked for is everything after this revision; undefined: from now on. */
  readonly after: number | undefined;
  readonly answers: readonly WatchAnswer[];
}

/** @param events what the watch had to tell in all, in order */
type Guarantee = (watch: WatchRecord, events: readonly WatchEvent[]) => string[];

const toldBy = (watch: WatchRecord): WatchEvent[] => watch.answers.flatMap(answer => answer.events);
const name = ({ type, key, revision }: WatchEvent): string => `${type} ${key} at ${revision}`;

/** Events come in the order of their revisions. */
export const ordered: Guarantee = watch => {
  const told = toldBy(watch);
  return told.flatMap((event, index) => {
    const before = told[index - 1];
    return before && before.revision > event.revision ? [`${name(event)} came after ${name(before)}`] : [];
  });
};

/** No event comes twice. */
export const unique: Guarantee = watch => {
  const seen = new Set<string>();
  return toldBy(watch).flatMap(event => (seen.size < seen.add(name(event)).size ? [] : [`${name(event)} came twice`]));
};

/** A revision comes whole: its events are not spread over several answers. */
export const atomic: Guarantee = (watch, events) => {
  let last = 0;
  const split = watch.answers.flatMap(({ events: told }) => {
    const first = told[0]?.revision;
    const again = first !== undefined && first === last;
    last = told.at(-1)?.revision ?? last;
    return again ? [`revision ${first} came in two answers`] : [];
  });
  const sizes = Map.groupBy(events, event => event.revision);
  const parts = [...Map.groupBy(toldBy(watch), event => event.revision)].flatMap(([revision, told]) => {
    const whole = sizes.get(revision)?.length ?? told.length;
    return told.length < whole ? [`revision ${revision} came with ${told.length} of ${whole} events`] : [];
  });
  return [...split, ...parts];
};

/** Between the first and the last that was told nothing is missing, nothing is other than it happened. */
export const reliable: Guarantee = (watch, events) => {
  const told = toldBy(watch);
  const until = watch.answers.at(-1)?.revision ?? 0;
  const from = watch.after ?? (watch.answers[0]?.events[0]?.revision ?? (watch.answers[0]?.revision ?? 0) + 1) - 1;
  const wanted = events.filter(event => event.revision > from && event.revision <= until);
  const text = ({ type, key, revision, value }: WatchEvent) => `${type} ${key}=${value ?? ''}@${revision}`;
  const got = new Set(told.map(text));
  const missing = wanted.filter(event => !got.has(text(event)));
  const asked = new Set(wanted.map(text));
  const foreign = told.filter(event => !asked.has(text(event)));
  const happened = new Map(wanted.map(event => [name(event), event]));
  return [
    ...missing.map(event => `${name(event)} (${event.value}) was not told`),
    ...foreign.map(event => `${name(event)} (${event.value}) was told and did not happen so`),
    ...told.flatMap(event => {
      const before = happened.get(name(event))?.previous;
      if (event.previous === undefined || before === undefined || event.previous === before) return [];
      return [`${name(event)} was told with ${event.previous} before it, and it was ${before}`];
    }),
  ];
};

/** A watch from a revision begins with the first event after it. */
export const resumable: Guarantee = (watch, events) => {
  const { after } = watch;
  const first = toldBy(watch)[0];
  if (after === undefined || !first) return [];
  if (first.revision <= after) return [`${name(first)} came, and asked for was what is after ${after}`];
  const wanted = events.find(event => event.revision > after);
  return wanted && wanted.revision === first.revision
    ? []
    : [`it began with ${name(first)}, not ${wanted && name(wanted)}`];
};

/** After the promise that everything up to a revision was told nothing of that revision or before it comes, and promises do not go back. */
export const bookmarkable: Guarantee = watch => {
  let promised = 0;
  let newest = 0;
  return watch.answers.flatMap(({ revision, events }) => {
    if (events.length > 0) {
      newest = Math.max(newest, ...events.map(event => event.revision));
      return events.flatMap(event =>
        event.revision <= promised ? [`${name(event)} came after the promise of ${promised}`] : [],
      );
    }
    const back = revision < Math.max(promised, newest, watch.after ?? 0);
    const text = `the promise of ${revision} came after ${Math.max(promised, newest, watch.after ?? 0)}`;
    promised = Math.max(promised, revision);
    return back ? [text] : [];
  });
};

/** Only what was asked for is told. */
export const filtered: Guarantee = watch =>
  toldBy(watch).flatMap(event => {
    if (!event.key.startsWith(watch.prefix)) return [`${name(event)} is outside of ${watch.prefix}`];
    const foreign = event.type === 'put' && watch.selects && !watch.selects(event.value ?? '');
    return foreign ? [`${name(event)} (${event.value}) is not selected`] : [];
  });

export const guarantees: Readonly<Record<string, Guarantee>> = {
  ordered,
  unique,
  atomic,
  reliable,
  resumable,
  bookmarkable,
  filtered,
};

/** All events of a log, with what was before each. */
export function eventsOf(log: readonly Commit[], initial: ReadonlyMap<string, Version> = new Map()): WatchEvent[] {
  const values = new Map([...initial].map(([key, { value }]) => [key, value]));
  return log.flatMap(({ revision, changes }) =>
    changes.map(({ key, value }): WatchEvent => {
      const previous = values.get(key) ?? null;
      if (value === undefined) values.delete(key);
      else values.set(key, value);
      return { type: value === undefined ? 'delete' : 'put', key, revision, value, previous };
    }),
  );
}

/** What a watch has to tell of all events: those of its prefix, seen through its selection. */
export function eventsFor(watch: WatchRecord, all: readonly WatchEvent[]): WatchEvent[] {
  const { prefix, selects } = watch;
  const own = all.filter(event => event.key.startsWith(prefix));
  if (!selects) return own;
  return own.flatMap(event => {
    const before = typeof event.previous === 'string' && selects(event.previous);
    if (event.type === 'put' && selects(event.value ?? '')) return [before ? event : { ...event, previous: null }];
    return before ? [{ ...event, type: 'delete' as const, value: undefined }] : [];
  });
}

/** One line for each guarantee broken by each watch; none when all is well. */
export function checkWatches(watches: readonly WatchRecord[], all: readonly WatchEvent[]): string[] {
  return watches.flatMap(watch => {
    const events = eventsFor(watch, all);
    return Object.entries(guarantees).flatMap(([guarantee, broken]) =>
      broken(watch, events).map(finding => `${watch.client}: not ${guarantee}: ${finding}`),
    );
  });
}
