/** Running several things as one. */

/** Runs until the signal aborts, or until it is done. */
export type Run = (signal: AbortSignal) => Promise<void>;

/** Resolves when the signal aborts. */
export const aborted: Run = signal =>
  new Promise(resolve => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Resolves when all have ended. The first that fails stops the others; its error is passed on when all have ended. */
export async function runTogether(runs: readonly Run[], signal: AbortSignal): Promise<void> {
  const stop = new AbortController();
  const both = AbortSignal.any([signal, stop.signal]);
  const errors: unknown[] = [];
  const guarded = async (run: Run) => {
    try {
      await run(both);
    } catch (error) {
      errors.push(error);
      stop.abort();
    }
  };
  await Promise.all(runs.map(guarded));
  if (errors.length > 0) throw errors[0];
}
