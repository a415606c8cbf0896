/** Whether a server kept its bounds: memory and handles come to rest, the disk stays in its budget. Pure. */

/** What one look at the server showed. */
export interface Sample {
  /** Seconds since the load began. */
  readonly atSeconds: number;
  readonly memoryBytes: number;
  /** Open files, sockets and pipes. */
  readonly handles: number;
  /** The store's files. */
  readonly diskBytes: number;
  /** Requests that were answered with success, and those that failed, since the load began. */
  readonly succeeded: number;
  readonly failed: number;
}

export interface Bounds {
  readonly memoryBytesMax: number;
  readonly diskBytesMax: number;
  /** Growth is judged from this time on: before, the past that the store keeps is still filling up. */
  readonly growthAfterSeconds: number;
  /** How much memory may be above what it was in the second quarter, at the end. */
  readonly memoryGrowthMax: number;
  readonly memorySlackBytes: number;
  /** How many handles more there may be at the end. */
  readonly handlesGrowthMax: number;
  /** The share of requests that may fail. */
  readonly failuresMax: number;
}

const mebibyte = 1024 * 1024;

/**
 * The store keeps five minutes or 64 MiB of the past, up to 32 MiB of log that a snapshot could replace, the snapshot and two segments
 * of 16 MiB: with a small state that stays below 256 MiB whatever is written.
 */
export const defaultBounds: Bounds = {
  memoryBytesMax: 700 * mebibyte,
  diskBytesMax: 256 * mebibyte,
  growthAfterSeconds: 1_800,
  memoryGrowthMax: 1.25,
  memorySlackBytes: 48 * mebibyte,
  handlesGrowthMax: 20,
  failuresMax: 0.001,
};

export interface Verdict {
  /** One sentence per bound that was broken. */
  readonly problems: readonly string[];
  readonly memoryEarly: number;
  readonly memoryLate: number;
  readonly memoryMost: number;
  readonly handlesEarly: number;
  readonly handlesLate: number;
  readonly diskMost: number;
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

const mib = (bytes: number): string => `${Math.round(bytes / mebibyte)} MiB`;

/** The first quarter is for warming up; the second is what the last is compared with. @throws RangeError with fewer than four samples. */
export function judge(samples: readonly Sample[], bounds: Bounds): Verdict {
  if (samples.length < 4) throw new RangeError('a soak needs four looks at least: let it run longer');
  const quarter = samples.length / 4;
  const early = samples.slice(Math.floor(quarter), Math.floor(2 * quarter));
  const late = samples.slice(Math.floor(3 * quarter));
  const of = (which: readonly Sample[], what: 'memoryBytes' | 'handles' | 'diskBytes') => which.map(each => each[what]);
  const memoryEarly = median(of(early, 'memoryBytes'));
  const memoryLate = median(of(late, 'memoryBytes'));
  const memoryMost = Math.max(...of(samples, 'memoryBytes'));
  const handlesEarly = median(of(early, 'handles'));
  const handlesLate = median(of(late, 'handles'));
  const diskMost = Math.max(...of(samples, 'diskBytes'));
  const { succeeded, failed, atSeconds } = samples.at(-1)!;
  const isLong = atSeconds >= bounds.growthAfterSeconds;
  const problems = [
    memoryMost > bounds.memoryBytesMax && `memory reached ${mib(memoryMost)} of ${mib(bounds.memoryBytesMax)}`,
    isLong &&
      memoryLate > memoryEarly * bounds.memoryGrowthMax + bounds.memorySlackBytes &&
      `memory grew from ${mib(memoryEarly)} to ${mib(memoryLate)}`,
    isLong &&
      handlesLate > handlesEarly + bounds.handlesGrowthMax &&
      `handles grew from ${handlesEarly} to ${handlesLate}`,
    diskMost > bounds.diskBytesMax && `the store took ${mib(diskMost)} of ${mib(bounds.diskBytesMax)} on disk`,
    failed > (succeeded + failed) * bounds.failuresMax && `${failed} of ${succeeded + failed} requests failed`,
    succeeded === 0 && 'nothing succeeded',
  ].filter(problem => problem !== false);
  return { problems, memoryEarly, memoryLate, memoryMost, handlesEarly, handlesLate, diskMost };
}
