/** What crash rounds (test/crash) found, each by name: what was read from the page cache is not yet on disk. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { seededRandom } from '@orrery/machinery/random';
import type { Store } from '../types.ts';
import { openStore } from './open.ts';
import { SimulatedDisk, stopped } from './simulated-disk.ts';

const clock = createManualClock();
const open = (files: SimulatedDisk): Promise<Store> =>
  openStore({ directory: '/data', clock, files, segmentBytes: 4000, checkpointBytes: 1e9 });
const put = (store: Store, key: string, value: Uint8Array = Buffer.from(key)) =>
  store.commit({ compare: [], operations: [{ type: 'put', key, head: '', value }] });

/** The machine ends in the next operation of this kind. */
function stopIn(disk: SimulatedDisk, operation: string): void {
  disk.fault = name => (name === operation ? stopped : undefined);
}

test('a batch that a killed process left in the page cache is on disk before it is served', async () => {
  for (const [operation, code] of [
    ['flush', stopped],
    ['flush', 'EIO'],
  ] as const) {
    for (let seed = 1; seed <= 20; seed++) {
      const disk = new SimulatedDisk(seededRandom(seed));
      const store = await open(disk);
      disk.fault = name => (name === operation ? code : undefined);
      await Promise.race([disk.end, put(store, 'a').catch(() => {})]);
      const cached = disk.afterKill();
      const second = await open(cached);
      const served = second.revision();
      const third = await open(cached.afterPowerCut());
      assert.ok(
        third.revision() >= served,
        `${code}, seed ${seed}: ${served} was served, now it is ${third.revision()}`,
      );
      await put(third, 'b');
      await third.close();
    }
  }
});

test('an interrupted write that was cut off does not come back, however opening was interrupted', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const disk = new SimulatedDisk(seededRandom(seed));
    const store = await open(disk);
    await put(store, 'a');
    stopIn(disk, 'write');
    await Promise.race([disk.end, put(store, 'b', Buffer.alloc(1500, 'b'))]);
    const torn = disk.afterPowerCut();
    stopIn(torn, 'sync');
    await Promise.race([torn.end, open(torn)]);
    const cached = torn.afterKill();
    const second = await open(cached);
    await put(second, 'c');
    const third = await open(cached.afterPowerCut());
    assert.ok(await third.get('c'), `seed ${seed}`);
    await third.close();
  }
});

test('a changed bit in a batch with sectors of zeros is damage, not an interrupted write', async () => {
  for (let bit = 0; bit < 200; bit++) {
    const disk = new SimulatedDisk(seededRandom(1));
    const store = await open(disk);
    await put(store, 'zeros', Buffer.alloc(2000));
    const copy = disk.afterKill();
    copy.flip('/data/log-0000000001', 32 + ((bit * 11) % 2000), bit % 8);
    await assert.rejects(open(copy), /log-0000000001 is damaged at byte 32 /, `bit ${bit}`);
    await store.close();
  }
});

test('a batch with sectors of zeros that loses another sector is an interrupted write', async () => {
  let cutOff = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const disk = new SimulatedDisk(seededRandom(seed));
    const store = await open(disk);
    await put(store, 'a');
    stopIn(disk, 'flush');
    await Promise.race([disk.end, put(store, 'b', Buffer.concat([Buffer.alloc(1100), Buffer.alloc(1100, 'b')]))]);
    const again = await open(disk.afterPowerCut());
    assert.ok(await again.get('a'), `seed ${seed}`);
    if (!(await again.get('b'))) cutOff++;
    await again.close();
  }
  assert.ok(cutOff > 10, `only ${cutOff} of 60 were cut off`);
});

test('a stamp that a killed process left in the page cache is on disk before there are segments', async () => {
  for (let seed = 1; seed <= 40; seed++) {
    const disk = new SimulatedDisk(seededRandom(seed));
    stopIn(disk, 'syncDirectory');
    await Promise.race([disk.end, open(disk)]);
    const cached = disk.afterKill();
    // The machine ends when the first segment has its name, and before that is on disk.
    let named = false;
    cached.fault = (operation, path) => {
      if (operation === 'rename' && path.includes('log-')) named = true;
      return named && operation === 'syncDirectory' ? stopped : undefined;
    };
    await Promise.race([cached.end, open(cached)]);
    const store = await open(cached.afterPowerCut());
    assert.equal(store.revision(), 1, `seed ${seed}`);
    await store.close();
  }
});
