/** Doing many like things at once, with care. */

/**
 * Runs `count` calls in batches of 1, 2, 4, ...; stops after the first batch with a failure, so that a controller that cannot
 * succeed (quota, admission) does not fail a thousand times. Answers how many succeeded and the first error.
 */
export async function slowStart(
  count: number,
  call: (index: number) => Promise<unknown>,
): Promise<{ succeeded: number; error?: unknown }> {
  let succeeded = 0;
  let done = 0;
  for (let size = Math.min(count, 1); size > 0; size = Math.min(2 * size, count - done)) {
    const from = done;
    const outcomes = await Promise.allSettled(Array.from({ length: size }, (_, i) => call(from + i)));
    done += size;
    succeeded += outcomes.filter(outcome => outcome.status === 'fulfilled').length;
    const failure = outcomes.find(outcome => outcome.status === 'rejected');
    if (failure) return { succeeded, error: failure.reason };
  }
  return { succeeded };
}
