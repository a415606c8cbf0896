/** Which part of an older object a value was before (apiserver `cel/common/equality.go`): what did not change is not judged again. */
import { isDeepStrictEqual } from 'node:util';
import type { Declared } from '@orrery/machinery/cel';

/** A value beside the one it was. Equality is found when it is asked for. */
export class Pair {
  readonly value: unknown;
  readonly old: unknown;
  readonly #declared: Declared;
  #same: boolean | undefined;
  constructor(value: unknown, old: unknown, declared: Declared) {
    this.value = value;
    this.old = old;
    this.#declared = declared;
  }
  get isSame(): boolean {
    return (this.#same ??= isSame(this.#declared, this.value, this.old));
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Equal, where lists whose elements have keys may stand in any order. */
function isSame(declared: Declared | undefined, value: unknown, old: unknown): boolean {
  if (!declared || !hasKeyedLists(declared)) return isDeepStrictEqual(value, old);
  if (Array.isArray(value) && Array.isArray(old)) {
    if (value.length !== old.length) return false;
    const before = declared.listType === 'map' ? byKeys(declared.listKeys ?? [], old) : undefined;
    return value.every((item, at) => isSame(declared.element, item, before ? before(item) : old[at]));
  }
  if (!isObject(value) || !isObject(old)) return isDeepStrictEqual(value, old);
  const names = Object.keys(value);
  if (names.length !== Object.keys(old).length) return false;
  const inner = new Map([...(declared.fields?.values() ?? [])].map(({ name, declared: field }) => [name, field]));
  return names.every(
    name => Object.hasOwn(old, name) && isSame(inner.get(name) ?? declared.element, value[name], old[name]),
  );
}

/** Whether order may be of no account somewhere. */
const hasKeyedLists = ({ listType, element, fields }: Declared): boolean =>
  listType === 'map' ||
  (element !== undefined && hasKeyedLists(element)) ||
  [...(fields?.values() ?? [])].some(({ declared }) => hasKeyedLists(declared));

/** Finds elements of an older list by their keys. */
export function byKeys(keys: readonly string[], old: readonly unknown[]): (item: unknown) => unknown {
  const identity = (item: unknown): string =>
    JSON.stringify(keys.map(name => (isObject(item) ? (item[name] ?? null) : null)));
  const known = new Map(old.map(item => [identity(item), item]));
  return item => known.get(identity(item));
}

/** The pair of a value, or of the nearest value around it that has one. */
export class Correlation {
  static readonly none = new Correlation(undefined, undefined);
  readonly #own: Pair | undefined;
  readonly #around: Pair | undefined;
  constructor(own: Pair | undefined, around: Pair | undefined) {
    this.#own = own;
    this.#around = around;
  }

  /** Whether errors are only told, as warnings. */
  get isUnchanged(): boolean {
    return (this.#own ?? this.#around)?.isSame ?? false;
  }

  /** @param declared how the field's value is described */
  field(name: string, declared: Declared): Correlation {
    const own = this.#own;
    if (!own) return this;
    // Both sides were brought into one version: a change there cannot be seen.
    if (!this.#around && (name === 'apiVersion' || name === 'kind')) return Correlation.none;
    if (!has(own.value, name) || !has(own.old, name)) return new Correlation(undefined, own);
    return new Correlation(new Pair(own.value[name], own.old[name], declared), own);
  }

  /** @param old the element with the same keys, if the list has keys */
  item(value: unknown, old: unknown, declared: Declared): Correlation {
    const own = this.#own;
    if (!own) return this;
    return new Correlation(old === undefined ? undefined : new Pair(value, old, declared), own);
  }
}

const has = (value: unknown, name: string): value is Record<string, unknown> =>
  isObject(value) && Object.hasOwn(value, name);
