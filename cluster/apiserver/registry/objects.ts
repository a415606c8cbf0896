/** Parsed objects by key and revision, frozen and shared: what writes, admission and authorization read again and again. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { Entry } from '@orrery/store';
import { parseJson } from './json.ts';

/** Freezes a tree of plain objects and arrays; stops where something is frozen already. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const key in value) deepFreeze(value[key]);
  return value;
}

/** The object of a record, with its resourceVersion, in its stored version and without kind and apiVersion. */
export function parseEntry(entry: Pick<Entry, 'value'>, revision: number): KubeObject {
  const object = parseJson<KubeObject>(entry.value);
  object.metadata.resourceVersion = String(revision);
  return object;
}

/** Keeps at most `limit` objects; the one used longest ago goes first. */
export class ObjectCache {
  readonly #limit: number;
  readonly #objects = new Map<string, { revision: number; object: KubeObject }>();

  constructor(limit = 1024) {
    this.#limit = limit;
  }

  /** The frozen object of an entry. */
  of(entry: Entry): KubeObject {
    const known = this.#objects.get(entry.key);
    if (known?.revision === entry.revision) {
      this.#objects.delete(entry.key);
      this.#objects.set(entry.key, known);
      return known.object;
    }
    const object = deepFreeze(parseEntry(entry, entry.revision));
    this.put(entry.key, entry.revision, object);
    return object;
  }

  /** Remembers an object that was just written. It must be frozen. */
  put(key: string, revision: number, object: KubeObject): void {
    const known = this.#objects.get(key);
    if (known !== undefined && known.revision > revision) return;
    this.#objects.delete(key);
    this.#objects.set(key, { revision, object });
    if (this.#objects.size > this.#limit) this.#objects.delete(this.#objects.keys().next().value!);
  }

  forget(key: string): void {
    this.#objects.delete(key);
  }
}
