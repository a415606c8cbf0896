/** sprig: dates, by the given clock. */
import { fn, type CallContext, type TemplateFunction } from '../template/function.ts';
import { integerOf, isInteger, ValueError, type Value } from '../template/values.ts';
import { formatGoTime, GoTime, readTime, zeroTime, zoneAt } from './time.ts';
import { durationText, parseDuration } from './time-parse.ts';

/** A time, seconds since the epoch, or else the present. */
function momentOf(value: Value, now: number): number {
  if (value instanceof GoTime) return value.at;
  return value !== null && isInteger(value) ? Number(integerOf(value)) * 1000 : now;
}

function inZone(layout: Value, value: Value, zone: Value, { now, count }: CallContext): string {
  // Zones are looked up in tables of some size.
  if (zone !== 'UTC') count(500);
  return formatGoTime(momentOf(value, now), zoneAt(zone as string, now) ? (zone as string) : 'UTC', layout as string);
}

const dateInZone = fn('string, any, string', ([layout, value, zone], context) =>
  inZone(layout!, value!, zone!, context),
);

const modify = fn('string, time', ([duration, time]) => {
  const { at, zone } = time as GoTime;
  return new GoTime(at + Math.trunc((parseDuration(duration as string) ?? 0) / 1e6), zone);
});

const mustModify = fn('string, time', ([duration, time]) => {
  const ns = parseDuration(duration as string);
  if (ns === undefined) throw new ValueError(`time: invalid duration ${JSON.stringify(duration)}`);
  const { at, zone } = time as GoTime;
  return new GoTime(at + Math.trunc(ns / 1e6), zone);
});

const rounds: readonly (readonly [number, string])[] = [
  [3.6e12 * 24 * 365, 'y'],
  [3.6e12 * 24 * 30, 'mo'],
  [3.6e12 * 24, 'd'],
  [3.6e12, 'h'],
  [6e10, 'm'],
  [1e9, 's'],
];

function rounded(value: Value, now: number): string {
  const ns =
    typeof value === 'string'
      ? (parseDuration(value) ?? 0)
      : value instanceof GoTime
        ? (now - value.at) * 1e6
        : value !== null && isInteger(value)
          ? Number(integerOf(value))
          : 0;
  const unit = rounds.find(([size]) => Math.abs(ns) > size);
  return unit ? `${Math.floor(Math.abs(ns) / unit[0])}${unit[1]}` : '0s';
}

export const dates: Readonly<Record<string, TemplateFunction>> = {
  now: fn('', (_, { now }) => new GoTime(now)),
  ago: fn('any', ([value], { now }) => durationText(Math.round((now - momentOf(value!, now)) / 1000) * 1e9)),
  date: fn('string, any', ([layout, value], context) => inZone(layout!, value!, 'UTC', context)),
  dateInZone,
  date_in_zone: dateInZone,
  htmlDate: fn('any', ([value], context) => inZone('2006-01-02', value!, 'UTC', context)),
  htmlDateInZone: fn('any, string', ([value, zone], context) => inZone('2006-01-02', value!, zone!, context)),
  dateModify: modify,
  date_modify: modify,
  mustDateModify: mustModify,
  must_date_modify: mustModify,
  duration: fn('any', ([value]) => {
    const seconds =
      typeof value === 'string'
        ? Number(/^[+-]?\d+$/.exec(value)?.[0] ?? 0)
        : value !== null && isInteger(value!)
          ? Number(integerOf(value))
          : 0;
    return durationText(seconds * 1e9);
  }),
  durationRound: fn('any', ([value], { now }) => rounded(value!, now)),
  unixEpoch: fn('time', ([time]) => String(Math.floor((time as GoTime).at / 1000))),
  toDate: fn('string, string', ([layout, text]) => {
    try {
      return readTime(layout as string, text as string);
    } catch {
      return new GoTime(zeroTime);
    }
  }),
  mustToDate: fn('string, string', ([layout, text]) => readTime(layout as string, text as string)),
};
