/** JSON values as the patch languages see them. */

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isList = (value: unknown): value is readonly Json[] => Array.isArray(value);

/** Sets an own property, also under names such as `__proto__` that assignment would misread. */
export function setOwn(target: Record<string, Json>, key: string, value: Json): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else target[key] = value;
}

export const getOwn = (target: JsonObject, key: string): Json | undefined =>
  Object.hasOwn(target, key) ? target[key] : undefined;

/** A copy that shares nothing with a tree of JSON; several times as fast as `structuredClone`, which is for more than JSON. */
export function cloneJson<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(cloneJson) as T;
  const copy: Record<string, Json> = {};
  for (const key of Object.keys(value)) setOwn(copy, key, cloneJson((value as Record<string, Json>)[key]!));
  return copy as T;
}

export function deepEqual(a: Json, b: Json): boolean {
  if (a === b) return true;
  if (isList(a)) return isList(b) && a.length === b.length && a.every((item, index) => deepEqual(item, b[index]!));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length && keys.every(key => Object.hasOwn(b, key) && deepEqual(a[key]!, b[key]!))
  );
}

/** How Go prints a decoded JSON value with `%v`: `map[a:1 b:[x y]]`. Error messages on the wire show it. */
export function formatGoValue(value: Json): string {
  if (value === null) return '<nil>';
  if (isList(value)) return `[${value.map(formatGoValue).join(' ')}]`;
  if (!isObject(value)) return String(value);
  const entries = Object.keys(value).sort();
  return `map[${entries.map(key => `${key}:${formatGoValue(value[key]!)}`).join(' ')}]`;
}

/** The name Go's JSON decoder gives to the type of a value. */
export function goTypeName(value: Json): string {
  if (isList(value)) return 'array';
  if (isObject(value)) return 'object';
  if (typeof value === 'boolean') return 'bool';
  return value === null ? 'null' : typeof value;
}
