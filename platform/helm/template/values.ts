/**
 * Go's values as templates see them. JSON's numbers are `float64`; whole numbers that templates make are `bigint` (Go's `int`), those of other
 * sizes an {@link Integer}. Maps are `Map`, so that no key has a meaning to JavaScript. Null is Go's nil, and what a map does not hold.
 */
export type Value = null | boolean | number | bigint | string | Uint8Array | Value[] | ValueMap | Integer | GoObject;
export type ValueMap = Map<string, Value>;

/** What a template or a function of it complains about; the engine adds where. */
export class ValueError extends Error {
  override readonly name = 'ValueError';
}

/** A whole number with a type of its own: `int64`, `int32` ... */
export class Integer {
  readonly kind: string;
  readonly value: bigint;
  /** `time.Month` and the like, whose text is not the number. */
  readonly typeName: string;
  readonly text: string | undefined;

  constructor(kind: string, value: bigint, typeName = kind, text?: string) {
    this.kind = kind;
    this.value = value;
    this.typeName = typeName;
    this.text = text;
  }
}

export type Method = (args: readonly Value[]) => Value;

/** A struct or a named type with methods: `.Files`, `.Capabilities`, a time, a version. */
export abstract class GoObject {
  abstract readonly typeName: string;
  /** Go's kind: `struct`, `map`, `ptr`. */
  readonly kind: string = 'struct';
  /** Undefined when there is no such field. */
  field(_name: string): Value | undefined {
    return undefined;
  }
  method(_name: string): Method | undefined {
    return undefined;
  }
  /** What `String()` gives; undefined for types that have none. */
  text(): string | undefined {
    return undefined;
  }
  /** As JSON. */
  abstract plain(): unknown;
  /** What `range` and `index` see, for kinds that can be walked. */
  elements(): ValueMap | Value[] | undefined {
    return undefined;
  }
}

export const int64 = (value: bigint): Integer => new Integer('int64', BigInt.asIntN(64, value));

export const isInteger = (value: Value): value is bigint | Integer =>
  typeof value === 'bigint' || value instanceof Integer;

export const integerOf = (value: bigint | Integer): bigint => (typeof value === 'bigint' ? value : value.value);

/** `reflect.Kind`. */
export function kindOf(value: Value): string {
  if (value === null) return 'invalid';
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'number':
      return 'float64';
    case 'bigint':
      return 'int';
    case 'string':
      return 'string';
  }
  if (Array.isArray(value) || value instanceof Uint8Array) return 'slice';
  if (value instanceof Map) return 'map';
  return value.kind;
}

/** `%T`. */
export function typeOf(value: Value): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return '[]interface {}';
  if (value instanceof Uint8Array) return '[]uint8';
  if (value instanceof Map) return 'map[string]interface {}';
  if (value instanceof Integer || value instanceof GoObject) return value.typeName;
  return kindOf(value);
}

/** Go's `template.IsTrue`. */
export function isTrue(value: Value): boolean {
  if (value === null || value === false || value === '' || value === 0 || value === 0n) return false;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  if (value instanceof Integer) return value.value !== 0n;
  if (value instanceof GoObject) {
    const elements = value.elements();
    return elements === undefined || isTrue(elements);
  }
  return true;
}

const order = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** Texts in the order of their bytes, as Go sorts them. */
export const compareTexts = (a: string, b: string): number =>
  a === b ? 0 : /[^\0-\x7f]/.test(a + b) ? order(a, b) : a < b ? -1 : 1;

/** Entries as Go walks them in templates: by key. */
export const entriesOf = (map: ValueMap): [string, Value][] => [...map].sort(([a], [b]) => compareTexts(a, b));

/** Values nested deeper are refused: they may contain themselves. */
export const nestingMax = 200;

const tooDeep = (): ValueError =>
  new ValueError(`the value is nested deeper than ${nestingMax}: does it contain itself?`);

/** Counts what is walked: one step for each value. */
export type Count = (steps: number) => void;

/** From JSON (plain objects, lists, scalars) to values. */
export function valueOf(plain: unknown, depth = 0): Value {
  if (depth > nestingMax) throw tooDeep();
  if (plain === null || plain === undefined) return null;
  if (Array.isArray(plain)) return plain.map(item => valueOf(item, depth + 1));
  if (plain instanceof Uint8Array) return plain;
  if (typeof plain === 'object')
    return new Map(Object.entries(plain).map(([key, item]) => [key, valueOf(item, depth + 1)]));
  return plain as Value;
}

/** From values to what JSON and YAML writers take: objects without prototype, `bigint` for whole numbers. */
export function plainOf(value: Value, count: Count, depth = 0): unknown {
  if (depth > nestingMax) throw tooDeep();
  count(1);
  if (Array.isArray(value)) return value.map(item => plainOf(item, count, depth + 1));
  if (value instanceof Map) {
    const object = Object.create(null) as Record<string, unknown>;
    for (const [key, item] of value) object[key] = plainOf(item, count, depth + 1);
    return object;
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Integer) return value.value;
  return value instanceof GoObject ? value.plain() : value;
}

export function deepCopy(value: Value, count: Count, depth = 0): Value {
  if (depth > nestingMax) throw tooDeep();
  count(1);
  if (Array.isArray(value)) return value.map(item => deepCopy(item, count, depth + 1));
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, deepCopy(item, count, depth + 1)]));
  return value;
}

/** `reflect.DeepEqual`: types count too. */
export function deepEqual(a: Value, b: Value, count: Count, depth = 0): boolean {
  if (depth > nestingMax) throw tooDeep();
  count(1);
  if (
    a === b ||
    (typeof a === 'object' &&
      a !== null &&
      b !== null &&
      a instanceof Uint8Array &&
      b instanceof Uint8Array &&
      Buffer.compare(a, b) === 0)
  )
    return true;
  if (Array.isArray(a))
    return (
      Array.isArray(b) && a.length === b.length && a.every((item, at) => deepEqual(item, b[at]!, count, depth + 1))
    );
  if (a instanceof Map) {
    if (!(b instanceof Map) || a.size !== b.size) return false;
    return [...a].every(([key, item]) => b.has(key) && deepEqual(item, b.get(key)!, count, depth + 1));
  }
  if (a instanceof Integer) return b instanceof Integer && a.typeName === b.typeName && a.value === b.value;
  return false;
}
