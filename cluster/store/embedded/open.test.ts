import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { storeConformance } from '../conformance.ts';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { openStore } from './open.ts';

async function temporaryDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'orrery-store-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

storeConformance('embedded', async t => {
  const clock = createManualClock();
  const store = await openStore({ directory: await temporaryDirectory(t), clock, segmentBytes: 64 * 1024 });
  return {
    store,
    now: () => clock.now(),
    async advance(byMs) {
      clock.jump(byMs);
      await new Promise(resolve => setImmediate(resolve));
    },
  };
});
