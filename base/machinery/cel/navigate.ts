/** Looking into values: fields, keys, places, and optionals along the way. */
import { CelError, fail, List, Mapping, none, Optional, typeNameOf, Uint } from './values.ts';
import type { Value } from './values.ts';

const shown = (key: Value): string => (key instanceof Uint ? String(key.value) : String(key));

/** The place in a list that a number names: whole numbers of any type. */
function placeOf(key: Value): number | CelError {
  if (typeof key === 'bigint') return Number(key);
  if (key instanceof Uint) return Number(key.value);
  if (typeof key === 'number') return Number.isInteger(key) ? key : fail(`unsupported index value ${key} in list`);
  return fail(`unsupported index type '${typeNameOf(key)}' in list`);
}

/** The value, an error, or undefined where there is none. */
function lookUp(value: Value, key: Value): Value | undefined {
  if (value instanceof Mapping) return value.find(key);
  if (!(value instanceof List)) return undefined;
  const place = placeOf(key);
  if (place instanceof CelError) return place;
  return place >= 0 && place < value.size ? value.at(place) : undefined;
}

export function indexInto(value: Value, key: Value): Value {
  const found = lookUp(value, key);
  if (found !== undefined) return found;
  return fail(`${value instanceof List ? 'index out of bounds' : 'no such key'}: ${shown(key)}`);
}

/** `x[?key]` and `x.?field`. */
export function selectOptional(value: Value, key: Value): Value {
  if (value instanceof Optional) return value.value === undefined ? none : selectOptional(value.value, key);
  const found = lookUp(value, key);
  if (found instanceof CelError) return found;
  return found === undefined ? none : new Optional(found);
}

/** A field or place of what may be none. */
export const withOptional = (optional: Optional, key: Value): Value =>
  optional.value === undefined ? none : selectOptional(optional.value, key);

/** `has(value.field)` */
export function isPresent(value: Value, field: string): Value {
  if (value instanceof Optional) return value.value === undefined ? false : isPresent(value.value, field);
  return value instanceof Mapping ? value.find(field) !== undefined : false;
}
