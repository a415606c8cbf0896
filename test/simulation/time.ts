/** Virtual time: it stands still while anything can happen without it, then leaps to the next alarm. */
import { sleepOn, type Clock, type Timer } from '@orrery/machinery/clock';

interface Alarm {
  readonly at: number;
  readonly order: number;
  readonly owner: { readonly alive: boolean };
  ring: (() => void) | undefined;
}

/** Something that can be killed: from then on none of its alarms ring. */
export interface Life {
  readonly name: string;
  readonly alive: boolean;
  readonly clock: Clock;
  /** As kill -9 does: nothing is told, nothing is tidied up. */
  end(): void;
}

export interface VirtualTime {
  /** Milliseconds since the beginning. */
  readonly elapsedMs: number;
  /** Milliseconds since the epoch, as every clock here shows. */
  now(): number;
  life(name: string): Life;
  /** Rings alarms in order until `untilMs`, letting what they started settle before the next. */
  run(untilMs: number): Promise<void>;
  /** Alarms rung so far. */
  readonly rung: number;
}

const startMs = Date.UTC(2026, 0, 1);

/** One turn of the event loop: all promises that can settle have settled. */
const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

export function createVirtualTime(): VirtualTime {
  const heap: Alarm[] = [];
  let elapsedMs = 0;
  let order = 0;
  let rung = 0;

  const set = (owner: Alarm['owner'], at: number, ring: () => void): Alarm => {
    const alarm: Alarm = { at, order: order++, owner, ring };
    push(heap, alarm);
    return alarm;
  };
  const timerOf = (alarm: () => Alarm): Timer => ({
    cancel: () => void (alarm().ring = undefined),
    unref() {
      return this;
    },
  });
  const clockOf = (owner: Alarm['owner']): Clock => {
    const clock: Clock = {
      now: () => startMs + Math.floor(elapsedMs),
      monotonic: () => elapsedMs,
      after(delayMs, callback) {
        const alarm = set(owner, elapsedMs + Math.max(0, delayMs), callback);
        return timerOf(() => alarm);
      },
      every(periodMs, callback) {
        let alarm: Alarm;
        const again = () => {
          alarm = set(owner, elapsedMs + periodMs, () => {
            again();
            callback();
          });
        };
        again();
        return timerOf(() => alarm);
      },
      sleep: (delayMs, signal) => sleepOn(clock, delayMs, signal),
    };
    return clock;
  };
  return {
    now: () => startMs + Math.floor(elapsedMs),
    get elapsedMs() {
      return elapsedMs;
    },
    get rung() {
      return rung;
    },
    life(name) {
      const state = { alive: true };
      return {
        name,
        get alive() {
          return state.alive;
        },
        clock: clockOf(state),
        end: () => void (state.alive = false),
      };
    },
    async run(untilMs) {
      for (;;) {
        await turn();
        while (heap.length > 0 && (heap[0]!.ring === undefined || !heap[0]!.owner.alive)) pop(heap);
        const next = heap[0];
        if (!next || next.at > untilMs) break;
        pop(heap);
        elapsedMs = Math.max(elapsedMs, next.at);
        rung++;
        next.ring!();
      }
      elapsedMs = untilMs;
    },
  };
}

const isBefore = (a: Alarm, b: Alarm): boolean => a.at < b.at || (a.at === b.at && a.order < b.order);

function push(heap: Alarm[], alarm: Alarm): void {
  let at = heap.length;
  heap.push(alarm);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!isBefore(alarm, heap[parent]!)) break;
    heap[at] = heap[parent]!;
    at = parent;
  }
  heap[at] = alarm;
}

function pop(heap: Alarm[]): void {
  const last = heap.pop()!;
  if (heap.length === 0) return;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
    if (!isBefore(heap[child]!, last)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = last;
}
