/**
 * Long work of one thread, cut so that whoever else works there has a turn between two pieces. Caches fill page by page: who has read least
 * is next, so that what is small, and waited for by everybody, is not behind what is large. Reconciles of all controllers share a slice in
 * each turn of the loop.
 */
import type { Clock } from '@orrery/machinery/clock';

/** One list that is being read. */
export interface Reader {
  /** Before a page: resolves at once while the slice lasts and nobody waits, else in its turn of the loop. */
  next(): Promise<void>;
  /** Within a page, as often as one likes: undefined while the slice lasts, else resolves in a turn that comes later. */
  more(): Promise<void> | undefined;
  /** It has read all. */
  leave(): void;
}

export interface Turns {
  /** Nobody hurries for what is read in the `background`: for some seconds it has its turns only while no other list is being read. */
  enter(options?: { readonly background?: boolean }): Reader;
}

/** Those who work in slices of the thread. */
export interface Slices {
  /** Whether the slice of this turn of the loop is over. */
  isOver(): boolean;
  /** Calls `go` in a later turn, in the order of asking. */
  next(go: () => void): void;
}

/** How long pages, or reconciles, may follow each other. */
const sliceMs = 5;
/** A list that does not answer keeps those in the background waiting no longer. */
const backgroundPatienceMs = 10_000;

const ofThread = <T>(make: (clock: Clock) => T): ((clock: Clock) => T) => {
  const known = new WeakMap<Clock, T>();
  return clock => {
    let one = known.get(clock);
    if (!one) known.set(clock, (one = make(clock)));
    return one;
  };
};

/** All that share a clock share a thread. */
export const turnsOf = ofThread(createTurns);
export const slicesOf = ofThread(createSlices);

interface Waiting {
  readonly pages: number;
  readonly hurriesAtMs: number;
  readonly go: () => void;
}

function createTurns(clock: Clock): Turns {
  let began = 0;
  let inside = 0;
  /** Those of them that are not in the background. */
  let urgent = 0;
  let isServing = false;
  let wake = () => {};
  const waiting: Waiting[] = [];
  const isOver = () => clock.monotonic() - began >= sliceMs;
  const isBehind = (hurriesAtMs: number) => urgent > 0 && clock.monotonic() < hurriesAtMs;
  const rest = async () => {
    const awake = new Promise<void>(resolve => (wake = resolve));
    const alarm = clock.after(backgroundPatienceMs, wake);
    await awake;
    alarm.cancel();
  };
  // A page in each turn: what it is made of comes in steps, so that how long it took is seen only when it is over.
  const serve = async () => {
    isServing = true;
    while (waiting.length > 0) {
      await clock.sleep(0);
      began = clock.monotonic();
      const ready = waiting.filter(({ hurriesAtMs }) => !isBehind(hurriesAtMs));
      if (ready.length === 0) {
        await rest();
        continue;
      }
      const next = ready.reduce((least, one) => (one.pages < least.pages ? one : least));
      waiting.splice(waiting.indexOf(next), 1);
      next.go();
    }
    isServing = false;
  };
  return {
    enter({ background = false } = {}) {
      let pages = 0;
      if (inside++ === 0) began = clock.monotonic();
      if (!background) urgent++;
      const hurriesAtMs = background ? clock.monotonic() + backgroundPatienceMs : 0;
      const turn = (read: number) =>
        new Promise<void>(go => {
          waiting.push({ pages: read, hurriesAtMs, go });
          wake();
          if (!isServing) void serve();
        });
      return {
        next() {
          const own = pages++;
          const isFree = waiting.length === 0 && !isServing && !isOver() && !isBehind(hurriesAtMs);
          return isFree ? Promise.resolve() : turn(own);
        },
        more: () => (isOver() ? turn(pages - 1) : undefined),
        leave() {
          inside--;
          if (!background) urgent--;
          wake();
        },
      };
    },
  };
}

/** Works on one after the other in slices of the thread, and rejects with what is thrown. Ends early when `signal` aborts. */
export function inSlices<T>(
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  items: readonly T[],
  work: (item: T) => void,
): Promise<void> {
  const slices = slicesOf(clock);
  return new Promise((resolve, reject) => {
    let at = 0;
    const go = (): void => {
      try {
        while (at < items.length && !signal.aborted) {
          if (slices.isOver()) return slices.next(go);
          work(items[at++]!);
        }
        resolve();
      } catch (error) {
        reject(error as Error);
      }
    };
    go();
  });
}

function createSlices(clock: Clock): Slices {
  const waiting: (() => void)[] = [];
  let began = 0;
  let isOpen = false;
  const open = () => {
    if (isOpen) return;
    isOpen = true;
    began = clock.monotonic();
    clock.after(0, serve);
  };
  const isOver = () => {
    open();
    return clock.monotonic() - began >= sliceMs;
  };
  function serve(): void {
    isOpen = false;
    while (waiting.length > 0 && !isOver()) waiting.shift()!();
  }
  return {
    isOver,
    next(go) {
      waiting.push(go);
      open();
    },
  };
}
