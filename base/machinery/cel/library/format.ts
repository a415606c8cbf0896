/** `'%s is %d'.format([..])` (cel-go `ext/formatting.go`). */
import type { Meter } from '../environment.ts';
import { formatDouble, toText } from '../convert.ts';
import { compareTexts } from '../equality.ts';
import { CelError, Duration, fail, List, Mapping, Timestamp, TypeName, typeNameOf, Uint } from '../values.ts';
import type { Value } from '../values.ts';
import { quote } from '../../fieldpath.ts';

/** Thrown inside, answered as an error. */
class FormatProblem extends Error {}

const decimals = 6;
/** More digits than a double can have, and no more. */
const maxDecimals = 1000;
const groups = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });

const wrong = (clause: string, allowed: string, value: Value): never => {
  throw new FormatProblem(
    `error during formatting: ${clause} can only be used on ${allowed}, was given ${typeNameOf(value)}`,
  );
};

/** Inside lists and maps, and for `%s`. */
function plain(value: Value, isNested: boolean): string {
  if (value === null) return 'null';
  if (value instanceof List) return `[${[...value].map(item => plain(item, true)).join(', ')}]`;
  if (value instanceof Mapping) return plainMap(value);
  if (value instanceof TypeName) return value.name;
  if (typeof value === 'number' && isNested)
    return Number.isFinite(value) ? rounded(value, decimals) : quote(formatDouble(value));
  const text = toText(value);
  if (text instanceof CelError || typeof text !== 'string')
    return wrong(
      'string clause',
      'strings, bools, bytes, ints, doubles, maps, lists, types, durations, and timestamps',
      value,
    );
  if (!isNested) return text;
  if (typeof value === 'string') return quote(text);
  if (value instanceof Uint8Array) return `b${quote(text)}`;
  if (value instanceof Timestamp) return `timestamp(${quote(text)})`;
  return value instanceof Duration ? `duration(${quote(text)})` : text;
}

function plainMap(map: Mapping): string {
  const entries = [...map.keys()].map(key => [plain(key, true), plain(map.find(key) ?? null, true)] as const);
  return `{${entries
    .sort(([a], [b]) => compareTexts(a, b))
    .map(([key, value]) => `${key}:${value}`)
    .join(', ')}}`;
}

const special = (value: number): string => (Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '-∞');

function double(value: Value, clause: string): number {
  if (typeof value === 'number') return value;
  if (value === 'NaN') return Number.NaN;
  if (value === 'Infinity' || value === '-Infinity') return Number(value);
  return wrong(clause, 'doubles', value);
}

/** Digits that JavaScript can tell. */
const maxDigits = 100;

/** With so many digits behind the point; halves go to the even digit, as Go has it. */
function rounded(value: number, precision: number): string {
  const text = value.toFixed(Math.min(precision, maxDigits));
  const exact = value.toFixed(Math.min(precision + 30, maxDigits)).split('.')[1] ?? '';
  const isHalf = precision < maxDigits - 30 && /^50*$/.test(exact.slice(precision));
  if (!isHalf || Number(text.at(-1)) % 2 === 0) return text;
  return text.slice(0, -1) + String(Number(text.at(-1)) - 1);
}

/** Digits before the point in groups of three. */
function fixed(value: number, precision: number): string {
  if (!Number.isFinite(value)) return special(value);
  const [whole, fraction] = rounded(Math.abs(value), precision).split('.') as [string, string?];
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const zeros = fraction === undefined ? '' : `.${fraction.padEnd(precision, '0')}`;
  return sign + groups.format(BigInt(whole)) + zeros;
}

const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';

function scientific(value: number, precision: number): string {
  if (!Number.isFinite(value)) return special(value);
  const [digits, power] = value.toExponential(Math.min(precision, 100)).split('e') as [string, string];
  const size = String(Math.abs(Number(power))).padStart(2, '0');
  const raised = [...size].map(digit => superscripts[Number(digit)]).join('');
  return `${digits}\u202f×\u202f10${Number(power) < 0 ? '⁻' : ''}${raised}`;
}

const integer = (value: Value): bigint | undefined =>
  typeof value === 'bigint' ? value : value instanceof Uint ? value.value : undefined;

function hex(value: Value, clause: string): string {
  const number = integer(value);
  if (number !== undefined) return number.toString(16);
  if (typeof value === 'string') return Buffer.from(value).toString('hex');
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return wrong(clause, 'integers, byte buffers, and strings', value);
}

function clauseOf(verb: string, value: Value, precision: number): string {
  switch (verb) {
    case 's':
      return plain(value, false);
    case 'd':
      return String(integer(value) ?? wrong('decimal clause', 'integers', value));
    case 'f':
      return fixed(double(value, 'fixed-point clause'), precision);
    case 'e':
      return scientific(double(value, 'scientific clause'), precision);
    case 'b':
      if (typeof value === 'boolean') return value ? '1' : '0';
      return (integer(value) ?? wrong('binary clause', 'integers and bools', value)).toString(2);
    case 'x':
      return hex(value, 'hex clause');
    case 'X':
      return hex(value, 'hex clause').toUpperCase();
    case 'o':
      return (integer(value) ?? wrong('octal clause', 'integers', value)).toString(8);
    default:
      throw new FormatProblem(`could not parse formatting clause: unrecognized formatting clause "${verb}"`);
  }
}

export function formatText(template: string, args: List, meter: Meter): Value {
  let next = 0;
  try {
    return template.replace(/%(?:%|(?:\.(\d*))?([^]?))/gu, (clause, precision?: string, verb?: string) => {
      if (clause === '%%') return '%';
      if (!verb) throw new FormatProblem('unexpected end of string');
      if (next >= args.size) throw new FormatProblem(`index ${next} out of range`);
      const digits = precision === undefined ? decimals : Number(precision || '0');
      if (digits > maxDecimals)
        throw new FormatProblem(`precision ${digits} exceeds maximum allowed precision ${maxDecimals}`);
      const text = clauseOf(verb, args.at(next++), digits);
      meter.work(text.length);
      return text;
    });
  } catch (error) {
    if (error instanceof FormatProblem) return fail(error.message);
    throw error;
  }
}
