/** Cron schedules (robfig/cron's standard form): five fields or `@hourly`, `@every 1h30m` and the like. */
import { parseDuration } from '@orrery/machinery/duration';

export interface Schedule {
  /** The first time strictly after `time` (both in milliseconds since the epoch); undefined when there is none within five years. */
  next(time: number): number | undefined;
}

interface Field {
  readonly values: ReadonlySet<number>;
  /** Written as `*` or `?`: matters to days, where one such field leaves the decision to the other. */
  readonly any: boolean;
}

const monthNames = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const shorthands: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** Throws an Error for anything that is no schedule, and for a time zone nobody knows. The zone is UTC unless given. */
export function parseSchedule(text: string, timeZone = 'UTC'): Schedule {
  if (text.startsWith('@every ')) {
    const period = Math.max(1000, Math.floor(parseDuration(text.slice('@every '.length)) / 1000) * 1000);
    return { next: time => Math.floor(time / 1000) * 1000 + period };
  }
  const fields = (shorthands[text] ?? text).trim().split(/\s+/);
  if (fields.length !== 5) throw new Error(`expected exactly 5 fields, found ${fields.length}: [${text}]`);
  const [minute, hour, day, month, weekday] = fields as [string, string, string, string, string];
  const parsed = {
    minute: parseField(minute, 0, 59),
    hour: parseField(hour, 0, 23),
    day: parseField(day, 1, 31),
    month: parseField(month, 1, 12, monthNames, 1),
    weekday: parseField(weekday, 0, 6, dayNames),
  };
  const offset = offsetsOf(timeZone);
  return { next: time => nextTime(parsed, offset, time) };
}

type Fields = Readonly<Record<'minute' | 'hour' | 'day' | 'month' | 'weekday', Field>>;

function parseField(text: string, low: number, high: number, names: readonly string[] = [], firstName = 0): Field {
  const values = new Set<number>();
  let everything = false;
  const number = (word: string): number => {
    const named = names.indexOf(word.toLowerCase());
    const value = named >= 0 ? named + firstName : /^\d+$/.test(word) ? Number(word) : NaN;
    if (Number.isNaN(value)) throw new Error(`failed to parse int from ${word}`);
    return value;
  };
  for (const part of text.split(',')) {
    const [range = '', stepText, ...more] = part.split('/');
    if (more.length > 0) throw new Error(`too many slashes: ${part}`);
    const step = stepText === undefined ? 1 : number(stepText);
    if (step === 0) throw new Error(`step of range should be a positive number: ${part}`);
    const any = range === '*' || range === '?';
    everything ||= any && step === 1;
    const bounds = range.split('-');
    if (bounds.length > 2) throw new Error(`too many hyphens: ${part}`);
    const from = any ? low : number(bounds[0]!);
    const to = any || (bounds.length === 1 && stepText !== undefined) ? high : number(bounds[1] ?? bounds[0]!);
    if (from < low) throw new Error(`beginning of range (${from}) below minimum (${low}): ${part}`);
    if (to > high) throw new Error(`end of range (${to}) above maximum (${high}): ${part}`);
    if (from > to) throw new Error(`beginning of range (${from}) beyond end of range (${to}): ${part}`);
    for (let value = from; value <= to; value += step) values.add(value);
  }
  return { values, any: everything };
}

/** How far a zone's wall clock is ahead of UTC at an instant, in milliseconds. */
function offsetsOf(timeZone: string): (time: number) => number {
  if (timeZone === 'UTC' || timeZone === 'Etc/UTC') return () => 0;
  let format: Intl.DateTimeFormat;
  try {
    const numeric = 'numeric' as const;
    const parts = { year: numeric, month: numeric, day: numeric, hour: numeric, minute: numeric, second: numeric };
    format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', ...parts });
  } catch {
    throw new Error(`unknown time zone ${timeZone}`);
  }
  return time => {
    const parts = Object.fromEntries(format.formatToParts(time).map(({ type, value }) => [type, Number(value)]));
    const wall = Date.UTC(
      parts['year']!,
      parts['month']! - 1,
      parts['day'],
      parts['hour'],
      parts['minute'],
      parts['second'],
    );
    return wall - Math.floor(time / 1000) * 1000;
  };
}

const minuteMs = 60_000;
const farthestYears = 5;

/** Walks the wall clock: whole months and days are skipped at once. */
function nextTime(fields: Fields, offset: (time: number) => number, after: number): number | undefined {
  const from = Math.floor(after / minuteMs) * minuteMs + minuteMs;
  let wall = from + offset(from);
  const limit = new Date(wall).getUTCFullYear() + farthestYears;
  for (;;) {
    const date = new Date(wall);
    const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
    if (year > limit) return undefined;
    if (!fields.month.values.has(month + 1)) wall = Date.UTC(year, month + 1, 1);
    else if (!dayMatches(fields, date)) wall = Date.UTC(year, month, day + 1);
    else if (!fields.hour.values.has(date.getUTCHours())) wall = Date.UTC(year, month, day, date.getUTCHours() + 1);
    else if (!fields.minute.values.has(date.getUTCMinutes())) wall += minuteMs;
    else {
      const time = instantOf(wall, offset);
      // A wall time that the clock skips, or that lies behind us because the clock was set back.
      if (time !== undefined && time > after) return time;
      wall += minuteMs;
    }
  }
}

function dayMatches({ day, weekday }: Fields, date: Date): boolean {
  const byDay = day.values.has(date.getUTCDate());
  const byWeekday = weekday.values.has(date.getUTCDay());
  return day.any || weekday.any ? byDay && byWeekday : byDay || byWeekday;
}

function instantOf(wall: number, offset: (time: number) => number): number | undefined {
  const guess = wall - offset(wall);
  for (const time of [guess, wall - offset(guess)]) if (time + offset(time) === wall) return time;
  return undefined;
}

/** The latest time of the schedule after `since` and not after `now`, and whether more than 100 were passed. */
export function mostRecent(
  schedule: Schedule,
  since: number,
  now: number,
): { time: number; many: boolean } | undefined {
  let time: number | undefined;
  let lookBack = minuteMs;
  // Look back twice as far until something is found: cheap for frequent and for rare schedules alike.
  for (;;) {
    const from = Math.max(since, now - lookBack);
    const first = schedule.next(from);
    if (first !== undefined && first <= now) {
      time = first;
      break;
    }
    if (from === since) return undefined;
    lookBack *= 2;
  }
  for (let next = schedule.next(time); next !== undefined && next <= now; next = schedule.next(next)) time = next;
  let passed = 0;
  for (let at = schedule.next(since); at !== undefined && at <= now && passed <= 100; at = schedule.next(at)) passed++;
  return { time, many: passed > 100 };
}
