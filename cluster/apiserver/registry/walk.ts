/** Reading all of a prefix without holding the event loop for as long as that takes. */
import type { Clock } from '@orrery/machinery/clock';
import { CompactedError } from '@orrery/store';
import type { Entry, RangeOptions, RangeResult, Store } from '@orrery/store';
import { Turns } from './turns.ts';

/** How many records are read in one go: a few milliseconds. */
const sliceEntries = 10_000;

/** All entries of one revision, the newest unless given. @throws CompactedError when that is not kept */
export async function rangeInTurns(
  store: Store,
  clock: Clock,
  options: Pick<RangeOptions, 'prefix' | 'after' | 'revision'>,
): Promise<RangeResult> {
  const first = await store.range({ ...options, limit: sliceEntries });
  if (first.remaining === 0) return first;
  const { revision } = first;
  const entries: Entry[] = [...first.entries];
  const turns = new Turns(clock, 1);
  let left = first.remaining;
  while (left > 0) {
    const turn = turns.next();
    if (turn) await turn;
    try {
      const next = await store.range({ ...options, revision, after: entries.at(-1)!.key, limit: sliceEntries });
      for (const entry of next.entries) entries.push(entry);
      left = next.remaining;
    } catch (error) {
      // Forgotten in between: whoever asked for the newest gets the newest of now.
      if (error instanceof CompactedError && options.revision === undefined) return store.range(options);
      throw error;
    }
  }
  return { entries, revision, remaining: 0 };
}
