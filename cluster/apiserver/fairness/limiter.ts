/**
 * Seats: who may be worked on now, who waits, who is refused. In one process a request that reads is over before the next one is looked at,
 * so a seat that was taken comes back with the next turn of the event loop only: what a level starts between two looks at the
 * sockets is bounded, and what came meanwhile from others takes its place in the queues.
 */
import type { Clock } from '@orrery/machinery/clock';
import type { RequestInfo } from '../types.ts';
import type { LevelSpec, Share } from './levels.ts';
import { mandatoryLevels, shareOut } from './levels.ts';
import type { Account, Waiting } from './queues.ts';
import { QueueSet, settle } from './queues.ts';

export type Refusal = 'queue-full' | 'concurrency-limit' | 'time-out' | 'cancelled';

/** Whose request it is, for those who look at what goes on. */
export interface Asker {
  readonly schema: string;
  readonly distinguisher: string;
  readonly user: string;
  readonly info: RequestInfo;
  /** Wall clock. */
  readonly arrivedMs: number;
}

/** A request that has its seats. */
export interface Ticket {
  readonly level: Level;
  readonly width: number;
  readonly asker?: Asker;
  /** Wall clock. */
  readonly startedMs: number;
  /** Of one that had to wait: who is charged for the time since it began. */
  readonly charged?: { readonly account: Account; readonly sinceMs: number };
}

interface Waiter extends Waiting {
  readonly asker: Asker | undefined;
  start(account: Account): void;
}

/** A priority level at work. */
export interface Level {
  spec: LevelSpec;
  share: Share;
  /** Seats in use, those that come back with the next turn among them. */
  used: number;
  returning: number;
  queues: QueueSet<Waiter>;
  readonly executing: Set<Ticket>;
  dispatched: number;
  readonly refused: Record<Refusal, number>;
  /** No longer configured: goes when nobody is in it. */
  leaving: boolean;
}

/** Thrown at a request that gets no seat. */
export class NoSeat extends Error {
  readonly reason: Refusal;
  constructor(reason: Refusal) {
    super(reason);
    this.reason = reason;
  }
}

export interface LimiterOptions {
  readonly clock: Clock;
  /** Of all levels together. */
  readonly seats: number;
  /** How long a request waits for a seat before it is refused. */
  readonly waitMs: number;
}

const noQueue = { queues: 1, handSize: 1, queueLengthLimit: 0 };
const sameQueues = (a: typeof noQueue, b: typeof noQueue): boolean =>
  a.queues === b.queues && a.handSize === b.handSize && a.queueLengthLimit === b.queueLengthLimit;

const newLevel = (spec: LevelSpec, share: Share): Level => ({
  ...{ spec, share, used: 0, returning: 0, dispatched: 0, leaving: false },
  queues: new QueueSet(spec.queuing ?? noQueue),
  executing: new Set(),
  refused: { 'queue-full': 0, 'concurrency-limit': 0, 'time-out': 0, cancelled: 0 },
});

export class Limiter {
  readonly #options: LimiterOptions;
  readonly #levels = new Map<string, Level>();
  /** In the order in which they end. */
  readonly #lingering: { readonly level: Level; readonly seats: number; readonly untilMs: number }[] = [];
  #armed = false;
  #lingerArmed = false;

  constructor(options: LimiterOptions) {
    this.#options = options;
    this.configure([]);
  }

  /** Of all levels together. */
  get seats(): number {
    return this.#options.seats;
  }

  levels(): IterableIterator<Level> {
    return this.#levels.values();
  }

  /** A level that is configured. */
  level(name: string): Level | undefined {
    const level = this.#levels.get(name);
    return level?.leaving ? undefined : level;
  }

