/** Slow steps of one pod: at most one per key at a time, and a rest after a failure that doubles from try to try. */
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';

/** Milliseconds: the first rest, and the longest. */
export interface Rest {
  first: number;
  max: number;
}

export interface Task {
  readonly abort: AbortController;
  /** For kills: when SIGKILL comes. */
  deadline?: number;
}

interface Retry {
  at: number;
  delayMs: number;
}

export class TaskTable {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #onSettled: () => void;
  readonly #running = new Map<string, Task>();
  readonly #retries = new Map<string, Retry>();

  /** `onSettled` is called after each step, whatever came of it. */
  constructor(clock: Clock, log: Log, onSettled: () => void) {
    this.#clock = clock;
    this.#log = log;
    this.#onSettled = onSettled;
  }

  get(key: string): Task | undefined {
    return this.#running.get(key);
  }

  has(key: string): boolean {
    return this.#running.has(key);
  }

  /** False while the step runs or rests. */
  isFree(key: string): boolean {
    return !this.#running.has(key) && (this.#retries.get(key)?.at ?? 0) <= this.#clock.now();
  }

  /** Runs a step unless one of its key runs or rests. */
  run(key: string, rest: Rest, step: (signal: AbortSignal) => Promise<void>, deadline?: number): void {
    if (!this.isFree(key)) return;
    const abort = new AbortController();
    this.#running.set(key, { abort, ...(deadline !== undefined && { deadline }) });
    void this.#settle(key, rest, step, abort.signal);
  }

  async #settle(
    key: string,
    rest: Rest,
    step: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await step(signal);
      this.#retries.delete(key);
    } catch (error) {
      if (!signal.aborted) {
        this.#log.info('a step of a pod failed', { step: key, error: (error as Error).message });
        this.rest(key, rest);
      }
    } finally {
      this.#running.delete(key);
      this.#onSettled();
    }
  }

  /** Lets a key rest as after a failure; answers until when. */
  rest(key: string, { first, max }: Rest): number {
    const before = this.#retries.get(key);
    const delayMs = before ? Math.min(before.delayMs * 2, max) : first;
    const retry = { at: this.#clock.now() + delayMs, delayMs };
    this.#retries.set(key, retry);
    return retry.at;
  }

  /** Forgets the failures of a key. */
  forget(key: string): void {
    this.#retries.delete(key);
  }

  /** When the next rest ends; Infinity when nothing rests. */
  nextRetry(): number {
    const now = this.#clock.now();
    return Math.min(Infinity, ...[...this.#retries.values()].map(({ at }) => at).filter(at => at > now));
  }

  /** Aborts all steps. Calls to the runtime that are under way cannot be taken back: nobody waits for them. */
  stop(): void {
    for (const { abort } of this.#running.values()) abort.abort();
  }
}
