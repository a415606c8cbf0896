/** Runs interruptible work to its end, with pauses for others. */
import type { Work } from './function.ts';

/** @param pause gives the event loop away for a turn */
export async function drive<T>(work: Work<T>, pause: () => Promise<void>, signal?: AbortSignal): Promise<T> {
  let step = work.next();
  while (!step.done) {
    signal?.throwIfAborted();
    if (step.value === undefined) {
      await pause();
      step = work.next();
      continue;
    }
    const [answer, error] = await step.value.then(
      value => [value, undefined] as const,
      (reason: unknown) => [undefined, { reason }] as const,
    );
    step = error ? work.throw(error.reason) : work.next(answer);
  }
  return step.value;
}
