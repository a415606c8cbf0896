/** JSON as values: read through a schema's description when expressions look, or as it comes (apiserver `cel/common/valuesunstructured.go`). */
import type { Declared } from './declared.ts';
import { parseDate, parseGoDuration, parseTimestamp } from './time.ts';
import { ArrayList, CelError, Duration, fail, keyOf, List, Mapping, Timestamp } from './values.ts';
import type { Value } from './values.ts';

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const goType = (value: unknown): string => {
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'object') return 'map[string]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : typeof value;
};

/** A value of a schema. What does not fit is an error when it is looked at. */
export function adapt(value: unknown, declared: Declared): Value {
  if (value === null || value === undefined)
    return declared.nullable ? null : fail('invalid data, got null for schema with nullable=false');
  switch (declared.kind) {
    case 'any':
      if (typeof value === 'string') return value;
      if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
      return fail('invalid data, expected XIntOrString value to be either a string or integer');
    case 'object':
      return isObject(value) ? new SchemaObject(value, declared) : wrongShape('a map', 'object');
    case 'map':
      return isObject(value) ? new SchemaMap(value, declared.element!) : wrongShape('a map', 'object');
    case 'list':
      return Array.isArray(value) ? listOf(value, declared) : wrongShape('an array', 'array');
    case 'bool':
      return typeof value === 'boolean' ? value : fail(`invalid data, expected bool, got ${goType(value)}`);
    case 'double':
      return typeof value === 'number' ? value : fail(`invalid data, expected float, got ${goType(value)}`);
    case 'int':
      if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
      return fail(`invalid data, expected int, got ${goType(value)}`);
    default:
      return typeof value === 'string'
        ? textOf(value, declared.kind)
        : fail(`invalid data, expected string, got ${goType(value)}`);
  }
}

const wrongShape = (expected: string, type: string): CelError =>
  fail(`invalid data, expected ${expected} for the provided schema with type=${type}`);

const day = 86_400n * 1_000_000_000n;
/** Words for units that formats allow beside Go's. */
const wordUnits: readonly (readonly [RegExp, bigint])[] = [
  [/^(ns|nanos?)$/, 1n],
  [/^(us|µs|micros?)$/, 1000n],
  [/^(ms|millis?)$/, 1_000_000n],
  [/^(s|secs?|seconds?)$/, 1_000_000_000n],
  [/^(m|mins?|minutes?)$/, 60_000_000_000n],
  [/^(h|hrs?|hours?)$/, 3_600_000_000_000n],
  [/^(d|days?)$/, day],
  [/^(w|weeks?)$/, 7n * day],
];

function durationOf(text: string): Value {
  const parsed = parseGoDuration(text);
  if (parsed !== undefined) return parsed;
  const found = /^(\d{1,18})\s*([a-zµ]+)$/i.exec(text.trim());
  const unit = found && wordUnits.find(([words]) => words.test(found[2]!.toLowerCase()))?.[1];
  return unit
    ? new Duration(BigInt(found[1]!) * unit)
    : fail(`Invalid duration ${text}: unable to parse ${text} as duration`);
}

function textOf(text: string, kind: Declared['kind']): Value {
  switch (kind) {
    case 'duration':
      return durationOf(text);
    case 'date':
      return parseDate(text) ?? fail(`Invalid date formatted string ${text}: cannot parse`);
    case 'date-time':
      return parseTimestamp(text) ?? fail(`Invalid date-time formatted string ${text}: cannot parse`);
    case 'bytes':
      return new Uint8Array(Buffer.from(text, 'base64'));
    default:
      return text;
  }
}

