/** The content of an informer: objects by key, indexes, handlers. Knows nothing of where objects come from. */
import { keyOf, type KubeObject } from '@orrery/machinery/meta';
import type { Log } from '@orrery/machinery/log';
import type { Change, Informer } from './types.ts';

interface Index<T> {
  readonly valuesOf: (object: T) => readonly string[];
  readonly keys: Map<string, Set<string>>;
}

export interface Cache<T extends KubeObject> extends Omit<Informer<T>, 'synced' | 'hasSynced'> {
  /** Adds or replaces. An object whose resourceVersion is known already is left alone. */
  set(object: T): void;
  remove(key: string): void;
  keys(): IterableIterator<string>;
}

/** An empty cache. A handler that throws is logged and does not keep others from the change. */
export function createCache<T extends KubeObject>(log: Log): Cache<T> {
  const objects = new Map<string, T>();
  const indexes = new Map<string, Index<T>>();
  const handlers = new Set<(change: Change<T>) => void>();
  const waiting = new Map<string, Set<() => void>>();

  const tell = (handler: (change: Change<T>) => void, change: Change<T>) => {
    try {
      handler(change);
    } catch (error) {
      log.error('an informer handler failed', { error });
    }
  };
  const put = (key: string, before: T | undefined, after: T | undefined) => {
    if (after) objects.set(key, after);
    else objects.delete(key);
    for (const index of indexes.values()) reindex(index, key, before, after);
    for (const handler of handlers) tell(handler, { before, after });
    for (const look of waiting.get(key) ?? []) look();
  };
  const until: Informer<T>['until'] = (key, fits, signal) => {
    if (signal.aborted || fits(objects.get(key))) return Promise.resolve();
    return new Promise(resolve => {
      const looks = waiting.get(key) ?? new Set();
      waiting.set(key, looks);
      const look = () => {
        if (!signal.aborted && !fits(objects.get(key))) return;
        looks.delete(look);
        if (looks.size === 0) waiting.delete(key);
        signal.removeEventListener('abort', look);
        resolve();
      };
      looks.add(look);
      signal.addEventListener('abort', look);
    });
  };
  const pick = (keys: Iterable<string> | undefined): T[] => (keys ? Array.from(keys, key => objects.get(key)!) : []);
  const addIndex = (name: string, valuesOf: (object: T) => readonly string[]) => {
    const index: Index<T> = { valuesOf, keys: new Map() };
    for (const [key, object] of objects) reindex(index, key, undefined, object);
    indexes.set(name, index);
  };
  const onNext: Informer<T>['onNext'] = handler => {
    handlers.add(handler);
    return () => void handlers.delete(handler);
  };
  addIndex(namespaceIndex, object => (object.metadata.namespace ? [object.metadata.namespace] : []));

  return {
    get: key => objects.get(key),
    list: namespace => (namespace ? pick(indexes.get(namespaceIndex)!.keys.get(namespace)) : [...objects.values()]),
    addIndex,
    byIndex(name, value) {
      const index = indexes.get(name);
      if (!index) throw new Error(`the informer has no index "${name}"`);
      return pick(index.keys.get(value));
    },
    onChange(handler) {
      for (const object of [...objects.values()]) tell(handler, { after: object });
      return onNext(handler);
    },
    onNext,
    until,
    set(object) {
      const key = keyOf(object);
      const before = objects.get(key);
      if (before?.metadata.uid !== undefined && before.metadata.uid !== object.metadata.uid) {
        // Deleted and created anew while nobody looked: two objects that share a name.
        put(key, before, undefined);
        return put(key, undefined, object);
      }
      if (before && before.metadata.resourceVersion === object.metadata.resourceVersion) return;
      put(key, before, object);
    },
    remove(key) {
      const before = objects.get(key);
      if (before) put(key, before, undefined);
    },
    keys: () => objects.keys(),
  };
}

const namespaceIndex = 'orrery.namespace';

function reindex<T>(index: Index<T>, key: string, before: T | undefined, after: T | undefined): void {
  const old = before ? index.valuesOf(before) : [];
  const now = after ? index.valuesOf(after) : [];
  for (const value of old) {
    if (now.includes(value)) continue;
    const keys = index.keys.get(value);
    keys?.delete(key);
    if (keys?.size === 0) index.keys.delete(value);
  }
  for (const value of now) {
    const keys = index.keys.get(value);
    if (keys) keys.add(key);
    else index.keys.set(value, new Set([key]));
  }
}

/** Freezes an object and all it holds. Stops at what is frozen already: such objects are frozen whole. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const name in value) deepFreeze(value[name]);
  return Object.freeze(value);
}
