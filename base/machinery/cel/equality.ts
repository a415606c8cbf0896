/** Equality and order of values (cel-spec, "Equality" and "Ordering"): numbers across their types, lists and maps by their elements. */
import type { Meter } from './environment.ts';
import { CelError, Duration, fail, List, Mapping, Opaque, Optional, Timestamp, TypeName, Uint } from './values.ts';
import type { Value } from './values.ts';

type Numeric = bigint | number;

/** A number of any type as JavaScript compares it exactly; undefined for what is no number. */
export function numberOf(value: Value): Numeric | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return value instanceof Uint ? value.value : undefined;
}

/** Doubles and whole numbers meet as doubles, as upstream has it: beyond 2^53 neighbours are equal. NaN when one is NaN. */
function compareNumbers(left: Numeric, right: Numeric): number {
  const [a, b] = typeof left === typeof right ? [left, right] : [Number(left), Number(right)];
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether two values are equal; an error within one of them is the answer. */
export function equal(a: Value, b: Value, meter: Meter): boolean | CelError {
  if (a === b) return typeof a !== 'number' || !Number.isNaN(a);
  if (a instanceof CelError) return a;
  if (b instanceof CelError) return b;
  const left = numberOf(a);
  if (left !== undefined) {
    const right = numberOf(b);
    return right !== undefined && compareNumbers(left, right) === 0;
  }
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (a instanceof List) return b instanceof List && equalLists(a, b, meter);
  if (a instanceof Mapping) return b instanceof Mapping && equalMaps(a, b, meter);
  return equalOthers(a, b, meter);
}

function equalOthers(a: object, b: object, meter: Meter): boolean | CelError {
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos;
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos;
  if (a instanceof TypeName) return b instanceof TypeName && a.name === b.name;
  if (a instanceof Optional) {
    if (!(b instanceof Optional)) return false;
    if (a.value === undefined || b.value === undefined) return a.value === b.value;
    return equal(a.value, b.value, meter);
  }
  return a instanceof Opaque && b instanceof Opaque && a.typeName === b.typeName && a.same(b);
}

function equalLists(a: List, b: List, meter: Meter): boolean | CelError {
  if (a.size !== b.size) return false;
  meter.work(a.size);
  if (a.sameAs) return a.sameAs(b, (x, y) => equal(x, y, meter) === true);
  for (let at = 0; at < a.size; at++) {
    const same = equal(a.at(at), b.at(at), meter);
    if (same !== true) return same;
  }
  return true;
}

function equalMaps(a: Mapping, b: Mapping, meter: Meter): boolean | CelError {
  if (a.size !== b.size) return false;
  meter.work(a.size);
  for (const key of a.keys()) {
    const left = a.find(key);
    const right = b.find(key);
    if (left === undefined || right === undefined) {
      if (left !== right) return false;
      continue;
    }
    const same = equal(left, right, meter);
    if (same !== true) return same;
  }
  return true;
}

const order = <T>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

/** Texts by their letters, not by their UTF-16 units. */
export function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  let at = 0;
  while (at < length && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  if (at === length) return order(a.length, b.length);
  const [left, right] = [a.charCodeAt(at), b.charCodeAt(at)];
  // A surrogate stands for a letter beyond all others.
  const isHigh = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;
  if (isHigh(left) !== isHigh(right)) return isHigh(left) ? 1 : -1;
  return order(left, right);
}

/** -1, 0 or 1; an error for what has no order. */
export function compare(a: Value, b: Value): number | CelError {
  const [left, right] = [numberOf(a), numberOf(b)];
  if (left !== undefined && right !== undefined) {
    const result = compareNumbers(left, right);
    return Number.isNaN(result) ? fail('NaN values cannot be ordered') : result;
  }
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return order(a, b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if (a instanceof Timestamp && b instanceof Timestamp) return order(a.nanos, b.nanos);
  if (a instanceof Duration && b instanceof Duration) return order(a.nanos, b.nanos);
  return fail('no such overload');
}
