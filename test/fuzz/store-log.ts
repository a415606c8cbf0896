/** The reader of the store's files: whatever their bytes, it refuses them or serves a state that there was. */
import type { Clock } from '@orrery/machinery/clock';
import { createManualClock } from '@orrery/machinery/manual-clock';
import type { Random } from '@orrery/machinery/random';
import { seededRandom } from '@orrery/machinery/random';
import { openStore, StoreOpenError, type Store } from '@orrery/store';
import { SimulatedDisk } from '@orrery/store/simulated-disk';
import { below, mutateBytes, pick } from './draw.ts';
import type { Target } from './fuzz.ts';

const open = (files: SimulatedDisk, clock: Clock): Promise<Store> =>
  openStore({ directory: '/data', clock, files, segmentBytes: 3000, checkpointBytes: 4000, historyMs: 0 });

const text = async (store: Store): Promise<string> =>
  (await store.range({ prefix: '' })).entries
    .map(({ key, head, value, revision }) => `${key} ${head} ${revision} ${Buffer.from(value).toString('hex')}`)
    .join('\n');

/** A store with a past, and its contents at each revision. */
async function grown(random: Random): Promise<{ disk: SimulatedDisk; states: Map<number, string> }> {
  const disk = new SimulatedDisk(random);
  // A clock of its own: a store that is left open has timers, which later inputs would wake.
  const clock = createManualClock();
  const store = await open(disk, clock);
  const states = new Map([[1, '']]);
  for (let count = 5 + below(random, 30); count > 0; count--) {
    const key = `/k/${below(random, 6)}`;
    const value = Buffer.from('v'.repeat(below(random, 400)));
    const operation =
      random.float() < 0.2 ? ({ type: 'delete', key } as const) : ({ type: 'put', key, head: 'h', value } as const);
    await store.commit({ compare: [], operations: [operation] });
    states.set(store.revision(), await text(store));
    if (random.float() < 0.2) clock.jump(15_000);
  }
  if (random.float() < 0.5) await store.close();
  return { disk: disk.afterKill(), states };
}

const storeFiles: Target = async random => {
  const { disk, states } = await grown(seededRandom(below(random, 20)));
  const path = pick(random, disk.paths());
  disk.put(path, mutateBytes(random, disk.contents(path)));
  if (random.float() < 0.1) disk.delete(pick(random, disk.paths()));
  let store: Store;
  try {
    store = await open(disk, createManualClock());
  } catch (error) {
    if (error instanceof StoreOpenError) return;
    throw error;
  }
  const served = await text(store);
  if (states.get(store.revision()) !== served)
    throw new Error(`${path}: revision ${store.revision()} is served as ${served.slice(0, 300)}`);
  await store.close();
};

export const storeLog: Readonly<Record<string, Target>> = { storeFiles };
