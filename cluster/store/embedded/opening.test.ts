/** When the snapshot that shortens a long log is written: not while everybody is busy with starting, unless nobody ever lives for longer. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { seededRandom } from '@orrery/machinery/random';
import { openStore } from './open.ts';
import { SimulatedDisk } from './simulated-disk.ts';

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await new Promise(resolve => setImmediate(resolve));
};
const together = 2000;
const snapshotsOn = (disk: SimulatedDisk) => disk.paths().filter(path => path.includes('/snapshot-'));

/** A directory that was opened so many times, with so many keys written each time, by processes that wrote no snapshot; all of it is long ago. */
async function used(times: number, keys: number) {
  const clock = createManualClock();
  const disk = new SimulatedDisk(seededRandom(1));
  for (let life = 0; life < times; life++) {
    const store = await openStore({ directory: '/data', clock, files: disk, segmentBytes: 8192, checkpointBytes: 1e9 });
    for (let from = 0; from < keys; from += together) {
      const operations = Array.from({ length: Math.min(together, keys - from) }, (_, at) => ({
        type: 'put' as const,
        ...{ key: `life-${life}/key-${from + at}`, head: '', value: Buffer.from('x'.repeat(20)) },
      }));
      await store.commit({ compare: [], operations });
    }
    await store.close();
    for (const path of snapshotsOn(disk)) assert.fail(`${path} was written`);
  }
  clock.jump(3600_000);
  const options = { directory: '/data', clock, files: disk, segmentBytes: 8192, checkpointBytes: 16_384 };
  return { clock, disk, open: () => openStore(options) };
}

test('a long log of many keys waits until the start is over', async () => {
  const { clock, disk, open } = await used(1, 11_000);
  const store = await open();
  await turns(200);
  assert.deepEqual(snapshotsOn(disk), []);
  await clock.advance(15_000);
  for (let tries = 0; tries < 10_000 && snapshotsOn(disk).length === 0; tries++) await turns(1);
  assert.equal(snapshotsOn(disk).length, 1);
  await store.close();
});

for (const [what, times, keys] of [
  ['a log of few keys', 1, 2000],
  ['many logs, of processes that lived for moments', 18, 600],
] as const)
  test(`${what} does not`, async () => {
    const { disk, open } = await used(times, keys);
    const store = await open();
    for (let tries = 0; tries < 10_000 && snapshotsOn(disk).length === 0; tries++) await turns(1);
    assert.equal(snapshotsOn(disk).length, 1);
    await store.close();
  });
