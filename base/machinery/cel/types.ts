/** Types of expressions, and how messages write them (cel-go `common/types`, `checker/format`). */

export type TypeKind =
  | 'dyn'
  | 'error'
  | 'null'
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'timestamp'
  | 'duration'
  | 'list'
  | 'map'
  | 'struct'
  | 'opaque'
  | 'type'
  | 'param';

export interface Type {
  readonly kind: TypeKind;
  readonly name: string;
  readonly params: readonly Type[];
  /** Of a struct: its fields, by the names that expressions use. May be filled while variables are declared one by one. */
  readonly fields?: { get(name: string): Type | undefined };
}

const simple = (kind: TypeKind, name: string = kind): Type => ({ kind, name, params: [] });

export const dynType = simple('dyn');
export const errorType = simple('error', '!error!');
export const nullType = simple('null');
export const boolType = simple('bool');
export const intType = simple('int');
export const uintType = simple('uint');
export const doubleType = simple('double');
export const stringType = simple('string');
export const bytesType = simple('bytes');
export const timestampType = simple('timestamp');
export const durationType = simple('duration');

export const listType = (items: Type): Type => ({ kind: 'list', name: 'list', params: [items] });
export const mapType = (keys: Type, values: Type): Type => ({ kind: 'map', name: 'map', params: [keys, values] });
export const typeType = (of?: Type): Type => ({ kind: 'type', name: 'type', params: of ? [of] : [] });
export const paramType = (name: string): Type => ({ kind: 'param', name, params: [] });
export const opaqueType = (name: string, ...params: Type[]): Type => ({ kind: 'opaque', name, params });
export const optionalType = (of: Type): Type => opaqueType('optional_type', of);
/** An object with named fields, or a library's type that may be compared with null. */
export const structType = (name: string, fields: ReadonlyMap<string, Type> = new Map()): Type => ({
  kind: 'struct',
  name,
  params: [],
  fields,
});

export const isDyn = ({ kind }: Type): boolean => kind === 'dyn';
export const isDynOrError = ({ kind }: Type): boolean => kind === 'dyn' || kind === 'error';
export const isOptional = ({ kind, name }: Type): boolean => kind === 'opaque' && name === 'optional_type';

/** The type within an optional, or the type itself. */
export const unwrapOptional = (type: Type): Type => (isOptional(type) ? type.params[0]! : type);

export function sameType(a: Type, b: Type): boolean {
  if (a === b) return true;
  return (
    a.kind === b.kind &&
    a.name === b.name &&
    a.params.length === b.params.length &&
    a.params.every((param, at) => sameType(param, b.params[at]!))
  );
}

export function formatType(type: Type): string {
  if (type.params.length === 0) return type.name;
  return `${type.name}(${type.params.map(formatType).join(', ')})`;
}

/** `(int, string)`, for a method `int.(string)`. */
export function formatCall(args: readonly Type[], isMethod: boolean): string {
  const shown = args.map(formatType);
  return isMethod ? `${shown[0]}.(${shown.slice(1).join(', ')})` : `(${shown.join(', ')})`;
}
