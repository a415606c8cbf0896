/** Elements of paths: `f:name` a field, `k:{"name":"c"}` an item by its keys, `v:"a"` an item by its value, `i:0` by its place. */
import { formatGoValue } from '../patch/value.ts';
import type { Json } from '../patch/value.ts';

const kinds = ['f', 'k', 'v', 'i'];

/** Numbers before strings, booleans, lists, maps and null. */
function rank(value: unknown): number {
  if (value === null) return 5;
  if (Array.isArray(value)) return 3;
  const at = ['number', 'string', 'boolean', '', 'object'].indexOf(typeof value);
  return at < 0 ? 6 : at;
}

function compareValues(a: unknown, b: unknown): number {
  const difference = rank(a) - rank(b);
  if (difference !== 0) return difference;
  if (typeof a === 'object') return compareTexts(JSON.stringify(a), JSON.stringify(b));
  return (a as number) < (b as number) ? -1 : (a as number) > (b as number) ? 1 : 0;
}

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function compareKeys(a: Record<string, unknown>, b: Record<string, unknown>): number {
  const left = Object.entries(a);
  const right = Object.entries(b);
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const difference = compareTexts(left[at]![0], right[at]![0]) || compareValues(left[at]![1], right[at]![1]);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** The order in which FieldsV1 is written. */
export function compareElements(a: string, b: string): number {
  const kind = a[0]!;
  if (kind !== b[0]) return kinds.indexOf(kind) - kinds.indexOf(b[0]!);
  if (kind === 'f') return compareTexts(a, b);
  const left: unknown = JSON.parse(a.slice(2));
  const right: unknown = JSON.parse(b.slice(2));
  if (kind === 'k') return compareKeys(left as Record<string, unknown>, right as Record<string, unknown>);
  return compareValues(left, right);
}

/** Whether this is an element at all: what clients send is not trusted. */
export function isElement(text: string): boolean {
  if (text[1] !== ':') return false;
  const rest = text.slice(2);
  switch (text[0]) {
    case 'f':
      return true;
    case 'i':
      return /^-?\d+$/.test(rest);
    case 'k':
    case 'v':
      return isJson(rest, text[0] === 'k');
    default:
      return false;
  }
}

function isJson(text: string, keys: boolean): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return !keys || (typeof value === 'object' && value !== null && !Array.isArray(value));
  } catch {
    return false;
  }
}

const shown = (value: unknown): string =>
  typeof value === 'string' ? JSON.stringify(value) : formatGoValue(value as Json);

/** As messages show it: `.name`, `[name="c"]`, `[="a"]`, `[0]`. */
export function describeElement(element: string): string {
  const rest = element.slice(2);
  switch (element[0]) {
    case 'f':
      return `.${rest}`;
    case 'k': {
      const keys = Object.entries(JSON.parse(rest) as Record<string, unknown>);
      return `[${keys.map(([name, value]) => `${name}=${shown(value)}`).join(',')}]`;
    }
    case 'v':
      return `[=${shown(JSON.parse(rest))}]`;
    default:
      return `[${rest}]`;
  }
}

export const describePath = (path: readonly string[]): string => path.map(describeElement).join('');
