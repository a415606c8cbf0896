/** A recorded terminal (asciicast v2), and where in it one is (pure). The recording is not trusted: whoever sat there wrote it. */

export interface CastEvent {
  /** Seconds since the beginning. */
  readonly at: number;
  /** What the screen was sent, or the size that it was given. */
  readonly what: { readonly text: string } | { readonly columns: number; readonly rows: number };
}

export interface Cast {
  readonly columns: number;
  readonly rows: number;
  readonly events: readonly CastEvent[];
  /** Seconds. */
  readonly duration: number;
}

/** A screen that is wider or higher than anybody's is a way to use up memory. */
const columnsMax = 500;
const rowsMax = 200;
const within = (value: unknown, otherwise: number, most: number): number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 ? Math.min(value, most) : otherwise;
const sizeOf = (columns: unknown, rows: unknown) => ({
  columns: within(columns, 80, columnsMax),
  rows: within(rows, 24, rowsMax),
});

/** Lines that are none are left out, and time never goes back. @throws Error when it is no recording of this form at all. */
export function readCast(text: string): Cast {
  const [head = '', ...lines] = text.split('\n');
  const given = objectIn(head) as { version?: unknown; width?: unknown; height?: unknown } | undefined;
  if (given?.version !== 2) throw new Error('not a recording of the form asciicast v2');
  const events: CastEvent[] = [];
  let last = 0;
  for (const line of lines) {
    const [at, kind, data] = (objectIn(line) ?? []) as [unknown?, unknown?, unknown?];
    if (typeof at !== 'number' || !Number.isFinite(at) || typeof data !== 'string') continue;
    last = Math.max(last, at);
    if (kind === 'o') events.push({ at: last, what: { text: data } });
    const [, columns, rows] = (kind === 'r' && /^(\d{1,5})x(\d{1,5})$/.exec(data)) || [];
    if (columns) events.push({ at: last, what: sizeOf(Number(columns), Number(rows)) });
  }
  return { ...sizeOf(given.width, given.height), events, duration: last };
}

function objectIn(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The same without waiting: pauses are at most `pauseMax` seconds long. */
export function withoutPauses(cast: Cast, pauseMax: number): Cast {
  let [now, before] = [0, 0];
  const events = cast.events.map(event => {
    now += Math.min(event.at - before, pauseMax);
    before = event.at;
    return { ...event, at: now };
  });
  return { ...cast, events, duration: now };
}

/** The events after `from` and up to `to`, in their order. */
export const between = ({ events }: Cast, from: number, to: number): readonly CastEvent[] =>
  events.filter(({ at }) => at > from && at <= to);

export const speeds = [0.5, 1, 2, 4, 8] as const;
export type Speed = (typeof speeds)[number];

/** `0:07`, `12:30`, `1:02:03`. */
export function timeText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

export type Command =
  | { readonly do: 'toggle' }
  | { readonly do: 'seek'; readonly to: number }
  | { readonly do: 'speed'; readonly by: 1 | -1 };

const stepSeconds = 5;

/** What a key does; undefined for those that are nobody's. */
export function commandFor(key: string, position: number, duration: number): Command | undefined {
  if (key === ' ' || key === 'k') return { do: 'toggle' };
  if (key === 'ArrowRight') return { do: 'seek', to: Math.min(position + stepSeconds, duration) };
  if (key === 'ArrowLeft') return { do: 'seek', to: Math.max(position - stepSeconds, 0) };
  if (key === 'Home') return { do: 'seek', to: 0 };
  if (key === 'End') return { do: 'seek', to: duration };
  if (key === '>' || key === '+') return { do: 'speed', by: 1 };
  if (key === '<' || key === '-') return { do: 'speed', by: -1 };
  return /^[0-9]$/.test(key) ? { do: 'seek', to: (duration * Number(key)) / 10 } : undefined;
}

export const speedAfter = (speed: Speed, by: 1 | -1): Speed =>
  speeds[Math.min(Math.max(speeds.indexOf(speed) + by, 0), speeds.length - 1)]!;
