/**
 * Values of CEL as this implementation holds them: `null`, booleans, strings, bytes and doubles (`number`) are JavaScript's own; an
 * int is a bigint. What is left has a class here. An error is a value too: `&&`, `||`, `all` and `exists` absorb it.
 */

export type Value =
  | null
  | boolean
  | string
  | bigint
  | number
  | Uint8Array
  | Uint
  | Timestamp
  | Duration
  | List
  | Mapping
  | Optional
  | TypeName
  | Opaque
  | CelError;

/** What went wrong, in the words that clients see. */
export class CelError {
  readonly message: string;
  constructor(message: string) {
    this.message = message;
  }
}

export const fail = (message: string): CelError => new CelError(message);

/** An unsigned 64-bit number. */
export class Uint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** A moment, in nanoseconds since 1970. */
export class Timestamp {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** A length of time in nanoseconds. */
export class Duration {
  readonly nanos: bigint;
  constructor(nanos: bigint) {
    this.nanos = nanos;
  }
}

/** A value or none. */
export class Optional {
  readonly value: Value | undefined;
  constructor(value: Value | undefined) {
    this.value = value;
  }
}

export const none = new Optional(undefined);

/** A type as a value: what `type(x)` answers. */
export class TypeName {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}

/** A value of a library: a quantity, an address, a decision. Compared by `same`. */
export abstract class Opaque {
  abstract readonly typeName: string;
  abstract same(other: Opaque): boolean;
}

/** A list; elements may be made when they are asked for. */
export abstract class List {
  abstract readonly size: number;
  /** `at` lies within the list. */
  abstract at(at: number): Value;
  /** Whether order counts (not for lists that are sets or maps by their schema). */
  sameAs?(other: List, equal: (a: Value, b: Value) => boolean): boolean;
  /** The sum of two lists where it is more than one after the other. */
  plus?(other: List, equal: (a: Value, b: Value) => boolean): List | CelError;
  *[Symbol.iterator](): Generator<Value> {
    for (let at = 0; at < this.size; at++) yield this.at(at);
  }
}

export class ArrayList extends List {
  readonly items: Value[];
  constructor(items: Value[]) {
    super();
    this.items = items;
  }
  get size(): number {
    return this.items.length;
  }
  at(at: number): Value {
    return this.items[at]!;
  }
}

/** Two lists as one, without copying: adding costs the same however long they are. */
export class JoinedList extends List {
  readonly left: List;
  readonly right: List;
  readonly size: number;
  constructor(left: List, right: List) {
    super();
    this.left = left;
    this.right = right;
    this.size = left.size + right.size;
  }
  at(at: number): Value {
    return elementOf(this, at);
  }
}

/** Walks down joined lists without nesting calls. */
function elementOf(joined: JoinedList, at: number): Value {
  let list: List = joined;
  let rest = at;
  while (list instanceof JoinedList) {
    if (rest < list.left.size) list = list.left;
    else {
      rest -= list.left.size;
      list = list.right;
    }
  }
  return list.at(rest);
}

/** A map. Objects of a schema are maps from names (escaped as CEL needs them) to values. */
export abstract class Mapping {
  abstract readonly size: number;
  /** `undefined` where there is none. */
  abstract find(key: Value): Value | undefined;
  abstract keys(): Iterable<Value>;
}

/** What `Name{...}` makes. */
export class Struct extends Mapping {
  readonly name: string;
  readonly fields: ReadonlyMap<string, Value>;
  constructor(name: string, fields: ReadonlyMap<string, Value>) {
    super();
    this.name = name;
    this.fields = fields;
  }
  get size(): number {
    return this.fields.size;
  }
  find(key: Value): Value | undefined {
    return typeof key === 'string' ? this.fields.get(key) : undefined;
  }
  keys(): Iterable<Value> {
    return this.fields.keys();
  }
}

/** The same for keys that are equal; undefined for what cannot be a key. Whole doubles and uints equal ints. */
export function keyOf(key: Value): string | undefined {
  if (typeof key === 'string') return `s${key}`;
  if (typeof key === 'bigint') return `n${key}`;
  if (typeof key === 'boolean') return `b${key}`;
  if (key instanceof Uint) return `n${key.value}`;
  if (typeof key === 'number') return Number.isInteger(key) ? `n${BigInt(key)}` : undefined;
  return undefined;
}

/** A map that an expression made. */
export class EntryMap extends Mapping {
  readonly entries: Map<string, readonly [key: Value, value: Value]>;
  constructor(entries: Map<string, readonly [Value, Value]> = new Map()) {
    super();
    this.entries = entries;
  }
  get size(): number {
    return this.entries.size;
  }
  find(key: Value): Value | undefined {
    const text = keyOf(key);
    return text === undefined ? undefined : this.entries.get(text)?.[1];
  }
  *keys(): Iterable<Value> {
    for (const [key] of this.entries.values()) yield key;
  }
}

/** The name of a value's type, as `type(x)` and messages give it. */
export function typeNameOf(value: Value): string {
  if (value === null) return 'null_type';
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'string':
      return 'string';
    case 'bigint':
      return 'int';
    case 'number':
      return 'double';
  }
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Uint) return 'uint';
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp';
  if (value instanceof Duration) return 'google.protobuf.Duration';
  if (value instanceof List) return 'list';
  if (value instanceof Struct) return value.name;
  if (value instanceof Mapping) return 'map';
  if (value instanceof Optional) return 'optional_type';
  if (value instanceof TypeName) return 'type';
  return value instanceof Opaque ? value.typeName : 'error';
}

/** What a cost is counted by: letters, bytes, elements; 1 for what has no size. */
export function sizeOf(value: Value): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 1;
  if (value instanceof List || value instanceof Mapping) return value.size;
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof Optional && value.value !== undefined) return sizeOf(value.value);
  return 1;
}
