/**
 * Reads a JSON value as upstream's decoder reads it into a built-in type and writes it as upstream's encoder would: unknown
 * fields are told and dropped, empty fields dropped or written as Go does, quantities and times in their canonical form.
 * One pass; parts that need no change are kept, not copied.
 */
import { scalar, ScalarError } from './scalars.ts';
import type { Schema } from './types.ts';

export interface Decoded {
  /** The object in its stored form; shares unchanged parts with what was given. */
  readonly value: unknown;
  /** Paths of fields that do not exist, in document order: `spec.containers[0].foo`. */
  readonly unknown: readonly string[];
  /** The first value of a wrong type, in upstream's words; then `value` is not usable. */
  readonly error?: string | undefined;
}

/** Where the walk is, kept without allocation: names and indexes, and beside it the names of structure fields only. */
class Walk {
  readonly path: (string | number)[] = [];
  /** The field names that Go's decoder would list, and the structure that holds the last of them. */
  readonly fields: string[] = [];
  struct = '';
  unknown: string[] = [];
  error: string | undefined;

  tellUnknown(name: string): void {
    let text = '';
    for (const part of this.path) text += typeof part === 'number' ? `[${part}]` : text === '' ? part : `.${part}`;
    this.unknown.push(text === '' ? name : `${text}.${name}`);
  }

  tellType(actual: string, schema: Schema): void {
    if (this.error !== undefined) return;
    const type = schema.go?.type ?? schema.type;
    const place =
      this.struct === ''
        ? `Go value of type ${type}`
        : `Go struct field ${this.struct}.${this.fields.join('.')} of type ${type}`;
    this.error = `json: cannot unmarshal ${actual} into ${place}`;
  }
}

/** Decodes a whole object. Never throws: wrong types are in `error`. */
export function decode(schema: Schema, value: unknown): Decoded {
  const walk = new Walk();
  const decoded = decodeValue(walk, schema, value);
  return { value: decoded, unknown: walk.unknown, error: walk.error };
}

/** The sentence of the 400 answer around a decoder's own message. `target` is the kind that the path asks for. */
export const decodeFailure = (kind: string, version: string, target: string, message: string): string =>
  `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${target}: ${message}`;

const jsonKind = (value: unknown): string =>
  Array.isArray(value)
    ? 'array'
    : typeof value === 'object'
      ? 'object'
      : typeof value === 'boolean'
        ? 'bool'
        : typeof value;

/** `null` never arrives here: it means absent. */
function decodeValue(walk: Walk, schema: Schema, value: unknown): unknown {
  switch (schema.type) {
    case 'object':
      if (typeof value !== 'object' || Array.isArray(value)) return walk.tellType(jsonKind(value), schema);
      return schema.properties
        ? decodeStruct(walk, schema, value as Record<string, unknown>)
        : decodeMap(walk, schema, value as Record<string, unknown>);
    case 'array':
      if (!Array.isArray(value)) return walk.tellType(jsonKind(value), schema);
      return decodeList(walk, schema, value);
    case 'any':
      return value;
    default:
      return decodeScalar(walk, schema, value);
  }
}

function decodeScalar(walk: Walk, schema: Schema, value: unknown): unknown {
  try {
    const result = scalar(schema, value);
    if (result === undefined)
      walk.tellType(typeof value === 'number' ? numberKind(schema, value) : jsonKind(value), schema);
    return result;
  } catch (error) {
    if (!(error instanceof ScalarError)) throw error;
    walk.error ??= error.message;
    return undefined;
  }
}

/** Go names the number where its type is right but its value is not. */
const numberKind = (schema: Schema, value: number): string =>
  schema.type === 'integer' || schema.type === 'number' ? `number ${value}` : 'number';

function decodeList(walk: Walk, schema: Schema, list: readonly unknown[]): unknown[] {
  const items = schema.items;
  if (!items) return list as unknown[];
  let changed: unknown[] | undefined;
  for (let at = 0; at < list.length; at++) {
    walk.path.push(at);
    const before = list[at];
    const after = before === null ? zeroOf(items) : decodeValue(walk, items, before);
    walk.path.pop();
    if (after !== before) changed ??= list.slice();
    if (changed) changed[at] = after;
  }
  return changed ?? (list as unknown[]);
}

