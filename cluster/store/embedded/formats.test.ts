/** Opening: formats, damage, locks and directories that cannot be used. Each refusal is one sentence with a remedy. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { systemClock } from '@orrery/machinery/clock';
import { seededRandom } from '@orrery/machinery/random';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { StoreOpenError } from '../types.ts';
import type { Store } from '../types.ts';
import { encodeFormat } from './layout.ts';
import { nodeFiles } from './node-files.ts';
import { openStore } from './open.ts';
import { SimulatedDisk } from './simulated-disk.ts';

const clock = createManualClock();

async function temporaryDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'orrery-store-'));
  t.after(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

const put = (store: Store, key: string, value = key) =>
  store.commit({ compare: [], operations: [{ type: 'put', key, head: '', value: Buffer.from(value) }] });

const refusal = (pattern: RegExp) => (error: unknown) => {
  assert.ok(error instanceof StoreOpenError, String(error));
  assert.match(error.message, pattern);
  assert.ok(!error.message.includes('\n'));
  return true;
};

/** What the fixture of format 1 held when it was made: key, revision, create revision, value. */
const fixtureContents = [
  ['/registry/leases/κ/😀', 62, 62, 'expiring'],
  ['/registry/pods/default/p0', 50, 2, '{"round":48}'],
  ['/registry/pods/default/p1', 63, 3, 'last'],
  ['/registry/pods/default/p10', 60, 12, '{"round":58}'],
  ['/registry/pods/default/p11', 61, 13, '{"round":59}'],
  ['/registry/pods/default/p2', 52, 4, '{"round":50}'],
  ['/registry/pods/default/p3', 53, 5, '{"round":51}'],
  ['/registry/pods/default/p6', 56, 8, '{"round":54}'],
  ['/registry/pods/default/p7', 57, 9, '{"round":55}'],
  ['/registry/pods/default/p8', 58, 10, '{"round":56}'],
  ['/registry/pods/default/p9', 59, 11, '{"round":57}'],
  ['/registry/secrets/a', 62, 62, 'bytes \0\x01'],
];

const fixture = join(import.meta.dirname, 'fixtures/format-1');

async function contents(store: Store): Promise<unknown[]> {
  const { entries } = await store.range({ prefix: '' });
  return entries.map(({ key, revision, createRevision, value }) => [
    key,
    revision,
    createRevision,
    Buffer.from(value).toString().trimEnd(),
  ]);
}

describe('formats', () => {
  test('a store of format 1 is migrated after a backup', async t => {
    const directory = join(await temporaryDirectory(t), 'data');
    await cp(fixture, directory, { recursive: true });
    const told: string[] = [];
    for (let opening = 0; opening < 2; opening++) {
      const store = await openStore({ directory, clock, onMigrated: backup => told.push(backup) });
      assert.deepEqual(await contents(store), fixtureContents);
      assert.equal(store.revision(), 63);
      await store.close();
    }
    assert.equal(await readFile(join(directory, 'format'), 'utf8'), encodeFormat(2).toString());
    const names = await readdir(directory);
    const backups = names.filter(name => name.startsWith('backup-'));
    assert.equal(backups.length, 1);
    assert.deepEqual(told, [join(directory, backups[0]!)]);
    for (const name of await readdir(fixture)) {
      assert.deepEqual(await readFile(join(directory, backups[0]!, name)), await readFile(join(fixture, name)));
    }
  });

  test('a migration that is cut off at any operation is repeated', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      let disk = new SimulatedDisk(seededRandom(seed));
      for (const name of await readdir(fixture)) disk.put(`/data/${name}`, await readFile(join(fixture, name)));
      disk.fault = (_operation, _path, count) => (count >= seed ? 'EPOWER' : undefined);
      const interrupted = await openStore({ directory: '/data', clock, files: disk }).catch(() => undefined);
      disk = interrupted ? disk : disk.afterPowerCut();
      disk.fault = undefined;
      if (interrupted) await interrupted.close();
      const store = await openStore({ directory: '/data', clock, files: disk });
      assert.deepEqual(await contents(store), fixtureContents, `seed ${seed}`);
      await store.close();
    }
  });

  test('a newer format is refused, and nothing is changed', async t => {
    const directory = await temporaryDirectory(t);
    await writeFile(join(directory, 'format'), encodeFormat(3));
    await assert.rejects(openStore({ directory, clock }), refusal(/format 3.*up to 2; start the newer Orrery/));
    assert.deepEqual(await readFile(join(directory, 'format')), encodeFormat(3));
  });

  test('a missing stamp, snapshot or segment is refused by name', async t => {
    const directory = join(await temporaryDirectory(t), 'data');
    for (const name of ['format', 'snapshot-0000000000000040', 'log-0000000003', 'log-0000000004']) {
      await rm(directory, { recursive: true, force: true });
      await cp(fixture, directory, { recursive: true });
      await rm(join(directory, name));
      const expected = name.startsWith('snapshot') ? 'log-0000000001' : name;
      await assert.rejects(openStore({ directory, clock }), refusal(new RegExp(`${expected} is missing; restore`)));
    }
  });
});

