/** How bad the network is, and what that means for one request. */
import type { Chance } from './chance.ts';

/** Probabilities per request, unless said otherwise. */
export interface Weather {
  /** Lost before the server saw it, or its answer lost after. */
  readonly lostBefore: number;
  readonly lostAfter: number;
  /** Executed twice; the second time later. */
  readonly twice: number;
  /** Held up by up to {@link longestDelayMs}, on the way there or back: others overtake it. */
  readonly late: number;
  /** Answered with 429, 500, 503 or 504 instead of being executed. */
  readonly refused: number;
  /** An update or patch that is answered with a conflict instead of being executed. */
  readonly conflict: number;
  /** A watch that tells everything late, by up to three seconds. */
  readonly slowWatch: number;
  /** A watch that is cut after some seconds. */
  readonly cutWatch: number;
  /** The caller dies just before the write is executed, or just after. */
  readonly deadly: number;
}

export const calm: Weather = {
  lostBefore: 0,
  lostAfter: 0,
  twice: 0,
  late: 0,
  refused: 0,
  conflict: 0,
  slowWatch: 0,
  cutWatch: 0,
  deadly: 0,
};

export const storm: Weather = {
  lostBefore: 0.01,
  lostAfter: 0.01,
  twice: 0.005,
  late: 0.02,
  refused: 0.015,
  conflict: 0.01,
  slowWatch: 0.15,
  cutWatch: 0.3,
  deadly: 0.002,
};

export const longestDelayMs = 2_000;

export type Refusal = 409 | 429 | 500 | 503 | 504;

/** What becomes of one request. Delays are milliseconds. */
export interface Fate {
  readonly thereMs: number;
  readonly backMs: number;
  readonly lost?: 'before' | 'after';
  readonly againAfterMs?: number;
  readonly refusal?: Refusal;
  readonly dies?: 'before' | 'after';
  /** For a watch. */
  readonly lagMs: number;
  readonly cutAfterMs?: number;
}

const quick = (chance: Chance): number => 0.1 + chance.random.float();

/** Draws the fate of a request. Only writes kill their caller, and only updates and patches conflict. */
export function fateOf(weather: Weather, chance: Chance, method: string, isWatch: boolean): Fate {
  const thereMs = quick(chance);
  const backMs = quick(chance);
  if (weather === calm) return { thereMs, backMs, lagMs: 0 };
  const isWrite = method !== 'GET';
  const late = chance.happens(weather.late) ? chance.random.float() * longestDelayMs : 0;
  const there = chance.happens(0.5);
  const refusal: Refusal | undefined = chance.happens(weather.refused)
    ? chance.pick([429, 500, 503, 504] as const)
    : (method === 'PUT' || method === 'PATCH') && chance.happens(weather.conflict)
      ? 409
      : undefined;
  return {
    thereMs: thereMs + (there ? late : 0),
    backMs: backMs + (there ? 0 : late),
    lagMs: isWatch && chance.happens(weather.slowWatch) ? chance.random.float() * 3_000 : 0,
    ...(chance.happens(weather.lostBefore)
      ? { lost: 'before' as const }
      : chance.happens(weather.lostAfter) && { lost: 'after' as const }),
    ...(isWrite && chance.happens(weather.twice) && { againAfterMs: chance.random.float() * 500 }),
    ...(refusal && { refusal }),
    ...(isWrite && chance.happens(weather.deadly) && { dies: chance.pick(['before', 'after'] as const) }),
    ...(isWatch && chance.happens(weather.cutWatch) && { cutAfterMs: 1_000 + chance.random.float() * 60_000 }),
  };
}
