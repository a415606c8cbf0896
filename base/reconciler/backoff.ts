/** Growing pauses between attempts (apimachinery `wait.Backoff` with a reset). */
import type { Clock } from '@orrery/machinery/clock';
import type { Random } from '@orrery/machinery/random';

export interface BackOffOptions {
  readonly firstMs: number;
  readonly longestMs: number;
  /** After so long without a failure the next pause is the first again. */
  readonly resetMs: number;
}

/** The pause before the next attempt, in milliseconds: doubles per call, plus up to the same again at random. */
export function createBackOff(clock: Clock, random: Random, options: BackOffOptions): () => number {
  let base = options.firstMs;
  let last = -Infinity;
  return () => {
    const now = clock.monotonic();
    if (now - last > options.resetMs) base = options.firstMs;
    last = now;
    const pause = base * (1 + random.float());
    base = Math.min(base * 2, options.longestMs);
    return pause;
  };
}