  /** Replaces the configuration; requests that wait go on waiting under the new one. */
  configure(given: readonly LevelSpec[]): void {
    const named = new Set(given.map(({ name }) => name));
    const specs = [...given, ...mandatoryLevels.filter(({ name }) => !named.has(name))];
    const shares = shareOut(specs, this.#options.seats);
    for (const level of this.#levels.values()) level.leaving = !shares.has(level.spec.name);
    for (const spec of specs) this.#configure(spec, shares.get(spec.name)!);
    this.#dispatch();
  }

  #configure(spec: LevelSpec, share: Share): void {
    const level = this.#levels.get(spec.name);
    if (level === undefined) return void this.#levels.set(spec.name, newLevel(spec, share));
    level.spec = spec;
    level.share = share;
    const queuing = spec.queuing ?? noQueue;
    if (sameQueues(level.queues.options, queuing)) return;
    const queues = new QueueSet<Waiter>(queuing);
    level.queues.moveTo(queues);
    level.queues = queues;
  }

  /**
   * Takes `width` seats, at once or when the flow's turn comes.
   * @throws NoSeat when there is neither a seat nor a place to wait, and (as rejection) when waiting took too long or the asker left.
   */
  enter(level: Level, flow: string, width: number, signal: AbortSignal, asker?: Asker): Ticket | Promise<Ticket> {
    const seats = Math.min(width, Math.max(1, level.share.nominal));
    if (level.queues.count === 0 && this.#fits(level, seats, true)) return this.#seat(level, seats, asker);
    if (level.spec.queuing === undefined) throw this.#refusal(level, 'concurrency-limit');
    return this.#wait(level, { flow, width: seats, asker }, signal);
  }

  /** A request that needs no seats; the answer is to be called at its end. */
  pass(level: Level, asker: Asker): () => void {
    const ticket = this.#seat(level, 0, asker);
    return () => void level.executing.delete(ticket);
  }

  #refusal(level: Level, reason: Refusal): NoSeat {
    level.refused[reason]++;
    return new NoSeat(reason);
  }

  #seat(level: Level, width: number, asker: Asker | undefined, charged?: Ticket['charged']): Ticket {
    level.used += width;
    level.dispatched++;
    const ticket = { level, width, asker, startedMs: this.#options.clock.now(), charged };
    level.executing.add(ticket);
    return ticket;
  }

  #wait(level: Level, asked: Pick<Waiter, 'flow' | 'width' | 'asker'>, signal: AbortSignal): Promise<Ticket> {
    const { clock, waitMs } = this.#options;
    return new Promise((resolve, reject) => {
      const giveUp = (reason: Refusal) => (): void => {
        over();
        if (level.queues.remove(waiter)) reject(this.#refusal(level, reason));
      };
      const cancelled = giveUp('cancelled');
      const timer = clock.after(waitMs, giveUp('time-out')).unref();
      const over = (): void => {
        timer.cancel();
        signal.removeEventListener('abort', cancelled);
      };
      const start = (account: Account): void => {
        over();
        resolve(this.#seat(level, asked.width, asked.asker, { account, sinceMs: clock.monotonic() }));
      };
      const waiter: Waiter = { ...asked, start };
      if (!level.queues.add(waiter)) {
        over();
        return reject(this.#refusal(level, 'queue-full'));
      }
      signal.addEventListener('abort', cancelled, { once: true });
    });
  }

  /** A level may always use its own seats, also those that it lent; others' while they are lent and not in use. */
  #fits(level: Level, width: number, borrowing: boolean): boolean {
    const { used, share } = level;
    if (used + width <= share.nominal || used === 0) return true;
    if (!borrowing || used + width > share.nominal + share.borrowable) return false;
    let free = 0;
    for (const other of this.#levels.values()) {
      const { nominal, lendable } = other.share;
      const idle = nominal - other.used;
      if (idle < 0) free += idle;
      else if (other !== level) free += Math.min(idle, lendable);
    }
    return free >= width - Math.max(0, share.nominal - used);
  }

  /** Gives seats back. `finalSeats` are held for another `lingerMs`: what a write costs after its answer. */
  leave(ticket: Ticket, finalSeats = 0, lingerMs = 0): void {
    const { level, width, charged } = ticket;
    level.executing.delete(ticket);
    if (charged !== undefined) {
      const tookMs = this.#options.clock.monotonic() - charged.sinceMs;
      settle(charged.account, width, tookMs, finalSeats * lingerMs);
    }
    level.returning += width;
    this.#arm();
    if (finalSeats > 0 && !level.spec.exempt) {
      level.used += finalSeats;
      this.#lingering.push({ level, seats: finalSeats, untilMs: this.#options.clock.monotonic() + lingerMs });
      this.#linger();
    }
  }

  /** Seats come back when the sockets were looked at. */
  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    this.#options.clock.after(0, () => this.#turn()).unref();
  }

  #turn(): void {
    this.#armed = false;
    for (const [name, level] of this.#levels) {
      level.used -= level.returning;
      level.returning = 0;
      if (level.leaving && level.used === 0 && level.queues.count === 0) this.#levels.delete(name);
    }
    this.#dispatch();
  }

  #linger(): void {
    const [first] = this.#lingering;
    if (first === undefined || this.#lingerArmed) return;
    this.#lingerArmed = true;
    const { clock } = this.#options;
    clock.after(Math.max(0, first.untilMs - clock.monotonic()), () => this.#lingered()).unref();
  }

  #lingered(): void {
    this.#lingerArmed = false;
    const now = this.#options.clock.monotonic();
    const due = this.#lingering.findIndex(({ untilMs }) => untilMs > now);
    for (const { level, seats } of this.#lingering.splice(0, due < 0 ? this.#lingering.length : due))
      level.used -= seats;
    this.#dispatch();
    this.#linger();
  }

  /** First everybody's own seats, then what is lent. */
  #dispatch(): void {
    for (const borrowing of [false, true])
      for (const level of this.#levels.values())
        for (
          let next = level.queues.peek();
          next && this.#fits(level, next.width, borrowing);
          next = level.queues.peek()
        ) {
          const { waiting, account } = level.queues.take()!;
          waiting.start(account);
        }
  }
}