describe('damage', () => {
  /** A store with three batches of one transaction each, left as by a kill. */
  async function threeBatches(): Promise<{ disk: SimulatedDisk; path: string; starts: number[] }> {
    const disk = new SimulatedDisk(seededRandom(1));
    const store = await openStore({ directory: '/data', clock, files: disk, segmentBytes: 8192 });
    for (const key of ['a', 'b', 'c']) await put(store, key, key.repeat(1500));
    const path = '/data/log-0000000001';
    const bytes = disk.contents(path);
    const starts = ['a', 'b', 'c'].map(key => bytes.indexOf(key.repeat(1500)));
    return { disk: disk.afterKill(), path, starts };
  }

  const reopen = (disk: SimulatedDisk) => openStore({ directory: '/data', clock, files: disk });

  test('a damaged batch before others is refused with file, offset and remedy', async () => {
    const { disk, path, starts } = await threeBatches();
    const bytes = disk.contents(path);
    bytes.fill(0, starts[1], starts[1]! + 1024);
    disk.put(path, bytes);
    await assert.rejects(reopen(disk), refusal(/log-0000000001 is damaged at byte \d+ .*; restore the data directory/));
  });

  test('a last batch that was cut anywhere is dropped, and writing goes on', async () => {
    const { disk, path, starts } = await threeBatches();
    const whole = disk.contents(path);
    for (let cut = starts[2]!; cut < starts[2]! + 1500; cut += 37) {
      const bytes = Buffer.from(whole);
      bytes.fill(0, cut);
      disk.put(path, bytes);
      const copy = disk.afterKill();
      const store = await reopen(copy);
      assert.deepEqual(
        (await store.range({ prefix: '' })).entries.map(entry => entry.key),
        ['a', 'b'],
      );
      await put(store, 'd');
      const again = await reopen(copy.afterKill());
      assert.deepEqual(
        (await again.range({ prefix: '' })).entries.map(entry => entry.key),
        ['a', 'b', 'd'],
      );
    }
  });

  test('a last batch that was written to its end and changed later is refused', async () => {
    const { disk, path, starts } = await threeBatches();
    const bytes = disk.contents(path);
    bytes[starts[2]! + 700]! ^= 4;
    disk.put(path, bytes);
    await assert.rejects(reopen(disk), refusal(/the checksum differs/));
  });

  test('the batches of another segment are never taken for this one', async () => {
    const { disk, path } = await threeBatches();
    const store = await reopen(disk);
    await put(store, 'd');
    const copy = disk.afterKill();
    const stale = copy.contents(path);
    const next = copy.contents('/data/log-0000000002');
    stale.copy(next, next.length - 4000, 32, 4032);
    copy.put('/data/log-0000000002', next);
    const again = await reopen(copy);
    assert.deepEqual(
      (await again.range({ prefix: '' })).entries.map(entry => entry.key),
      ['a', 'b', 'c', 'd'],
    );
  });
});

