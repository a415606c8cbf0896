/** Go's times: layouts, durations, and the value `now` gives. Local time is UTC. Pure. */
import { GoObject, int64, Integer, ValueError, type Method, type Value } from '../template/values.ts';
import { layoutPiece } from './time-layout.ts';
import { parseTime } from './time-parse.ts';

const months = 'January February March April May June July August September October November December'.split(' ');
const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

/** Minutes east of Greenwich, and the short name; undefined for a zone that is not known. */
export function zoneAt(zone: string, at: number): { minutes: number; name: string } | undefined {
  if (zone === 'UTC' || zone === 'Local' || zone === '') return { minutes: 0, name: 'UTC' };
  try {
    const part = (timeZoneName: 'longOffset' | 'short') =>
      new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName })
        .formatToParts(new Date(at))
        .find(({ type }) => type === 'timeZoneName')!.value;
    const [, sign, hours, rest = '0'] = /^GMT(?:([+-])(\d\d):(\d\d))?$/.exec(part('longOffset')) ?? [];
    const minutes = sign === undefined ? 0 : (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(rest));
    const short = part('short');
    return {
      minutes,
      name: /^[A-Z]{3,5}$/.test(short) && short !== 'GMT' ? short : offsetText(minutes, '-07').replace(/^\+00$/, 'GMT'),
    };
  } catch {
    return undefined;
  }
}

function offsetText(minutes: number, piece: string): string {
  if (piece.startsWith('Z') && minutes === 0) return 'Z';
  const size = Math.abs(minutes);
  const [hours, rest] = [Math.floor(size / 60), size % 60].map(part => String(part).padStart(2, '0')) as [
    string,
    string,
  ];
  const sign = minutes < 0 ? '-' : '+';
  if (piece === '-07') return sign + hours + (rest === '00' ? '' : rest);
  return sign + hours + (piece.includes(':') ? ':' : '') + rest;
}

const two = (value: number): string => String(value).padStart(2, '0');
const dayOfYear = (date: Date): number =>
  Math.floor(
    (Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) - Date.UTC(date.getUTCFullYear(), 0, 1)) /
      86_400_000,
  ) + 1;

const writers: Readonly<Record<string, (date: Date) => string>> = {
  January: date => months[date.getUTCMonth()]!,
  Jan: date => months[date.getUTCMonth()]!.slice(0, 3),
  Monday: date => days[date.getUTCDay()]!,
  Mon: date => days[date.getUTCDay()]!.slice(0, 3),
  '2006': date => String(date.getUTCFullYear()).padStart(4, '0'),
  '06': date => two(date.getUTCFullYear() % 100),
  '01': date => two(date.getUTCMonth() + 1),
  '1': date => String(date.getUTCMonth() + 1),
  '02': date => two(date.getUTCDate()),
  _2: date => String(date.getUTCDate()).padStart(2),
  '2': date => String(date.getUTCDate()),
  '002': date => String(dayOfYear(date)).padStart(3, '0'),
  __2: date => String(dayOfYear(date)).padStart(3),
  '15': date => two(date.getUTCHours()),
  '03': date => two(date.getUTCHours() % 12 || 12),
  '3': date => String(date.getUTCHours() % 12 || 12),
  '04': date => two(date.getUTCMinutes()),
  '4': date => String(date.getUTCMinutes()),
  '05': date => two(date.getUTCSeconds()),
  '5': date => String(date.getUTCSeconds()),
  PM: date => (date.getUTCHours() < 12 ? 'AM' : 'PM'),
  pm: date => (date.getUTCHours() < 12 ? 'am' : 'pm'),
};

function fraction(piece: string, ms: number): string {
  const digits = String(ms)
    .padStart(3, '0')
    .padEnd(piece.length - 1, '0')
    .slice(0, piece.length - 1);
  if (piece[1] === '0') return piece[0]! + digits;
  const bare = digits.replace(/0+$/, '');
  return bare === '' ? '' : piece[0]! + bare;
}

/** A moment in a zone as a layout of Go's asks for. */
export function formatGoTime(at: number, zone: string, layout: string): string {
  const place = zoneAt(zone, at) ?? { minutes: 0, name: 'UTC' };
  const local = new Date(at + place.minutes * 60_000);
  return layout.replace(layoutPiece, piece => {
    if (piece === 'MST') return place.name;
    if (/^[-Z]07/.test(piece)) return offsetText(place.minutes, piece);
    if (/^[.,]/.test(piece)) return fraction(piece, local.getUTCMilliseconds());
    return writers[piece]!(local);
  });
}

/** The year 1: what Go's zero time is. */
export const zeroTime = -62_135_596_800_000;

export class GoTime extends GoObject {
  readonly typeName = 'time.Time';
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly zone: string;

  constructor(at: number, zone = 'UTC') {
    super();
    if (!(Math.abs(at) <= 8.64e15)) throw new ValueError('the time is out of range');
    this.at = at;
    this.zone = zone;
  }

  override method(name: string): Method | undefined {
    const { at, zone } = this;
    const local = new Date(at + (zoneAt(zone, at)?.minutes ?? 0) * 60_000);
    const other = (args: readonly Value[]): number => {
      if (args[0] instanceof GoTime) return args[0].at;
      throw new ValueError('wrong type for value; expected time.Time');
    };
    const methods: Readonly<Record<string, Method>> = {
      Unix: () => int64(BigInt(Math.floor(at / 1000))),
      UnixMilli: () => int64(BigInt(at)),
      UnixMicro: () => int64(BigInt(at) * 1000n),
      UnixNano: () => int64(BigInt(at) * 1_000_000n),
      Year: () => BigInt(local.getUTCFullYear()),
      Month: () => new Integer('int', BigInt(local.getUTCMonth() + 1), 'time.Month', months[local.getUTCMonth()]),
      Day: () => BigInt(local.getUTCDate()),
      Hour: () => BigInt(local.getUTCHours()),
      Minute: () => BigInt(local.getUTCMinutes()),
      Second: () => BigInt(local.getUTCSeconds()),
      Nanosecond: () => BigInt(local.getUTCMilliseconds()) * 1_000_000n,
      Weekday: () => new Integer('int', BigInt(local.getUTCDay()), 'time.Weekday', days[local.getUTCDay()]),
      YearDay: () => BigInt(dayOfYear(local)),
      Format: ([layout]) => formatGoTime(at, zone, layout as string),
      String: () => this.text(),
      IsZero: () => at === zeroTime,
      UTC: () => new GoTime(at),
      Local: () => new GoTime(at),
      AddDate: ([years, added, more]) =>
        new GoTime(
          new Date(at).setUTCFullYear(
            new Date(at).getUTCFullYear() + Number(years),
            new Date(at).getUTCMonth() + Number(added),
            new Date(at).getUTCDate() + Number(more),
          ),
          zone,
        ),
      Before: args => at < other(args),
      After: args => at > other(args),
      Equal: args => at === other(args),
    };
    return Object.hasOwn(methods, name) ? methods[name] : undefined;
  }

  override text(): string {
    return formatGoTime(this.at, this.zone, '2006-01-02 15:04:05.999999999 -0700 MST');
  }

  plain(): unknown {
    return formatGoTime(this.at, this.zone, '2006-01-02T15:04:05.999999999Z07:00');
  }
}

/** @throws ValueError in Go's words */
export const readTime = (layout: string, text: string): GoTime => new GoTime(parseTime(layout, text));
