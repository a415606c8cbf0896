/** What survives: power cuts, kills, failing disks and flipped bits, by seed. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { seededRandom } from '@orrery/machinery/random';
import type { Random } from '@orrery/machinery/random';
import { createManualClock, type ManualClock } from '@orrery/machinery/manual-clock';
import { StoreOpenError, StoreUnavailableError } from '../types.ts';
import type { Operation, Store } from '../types.ts';
import { openStore } from './open.ts';
import { SimulatedDisk } from './simulated-disk.ts';

const directory = '/data';

/** All transactions ever submitted, by revision, and the newest that was acknowledged. */
interface Ledger {
  readonly submitted: Map<number, readonly Operation[]>;
  acknowledged: number;
}

const integer = (random: Random, below: number): number => Math.floor(random.float() * below);

function openOn(disk: SimulatedDisk, clock: ManualClock): Promise<Store> {
  return openStore({ directory, clock, files: disk, segmentBytes: 3000, checkpointBytes: 4000, historyMs: 2000 });
}

function drawOperations(random: Random, revision: number): Operation[] {
  const keys = new Set(Array.from({ length: 1 + integer(random, 3) }, () => `/k/${integer(random, 12)}`));
  const value = () => Buffer.from(`${revision}:`.padEnd(integer(random, integer(random, 10) === 0 ? 2000 : 200), 'v'));
  const puts = [...keys].map((key): Operation => ({ type: 'put', key, head: `h${revision}`, value: value() }));
  // The first is a put, so that every transaction takes a revision.
  return puts.map((put, i) => (i > 0 && random.float() < 0.4 ? { type: 'delete', key: put.key } : put));
}

/** Several writers at once until all are done or the disk fails. */
async function write(store: Store, clock: ManualClock, random: Random, ledger: Ledger, count: number): Promise<void> {
  let next = store.revision() + 1;
  for (const revision of [...ledger.submitted.keys()]) if (revision >= next) ledger.submitted.delete(revision);
  for (let done = 0; done < count;) {
    const together = 1 + integer(random, 6);
    const answers = Array.from({ length: together }, async () => {
      const revision = next++;
      const operations = drawOperations(random, revision);
      ledger.submitted.set(revision, operations);
      const result = await store.commit({ compare: [], operations });
      assert.deepEqual(result, { committed: true, revision });
      ledger.acknowledged = Math.max(ledger.acknowledged, revision);
    });
    const failures = (await Promise.allSettled(answers)).filter(answer => answer.status === 'rejected');
    for (const { reason } of failures) if (!(reason instanceof StoreUnavailableError)) throw reason;
    if (failures.length > 0) return;
    done += together;
    clock.jump(integer(random, 300));
  }
}

/** The store must hold the transactions up to some revision, all acknowledged ones among them, and nothing else. */
async function check(store: Store, ledger: Ledger): Promise<void> {
  const revision = store.revision();
  assert.ok(revision >= ledger.acknowledged, `revision ${ledger.acknowledged} was acknowledged and is lost`);
  const expected = new Map<string, string>();
  for (let at = 2; at <= revision; at++) {
    for (const operation of ledger.submitted.get(at)!) {
      if (operation.type === 'put')
        expected.set(operation.key, `${at} ${operation.head} ${Buffer.from(operation.value)}`);
      else expected.delete(operation.key);
    }
  }
  const { entries } = await store.range({ prefix: '' });
  const found = entries.map(
    entry => [entry.key, `${entry.revision} ${entry.head} ${Buffer.from(entry.value)}`] as const,
  );
  assert.deepEqual(new Map(found), expected);
}

/** Opens, checks, writes until `until` fails an operation, and returns the disk as it is then. */
async function generation(disk: SimulatedDisk, clock: ManualClock, random: Random, ledger: Ledger): Promise<void> {
  const store = await openOn(disk, clock);
  await check(store, ledger);
  await write(store, clock, random, ledger, 25);
  await check(store, ledger);
  await store.close().catch(() => {});
}

/** Makes every operation from the given one on fail. */
const failFrom =
  (first: number, code: string) =>
  (_operation: string, _path: string, count: number): string | undefined =>
    count >= first ? code : undefined;

const newLedger = (): Ledger => ({ submitted: new Map(), acknowledged: 1 });

