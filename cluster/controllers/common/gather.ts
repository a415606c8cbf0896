/** Sources whose keys wait a moment, so that many changes at once cost one look. */
import type { Source } from '@orrery/reconciler';

/** Like `source`, but a key is looked at only `delayMs` after the first change that names it. */
export const gathered = (delayMs: number, source: Source): Source => ({
  synced: source.synced,
  start: queue =>
    source.start({
      add: key => queue.addAfter(key, delayMs),
      addAfter: (key, delay) => queue.addAfter(key, delay),
      addRateLimited: key => queue.addRateLimited(key),
      forget: key => queue.forget(key),
      get length() {
        return queue.length;
      },
    }),
});
