/**
 * Lets few requests of one connection run at a time, those of streams that are gone among them: a client that resets what it asked for
 * frees its place on the wire, but not the work it caused (CVE-2023-44487; as Go's server does).
 */

/** For each place, so many may wait; who has more waiting is not a client but an attack. */
const waitingPerPlace = 4;

/** What the gate needs of a stream. */
export interface Comer {
  readonly destroyed: boolean;
  once(event: 'close', listener: () => void): unknown;
}

export interface Gate {
  /** Runs it in its turn; undefined when its stream was gone before. */
  run<T>(comer: Comer, act: () => Promise<T>): Promise<T | undefined>;
}

interface Waiting {
  gone: boolean;
  settle(mayRun: boolean): void;
}

/** @param overrun is called when more wait than may */
export function createGate(places: number, overrun: () => void): Gate {
  let running = 0;
  let waiting: Waiting[] = [];

  const wait = (comer: Comer): Promise<boolean> =>
    new Promise(resolve => {
      const entry: Waiting = { gone: false, settle: resolve };
      comer.once('close', () => {
        // It keeps its place in the queue, so that it counts, but nothing of its request is kept.
        entry.gone = true;
        resolve(false);
      });
      waiting.push(entry);
    });

  const next = (): void => {
    const first = waiting.findIndex(entry => !entry.gone);
    const entry = waiting[first];
    waiting = first < 0 ? [] : waiting.slice(first + 1);
    if (entry === undefined) return;
    running++;
    entry.settle(true);
  };

  return {
    async run(comer, act) {
      if (running < places) running++;
      else if (waiting.length >= places * waitingPerPlace) return void overrun();
      else if (!(await wait(comer))) return undefined;
      try {
        return await act();
      } finally {
        running--;
        next();
      }
    },
  };
}
