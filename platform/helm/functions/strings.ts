/** sprig: texts. What Go counts in bytes is counted in bytes. Pure. */
import { fn, type CallContext, type TemplateFunction } from '../template/function.ts';
import { textOf } from '../template/print.ts';
import { quoteText } from '../template/quote.ts';
import type { Value } from '../template/values.ts';
import { byteLength, cutBytes, smallOf, toText } from './cast.ts';
import { abbreviate, initials, swapCase, titled, untitled, wrapped } from './wording.ts';
import { camelCase, kebabCase, snakeCase } from './word-case.ts';

/** A function of texts alone. */
const plain = (count: 1 | 2 | 3, call: (...texts: string[]) => Value): TemplateFunction =>
  fn(Array.from({ length: count }, () => 'string').join(', '), args => call(...(args as string[])));

function truncated(count: number, text: string): string {
  const length = byteLength(text);
  if (count < 0) return length + count > 0 ? cutBytes(text, length + count, length) : text;
  return length > count ? cutBytes(text, 0, count) : text;
}

function substring(start: number, end: number, text: string): string {
  const length = byteLength(text);
  if (start < 0) return cutBytes(text, 0, end);
  return cutBytes(text, start, end < 0 || end > length ? length : end);
}

const indented = (spaces: number, text: string, { meter }: CallContext): string => {
  const pad = ' '.repeat(Math.max(0, spaces));
  const lines = text.split('\n');
  meter.reserve(text.length + lines.length * pad.length);
  return pad + lines.join(`\n${pad}`);
};

/** Go's `strings.Split`: an empty separator gives the letters. */
const parts = (separator: string, text: string): string[] =>
  separator === '' ? Array.from(text) : text.split(separator);

function firstParts(separator: string, count: number, text: string): string[] {
  if (count === 0) return [];
  const all = parts(separator, text);
  if (count < 0 || all.length <= count) return all;
  return [...all.slice(0, count - 1), all.slice(count - 1).join(separator)];
}

const numbered = (texts: readonly string[]): Value => new Map(texts.map((text, at) => [`_${at}`, text]));

function trimmed(letters: string, text: string): string {
  const set = new Set(letters);
  const all = Array.from(text);
  let [start, end] = [0, all.length];
  while (start < end && set.has(all[start]!)) start++;
  while (end > start && set.has(all[end - 1]!)) end--;
  return all.slice(start, end).join('');
}

function replaced(old: string, fresh: string, text: string, { meter }: CallContext): string {
  const pieces = old === '' ? ['', ...text, ''] : text.split(old);
  meter.reserve(text.length + pieces.length * fresh.length);
  return pieces.join(fresh);
}

const repeated = ([count, text]: readonly Value[], { meter }: CallContext): string => {
  const times = Math.max(0, smallOf(count!));
  meter.reserve(times * (text as string).length);
  return (text as string).repeat(times);
};

function shuffled(text: string, { random }: CallContext): string {
  const letters = Array.from(text);
  for (let at = letters.length - 1; at > 0; at--) {
    const other = Math.floor(random.float() * (at + 1));
    [letters[at], letters[other]] = [letters[other]!, letters[at]!];
  }
  return letters.join('');
}

const present = (values: readonly Value[]): Value[] => values.filter(value => value !== null);

const goTrim = /^[\s\u0085]+|[\s\u0085]+$/gu;
const trimSpace = (text: string): string => text.replace(goTrim, '');

export const strings: Readonly<Record<string, TemplateFunction>> = {
  trim: plain(1, text => trimSpace(text!)),
  trimall: plain(2, (letters, text) => trimmed(letters!, text!)),
  trimAll: plain(2, (letters, text) => trimmed(letters!, text!)),
  trimSuffix: plain(2, (end, text) => (end !== '' && text!.endsWith(end!) ? text!.slice(0, -end!.length) : text!)),
  trimPrefix: plain(2, (start, text) => (text!.startsWith(start!) ? text!.slice(start!.length) : text!)),
  upper: plain(1, text => text!.toUpperCase()),
  lower: plain(1, text => text!.toLowerCase()),
  title: plain(1, text => titled(text!)),
  untitle: plain(1, text => untitled(text!)),
  swapcase: plain(1, text => swapCase(text!)),
  snakecase: plain(1, text => snakeCase(text!)),
  camelcase: plain(1, text => camelCase(text!)),
  kebabcase: plain(1, text => kebabCase(text!)),
  nospace: plain(1, text => text!.replace(/\s+/gu, '')),
  initials: plain(1, text => initials(text!)),
  contains: plain(2, (part, text) => text!.includes(part!)),
  hasPrefix: plain(2, (start, text) => text!.startsWith(start!)),
  hasSuffix: plain(2, (end, text) => text!.endsWith(end!)),
  replace: fn('string, string, string', ([old, fresh, text], context) =>
    replaced(old as string, fresh as string, text as string, context),
  ),
  repeat: fn('int, string', repeated),
  substr: fn('int, int, string', ([start, end, text]) => substring(smallOf(start!), smallOf(end!), text as string)),
  trunc: fn('int, string', ([count, text]) => truncated(smallOf(count!), text as string)),
  abbrev: fn('int, string', ([width, text]) => abbreviate(0, smallOf(width!), text as string)),
  abbrevboth: fn('int, int, string', ([left, right, text]) =>
    abbreviate(smallOf(left!), smallOf(right!), text as string),
  ),
  wrap: fn('int, string', ([width, text]) => wrapped(text as string, smallOf(width!), '\n', false)),
  wrapWith: fn('int, string, string', ([width, end, text]) =>
    wrapped(text as string, smallOf(width!), end as string, true),
  ),
  indent: fn('int, string', ([spaces, text], context) => indented(smallOf(spaces!), text as string, context)),
  nindent: fn('int, string', ([spaces, text], context) => `\n${indented(smallOf(spaces!), text as string, context)}`),
  quote: fn('any...', (args, { count }) =>
    present(args)
      .map(value => quoteText(toText(value, count)))
      .join(' '),
  ),
  squote: fn('any...', (args, { count }) =>
    present(args)
      .map(value => `'${textOf(value, count)}'`)
      .join(' '),
  ),
  cat: fn('any...', (args, { count }) =>
    present(args)
      .map(value => textOf(value, count))
      .join(' '),
  ),
  toString: fn('any', ([value], { count }) => toText(value!, count)),
  plural: fn('string, string, int', ([one, many, count]) => (count === 1n ? one! : many!)),
  split: plain(2, (separator, text) => numbered(parts(separator!, text!))),
  splitn: fn('string, int, string', ([separator, count, text]) =>
    numbered(firstParts(separator as string, smallOf(count!), text as string)),
  ),
  splitList: plain(2, (separator, text) => parts(separator!, text!)),
  shuffle: fn('string', ([text], context) => shuffled(text as string, context)),
};
