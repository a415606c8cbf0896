/** `eq`, `lt` and their kin, with the rules of Go: only values of one basic kind compare. Pure. */
import { compareTexts, GoObject, Integer, integerOf, isInteger, ValueError, type Value } from './values.ts';

type Basic = 'bool' | 'float' | 'int' | 'string';

const bad = (): ValueError => new ValueError('invalid type for comparison');
const incompatible = (): ValueError => new ValueError('incompatible types for comparison');

function basicOf(value: Value): Basic | undefined {
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return 'float';
  if (typeof value === 'string') return 'string';
  return value !== null && isInteger(value) ? 'int' : undefined;
}

/** Whether two values are the same; lists, maps and functions cannot be asked. */
export function areEqual(a: Value, b: Value): boolean {
  const [left, right] = [basicOf(a), basicOf(b)];
  if (left !== undefined && right !== undefined) {
    if (left !== right) throw incompatible();
    return left === 'int' ? integerOf(a as bigint) === integerOf(b as bigint) : a === b;
  }
  if (a === null || b === null) return a === b;
  if (left !== undefined || right !== undefined) throw incompatible();
  if (!(a instanceof GoObject) && !(a instanceof Integer)) throw new ValueError(`non-comparable type ${describe(a)}`);
  return a === b;
}

const describe = (value: Value): string => (value instanceof Map ? 'map[string]interface {}' : '[]interface {}');

export function isLess(a: Value, b: Value): boolean {
  const [left, right] = [basicOf(a), basicOf(b)];
  if (left === undefined || right === undefined) throw bad();
  if (left !== right) throw incompatible();
  if (left === 'bool') throw bad();
  if (left === 'string') return compareTexts(a as string, b as string) < 0;
  return left === 'int' ? integerOf(a as bigint) < integerOf(b as bigint) : (a as number) < (b as number);
}

/** True when `first` is any of the others. */
export function eq(first: Value, others: readonly Value[]): boolean {
  if (others.length === 0) throw new ValueError('missing argument for comparison');
  if (first instanceof Map || Array.isArray(first)) throw new ValueError(`non-comparable type ${describe(first)}`);
  return others.some(other => areEqual(first, other));
}
