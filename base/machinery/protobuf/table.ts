/** Message tables: what a `.proto` file says, as rows of (number, name, type). Encoding and decoding walk these rows. */

/** Scalar types of the protobuf language. 64-bit integers are numbers while they are safe integers, else bigints. */
export type Scalar =
  | 'double'
  | 'float'
  | 'int32'
  | 'int64'
  | 'uint32'
  | 'uint64'
  | 'sint32'
  | 'sint64'
  | 'fixed32'
  | 'fixed64'
  | 'sfixed32'
  | 'sfixed64'
  | 'bool'
  | 'string'
  | 'bytes';

/** A closed or open set of names; unknown numbers stay numbers in both directions. */
export interface Enumeration<Name extends string = string> {
  readonly kind: 'enumeration';
  readonly names: ReadonlyMap<number, Name>;
  readonly numbers: ReadonlyMap<string, number>;
}

export interface Repeated<Element = unknown> {
  readonly kind: 'repeated';
  readonly element: Element;
}

export interface MapOf<Value = unknown> {
  readonly kind: 'map';
  readonly key: Scalar;
  readonly value: Value;
}

/** A member of a `oneof`: setting one member clears the others of the same group. */
export interface OneOf<Member = unknown> {
  readonly kind: 'oneof';
  readonly group: string;
  readonly member: Member;
}

/** How a message appears as a plain value, where that is not an object of its fields (timestamps, quantities, wrappers). */
export interface Surface<Value> {
  fromFields(fields: Record<string, unknown>): Value;
  /** Undefined: the field is left out. */
  toFields(value: Value): Record<string, unknown> | undefined;
}

/** A compiled message table. `Value` is the plain form; all fields are optional, and absent ones are not written. */
export interface Message<Value = Record<string, unknown>> {
  readonly kind: 'message';
  readonly name: string;
  /** In order of number. */
  readonly fields: readonly Field[];
  /** The same fields, found by number. */
  readonly byNumber: readonly (Field | undefined)[];
  readonly surface: Surface<Value> | undefined;
}

export type SingleType = Scalar | Enumeration | AnyMessage | (() => AnyMessage);
export type FieldType = SingleType | Repeated<SingleType> | MapOf<SingleType> | OneOf<SingleType>;
/** (number, name, type) */
export type Row = readonly [number: number, name: string, type: FieldType];
/** A table whose plain value's type is of no interest. */
export type AnyMessage = Message<unknown>;

type Wide = 'int64' | 'uint64' | 'sint64' | 'fixed64' | 'sfixed64';
/** The plain value of a field type, by inference from the table. */
export type ValueOf<Type> = Type extends 'string'
  ? string
  : Type extends 'bytes'
    ? Uint8Array
    : Type extends 'bool'
      ? boolean
      : Type extends Wide
        ? number | bigint
        : Type extends Scalar
          ? number
          : Type extends Enumeration<infer Name>
            ? Name | number
            : Type extends Repeated<infer Element>
              ? ValueOf<Element>[]
              : Type extends MapOf<infer Value>
                ? Record<string, ValueOf<Value>>
                : Type extends OneOf<infer Member>
                  ? ValueOf<Member>
                  : Type extends Message<infer Value>
                    ? Value
                    : Type extends () => infer Lazy
                      ? ValueOf<Lazy>
                      : never;

export type FieldsOf<Rows extends readonly Row[]> = { [R in Rows[number] as R[1]]?: ValueOf<R[2]> };

/** Builds a message table. The plain value's type is inferred from the rows. */
export function message<const Rows extends readonly Row[]>(name: string, rows: Rows): Message<FieldsOf<Rows>> {
  return compile<FieldsOf<Rows>>(name, rows, undefined);
}

/** A message that appears as something else than an object of its fields. */
export function surfaced<Value>(name: string, rows: readonly Row[], surface: Surface<Value>): Message<Value> {
  return compile(name, rows, surface);
}

export const repeated = <const Element extends SingleType>(element: Element): Repeated<Element> => ({
  kind: 'repeated',
  element,
});

export const mapOf = <const Value extends SingleType>(value: Value, key: Scalar = 'string'): MapOf<Value> => ({
  kind: 'map',
  key,
  value,
});

export const oneOf = <const Member extends SingleType>(group: string, member: Member): OneOf<Member> => ({
  kind: 'oneof',
  group,
  member,
});

