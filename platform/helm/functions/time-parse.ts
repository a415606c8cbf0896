/** Reads times and durations as Go does. Pure. */
import { ValueError } from '../template/values.ts';
import { layoutPiece } from './time-layout.ts';

const months = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');

interface Parts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  ms: number;
  offset: number;
  isAfternoon: boolean | undefined;
  yearDay: number | undefined;
}

/** What a piece takes from the text, and what it then means. */
const readers: Readonly<Record<string, readonly [RegExp, (parts: Parts, text: string) => void]>> = {
  January: [/^[a-z]+/i, (parts, text) => (parts.month = months.indexOf(text.slice(0, 3).toLowerCase()) + 1)],
  Jan: [/^[a-z]{3}/i, (parts, text) => (parts.month = months.indexOf(text.toLowerCase()) + 1)],
  Monday: [/^[a-z]+day/i, () => {}],
  Mon: [/^[a-z]{3}/i, () => {}],
  '2006': [/^\d{4}/, (parts, text) => (parts.year = Number(text))],
  '06': [/^\d\d/, (parts, text) => (parts.year = Number(text) + (Number(text) >= 69 ? 1900 : 2000))],
  '01': [/^\d\d/, (parts, text) => (parts.month = Number(text))],
  '1': [/^\d\d?/, (parts, text) => (parts.month = Number(text))],
  '02': [/^\d\d/, (parts, text) => (parts.day = Number(text))],
  _2: [/^ ?\d\d?/, (parts, text) => (parts.day = Number(text))],
  '2': [/^\d\d?/, (parts, text) => (parts.day = Number(text))],
  '002': [/^\d{3}/, (parts, text) => (parts.yearDay = Number(text))],
  __2: [/^ {0,2}\d{1,3}/, (parts, text) => (parts.yearDay = Number(text))],
  '15': [/^\d\d?/, (parts, text) => (parts.hour = Number(text))],
  '03': [/^\d\d/, (parts, text) => (parts.hour = Number(text))],
  '3': [/^\d\d?/, (parts, text) => (parts.hour = Number(text))],
  '04': [/^\d\d/, (parts, text) => (parts.minute = Number(text))],
  '4': [/^\d\d?/, (parts, text) => (parts.minute = Number(text))],
  '05': [/^\d\d(?:[.,]\d+)?/, readSeconds],
  '5': [/^\d\d?(?:[.,]\d+)?/, readSeconds],
  PM: [/^[AP]M/, (parts, text) => (parts.isAfternoon = text === 'PM')],
  pm: [/^[ap]m/, (parts, text) => (parts.isAfternoon = text === 'pm')],
  MST: [/^[A-Z]{3,5}|^[+-]\d\d/, () => {}],
  '-07:00': [/^[+-]\d\d:\d\d/, readOffset],
  '-0700': [/^[+-]\d{4}/, readOffset],
  '-07': [/^[+-]\d\d/, readOffset],
  'Z07:00': [/^Z|^[+-]\d\d:\d\d/, readOffset],
  Z0700: [/^Z|^[+-]\d{4}/, readOffset],
};

function readSeconds(parts: Parts, text: string): void {
  const [whole, part = ''] = text.split(/[.,]/);
  parts.second = Number(whole);
  parts.ms = Number(part.slice(0, 3).padEnd(3, '0'));
}

function readOffset(parts: Parts, text: string): void {
  if (text === 'Z') return;
  const digits = text.replace(/\D/g, '').padEnd(4, '0');
  parts.offset = (text.startsWith('-') ? -1 : 1) * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2)));
}

/**
 * Milliseconds since the epoch.
 * @throws ValueError `parsing time "x" as "2006": cannot parse "x" as "2006"`
 */
export function parseTime(layout: string, text: string): number {
  const parts: Parts = {
    year: 0,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    ms: 0,
    offset: 0,
    isAfternoon: undefined,
    yearDay: undefined,
  };
  const bad = (rest: string, piece: string) =>
    new ValueError(
      `parsing time ${JSON.stringify(text)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(piece)}`,
    );
  let rest = text;
  let at = 0;
  const between = (until: number): void => {
    const fixed = layout.slice(at, until);
    if (!rest.startsWith(fixed)) throw bad(rest, fixed);
    rest = rest.slice(fixed.length);
  };
  for (const found of layout.matchAll(layoutPiece)) {
    const [piece] = found;
    between(found.index);
    at = found.index + piece.length;
    // Seconds have taken their fraction already.
    const [shape, set] = /^[.,]/.test(piece) ? ([/^(?:[.,]\d+)?/, () => {}] as const) : readers[piece]!;
    const taken = shape.exec(rest)?.[0];
    if (taken === undefined) throw bad(rest, piece);
    set(parts, taken);
    rest = rest.slice(taken.length);
  }
  between(layout.length);
  if (rest !== '') throw new ValueError(`parsing time ${JSON.stringify(text)}: extra text: ${JSON.stringify(rest)}`);
  return momentOf(parts, text);
}

function momentOf(
  { year, month, day, hour, minute, second, ms, offset, isAfternoon, yearDay }: Parts,
  text: string,
): number {
  const outside = (what: string) => new ValueError(`parsing time ${JSON.stringify(text)}: ${what} out of range`);
  if (month < 1 || month > 12) throw outside('month');
  const date = new Date(0);
  date.setUTCFullYear(year, yearDay === undefined ? month - 1 : 0, yearDay ?? day);
  if (yearDay === undefined && (date.getUTCDate() !== day || date.getUTCMonth() !== month - 1)) throw outside('day');
  if (hour > 23) throw outside('hour');
  if (minute > 59) throw outside('minute');
  if (second > 59) throw outside('second');
  const hours = isAfternoon === undefined ? hour : (hour % 12) + (isAfternoon ? 12 : 0);
  return date.setUTCHours(hours, minute - offset, second, ms);
}

const units: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  '\u00b5s': 1e3,
  '\u03bcs': 1e3,
  ms: 1e6,
  s: 1e9,
  m: 6e10,
  h: 3.6e12,
};

/** Nanoseconds of `1h30m`; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const body = text.replace(/^[+-]/, '');
  if (body === '0') return 0;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+$/.test(body)) return undefined;
  let sum = 0;
  for (const [, amount, unit] of body.matchAll(/([\d.]+)([a-z\u00b5\u03bc]+)/g)) sum += Number(amount) * units[unit!]!;
  return text.startsWith('-') ? -sum : sum;
}

/** `time.Duration.String()` of nanoseconds. */
export function durationText(ns: number): string {
  if (ns === 0) return '0s';
  const size = Math.abs(ns);
  const sign = ns < 0 ? '-' : '';
  if (size < 1e9) {
    const [unit, scale] = size < 1e3 ? ['ns', 1] : size < 1e6 ? ['\u00b5s', 1e3] : ['ms', 1e6];
    return `${sign}${size / (scale as number)}${unit}`;
  }
  const hours = Math.floor(size / 3.6e12);
  const minutes = Math.floor((size % 3.6e12) / 6e10);
  const seconds = Number(((size % 6e10) / 1e9).toFixed(9));
  const lead = hours > 0 ? `${hours}h${minutes}m` : minutes > 0 ? `${minutes}m` : '';
  return `${sign}${lead}${seconds}s`;
}
