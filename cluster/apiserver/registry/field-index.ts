/** Records by the value of a selectable field, kept current from the store: what would else be a walk over all of a resource. */
import type { Clock } from '@orrery/machinery/clock';
import { compareKeys } from '@orrery/store';
import type { Entry, Store, Watch, WatchBatch } from '@orrery/store';
import { clean, fieldValue } from './record.ts';
import { storagePrefix } from './resource.ts';
import { Turns } from './turns.ts';
import { rangeInTurns } from './walk.ts';

/** By `group/resource`: every kubelet asks for the pods of its node, as upstream's index knows. */
const indexed: Readonly<Record<string, readonly string[]>> = { '/pods': ['spec.nodeName'] };

class FieldIndex {
  readonly #field: string;
  readonly #byValue = new Map<string, Map<string, Entry>>();
  /** What was told while the index was being made. */
  #waiting: WatchBatch[] | undefined = [];
  #watch: Watch | undefined;

  constructor(field: string) {
    this.#field = field;
  }

  /** Reads what exists, a slice at a time, and follows the store from there. */
  async make(store: Store, clock: Clock, prefix: string): Promise<void> {
    // Whoever asked first walks, and should not wait for this too.
    await clock.sleep(0);
    const { entries, revision } = await rangeInTurns(store, clock, { prefix });
    this.#watch = store.watch({ prefix, after: revision }, batch => {
      if (this.#waiting) this.#waiting.push(batch);
      else this.#take(batch);
    });
    const turns = new Turns(clock);
    for (const entry of entries) {
      this.#put(entry);
      const turn = turns.next();
      if (turn) await turn;
    }
    for (const batch of this.#waiting ?? []) this.#take(batch);
    this.#waiting = undefined;
  }

  #take({ events }: WatchBatch): void {
    for (const { type, entry, previous } of events) {
      if (previous) this.#remove(previous);
      if (type === 'put') this.#put(entry);
    }
  }

  #put(entry: Entry): void {
    const value = fieldValue(entry.head, this.#field);
    if (value === undefined) return;
    const found = this.#byValue.get(value);
    if (found) found.set(entry.key, entry);
    else this.#byValue.set(value, new Map([[entry.key, entry]]));
  }

  #remove(entry: Entry): void {
    const value = fieldValue(entry.head, this.#field);
    const found = value === undefined ? undefined : this.#byValue.get(value);
    found?.delete(entry.key);
    if (found?.size === 0) this.#byValue.delete(value!);
  }

  /** In the order of the store; undefined while the index is being made. */
  find(value: string): Entry[] | undefined {
    if (this.#waiting) return undefined;
    const found = this.#byValue.get(clean(value));
    return found ? [...found.values()].sort((a, b) => compareKeys(a.key, b.key)) : [];
  }

  close(): void {
    this.#watch?.close();
  }
}

/** The indexes of all resources, each made when first asked for. */
export class FieldIndexes {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #indexes = new Map<string, FieldIndex>();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /**
   * The newest records whose field has this value, as of this turn's `store.revision()`, in the store's order; undefined where there is
   * no index, or not yet.
   */
  find(storage: { group: string; resource: string }, field: string, value: string): Entry[] | undefined {
    if (!indexed[`${storage.group}/${storage.resource}`]?.includes(field)) return undefined;
    const key = `${storage.group}/${storage.resource} ${field}`;
    let index = this.#indexes.get(key);
    if (index === undefined) {
      this.#indexes.set(key, (index = new FieldIndex(field)));
      // Without it everything is found by walking: the next request tries anew.
      index.make(this.#store, this.#clock, storagePrefix(storage)).catch(() => this.#forget(key));
    }
    return index.find(value);
  }

  #forget(key: string): void {
    this.#indexes.get(key)?.close();
    this.#indexes.delete(key);
  }

  close(): void {
    for (const key of this.#indexes.keys()) this.#forget(key);
  }
}
