/** Filling caches of thousands of objects, page by page, so that whoever else works in the thread has a turn between two pages. */
import type { Clock } from '@orrery/machinery/clock';

export interface Turns {
  /** Before a page: resolves at once while the slice lasts, else in line, a slice in each turn of the loop. */
  next(): Promise<void>;
  /** Someone begins; call the result when done. */
  enter(): () => void;
}

/** How long pages may follow each other. */
const sliceMs = 5;

const known = new WeakMap<Clock, Turns>();

/** All that share a clock share a thread. */
export function turnsOf(clock: Clock): Turns {
  let turns = known.get(clock);
  if (!turns) known.set(clock, (turns = createTurns(clock)));
  return turns;
}

function createTurns(clock: Clock): Turns {
  let began = 0;
  let inside = 0;
  let waiting = 0;
  let line = Promise.resolve();
  const isOver = () => clock.monotonic() - began >= sliceMs;
  const go = async () => {
    if (isOver()) {
      await clock.sleep(0);
      began = clock.monotonic();
    }
    waiting--;
  };
  return {
    next() {
      if (waiting === 0 && !isOver()) return Promise.resolve();
      waiting++;
      return (line = line.then(go));
    },
    enter() {
      if (inside++ === 0) began = clock.monotonic();
      return () => void inside--;
    },
  };
}
