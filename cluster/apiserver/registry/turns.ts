/** Long work on many records lets others have their turn of the event loop. */
import type { Clock } from '@orrery/machinery/clock';

/** How long the loop is held in one go. */
const sliceMs = 5;
/** How many small pieces of work lie between two looks at the clock. */
const usualPieces = 64;

export class Turns {
  readonly #clock: Clock;
  readonly #lookEvery: number;
  #count = 0;
  #began: number;

  /** @param lookEvery how many pieces of work are so small that the clock need not be looked at in between */
  constructor(clock: Clock, lookEvery = usualPieces) {
    this.#clock = clock;
    this.#lookEvery = lookEvery;
    this.#began = clock.monotonic();
  }

  /** To be asked after each piece of work: what to wait for, or undefined to go on. */
  next(): Promise<void> | undefined {
    if (++this.#count % this.#lookEvery !== 0 || this.#clock.monotonic() - this.#began < sliceMs) return undefined;
    return this.#clock.sleep(0).then(() => void (this.#began = this.#clock.monotonic()));
  }
}
