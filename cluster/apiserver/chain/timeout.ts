/** A request that takes too long is answered without waiting for it. */
import type { Clock } from '@orrery/machinery/clock';
import { StatusError } from '@orrery/machinery/status';
import type { Filter } from './context.ts';
import { isLongRunning } from './long-running.ts';

export const requestTimeoutMs = 60_000;

const tooLate = (): StatusError =>
  new StatusError(504, 'Timeout', 'Timeout: request did not complete within the allotted timeout', {});

interface Waiting {
  readonly untilMs: number;
  giveUp(): void;
}

/** One timer for all: who began first is late first. Nothing runs while nobody waits. */
class Deadlines {
  readonly #waiting = new Set<Waiting>();
  readonly #clock: Clock;
  #armed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(waiting: Waiting): void {
    this.#waiting.add(waiting);
    if (!this.#armed) this.#arm(waiting);
  }

  delete(waiting: Waiting): void {
    this.#waiting.delete(waiting);
  }

  #arm({ untilMs }: Waiting): void {
    this.#armed = true;
    this.#clock.after(Math.max(0, untilMs - this.#clock.monotonic()), () => this.#look()).unref();
  }

  #look(): void {
    this.#armed = false;
    const now = this.#clock.monotonic();
    for (const waiting of this.#waiting) {
      if (waiting.untilMs > now) return this.#arm(waiting);
      this.#waiting.delete(waiting);
      waiting.giveUp();
    }
  }
}

export const timeout = (clock: Clock, timeoutMs = requestTimeoutMs): Filter => {
  const deadlines = new Deadlines(clock);
  return next => context => {
    if (isLongRunning(context)) return next(context);
    return new Promise((resolve, reject) => {
      const waiting = { untilMs: clock.monotonic() + timeoutMs, giveUp: () => reject(tooLate()) };
      deadlines.add(waiting);
      next(context).then(
        response => {
          deadlines.delete(waiting);
          resolve(response);
        },
        (error: unknown) => {
          deadlines.delete(waiting);
          reject(error instanceof Error ? error : new Error(String(error)));
        },
      );
    });
  };
};
