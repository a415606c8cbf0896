/**
 * The faults that etcd's robustness suite has on record (https://github.com/etcd-io/etcd/tree/main/tests/robustness), each as a test
 * of this store by its number there. docs/reliability.md says why some cannot be here.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { seededRandom } from '@orrery/machinery/random';
import { CompactedError, openStore, type Operation, type Store, type WatchBatch } from '@orrery/store';
import { SimulatedDisk, stopped } from '@orrery/store/simulated-disk';

const clock = createManualClock();
const open = (files: SimulatedDisk, more = {}): Promise<Store> =>
  openStore({ directory: '/data', clock, files, segmentBytes: 3000, checkpointBytes: 4000, historyMs: 1e9, ...more });
const put = (key: string, value = key): Operation => ({ type: 'put', key, head: '', value: Buffer.from(value) });
const remove = (key: string): Operation => ({ type: 'delete', key });

async function commit(store: Store, ...operations: Operation[]): Promise<number> {
  const result = await store.commit({ compare: [], operations });
  assert.ok(result.committed);
  return result.revision;
}

const turn = () => new Promise(resolve => setImmediate(resolve));

function record(store: Store, prefix: string, after?: number): { batches: WatchBatch[]; heard: () => string[] } {
  const batches: WatchBatch[] = [];
  store.watch({ prefix, after }, batch => void batches.push(batch));
  const heard = () =>
    batches.flatMap(({ revision, events }) => events.map(({ type, key }) => `${revision} ${type} ${key}`));
  return { batches, heard };
}

const contents = async (store: Store): Promise<string> =>
  (await store.range({ prefix: '' })).entries
    .map(({ key, value, revision }) => `${key}=${Buffer.from(value)}@${revision}`)
    .join(' ');

/**
 * Does `work` again and again, the machine ending one operation of the disk later each time, until it ends by itself. `judge` sees
 * each store that comes up afterwards.
 */
async function cutEverywhere(
  prepare: (store: Store) => Promise<void>,
  work: (store: Store) => Promise<unknown>,
  judge: (store: Store, cut: number) => Promise<void>,
): Promise<number> {
  for (let cut = 1; ; cut++) {
    const random = seededRandom(cut);
    let disk = new SimulatedDisk(random);
    const store = await open(disk);
    await prepare(store);
    const at = disk.operations + cut;
    disk.fault = (_operation, _path, count) => (count === at ? stopped : undefined);
    const ended = await Promise.race([disk.end.then(() => false), work(store).then(() => true)]);
    disk = random.float() < 0.7 ? disk.afterPowerCut() : disk.afterKill();
    const again = await open(disk);
    await judge(again, cut);
    await again.close();
    if (ended) return cut;
  }
}

