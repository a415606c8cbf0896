/** Keeps recordings within their time and their room. */
import type { PlatformContext } from '../../context.ts';
import { periodically, type ControllerOptions } from '@orrery/reconciler';
import { planKeeping, type Keeping } from './record.ts';
import type { RecordingStore } from './store.ts';

const everyMs = 60_000;

export function keepRecordings(
  { clock }: Pick<PlatformContext, 'clock'>,
  store: RecordingStore,
  keeping: () => Keeping,
): ControllerOptions {
  return {
    name: 'platform-recordings',
    sources: [periodically(clock, everyMs)],
    async reconcile() {
      const records = store.list().map(({ record }) => record);
      const { remove, interrupt } = planKeeping(records, keeping(), clock.now());
      for (const record of interrupt)
        await store.update({ ...record, state: 'interrupted', endTimeMs: record.seenAtMs });
      for (const record of remove) await store.remove(record);
    },
  };
}
