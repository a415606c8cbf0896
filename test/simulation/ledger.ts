/** What the store has told so far: everything in it was promised to be kept. */
import type { Entry, Store, WatchBatch } from '@orrery/store';
import type { KubeObject } from '@orrery/machinery/meta';

export interface Ledger {
  readonly revision: number;
  /** Takes over a store that was opened (again), and follows it while `isAlive`. What it lost is told as violations. */
  follow(store: Store, isAlive: () => boolean): Promise<void>;
  /** The objects below a prefix of keys, e.g. `/registry/pods/`, parsed. */
  objects<T extends KubeObject>(prefix: string): T[];
  get<T extends KubeObject>(key: string): T | undefined;
  keys(): IterableIterator<string>;
}

export interface LedgerOptions {
  /** Is told each change as it is committed. */
  readonly changed: (key: string, entry: Entry | undefined, previous: Entry | undefined) => void;
  readonly violated: (what: string) => void;
}

const decoder = new TextDecoder();
const parsed = new WeakMap<Entry, KubeObject>();
const keys = new WeakMap<KubeObject, string>();

/** What it is and what it is called, from its key: `pods/team-1/web-3-x2x4d`. */
export const nameOf = (object: KubeObject): string => keys.get(object)!.slice('/registry/'.length);

/** The object of an entry, parsed once. Without its resource version: that is the entry's revision. */
export function objectOf<T extends KubeObject>(entry: Entry): T {
  const known = parsed.get(entry);
  if (known) return known as T;
  const object = JSON.parse(decoder.decode(entry.value)) as T;
  parsed.set(entry, object);
  keys.set(object, entry.key);
  return object;
}

export function createLedger({ changed, violated }: LedgerOptions): Ledger {
  const entries = new Map<string, Entry>();
  let revision = 0;

  const take = (batch: WatchBatch) => {
    if (batch.events.length === 0) return;
    if (batch.revision <= revision) violated(`the store told revision ${batch.revision} after ${revision}`);
    revision = batch.revision;
    for (const { type, key, entry, previous } of batch.events) {
      if (type === 'put') entries.set(key, entry);
      else entries.delete(key);
      changed(key, type === 'put' ? entry : undefined, type === 'put' ? previous : entry);
    }
  };
  const compare = async (store: Store): Promise<void> => {
    const found = await store.range({ prefix: '' });
    const left = new Set(entries.keys());
    for (const entry of found.entries) {
      left.delete(entry.key);
      const known = entries.get(entry.key);
      if (known?.revision !== entry.revision)
        violated(`${entry.key} is at ${entry.revision} after the store came back, and was at ${known?.revision}`);
      entries.set(entry.key, entry);
    }
    for (const key of left) violated(`${key} was lost with the store`);
  };
  return {
    get revision() {
      return revision;
    },
    async follow(store, isAlive) {
      if (store.revision() < revision)
        violated(`the store came back with revision ${store.revision()}, and ${revision} was told`);
      // First what became durable in the last moment and was told to nobody, then what comes.
      store.watch({ prefix: '', after: Math.max(1, revision) }, batch => void (isAlive() && take(batch)));
      await Promise.resolve();
      await compare(store);
    },
    objects: <T extends KubeObject>(prefix: string): T[] =>
      [...entries].filter(([key]) => key.startsWith(prefix)).map(([, entry]) => objectOf<T>(entry)),
    get: <T extends KubeObject>(key: string) => {
      const entry = entries.get(key);
      return entry && objectOf<T>(entry);
    },
    keys: () => entries.keys(),
  };
}