describe('known issues of etcd', () => {
  test('13766: a crash under high load leaves revision and contents of one moment', async () => {
    let acknowledged = 1;
    await cutEverywhere(
      async () => void (acknowledged = 1),
      async store => {
        for (let round = 0; round < 3; round++)
          await Promise.all(
            Array.from({ length: 64 }, async (_, writer) => {
              acknowledged = Math.max(acknowledged, await commit(store, put(`/k/${writer % 9}`, `${round}.${writer}`)));
            }),
          );
      },
      async (store, cut) => {
        const { entries, revision } = await store.range({ prefix: '' });
        const newest = Math.max(1, ...entries.map(entry => entry.revision));
        assert.ok(revision >= acknowledged, `cut ${cut}: at ${revision}, ${acknowledged} was acknowledged`);
        assert.equal(newest, revision, `cut ${cut}: the newest key is that of the newest revision`);
        assert.equal(await commit(store, put('/k/next')), revision + 1);
      },
    );
  });

  test('14370: a single store does not lose a write that it acknowledged', async () => {
    const acknowledged = new Set<number>();
    await cutEverywhere(
      async () => acknowledged.clear(),
      async store => {
        for (let index = 0; index < 12; index++) {
          await commit(store, put(`/k/${index}`));
          acknowledged.add(index);
        }
      },
      async (store, cut) => {
        for (const index of acknowledged) assert.ok(await store.get(`/k/${index}`), `cut ${cut}: /k/${index} is lost`);
      },
    );
  });

  test('14685: a crash while the log is replaced by a snapshot changes neither revision nor contents', async () => {
    let before = '';
    const cuts = await cutEverywhere(
      async store => {
        for (let index = 0; index < 40; index++) await commit(store, put(`/k/${index % 5}`, `${index}`.padEnd(300)));
        await store.compact(store.revision());
        before = await contents(store);
      },
      async () => {
        for (let turns = 0; turns < 5; turns++) {
          clock.jump(15_000);
          for (let wait = 0; wait < 20; wait++) await turn();
        }
      },
      async (store, cut) => {
        assert.equal(await contents(store), before, `cut ${cut}`);
        assert.equal(store.revision(), 41);
      },
    );
    assert.ok(cuts > 5, 'a snapshot was written');
  });

  test('15271: a watch that is resumed after a crash does not go back in time', async () => {
    const disk = new SimulatedDisk(seededRandom(1));
    const store = await open(disk);
    for (let index = 0; index < 10; index++) await commit(store, put('/k/a', `${index}`));
    const again = await open(disk.afterPowerCut());
    const { batches } = record(again, '', 8);
    await commit(again, put('/k/a', 'last'));
    assert.deepEqual(
      batches.map(batch => batch.revision),
      [9, 10, 11, 12],
    );
    await again.close();
  });

  test('17247: a transaction is told once to each watch, whatever it compares', async () => {
    const store = await open(new SimulatedDisk(seededRandom(1)));
    const [all, some] = [record(store, ''), record(store, '/a/')];
    const first = await commit(store, put('/a/1'), put('/b/1'));
    const compare = [
      { key: '/a/1', revision: first },
      { key: '/b/1', revision: first },
    ];
    await store.commit({ compare, operations: [put('/a/1', 'new'), remove('/b/1'), put('/a/2')] });
    await store.commit({ compare, operations: [put('/a/1', 'never')] });
    assert.deepEqual(all.heard(), ['2 put /a/1', '2 put /b/1', '3 put /a/1', '3 delete /b/1', '3 put /a/2']);
    assert.deepEqual(some.heard(), ['2 put /a/1', '3 put /a/1', '3 put /a/2']);
    await store.close();
  });

  test('17529: a watch that is behind misses nothing, even when its past is compacted away meanwhile', async () => {
    const store = await open(new SimulatedDisk(seededRandom(1)), { segmentBytes: 1 << 20 });
    await Promise.all(Array.from({ length: 6000 }, (_, index) => commit(store, put(`/k/${index % 3}`))));
    const { batches } = record(store, '', 1);
    assert.ok(batches.length < 6000, 'the past is told in slices');
    const compacted = store.compact(store.revision());
    for (let wait = 0; wait < 10; wait++) {
      clock.jump(1);
      await turn();
    }
    await compacted;
    await commit(store, put('/k/last'));
    for (let wait = 0; wait < 10; wait++) {
      clock.jump(1);
      await turn();
    }
    assert.deepEqual(
      batches.map(batch => batch.revision),
      Array.from({ length: 6001 }, (_, index) => index + 2),
    );
    await store.close();
  });

  test('17780: a crash while compacting does not make the revision smaller, even when only deletions are newest', async () => {
    await cutEverywhere(
      async store => {
        for (let index = 0; index < 20; index++) await commit(store, put(`/k/${index}`, 'x'.repeat(300)));
        for (let index = 0; index < 20; index++) await commit(store, remove(`/k/${index}`));
      },
      async store => {
        await store.compact(store.revision());
        clock.jump(15_000);
        for (let wait = 0; wait < 20; wait++) await turn();
      },
      async (store, cut) => {
        assert.equal(store.revision(), 41, `cut ${cut}`);
        assert.equal(await contents(store), '');
        assert.equal(await commit(store, put('/k/new')), 42);
      },
    );
  });

  test('18089: compacting at a deletion drops no event that a watch may still ask for', async () => {
    const store = await open(new SimulatedDisk(seededRandom(1)));
    await commit(store, put('/k/a', '1'));
    const before = await commit(store, put('/k/a', '2'));
    const deleted = await commit(store, remove('/k/a'));
    const after = await commit(store, put('/k/a', '3'));
    await store.compact(deleted);
    assert.throws(() => store.watch({ prefix: '', after: before }, () => {}), CompactedError);
    assert.deepEqual(record(store, '', deleted).heard(), [`${after} put /k/a`]);
    await store.close();
  });

  test('18667: a transaction is judged by the newest state, also where the past is compacted away', async () => {
    const store = await open(new SimulatedDisk(seededRandom(1)));
    const first = await commit(store, put('/k/a', '1'));
    const second = await commit(store, put('/k/a', '2'));
    await store.compact(second);
    const attempt = (revision: number, ...operations: Operation[]) =>
      store.commit({ compare: [{ key: '/k/a', revision }], operations });
    assert.equal((await attempt(first, put('/k/b'))).committed, false);
    assert.equal(store.revision(), second, 'what was refused took no revision');
    assert.deepEqual(await attempt(second, put('/k/b')), { committed: true, revision: second + 1 });
    await assert.rejects(store.range({ prefix: '', revision: first }), CompactedError);
    await store.close();
  });

  test('19179: a watch that begins at the compacted revision is told the deletion after it', async () => {
    for (const restart of [false, true]) {
      const disk = new SimulatedDisk(seededRandom(1));
      let store = await open(disk);
      const last = await commit(store, put('/k/a', '1'));
      const deleted = await commit(store, remove('/k/a'));
      await store.compact(last);
      if (restart) store = await open(disk.afterPowerCut());
      const { heard } = record(store, '', last);
      assert.deepEqual(heard(), [`${deleted} delete /k/a`]);
      await store.close();
    }
  });

  test('20221: a watch from a revision of the future hears neither notices nor events before it', async () => {
    const store = await open(new SimulatedDisk(seededRandom(1)));
    await commit(store, put('/k/a', '1'));
    const { batches } = record(store, '', store.revision() + 3);
    for (let index = 0; index < 5; index++) {
      await commit(store, put('/k/a', `${index}`));
      clock.jump(60_000);
    }
    assert.deepEqual(
      batches.map(batch => batch.revision),
      [6, 7],
    );
    await store.close();
  });

  test('20271: a crash while the first files are made, or made again, leaves a store that opens', async () => {
    for (let cut = 1, ended = false; !ended; cut++) {
      const random = seededRandom(cut);
      const disk = new SimulatedDisk(random);
      disk.fault = (_operation, _path, count) => (count === cut ? stopped : undefined);
      ended = await Promise.race([disk.end.then(() => false), open(disk).then(() => true)]);
      const second = disk.afterPowerCut();
      second.fault = (_operation, _path, count) => (count === cut ? stopped : undefined);
      await Promise.race([second.end, open(second)]);
      const store = await open(random.float() < 0.5 ? second.afterPowerCut() : second.afterKill());
      assert.equal(await commit(store, put('/k/a')), 2, `cut ${cut}`);
      await store.close();
    }
  });
});
