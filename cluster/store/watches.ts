/** Running watches: each hears every transaction that touches its prefix, in order, once. */
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Committed } from './history.ts';
import type { Watch, WatchBatch } from './types.ts';

type Listener = (batch: WatchBatch) => void;

/** How many past transactions a new watch is told in one go; the rest follows, so that the event loop is not held. */
const backlogSlice = 2000;

interface Running {
  readonly prefix: string;
  readonly listener: Listener;
  /** Only transactions after this revision are told. */
  after: number;
  /** Transactions that wait their turn while the past is still being told. */
  backlog: Committed[] | undefined;
  closed: boolean;
}

export class Watches {
  readonly #running = new Set<Running>();
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Starts a watch that first hears `past`, then what {@link tell} is given. */
  start(prefix: string, after: number, past: Committed[], listener: Listener): Watch {
    const running: Running = { prefix, listener, after, backlog: past.length > 0 ? past : undefined, closed: false };
    this.#running.add(running);
    this.#drain(running);
    return {
      close: () => {
        running.closed = true;
        running.backlog = undefined;
        this.#running.delete(running);
      },
    };
  }

  tell(committed: Committed): void {
    for (const running of this.#running) {
      if (running.backlog) running.backlog.push(committed);
      else this.#deliver(running, committed);
    }
  }

  closeAll(): void {
    for (const running of this.#running) running.closed = true;
    this.#running.clear();
  }

  #drain(running: Running): void {
    // The backlog can grow while it is told (a listener may commit), so its length is read anew each time.
    for (let i = 0; running.backlog && !running.closed; i++) {
      const committed = running.backlog[i];
      if (!committed) {
        running.backlog = undefined;
      } else if (i === backlogSlice) {
        running.backlog = running.backlog.slice(i);
        this.#clock.after(0, () => this.#drain(running));
        return;
      } else {
        this.#deliver(running, committed);
      }
    }
  }

  #deliver(running: Running, committed: Committed): void {
    if (running.closed || committed.revision <= running.after) return;
    running.after = committed.revision;
    const batch = touching(committed, running.prefix);
    if (!batch) return;
    try {
      running.listener(batch);
    } catch (error) {
      // One broken listener must not keep the transaction from the others, nor from the writer.
      this.#log.error('a watch listener failed', { prefix: running.prefix, revision: committed.revision, error });
    }
  }
}

/** The part of a transaction under `prefix`: the transaction itself when that is all of it, undefined when it is none. */
function touching(committed: Committed, prefix: string): WatchBatch | undefined {
  const { events } = committed;
  if (events.every(event => event.key.startsWith(prefix))) return committed;
  const touched = events.filter(event => event.key.startsWith(prefix));
  return touched.length > 0 ? { revision: committed.revision, events: touched } : undefined;
}