/** An object with named fields. Fields that are null are not there. */
class SchemaObject extends Mapping {
  readonly json: Json;
  readonly #declared: Declared;
  constructor(json: Json, declared: Declared) {
    super();
    this.json = json;
    this.#declared = declared;
  }
  get size(): number {
    return Object.keys(this.json).length;
  }
  find(key: Value): Value | undefined {
    if (typeof key !== 'string') return fail('no such overload');
    const field = this.#declared.fields!.get(key);
    if (!field || !Object.hasOwn(this.json, field.name)) return undefined;
    const value = this.json[field.name];
    return value === null || value === undefined ? undefined : adapt(value, field.declared);
  }
  *keys(): Iterable<Value> {
    for (const [escaped, { name }] of this.#declared.fields!) if (Object.hasOwn(this.json, name)) yield escaped;
  }
}

/** An object whose keys are data. */
class SchemaMap extends Mapping {
  readonly #json: Json;
  readonly #element: Declared;
  constructor(json: Json, element: Declared) {
    super();
    this.#json = json;
    this.#element = element;
  }
  get size(): number {
    return Object.keys(this.#json).length;
  }
  find(key: Value): Value | undefined {
    if (typeof key !== 'string') return fail('no such overload');
    return Object.hasOwn(this.#json, key) ? adapt(this.#json[key], this.#element) : undefined;
  }
  keys(): Iterable<Value> {
    return Object.keys(this.#json);
  }
}

function listOf(items: readonly unknown[], declared: Declared): List {
  if (declared.listType === 'set') return new SetList(items, declared);
  return declared.listType === 'map' ? new MapList(items, declared) : new SchemaList(items, declared);
}

class SchemaList extends List {
  readonly items: readonly unknown[];
  readonly declared: Declared;
  constructor(items: readonly unknown[], declared: Declared) {
    super();
    this.items = items;
    this.declared = declared;
  }
  get size(): number {
    return this.items.length;
  }
  at(at: number): Value {
    return adapt(this.items[at], this.declared.element!);
  }
}

type Equal = (a: Value, b: Value) => boolean;

/** A list without order: equal with the same elements, and added without repeating them. */
class SetList extends SchemaList {
  override sameAs(other: List, equal: Equal): boolean {
    const keys = [...this].map(keyOf);
    if (keys.every(key => key !== undefined)) {
      const known = new Set(keys);
      return [...other].every(item => {
        const key = keyOf(item);
        return key !== undefined && known.has(key);
      });
    }
    return [...this].every(item => [...other].some(one => equal(item, one)));
  }
  override plus(other: List, equal: Equal): List {
    const items = [...this];
    for (const item of other) {
      const key = keyOf(item);
      const isKnown = items.some(one => (key === undefined ? equal(one, item) : keyOf(one) === key));
      if (!isKnown) items.push(item);
    }
    return new ArrayList(items);
  }
}

/** A list whose elements are known by their keys. */
class MapList extends SchemaList {
  #keyOf(item: Value): string {
    const keys = this.declared.listKeys ?? [];
    const json = item instanceof SchemaObject ? item.json : {};
    return JSON.stringify(keys.map(key => json[key] ?? null));
  }
  override sameAs(other: List, equal: Equal): boolean {
    const own = new Map([...this].map(item => [this.#keyOf(item), item]));
    for (const item of other) {
      const mine = own.get(this.#keyOf(item));
      if (mine === undefined || !equal(mine, item)) return false;
    }
    return true;
  }
  /** Elements of the other list take the places of those with their keys. */
  override plus(other: List): List {
    const merged = new Map([...this].map(item => [this.#keyOf(item), item]));
    for (const item of other) merged.set(this.#keyOf(item), item);
    return new ArrayList([...merged.values()]);
  }
}

/** JSON without a schema: whole numbers are ints. Used for objects of admission. */
export function adaptDynamic(value: unknown): Value {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'bigint':
      return value;
    case 'number':
      return Number.isInteger(value) ? BigInt(value) : value;
    case 'object':
      if (value === null) return null;
      if (isCelObject(value)) return value;
      return Array.isArray(value) ? new DynamicList(value) : new DynamicMap(value as Json);
    default:
      return null;
  }
}

/** Values that are not JSON may stand inside. */
const isCelObject = (value: object): value is Mapping | List | Timestamp | Duration =>
  value instanceof Mapping || value instanceof List || value instanceof Timestamp || value instanceof Duration;

class DynamicList extends List {
  readonly #items: readonly unknown[];
  constructor(items: readonly unknown[]) {
    super();
    this.#items = items;
  }
  get size(): number {
    return this.#items.length;
  }
  at(at: number): Value {
    return adaptDynamic(this.#items[at]);
  }
}

class DynamicMap extends Mapping {
  readonly #json: Json;
  constructor(json: Json) {
    super();
    this.#json = json;
  }
  get size(): number {
    return Object.keys(this.#json).length;
  }
  find(key: Value): Value | undefined {
    const value = typeof key === 'string' && Object.hasOwn(this.#json, key) ? this.#json[key] : undefined;
    return value === undefined ? undefined : adaptDynamic(value);
  }
  keys(): Iterable<Value> {
    return Object.keys(this.#json).filter(key => this.#json[key] !== undefined);
  }
}
