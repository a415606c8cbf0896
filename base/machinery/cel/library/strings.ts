/** Texts: the extended library in the version that Kubernetes has (cel-go `ext/strings`, version 2). */
import { escapeOf } from '../../go-escapes.ts';
import { overload } from '../environment.ts';
import type { Library, Meter } from '../environment.ts';
import { ArrayList, fail, List } from '../values.ts';
import type { Value } from '../values.ts';
import { formatText } from './format.ts';
import { lettersOf, part } from './letters.ts';

const outOfRange = (at: bigint): Value => fail(`index out of range: ${at}`);
const text = (value: Value | undefined): string => value as string;

function charAt([of, at]: readonly Value[]): Value {
  const letters = lettersOf(text(of));
  const place = Number(at as bigint);
  if (place < 0 || place > letters.length) return outOfRange(at as bigint);
  return letters[place] ?? '';
}

/** Whether `inner` stands in `outer` at a place. */
function standsAt(outer: string | readonly string[], inner: string | readonly string[], at: number): boolean {
  for (let i = 0; i < inner.length; i++) if (outer[at + i] !== inner[i]) return false;
  return true;
}

function indexOf([of, inner, from]: readonly Value[], meter: Meter): Value {
  const offset = (from as bigint | undefined) ?? 0n;
  if (offset < 0n) return outOfRange(offset);
  const [outer, sought] = [lettersOf(text(of)), lettersOf(text(inner))];
  if (sought.length === 0) return offset > BigInt(outer.length) ? BigInt(outer.length) : offset;
  meter.work(outer.length);
  if (typeof outer === 'string') return BigInt(outer.indexOf(text(inner), Number(offset)));
  for (let at = Number(offset); at + sought.length <= outer.length; at++)
    if (standsAt(outer, sought, at)) return BigInt(at);
  return -1n;
}

function lastIndexOf([of, inner, from]: readonly Value[], meter: Meter): Value {
  const [outer, sought] = [lettersOf(text(of)), lettersOf(text(inner))];
  const given = from as bigint | undefined;
  if (sought.length === 0) {
    if (given === undefined || given > BigInt(outer.length)) return BigInt(outer.length);
    return given < 0n ? outOfRange(given) : given;
  }
  const offset = given ?? BigInt(outer.length) - 1n;
  if (given !== undefined && offset < 0n) return outOfRange(offset);
  if (given !== undefined && offset >= BigInt(outer.length)) return -1n;
  const start = Math.min(Number(offset), outer.length - sought.length);
  if (start < 0) return -1n;
  meter.work(outer.length);
  if (typeof outer === 'string') return BigInt(outer.lastIndexOf(text(inner), start));
  for (let at = start; at >= 0; at--) if (standsAt(outer, sought, at)) return BigInt(at);
  return -1n;
}

const ascii =
  (pattern: RegExp, change: (letter: string) => string) =>
  (args: readonly Value[]): Value =>
    text(args[0]).replace(pattern, change);

function replace([of, old, by, count]: readonly Value[], meter: Meter): Value {
  const [whole, sought, with_] = [text(of), text(old), text(by)];
  const limit = count === undefined || (count as bigint) < 0n ? Infinity : Number(count as bigint);
  meter.work(whole.length);
  const parts = sought === '' ? ['', ...whole, ''] : whole.split(sought);
  const times = Math.min(parts.length - 1, limit);
  meter.work(times * with_.length);
  if (times === parts.length - 1) return parts.join(with_);
  return `${parts
    .slice(0, times)
    .map(piece => piece + with_)
    .join('')}${parts.slice(times).join(sought)}`;
}

function split([of, separator, count]: readonly Value[], meter: Meter): Value {
  const [whole, by] = [text(of), text(separator)];
  const limit = count === undefined ? -1n : (count as bigint);
  if (limit === 0n) return new ArrayList([]);
  meter.work(whole.length);
  if (limit === 1n) return new ArrayList([whole]);
  const parts = by === '' ? [...whole] : whole.split(by);
  if (limit < 0n || BigInt(parts.length) <= limit) return new ArrayList(parts);
  const kept = Number(limit) - 1;
  return new ArrayList([...parts.slice(0, kept), parts.slice(kept).join(by)]);
}

function substring([of, from, to]: readonly Value[]): Value {
  const letters = lettersOf(text(of));
  const start = from as bigint;
  const end = (to as bigint | undefined) ?? BigInt(letters.length);
  if (start < 0n || start > BigInt(letters.length)) return outOfRange(start);
  if (end < 0n || end > BigInt(letters.length)) return outOfRange(end);
  if (start > end) return fail(`invalid substring range. start: ${start}, end: ${end}`);
  return part(letters, Number(start), Number(end));
}

const space = /\p{White_Space}/u;

function trim([of]: readonly Value[]): Value {
  const whole = text(of);
  let [start, end] = [0, whole.length];
  while (start < end && space.test(whole[start]!)) start++;
  while (end > start && space.test(whole[end - 1]!)) end--;
  return whole.slice(start, end);
}

function join([list, separator]: readonly Value[], meter: Meter): Value {
  const by = (separator as string | undefined) ?? '';
  const parts: string[] = [];
  for (const item of list as List) {
    if (typeof item !== 'string') return fail(`join: invalid input: ${String(item)}`);
    meter.work(item.length + by.length);
    parts.push(item);
  }
  return parts.join(by);
}

const quote = ([of]: readonly Value[]): Value =>
  `"${text(of).replace(/[\x07\b\f\n\r\t\v\\"]/g, letter => escapeOf(letter)!)}"`;

export const strings: Library = [
  overload('string_char_at_int', 'string.charAt(int): string', charAt),
  overload('string_index_of_string', 'string.indexOf(string): int', indexOf),
  overload('string_index_of_string_int', 'string.indexOf(string, int): int', indexOf),
  overload('string_last_index_of_string', 'string.lastIndexOf(string): int', lastIndexOf),
  overload('string_last_index_of_string_int', 'string.lastIndexOf(string, int): int', lastIndexOf),
  overload(
    'string_lower_ascii',
    'string.lowerAscii(): string',
    ascii(/[A-Z]+/g, letter => letter.toLowerCase()),
  ),
  overload(
    'string_upper_ascii',
    'string.upperAscii(): string',
    ascii(/[a-z]+/g, letter => letter.toUpperCase()),
  ),
  overload('string_replace_string_string', 'string.replace(string, string): string', replace),
  overload('string_replace_string_string_int', 'string.replace(string, string, int): string', replace),
  overload('string_split_string', 'string.split(string): list(string)', split),
  overload('string_split_string_int', 'string.split(string, int): list(string)', split),
  overload('string_substring_int', 'string.substring(int): string', substring),
  overload('string_substring_int_int', 'string.substring(int, int): string', substring),
  overload('string_trim', 'string.trim(): string', trim),
  overload('list_join', 'list(string).join(): string', join),
  overload('list_join_string', 'list(string).join(string): string', join),
  overload('string_format', 'string.format(list(dyn)): string', ([of, args], meter) =>
    formatText(text(of), args as List, meter),
  ),
  overload('strings_quote', 'strings.quote(string): string', quote),
];
