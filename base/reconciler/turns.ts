/**
 * Filling caches of thousands of objects, page by page, so that whoever else works in the thread has a turn between two pages. Who has
 * read least is next: what is small, and waited for by everybody, is not behind what is large.
 */
import type { Clock } from '@orrery/machinery/clock';

/** One list that is being read. */
export interface Reader {
  /** Before a page: resolves at once while the slice lasts and nobody waits, else in its turn of the loop. */
  next(): Promise<void>;
  /** It has read all. */
  leave(): void;
}

export interface Turns {
  enter(): Reader;
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

interface Waiting {
  readonly pages: number;
  readonly go: () => void;
}

function createTurns(clock: Clock): Turns {
  let began = 0;
  let inside = 0;
  let isServing = false;
  const waiting: Waiting[] = [];
  const isOver = () => clock.monotonic() - began >= sliceMs;
  // A page in each turn: what it is made of comes in steps, so that how long it took is seen only when it is over.
  const serve = async () => {
    isServing = true;
    while (waiting.length > 0) {
      await clock.sleep(0);
      began = clock.monotonic();
      const least = Math.min(...waiting.map(({ pages }) => pages));
      const [next] = waiting.splice(
        waiting.findIndex(({ pages }) => pages === least),
        1,
      );
      next!.go();
    }
    isServing = false;
  };
  return {
    enter() {
      let pages = 0;
      if (inside++ === 0) began = clock.monotonic();
      return {
        next() {
          const own = pages++;
          if (waiting.length === 0 && !isServing && !isOver()) return Promise.resolve();
          return new Promise(go => {
            waiting.push({ pages: own, go });
            if (!isServing) void serve();
          });
        },
        leave: () => void inside--,
      };
    },
  };
}
