/** A clock that moves only when told, for tests of stores. */
import { sleepOn } from '@orrery/machinery/clock';
import type { Clock, Timer } from '@orrery/machinery/clock';

export interface ManualClock extends Clock {
  /** Moves on by `byMs` and rings what falls due, in order of time. */
  advance(byMs: number): void;
}

interface Alarm {
  atMs: number;
  readonly periodMs: number;
  readonly callback: () => void;
}

/** @param startMs the first answer of `now`, milliseconds since the epoch */
export function createManualClock(startMs = 1_700_000_000_000): ManualClock {
  let nowMs = startMs;
  const alarms = new Set<Alarm>();
  const set = (delayMs: number, periodMs: number, callback: () => void): Timer => {
    const alarm: Alarm = { atMs: nowMs + delayMs, periodMs, callback };
    alarms.add(alarm);
    const timer: Timer = { cancel: () => void alarms.delete(alarm), unref: () => timer };
    return timer;
  };
  const ring = (alarm: Alarm) => {
    nowMs = Math.max(nowMs, alarm.atMs);
    if (alarm.periodMs > 0) alarm.atMs += alarm.periodMs;
    else alarms.delete(alarm);
    alarm.callback();
  };
  const clock: ManualClock = {
    now: () => nowMs,
    monotonic: () => nowMs - startMs,
    after: (delayMs, callback) => set(delayMs, 0, callback),
    every: (periodMs, callback) => set(periodMs, periodMs, callback),
    sleep: (delayMs, signal) => sleepOn(clock, delayMs, signal),
    advance(byMs) {
      const untilMs = nowMs + byMs;
      for (let next = earliest(alarms); next && next.atMs <= untilMs; next = earliest(alarms)) ring(next);
      nowMs = untilMs;
    },
  };
  return clock;
}

function earliest(alarms: ReadonlySet<Alarm>): Alarm | undefined {
  let found: Alarm | undefined;
  for (const alarm of alarms) if (!found || alarm.atMs < found.atMs) found = alarm;
  return found;
}
