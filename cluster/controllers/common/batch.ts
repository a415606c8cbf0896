/** Doing many like things, with care for the server and for the event loop. */
import type { Clock } from '@orrery/machinery/clock';

type Sleeper = Pick<Clock, 'sleep'>;

/** So many calls at once; then others get their turn, also where the server is in the same process and answers without a pause. */
const chunk = 8;

/** Runs `call` for 0 to `count - 1` in chunks; all are made, whatever becomes of each. */
export async function settleAll(
  clock: Sleeper,
  count: number,
  call: (index: number) => Promise<unknown>,
): Promise<PromiseSettledResult<unknown>[]> {
  const outcomes: PromiseSettledResult<unknown>[] = [];
  while (outcomes.length < count) {
    const from = outcomes.length;
    if (from > 0) await clock.sleep(0);
    const size = Math.min(chunk, count - from);
    outcomes.push(...(await Promise.allSettled(Array.from({ length: size }, (_, i) => call(from + i)))));
  }
  return outcomes;
}

/**
 * Runs `count` calls in batches of 1, 2, 4, ...; stops after the first batch with a failure, so that a controller that cannot
 * succeed (quota, admission) does not fail a thousand times. Answers how many succeeded and the first error.
 */
export async function slowStart(
  clock: Sleeper,
  count: number,
  call: (index: number) => Promise<unknown>,
): Promise<{ succeeded: number; error?: unknown }> {
  let succeeded = 0;
  let done = 0;
  for (let size = Math.min(count, 1); size > 0; size = Math.min(2 * size, count - done)) {
    const from = done;
    const outcomes = await settleAll(clock, size, index => call(from + index));
    done += size;
    succeeded += outcomes.filter(outcome => outcome.status === 'fulfilled').length;
    const failure = outcomes.find(outcome => outcome.status === 'rejected');
    if (failure) return { succeeded, error: failure.reason };
  }
  return { succeeded };
}
