/** Calendar fields of moments and lengths of durations. */
import { overload } from '../environment.ts';
import type { Library, Overload } from '../environment.ts';
import { inZone } from '../time.ts';
import { Duration, Timestamp } from '../values.ts';

const day = 86_400_000;

const fields: Readonly<Record<string, (date: Date) => number>> = {
  getFullYear: date => date.getUTCFullYear(),
  getMonth: date => date.getUTCMonth(),
  getDayOfYear: date => {
    const start = new Date(0);
    start.setUTCFullYear(date.getUTCFullYear(), 0, 1);
    return Math.floor((date.getTime() - start.getTime()) / day);
  },
  getDayOfMonth: date => date.getUTCDate() - 1,
  getDate: date => date.getUTCDate(),
  getDayOfWeek: date => date.getUTCDay(),
  getHours: date => date.getUTCHours(),
  getMinutes: date => date.getUTCMinutes(),
  getSeconds: date => date.getUTCSeconds(),
  getMilliseconds: date => date.getUTCMilliseconds(),
};

const lengths: Readonly<Record<string, bigint>> = {
  getHours: 3_600_000_000_000n,
  getMinutes: 60_000_000_000n,
  getSeconds: 1_000_000_000n,
  getMilliseconds: 1_000_000n,
};

const field = ([name, read]: readonly [string, (date: Date) => number]): Overload[] => {
  const at = (nanos: bigint, zone: string) => {
    const date = inZone(nanos, zone);
    return date instanceof Date ? BigInt(read(date)) : date;
  };
  return [
    overload(`timestamp_${name}`, `timestamp.${name}(): int`, ([moment]) => at((moment as Timestamp).nanos, '')),
    overload(`timestamp_${name}_with_tz`, `timestamp.${name}(string): int`, ([moment, zone]) =>
      at((moment as Timestamp).nanos, zone as string),
    ),
  ];
};

export const times: Library = [
  ...Object.entries(fields).flatMap(field),
  ...Object.entries(lengths).map(([name, unit]) =>
    overload(`duration_${name}`, `duration.${name}(): int`, ([length]) => (length as Duration).nanos / unit),
  ),
];