describe('the kept past', () => {
  test('watches resume from before a restart, until the past is older than what is kept', async () => {
    const time = createManualClock();
    const disk = new SimulatedDisk(seededRandom(1));
    const before = await openStore({ directory: '/data', clock: time, files: disk, historyMs: 60_000 });
    await put(before, 'a', '1');
    time.jump(50_000);
    await put(before, 'a', '2');
    const after = await openStore({ directory: '/data', clock: time, files: disk.afterKill(), historyMs: 60_000 });
    const heard: number[] = [];
    after.watch({ prefix: '', after: 1 }, batch => heard.push(batch.revision));
    assert.deepEqual(heard, [2, 3]);
    assert.equal(Buffer.from((await after.get('a', 2))!.value).toString(), '1');
    time.jump(20_000);
    assert.throws(() => after.watch({ prefix: '', after: 1 }, () => {}), { name: 'CompactedError' });
    assert.equal(Buffer.from((await after.get('a', 2))!.value).toString(), '1');
  });

  test('compaction is remembered', async () => {
    const disk = new SimulatedDisk(seededRandom(1));
    const before = await openStore({ directory: '/data', clock, files: disk });
    for (const value of ['1', '2', '3']) await put(before, 'a', value);
    await before.compact(3);
    const after = await openStore({ directory: '/data', clock, files: disk.afterKill() });
    await assert.rejects(after.get('a', 2), { name: 'CompactedError' });
  });

  test('a checkpoint taken while everything changes is of one revision', async () => {
    const time = createManualClock();
    const disk = new SimulatedDisk(seededRandom(1));
    const options = { directory: '/data', clock: time, segmentBytes: 40_000, checkpointBytes: 80_000, historyMs: 1000 };
    const store = await openStore({ ...options, files: disk });
    const keys = Array.from({ length: 1000 }, (_, i) => `/k/${i}`);
    for (let round = 0; round < 12; round++) {
      // Removing some and putting them back gives them a new create revision, which the snapshot must know.
      await Promise.all(
        keys.map(async (key, i) => {
          if (i % 10 === round) await store.commit({ compare: [], operations: [{ type: 'delete', key }] });
          await put(store, key, `${round}`);
          time.jump(1);
        }),
      );
    }
    assert.ok(disk.paths().some(path => path.includes('snapshot')));
    const again = await openStore({ ...options, files: disk.afterKill() });
    assert.deepEqual(await contents(again), await contents(store));
  });

  test('many short lives leave few files', async () => {
    const time = createManualClock();
    const disk = new SimulatedDisk(seededRandom(1));
    for (let life = 0; life < 60; life++) {
      const store = await openStore({ directory: '/data', clock: time, files: disk, historyMs: 1000 });
      await put(store, 'a', `${life}`);
      time.jump(5000);
      for (let turn = 0; turn < 20; turn++) await new Promise(resolve => setImmediate(resolve));
      await store.close();
    }
    assert.ok(disk.paths().length < 25, `${disk.paths().length} files`);
  });

  test('the log stays within its budget while keys are overwritten', async () => {
    const time = createManualClock();
    const disk = new SimulatedDisk(seededRandom(1));
    const options = { directory: '/data', clock: time, files: disk, segmentBytes: 8192, checkpointBytes: 16_384 };
    const store = await openStore({ ...options, historyMs: 1000 });
    for (let i = 0; i < 300; i++) {
      await put(store, `k${i % 5}`, 'x'.repeat(500));
      time.jump(20);
    }
    const size = disk.paths().reduce((sum, path) => sum + disk.contents(path).length, 0);
    assert.ok(size < 100_000, `${size} bytes for 5 keys`);
    await store.close();
    const again = await openStore({ ...options, files: disk });
    assert.equal(again.revision(), 301);
  });
});

describe('a failing disk', () => {
  for (const [code, remedy] of [
    ['ENOSPC', /the disk is full; free some space/],
    ['EIO', /the disk refuses \(EIO\); check the disk/],
  ] as const) {
    test(`${code}: nothing is acknowledged, reads go on, and opening again helps`, async () => {
      const disk = new SimulatedDisk(seededRandom(1));
      const store = await openStore({ directory: '/data', clock, files: disk });
      await put(store, 'a', '1');
      disk.fault = operation => (operation === 'write' ? code : undefined);
      const writes = await Promise.allSettled([put(store, 'a', '2'), put(store, 'b'), store.compact(2)]);
      for (const write of writes) assert.equal(write.status, 'rejected');
      disk.fault = undefined;
      await assert.rejects(put(store, 'c'), error => {
        assert.match(String(error), remedy);
        assert.match(String(error), /start Orrery again/);
        return (error as Error).name === 'StoreUnavailableError';
      });
      assert.equal(Buffer.from((await store.get('a'))!.value).toString(), '1');
      assert.equal(store.revision(), 2);
      await store.close();
      const again = await openStore({ directory: '/data', clock, files: disk });
      assert.deepEqual(await put(again, 'c'), { committed: true, revision: again.revision() });
      await again.close();
    });
  }

  test('a checkpoint that finds no room is put off, and writing goes on', async () => {
    const time = createManualClock();
    const disk = new SimulatedDisk(seededRandom(1));
    const options = { directory: '/data', clock: time, files: disk, segmentBytes: 8192, checkpointBytes: 8192 };
    const store = await openStore({ ...options, historyMs: 1000 });
    disk.fault = (_operation, path) => (path.includes('snapshot') ? 'ENOSPC' : undefined);
    for (let i = 0; i < 100; i++) {
      await put(store, 'k', 'x'.repeat(500));
      time.jump(100);
    }
    assert.ok(!disk.paths().some(path => path.includes('snapshot')));
    disk.fault = undefined;
    for (let i = 0; i < 50; i++) await put(store, 'k', 'x'.repeat(500));
    assert.equal(disk.paths().filter(path => path.includes('snapshot')).length, 1);
    await store.close();
  });
});

