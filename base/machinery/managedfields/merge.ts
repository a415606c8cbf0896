/** An applied configuration laid over an object (structured-merge-diff `typed.Merge`). What neither says stays away. */
import { setOwn } from '../patch/value.ts';
import type { Json } from '../patch/value.ts';
import type { Schema } from '../schema/types.ts';
import {
  anySchema,
  elementsOf,
  fieldSchema,
  formOf,
  isAtomicMap,
  isMap,
  itemKeys,
  itemSchema,
  ShapeError,
} from './shape.ts';
import type { JsonMap } from './shape.ts';

/** The value of both; the applied one wins. Undefined when nothing is left. @throws ShapeError */
export function merge(schema: Schema, live: unknown, applied: unknown): unknown {
  const form = formOf(schema, applied ?? live);
  if (form === 'list') return mergeLists(schema, live, applied);
  if (form === 'scalar' || isAtomicMap(schema)) return applied === undefined ? live : applied;
  const left = isMap(live) ? live : {};
  const right = isMap(applied) ? applied : {};
  const names = Object.keys(left);
  for (const name of Object.keys(right)) if (!Object.hasOwn(left, name)) names.push(name);
  if (names.length === 0) return applied === undefined ? live : applied;
  const merged: Record<string, Json> = {};
  for (const name of names) {
    const own = (map: JsonMap): unknown => (Object.hasOwn(map, name) ? map[name] : undefined);
    const value = merge(fieldSchema(schema, name) ?? anySchema, own(left), own(right));
    if (value !== undefined) setOwn(merged, name, value as Json);
  }
  return Object.keys(merged).length > 0 ? merged : undefined;
}

function mergeLists(schema: Schema, live: unknown, applied: unknown): unknown {
  const keys = itemKeys(schema);
  const left: readonly unknown[] = Array.isArray(live) ? live : [];
  const right: readonly unknown[] = Array.isArray(applied) ? applied : [];
  if (keys === undefined || (left.length === 0 && right.length === 0)) return applied === undefined ? live : applied;
  const merged = new ListMerge(
    schema,
    elementsOf(schema, keys, left),
    left,
    elementsOf(schema, keys, right),
    right,
  ).run();
  return merged.length > 0 ? merged : undefined;
}

/** Items that both have stand in the order of the applied list; others keep their place beside them. */
class ListMerge {
  readonly #schema: Schema;
  readonly #left: readonly string[];
  readonly #right: readonly string[];
  readonly #live: readonly unknown[];
  /** The live item of an element; null where it is there twice: it is not merged then. */
  readonly #lives = new Map<string, unknown>();
  readonly #applied = new Map<string, unknown>();
  readonly #done = new Set<string>();
  readonly #shared: string[];
  readonly #merged: unknown[] = [];

  constructor(
    schema: Schema,
    left: readonly string[],
    live: readonly unknown[],
    right: readonly string[],
    applied: readonly unknown[],
  ) {
    this.#schema = itemSchema(schema);
    this.#left = left;
    this.#right = right;
    this.#live = live;
    left.forEach((element, at) => this.#lives.set(element, this.#lives.has(element) ? null : live[at]));
    right.forEach((element, at) => this.#applied.set(element, applied[at]));
    this.#shared = right.filter(element => this.#lives.has(element));
  }

  run(): unknown[] {
    let next = this.#shared.shift();
    let at = 0;
    for (let wanted = 0; at < this.#left.length || wanted < this.#right.length;) {
      const here = this.#left[at];
      const there = this.#right[wanted];
      if (here !== undefined && there !== undefined) {
        if (here === there) {
          this.#take(here);
          at++;
          wanted++;
          next = this.#shared.shift();
          continue;
        }
        if (this.#applied.has(here) && next !== undefined && next !== here) {
          at++;
          continue;
        }
      }
      if (here !== undefined) {
        if (!this.#applied.has(here)) {
          this.#push(this.#live[at++], undefined);
          continue;
        }
        if (this.#done.has(here)) at++;
      }
      if (there !== undefined) {
        this.#take(there);
        wanted++;
        if (next === there) next = this.#shared.shift();
      }
    }
    return this.#merged;
  }

  #take(element: string): void {
    this.#done.add(element);
    this.#push(this.#lives.get(element) ?? undefined, this.#applied.get(element));
  }

  #push(live: unknown, applied: unknown): void {
    const value = merge(this.#schema, live, applied);
    if (value === undefined && live === undefined && applied === undefined) throw new ShapeError('an item of no list');
    if (value !== undefined) this.#merged.push(value);
  }
}
