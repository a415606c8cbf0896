/** Durations and moments as texts and calendar fields, as Go's `time` reads and writes them. */
import { duration, timestamp } from './arithmetic.ts';
import { fail } from './values.ts';
import type { Value } from './values.ts';

const second = 1_000_000_000n;
const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n,
  μs: 1000n,
  ms: 1_000_000n,
  s: second,
  m: 60n * second,
  h: 3600n * second,
};

/** Digits after the point matter down to a billionth of the largest unit. */
const longest = 128;

/** `1h30m`, `-1.5s`, `0`. */
export function parseGoDuration(text: string): Value | undefined {
  const found = /^([-+]?)((?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/.exec(text);
  if (text.length > longest) return undefined;
  if (!found) return /^[-+]?0$/.test(text) ? duration(0n) : undefined;
  let total = 0n;
  for (const [, whole = '', fraction = '', unit] of found[2]!.matchAll(/(\d*)(?:\.(\d*))?(ns|us|µs|μs|ms|s|m|h)/g)) {
    const scale = units[unit!]!;
    total += BigInt(whole || '0') * scale;
    if (fraction) total += (BigInt(fraction) * scale) / 10n ** BigInt(fraction.length);
  }
  return duration(found[1] === '-' ? -total : total);
}

/** Seconds as a decimal number: `5400s`, `0.5s`. */
export function formatSeconds(nanos: bigint): string {
  const negative = nanos < 0n;
  const size = negative ? -nanos : nanos;
  const fraction = (size % second).toString().padStart(9, '0').replace(/0+$/, '');
  return `${negative ? '-' : ''}${size / second}${fraction && `.${fraction}`}s`;
}

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:[Zz]|([-+])(\d\d):(\d\d))$/;

/** A moment from RFC 3339. */
export function parseTimestamp(text: string): Value | undefined {
  const found = text.length > longest ? null : rfc3339.exec(text);
  if (!found) return undefined;
  const [, year, month, day, hours, minutes, seconds, fraction = '', sign, zoneHours = '0', zoneMinutes = '0'] = found;
  const date = calendarDay(Number(year), Number(month), Number(day));
  if (date === undefined || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 59) return undefined;
  if (Number(zoneHours) > 24 || Number(zoneMinutes) > 59) return undefined;
  const offset = (Number(zoneHours) * 3600 + Number(zoneMinutes) * 60) * (sign === '-' ? -1 : 1);
  const whole = date / 1000 + Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds) - offset;
  return timestamp(BigInt(whole) * second + BigInt(fraction.slice(0, 9).padEnd(9, '0')));
}

/** `2024-02-29` */
export function parseDate(text: string): Value | undefined {
  const found = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  const date = found ? calendarDay(Number(found[1]), Number(found[2]), Number(found[3])) : undefined;
  return date === undefined ? undefined : timestamp(BigInt(date) * 1_000_000n);
}

/** Milliseconds of a day's start; undefined for a day that is not. */
function calendarDay(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() : undefined;
}

const floor = (nanos: bigint, by: bigint): bigint => (nanos >= 0n ? nanos / by : -((by - 1n - nanos) / by));

export const millisecondsOf = (nanos: bigint): number => Number(floor(nanos, 1_000_000n));

export function formatTimestamp(nanos: bigint): string {
  const whole = floor(nanos, second);
  const fraction = (nanos - whole * second).toString().padStart(9, '0').replace(/0+$/, '');
  const date = new Date(Number(whole) * 1000).toISOString().slice(0, 19);
  return `${date}${fraction && `.${fraction}`}Z`;
}

const zones = new Map<string, Intl.DateTimeFormat>();

/** A moment with its zone's offset added, to be read with the UTC getters; an error for a zone that is not. */
export function inZone(nanos: bigint, zone: string): Date | ReturnType<typeof fail> {
  const at = new Date(millisecondsOf(nanos));
  if (zone === '' || zone === 'UTC') return at;
  const fixed = /^([-+]?)(\d{1,2}):(\d{2})$/.exec(zone);
  if (fixed) {
    if (Number(fixed[3]) > 59) return fail(`timezone offset minutes out of range [0, 59]: ${zone}`);
    const minutes = Number(fixed[2]) * 60 + Number(fixed[3]);
    return new Date(at.getTime() + minutes * 60_000 * (fixed[1] === '-' ? -1 : 1));
  }
  try {
    let format = zones.get(zone);
    if (!format) {
      const fields = {
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      } as const;
      format = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', ...fields });
      if (zones.size > 100) zones.clear();
      zones.set(zone, format);
    }
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second: seconds = 0 } = parts;
    return new Date(Date.UTC(year, month - 1, day, hour, minute, seconds, at.getUTCMilliseconds()));
  } catch {
    return fail(`unknown time zone ${zone}`);
  }
}
