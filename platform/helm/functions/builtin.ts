/** The functions of Go's `text/template` itself. `and` and `or` are the engine's own. Pure. */
import { eq, isLess } from '../template/compare.ts';
import { fn, type TemplateFunction } from '../template/function.ts';
import { sprint, sprintf, sprintln } from '../template/print.ts';
import { GoObject, integerOf, isInteger, isTrue, typeOf, ValueError, type Value } from '../template/values.ts';
import { byteLength, cutBytes } from './cast.ts';

const elementsOf = (value: Value): Value => (value instanceof GoObject ? (value.elements() ?? value) : value);

function positionOf(index: Value, length: number, isEnd = false): number {
  if (index === null || !isInteger(index)) {
    throw new ValueError(`cannot index slice/array with type ${index === null ? 'nil' : typeOf(index)}`);
  }
  const at = integerOf(index);
  if (at < 0n || at > BigInt(length) || (!isEnd && at === BigInt(length)))
    throw new ValueError(`index out of range: ${at}`);
  return Number(at);
}

function index(value: Value, key: Value, isInner: boolean): Value {
  const inside = elementsOf(value);
  if (inside === null) throw new ValueError(isInner ? 'index of nil pointer' : 'index of untyped nil');
  if (Array.isArray(inside)) return inside[positionOf(key, inside.length)]!;
  if (inside instanceof Uint8Array) return BigInt(inside[positionOf(key, inside.length)]!);
  if (typeof inside === 'string') return BigInt(Buffer.from(inside)[positionOf(key, byteLength(inside))]!);
  if (!(inside instanceof Map)) throw new ValueError(`can't index item of type ${typeOf(inside)}`);
  if (key === null) throw new ValueError('value is nil; should be of type string');
  if (typeof key !== 'string') throw new ValueError(`value has type ${typeOf(key)}; should be string`);
  return inside.get(key) ?? null;
}

function slice(value: Value, indexes: readonly Value[]): Value {
  if (indexes.length > 3) throw new ValueError(`too many slice indexes: ${indexes.length}`);
  if (value === null) throw new ValueError('slice of untyped nil');
  const isText = typeof value === 'string';
  if (!isText && !Array.isArray(value)) throw new ValueError(`can't slice item of type ${typeOf(value)}`);
  if (isText && indexes.length === 3) throw new ValueError('cannot 3-index slice a string');
  const length = isText ? byteLength(value) : value.length;
  const [start = 0, end = length] = indexes.map(each => positionOf(each, length, true));
  if (start > end) throw new ValueError(`invalid slice index: ${start} > ${end}`);
  return isText ? cutBytes(value, start, end) : value.slice(start, end);
}

function length(value: Value): bigint {
  const inside = elementsOf(value);
  if (inside === null) throw new ValueError('len of nil pointer');
  if (typeof inside === 'string') return BigInt(byteLength(inside));
  if (Array.isArray(inside) || inside instanceof Uint8Array) return BigInt(inside.length);
  if (inside instanceof Map) return BigInt(inside.size);
  throw new ValueError(`len of type ${typeOf(inside)}`);
}

const pages: Readonly<Record<string, string>> = {
  '"': '&#34;',
  "'": '&#39;',
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '\0': '\ufffd',
};
const scripts: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
};

// eslint-disable-next-line no-control-regex
const escapePage = (text: string): string => text.replace(/["'&<>\0]/g, letter => pages[letter]!);
const escapeScript = (text: string): string =>
  // eslint-disable-next-line no-control-regex
  text.replace(
    /[\\'"<>&=\0-\x1f]/g,
    letter => scripts[letter] ?? `\\u${letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  );

/** `url.QueryEscape`. */
export const escapeQuery = (text: string): string =>
  encodeURIComponent(text.toWellFormed())
    .replace(/[!'()*]/g, letter => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');

const textual = (escape: (text: string) => string): TemplateFunction =>
  fn('any...', (args, { count }) =>
    escape(args.length === 1 && typeof args[0] === 'string' ? args[0] : sprint(args, count)),
  );

const comparison = (compare: (a: Value, b: Value) => boolean): TemplateFunction =>
  fn('any, any', ([a, b]) => compare(a!, b!));

export const builtin: Readonly<Record<string, TemplateFunction>> = {
  // Evaluated by the engine; here so that their names are known.
  and: fn('any, any...', args => args.at(-1)!),
  or: fn('any, any...', args => args.at(-1)!),
  not: fn('any', ([value]) => !isTrue(value!)),
  len: fn('any', ([value]) => length(value!)),
  index: fn('any, any...', ([value, ...keys]) =>
    keys.reduce<Value>((inside, key, at) => index(inside, key, at > 0), value!),
  ),
  slice: fn('any, any...', ([value, ...indexes]) => slice(value!, indexes)),
  print: fn('any...', (args, { count }) => sprint(args, count)),
  println: fn('any...', (args, { count }) => sprintln(args, count)),
  printf: fn('string, any...', ([pattern, ...args], { count }) => sprintf(pattern as string, args, count)),
  html: textual(escapePage),
  js: textual(escapeScript),
  urlquery: textual(escapeQuery),
  call: fn('any, any...', ([value]) => {
    if (value === null) throw new ValueError('call of nil');
    throw new ValueError(`non-function of type ${typeOf(value!)}`);
  }),
  eq: fn('any, any...', ([first, ...others]) => eq(first!, others)),
  ne: comparison((a, b) => !eq(a, [b])),
  lt: comparison(isLess),
  le: comparison((a, b) => isLess(a, b) || eq(a, [b])),
  gt: comparison((a, b) => !isLess(a, b) && !eq(a, [b])),
  ge: comparison((a, b) => !isLess(a, b)),
};