/** Names in order from 0, or with their numbers. */
export function enumeration<const Name extends string>(
  names: readonly Name[] | Readonly<Record<Name, number>>,
): Enumeration<Name> {
  const pairs = Array.isArray(names)
    ? (names as readonly Name[]).map((name, number): [Name, number] => [name, number])
    : (Object.entries(names) as [Name, number][]);
  return {
    kind: 'enumeration',
    names: new Map(pairs.map(([name, number]) => [number, name])),
    numbers: new Map(pairs),
  };
}

/** Type codes: the scalars in the order of their names here, then enumeration and message. */
export const codes = {
  double: 0,
  float: 1,
  int32: 2,
  int64: 3,
  uint32: 4,
  uint64: 5,
  sint32: 6,
  sint64: 7,
  fixed32: 8,
  fixed64: 9,
  sfixed32: 10,
  sfixed64: 11,
  bool: 12,
  string: 13,
  bytes: 14,
  enumeration: 15,
  message: 16,
} as const;

export type Code = (typeof codes)[keyof typeof codes];

/** One compiled row. */
export interface Field {
  readonly number: number;
  readonly name: string;
  readonly code: Code;
  /** Wire type of one value: 0 varint, 1 eight bytes, 2 with length, 5 four bytes. */
  readonly wire: 0 | 1 | 2 | 5;
  readonly shape: 'single' | 'repeated' | 'map';
  /** Repeated numbers are written packed; both forms are read. */
  readonly packed: boolean;
  readonly enumeration: Enumeration | undefined;
  readonly message: (() => AnyMessage) | undefined;
  readonly entry: { readonly key: Field; readonly value: Field } | undefined;
  readonly siblings: readonly string[] | undefined;
}

function compile<Value>(name: string, rows: readonly Row[], surface: Surface<Value> | undefined): Message<Value> {
  const groups = new Map<string, string[]>();
  for (const [, field, type] of rows) {
    if (typeof type !== 'object' || type.kind !== 'oneof') continue;
    groups.set(type.group, [...(groups.get(type.group) ?? []), field]);
  }
  const fields = rows.map(row => compileRow(row, groups)).sort((a, b) => a.number - b.number);
  const byNumber: (Field | undefined)[] = [];
  for (const field of fields) {
    if (byNumber[field.number]) throw new Error(`message ${name} has two fields with number ${field.number}`);
    byNumber[field.number] = field;
  }
  return { kind: 'message', name, fields, byNumber, surface };
}

function compileRow([number, name, type]: Row, groups: ReadonlyMap<string, readonly string[]>): Field {
  if (typeof type === 'object' && type.kind === 'map') {
    const entry = { key: single(1, 'key', type.key), value: single(2, 'value', type.value) };
    return { ...single(number, name, 'bytes'), shape: 'map', entry };
  }
  if (typeof type === 'object' && type.kind === 'repeated') {
    const one = single(number, name, type.element);
    return { ...one, shape: 'repeated', packed: one.wire !== 2 };
  }
  if (typeof type === 'object' && type.kind === 'oneof') {
    const siblings = groups.get(type.group)!.filter(other => other !== name);
    return { ...single(number, name, type.member), siblings };
  }
  return single(number, name, type);
}

function single(number: number, name: string, type: SingleType): Field {
  if (!Number.isInteger(number) || number < 1 || number > 536870911) throw new Error(`bad field number ${number}`);
  const code: Code =
    typeof type === 'string'
      ? codes[type]
      : typeof type === 'function' || type.kind === 'message'
        ? codes.message
        : codes.enumeration;
  return {
    number,
    name,
    code,
    wire: wireOf(code),
    shape: 'single',
    packed: false,
    enumeration: typeof type === 'object' && type.kind === 'enumeration' ? type : undefined,
    message:
      typeof type === 'function' ? type : typeof type === 'object' && type.kind === 'message' ? () => type : undefined,
    entry: undefined,
    siblings: undefined,
  };
}

function wireOf(code: Code): 0 | 1 | 2 | 5 {
  if (code === codes.double || code === codes.fixed64 || code === codes.sfixed64) return 1;
  if (code === codes.float || code === codes.fixed32 || code === codes.sfixed32) return 5;
  return code === codes.string || code === codes.bytes || code === codes.message ? 2 : 0;
}