describe('directories', () => {
  test('files are for their owner alone', async t => {
    const directory = join(await temporaryDirectory(t), 'new/data');
    const store = await openStore({ directory, clock });
    await put(store, 'a');
    for (const name of await readdir(directory))
      assert.equal((await stat(join(directory, name))).mode & 0o777, 0o600, name);
    assert.equal((await stat(directory)).mode & 0o777, 0o700);
    await store.close();
  });

  test('a second opener in this process is refused, and may open after close', async t => {
    const directory = await temporaryDirectory(t);
    const store = await openStore({ directory, clock });
    await assert.rejects(openStore({ directory, clock }), refusal(/another Orrery has .* open; stop it with/));
    await put(store, 'a');
    await store.close();
    const again = await openStore({ directory, clock });
    assert.ok(await again.get('a'));
    await again.close();
  });

  test('a second process is refused while the first lives, however it ends', async t => {
    const directory = await temporaryDirectory(t);
    const script = `
      import { openStore } from ${JSON.stringify(join(import.meta.dirname, 'open.ts'))};
      import { systemClock } from '@orrery/machinery/clock';
      await openStore({ directory: ${JSON.stringify(directory)}, clock: systemClock });
      process.stdout.write('open');
      setInterval(() => {}, 1000);`;
    const other = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: import.meta.dirname });
    t.after(() => other.kill('SIGKILL'));
    await once(other.stdout, 'data');
    await assert.rejects(openStore({ directory, clock: systemClock }), refusal(/another Orrery/));
    other.kill('SIGKILL');
    await once(other, 'exit');
    const store = await openStore({ directory, clock: systemClock });
    await store.close();
  });

  test('two who make directories side by side do not trip over each other', async t => {
    const directory = await temporaryDirectory(t);
    for (let round = 0; round < 100; round++) {
      const parent = join(directory, `${round}`, 'server');
      await Promise.all([
        nodeFiles.makeDirectory(join(parent, 'store')),
        mkdir(join(parent, 'pki'), { recursive: true }),
        nodeFiles.makeDirectory(join(parent, 'store')),
      ]);
      assert.deepEqual((await readdir(parent)).toSorted(), ['pki', 'store']);
    }
  });

  test('a path that is no directory, or cannot be made or written, is refused', async t => {
    const directory = await temporaryDirectory(t);
    const file = join(directory, 'file');
    await writeFile(file, '');
    await assert.rejects(openStore({ directory: file, clock }), refusal(/not a directory; choose another/));
    await assert.rejects(
      openStore({ directory: join(file, 'data'), clock }),
      refusal(/not a directory; choose another/),
    );
    await assert.rejects(openStore({ directory: '/proc/orrery/data', clock }), refusal(/--data-dir|check the disk/));
    const disk = new SimulatedDisk(seededRandom(1));
    for (const [code, pattern] of [
      ['EACCES', /not writable; change its owner/],
      ['EROFS', /not writable/],
      ['ENOSPC', /the disk is full; free some space/],
      ['EIO', /the disk refuses; check/],
    ] as const) {
      disk.fault = operation => (operation === 'open create' ? code : undefined);
      await assert.rejects(openStore({ directory: '/data', clock, files: disk }), refusal(pattern));
    }
  });
});
