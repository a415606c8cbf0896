/** Schedules of cron jobs and their time zones, in the words of upstream's parsers. */

const macros = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']);

type Bounds = readonly [low: number, high: number, words?: readonly string[]];

/** Upper and lower bounds of the five fields of a schedule. */
const bounds: readonly Bounds[] = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12, ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']],
  [0, 6, ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']],
];

const duration = /^[+-]?((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/;

/** The schedule without a time zone before it; a text that begins with a bad zone is its problem. */
function withoutZone(schedule: string): { rest: string } | { problem: string } {
  const zone = /^(?:CRON_)?TZ=(\S*)\s(.*)$/s.exec(schedule);
  if (!zone) return { rest: schedule };
  const known = zoneProblem(zone[1]!) === undefined;
  return known
    ? { rest: zone[2]!.trim() }
    : { problem: `provided bad location ${zone[1]}: unknown time zone ${zone[1]}` };
}

/** What is wrong with a schedule; undefined when it is well-formed. */
export function scheduleProblem(schedule: string): string | undefined {
  const found = withoutZone(schedule);
  if ('problem' in found) return found.problem;
  const { rest } = found;
  if (rest.startsWith('@')) return descriptorProblem(rest);
  const fields = rest.split(/\s+/).filter(field => field !== '');
  if (fields.length !== 5) return `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`;
  for (const [at, field] of fields.entries()) {
    for (const part of field.split(',')) {
      const problem = part === '' ? undefined : rangeProblem(part, bounds[at]!);
      if (problem) return problem;
    }
  }
  return undefined;
}

function descriptorProblem(text: string): string | undefined {
  if (macros.has(text)) return undefined;
  if (!text.startsWith('@every ')) return `unrecognized descriptor: ${text}`;
  const length = text.slice('@every '.length);
  return duration.test(length)
    ? undefined
    : `failed to parse duration ${text}: time: invalid duration ${JSON.stringify(length)}`;
}

const unreadable = (text: string): string =>
  `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;

function rangeProblem(text: string, [low, high, words]: Bounds): string | undefined {
  const [range = '', step, ...more] = text.split('/');
  const ends = range.split('-');
  const star = ends[0] === '*' || ends[0] === '?';
  if (!star && ends.length > 2) return `too many hyphens: ${text}`;
  const numbers: number[] = [];
  for (const end of star ? [`${low}`, `${high}`] : ends) {
    const word = words?.indexOf(end.toLowerCase()) ?? -1;
    if (word < 0 && !/^\+?\d+$/.test(end)) return unreadable(end);
    numbers.push(word >= 0 ? word + (low === 1 ? 1 : 0) : Number(end));
  }
  if (more.length > 0) return `too many slashes: ${text}`;
  if (step !== undefined && !/^[+-]?\d+$/.test(step)) return unreadable(step);
  if (step !== undefined && Number(step) < 0) return `negative number (${Number(step)}) not allowed: ${step}`;
  const [start, end = step === undefined ? start! : high] = numbers as [number, number?];
  if (start < low) return `beginning of range (${start}) below minimum (${low}): ${text}`;
  if (end > high) return `end of range (${end}) above maximum (${high}): ${text}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${text}`;
  return step !== undefined && Number(step) === 0 ? `step of range should be a positive number: ${text}` : undefined;
}

/** What is wrong with the name of a time zone; undefined when it is known. */
export function zoneProblem(zone: string): string | undefined {
  const unknown = `unknown time zone ${zone}`;
  if (zone === '' || zone === 'UTC' || zone === 'Local') return undefined;
  if (!/^[A-Z]/.test(zone)) return unknown;
  try {
    Intl.DateTimeFormat('en', { timeZone: zone });
    return undefined;
  } catch {
    return unknown;
  }
}
