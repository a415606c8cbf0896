/** A clock that stands still until it is told to move: for tests that must not depend on real time. */
import { sleepOn, type Clock } from './clock.ts';

export interface ManualClock extends Clock {
  /** Moves on by `ms`, ringing alarms in order and letting what they started settle before the next. */
  advance(ms: number): Promise<void>;
  /** Moves on by `ms` at once: alarms ring in order, and nothing they started goes on in between. */
  jump(ms: number): void;
  /** Lets everything that can happen without time passing happen. */
  settle(): Promise<void>;
  /** Alarms that are set. */
  readonly alarms: number;
}

/** Starts at `startMs` since the epoch. Zero delays ring when `settle` or `advance` is called, without time passing. */
export function createManualClock(startMs = Date.UTC(2025, 0, 1)): ManualClock {
  let elapsed = 0;
  let sequence = 0;
  const alarms = new Map<number, { at: number; ring: () => void }>();

  const set = (at: number, ring: () => void) => {
    const id = ++sequence;
    alarms.set(id, { at, ring });
    return id;
  };
  const timer = (id: () => number) => ({
    cancel: () => void alarms.delete(id()),
    unref() {
      return this;
    },
  });
  const nextDue = (until: number) => {
    let due: [number, { at: number; ring: () => void }] | undefined;
    for (const entry of alarms) if (entry[1].at <= until && (!due || entry[1].at < due[1].at)) due = entry;
    return due;
  };
  const turn = () => new Promise<void>(resolve => setImmediate(resolve));
  const settle = async () => {
    for (let quiet = 0; quiet < 10; quiet++) {
      await turn();
      for (let due = nextDue(elapsed); due; due = nextDue(elapsed)) {
        alarms.delete(due[0]);
        due[1].ring();
        quiet = 0;
      }
    }
  };
  const clock: ManualClock = {
    now: () => startMs + elapsed,
    monotonic: () => elapsed,
    after(delayMs, callback) {
      const id = set(elapsed + Math.max(0, delayMs), callback);
      return timer(() => id);
    },
    every(periodMs, callback) {
      let id = 0;
      const again = () => {
        id = set(elapsed + periodMs, () => {
          again();
          callback();
        });
      };
      again();
      return timer(() => id);
    },
    sleep: (delayMs, signal) => sleepOn(clock, delayMs, signal),
    settle,
    async advance(ms) {
      await settle();
      const target = elapsed + ms;
      for (let due = nextDue(target); due; due = nextDue(target)) {
        elapsed = Math.max(elapsed, due[1].at);
        await settle();
      }
      elapsed = target;
      await settle();
    },
    jump(ms) {
      const target = elapsed + ms;
      for (let due = nextDue(target); due; due = nextDue(target)) {
        elapsed = Math.max(elapsed, due[1].at);
        alarms.delete(due[0]);
        due[1].ring();
      }
      elapsed = target;
    },
    get alarms() {
      return alarms.size;
    },
  };
  return clock;
}