describe('recovery by seed', () => {
  for (const [title, next] of [
    ['a power cut at any operation loses nothing that was acknowledged', (disk: SimulatedDisk) => disk.afterPowerCut()],
    ['a kill at any operation loses nothing that was acknowledged', (disk: SimulatedDisk) => disk.afterKill()],
  ] as const) {
    test(title, async () => {
      for (let seed = 1; seed <= 100; seed++) {
        const random = seededRandom(seed);
        const clock = createManualClock();
        const ledger = newLedger();
        let disk = new SimulatedDisk(random);
        for (let life = 0; life < 4; life++) {
          disk.fault = failFrom(1 + integer(random, 120), 'EPOWER');
          try {
            await generation(disk, clock, random, ledger);
          } catch (error) {
            // The power may fail while the store opens; everything else is a failure of the store.
            if (!(error instanceof StoreOpenError) || !error.message.includes('EPOWER')) throw inSeed(seed, error);
          }
          disk = next(disk);
        }
        await generation(disk, clock, random, ledger).catch(error => Promise.reject(inSeed(seed, error)));
      }
    });
  }

  test('a disk that fills up or fails at any operation loses nothing that was acknowledged', async () => {
    for (let seed = 1; seed <= 100; seed++) {
      const random = seededRandom(seed);
      const clock = createManualClock();
      const ledger = newLedger();
      const disk = new SimulatedDisk(random);
      for (let life = 0; life < 4; life++) {
        const at = disk.operations + 1 + integer(random, 150);
        const code = random.float() < 0.5 ? 'ENOSPC' : 'EIO';
        // Sometimes one operation fails, sometimes all from then on.
        const lasting = random.float() < 0.5;
        disk.fault = (_operation, _path, count) => (count === at || (lasting && count > at) ? code : undefined);
        try {
          await generation(disk, clock, random, ledger);
        } catch (error) {
          if (!(error instanceof StoreOpenError)) throw inSeed(seed, error);
        }
      }
      disk.fault = undefined;
      await generation(disk, clock, random, ledger).catch(error => Promise.reject(inSeed(seed, error)));
    }
  });

  test('a flipped bit is refused with file and remedy, or harmless; it is never served, and nothing is lost', async () => {
    let refused = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const random = seededRandom(seed);
      const clock = createManualClock();
      const ledger = newLedger();
      let disk = new SimulatedDisk(random);
      await generation(disk, clock, random, ledger);
      const store = await openOn(disk, clock);
      await write(store, clock, random, ledger, 5);
      if (random.float() < 0.5) await store.close();
      disk = disk.afterKill();
      const path = disk.paths()[integer(random, disk.paths().length)]!;
      const bytes = disk.contents(path);
      bytes[integer(random, bytes.length)]! ^= 1 << integer(random, 8);
      disk.put(path, bytes);
      try {
        const again = await openOn(disk, clock);
        await check(again, ledger);
        await again.close();
      } catch (error) {
        if (!(error instanceof StoreOpenError)) throw inSeed(seed, error);
        assert.ok(error.message.includes(path) || path.endsWith('/format'), error.message);
        assert.deepEqual(disk.contents(path), bytes, 'a refused file is left as it is');
        refused++;
      }
    }
    assert.ok(refused > 80, `only ${refused} of 200 flips were noticed`);
  });
});

for (const [what, ageMs] of [
  ['is kept', 0],
  ['is over', 10_000],
] as const) {
  test(`what came in any order is paged in byte order after opening, where its past ${what}`, async () => {
    const clock = createManualClock();
    const random = seededRandom(7);
    const disk = new SimulatedDisk(random);
    const names = Array.from({ length: 1200 }, (_, at) => `/k/${(at * 7919) % 1200}`);
    // UTF-16 puts the second of these before the first, UTF-8 behind it.
    const keys = [...names, '/k/\u{e000}', '/k/\u{10000}'];
    const before = await openOn(disk, clock);
    const put = (key: string) =>
      before.commit({ compare: [], operations: [{ type: 'put', key, head: '', value: Buffer.from(key) }] });
    for (const key of keys) await put(key);
    const created = await before.get('/k/5');
    await put('/k/5');
    await before.commit({ compare: [], operations: [{ type: 'delete', key: '/k/6' }] });
    const revision = before.revision();
    await before.close();
    clock.jump(ageMs);
    const store = await openOn(disk, clock);
    const found: string[] = [];
    let after: string | undefined;
    for (let page = 0; page < 20; page++) {
      const { entries, remaining } = await store.range({ prefix: '/k/', limit: 100, ...(after && { after }) });
      found.push(...entries.map(({ key }) => key));
      assert.equal(remaining, keys.length - 1 - found.length);
      if (remaining === 0) break;
      after = found.at(-1);
    }
    const expected = keys.filter(key => key !== '/k/6').sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    assert.deepEqual(found, expected);
    assert.equal((await store.get('/k/5'))?.createRevision, created?.revision);
    const past = store.get('/k/6', revision - 1);
    if (ageMs === 0) assert.equal((await past)?.key, '/k/6');
    else await assert.rejects(past, { name: 'CompactedError' });
    await store.close();
  });
}

const inSeed = (seed: number, cause: unknown): Error =>
  new Error(`seed ${seed}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
