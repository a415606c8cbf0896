/** Conflicts are everyday: a cache was a moment behind. */
import { isReason } from '@orrery/machinery/status';
import type { Result } from '@orrery/reconciler';

/** The newer version is on its way to the cache and wakes the key by itself; this is the safety net. */
const lookAgainMs = 50;

/** Turns a Conflict into a second look, without a line in the log or a growing delay. */
export const retryingConflicts =
  (reconcile: (key: string) => Promise<Result | void>): ((key: string) => Promise<Result | void>) =>
  async key => {
    try {
      return await reconcile(key);
    } catch (error) {
      if (isReason(error, 'Conflict')) return { requeueAfterMs: lookAgainMs };
      throw error;
    }
  };