/** Bytes that are `null` in a map are empty once they were stored: protobuf knows no other. */
function decodeMap(walk: Walk, schema: Schema, map: Record<string, unknown>): Record<string, unknown> {
  const values = schema.values;
  if (!values || values.type === 'any') return map;
  let changed: Record<string, unknown> | undefined;
  for (const name of Object.keys(map)) {
    walk.path.push(name);
    const before = map[name];
    const after =
      before === null ? (values.format === 'byte' ? '' : zeroOf(values)) : decodeValue(walk, values, before);
    walk.path.pop();
    if (after === before) continue;
    changed ??= { ...map };
    changed[name] = after;
  }
  return changed ?? map;
}

function decodeStruct(walk: Walk, schema: Schema, object: Record<string, unknown>): Record<string, unknown> {
  const known = schema.properties!;
  const outer = walk.struct;
  let changed: Record<string, unknown> | undefined;
  const names = Object.keys(object);
  for (let at = 0; at < names.length; at++) {
    const name = names[at]!;
    const field = known[name];
    const before = object[name];
    let after: unknown;
    if (field === undefined) walk.tellUnknown(name);
    else if (before !== null) {
      walk.struct = schema.go?.struct ?? '';
      walk.fields.push(name);
      walk.path.push(name);
      after = decodeValue(walk, field, before);
      walk.path.pop();
      walk.fields.pop();
      if (isOmitted(field, after)) after = undefined;
      else if (isLostCollection(field, after)) after = null;
    }
    if (after !== before) changed ??= copyUntil(object, names, at);
    if (changed && after !== undefined) changed[name] = after;
  }
  walk.struct = outer;
  return fillAlways(schema, changed, object);
}

function copyUntil(object: Record<string, unknown>, names: readonly string[], end: number): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (let at = 0; at < end; at++) copy[names[at]!] = object[names[at]!];
  return copy;
}

/** Adds what Go writes although it was not given. */
function fillAlways(
  schema: Schema,
  changed: Record<string, unknown> | undefined,
  object: Record<string, unknown>,
): Record<string, unknown> {
  const always = schema.go?.always;
  if (!always) return changed ?? object;
  let result = changed;
  for (const name of always) {
    if ((result ?? object)[name] !== undefined) continue;
    result ??= { ...object };
    result[name] = zeroOf(schema.properties![name]!);
  }
  return result ?? object;
}

/** True for an empty value that Go leaves out. */
function isOmitted(field: Schema, value: unknown): boolean {
  const go = field.go;
  if (!go?.empty || value === undefined) return false;
  switch (typeof value) {
    case 'string':
      return value === '' && !go.pointer && field.format !== 'quantity';
    case 'number':
      return value === 0 && !go.pointer && field.format !== 'int-or-string';
    case 'boolean':
      return !value && !go.pointer;
    default:
      return isEmptyCollection(field, value as object) && !go.pointer;
  }
}

/** Upstream stores protobuf, which does not tell an empty list or map from an absent one: both are read back as `null`. */
const isLostCollection = (field: Schema, value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  field.go !== undefined &&
  !field.go.empty &&
  isCollection(field) &&
  isEmpty(value);

const isCollection = (field: Schema): boolean =>
  field.type === 'array' || (field.type === 'object' && field.properties === undefined);

function isEmptyCollection(field: Schema, value: object): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (field.properties || field.type === 'any') return field.go?.empty === 'zero' && isEmpty(value);
  return isEmpty(value);
}

function isEmpty(value: object): boolean {
  for (const name in value) if (Object.hasOwn(value, name)) return false;
  return true;
}

/** What Go writes for a value that was never set. */
export function zeroOf(schema: Schema): unknown {
  if (schema.go?.pointer) return null;
  switch (schema.type) {
    case 'object':
      return schema.properties ? fillAlways(schema, {}, {}) : null;
    case 'string':
      return schema.format === 'time' || schema.format === 'microtime' || schema.format === 'byte'
        ? null
        : schema.format === 'quantity'
          ? '0'
          : schema.format === 'int-or-string'
            ? 0
            : '';
    case 'integer':
    case 'number':
      return 0;
    case 'boolean':
      return false;
    default:
      return null;
  }
}
