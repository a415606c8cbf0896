/** Watches, expiry and the end. */
import assert from 'node:assert/strict';
import type { CommitResult } from '../types.ts';
import { commit, put, record, remove, settled, text } from './support.ts';
import type { Cases } from './support.ts';

export const watching: Cases = {
  'a watch hears what comes, once and in order, one batch per transaction': async (fixture, store) => {
    await commit(store, put('/p/old'));
    const { heard } = record(store, '/p/');
    const r1 = await commit(store, put('/p/a', '1'));
    await commit(store, put('/q/a', '1'));
    const r3 = await commit(store, put('/p/a', '2'), put('/q/b', '1'), put('/p/b', '1'));
    const r4 = await commit(store, remove('/p/a'));
    await settled(fixture);
    assert.deepEqual(heard, [`${r1}: put /p/a=1`, `${r3}: put /p/a=2 was 1, put /p/b=1`, `${r4}: delete /p/a=2`]);
  },
  'a deletion tells the last version, with the revision of its put': async (_, store) => {
    const putAt = await commit(store, put('a', '1'));
    const { batches } = record(store, '');
    const deletedAt = await commit(store, remove('a'));
    assert.equal(batches[0]?.revision, deletedAt);
    assert.equal(batches[0]?.events[0]?.entry.revision, putAt);
  },
  'a watch has heard of a transaction before its writer is answered, and can read it': async (_, store) => {
    const order: string[] = [];
    store.watch({ prefix: '' }, batch => {
      if (batch.events.length > 0) order.push(`watch at ${store.revision() - batch.revision}`);
    });
    await commit(store, put('a')).then(() => order.push('writer'));
    assert.deepEqual(order, ['watch at 0', 'writer']);
  },
  'a watch from the past hears what was missed, then what comes, without gap': async (fixture, store) => {
    const revisions: number[] = [];
    for (let i = 0; i < 10; i++) revisions.push(await commit(store, put('/p/a', String(i)), put(`/q/${i}`)));
    const { batches } = record(store, '/p/', revisions[3]);
    for (let i = 10; i < 15; i++) revisions.push(await commit(store, put('/p/a', String(i))));
    await settled(fixture);
    assert.deepEqual(
      batches.map(batch => batch.revision),
      revisions.slice(4),
    );
    assert.deepEqual(
      batches.map(batch => text(batch.events[0]?.previous?.value)),
      Array.from({ length: 11 }, (_, i) => String(i + 3)),
    );
  },
  'a long past is told in order, also while new transactions come': async (fixture, store) => {
    const start = store.revision();
    await Promise.all(Array.from({ length: 5000 }, (_, i) => commit(store, put(`/p/${i % 7}`))));
    const { batches } = record(store, '/p/', start);
    await Promise.all(Array.from({ length: 50 }, () => commit(store, put('/p/x'))));
    for (let i = 0; i < 20 && batches.length < 5050; i++) await settled(fixture);
    assert.deepEqual(
      batches.map(batch => batch.revision),
      Array.from({ length: 5050 }, (_, i) => start + 1 + i),
    );
  },
  'a watch from a revision of the future hears only what is newer': async (fixture, store) => {
    const now = await commit(store, put('a'));
    const { batches } = record(store, '', now + 2);
    for (let i = 0; i < 4; i++) await commit(store, put('a'));
    await settled(fixture);
    assert.deepEqual(
      batches.map(batch => batch.revision),
      [now + 3, now + 4],
    );
  },
  'a closed watch hears nothing more, also when it closes itself': async (fixture, store) => {
    const closed = record(store, '');
    closed.close();
    let calls = 0;
    const once = store.watch({ prefix: '' }, batch => {
      if (batch.events.length === 0) return;
      calls++;
      once.close();
    });
    await commit(store, put('a'));
    await commit(store, put('b'));
    await settled(fixture);
    assert.deepEqual(closed.heard, []);
    assert.equal(calls, 1);
  },
  'a listener that commits, watches or throws disturbs no other': async (fixture, store) => {
    const late: number[] = [];
    let followed: Promise<CommitResult> | undefined;
    store.watch({ prefix: '/p/' }, batch => {
      if (batch.events.length === 0) return;
      followed ??= store.commit({ compare: [], operations: [put('/p/b')] });
      if (late.length === 0)
        store.watch({ prefix: '/p/', after: batch.revision - 1 }, each => late.push(each.revision));
      throw new Error('a faulty listener');
    });
    const other = record(store, '/p/');
    const first = await commit(store, put('/p/a'));
    await followed;
    await settled(fixture);
    assert.deepEqual(
      other.batches.map(batch => batch.revision),
      [first, first + 1],
    );
    assert.deepEqual(late.slice(0, 2), [first, first + 1]);
  },
};

export const expiring: Cases = {
  'a key goes when its time has come, and watches hear of it': async (fixture, store) => {
    const { heard } = record(store, '');
    const revision = await commit(store, put('lease', '1', fixture.now() + 10_000), put('other', '1'));
    assert.equal((await store.get('lease'))?.expiresAtMs, fixture.now() + 10_000);
    await fixture.advance(9000);
    assert.ok(await store.get('lease'));
    await fixture.advance(3000);
    await store.commit({ compare: [], operations: [] });
    assert.equal(await store.get('lease'), undefined);
    assert.ok(await store.get('other'));
    assert.equal(heard[1], `${revision + 1}: delete lease=1`);
  },
  'a key that is put again lives as long as it was told last': async (fixture, store) => {
    await commit(store, put('renewed', '1', fixture.now() + 5000), put('kept', '1', fixture.now() + 5000));
    await commit(store, put('renewed', '2', fixture.now() + 20_000));
    await commit(store, put('kept', '2'));
    await fixture.advance(10_000);
    await store.commit({ compare: [], operations: [] });
    assert.equal(text((await store.get('renewed'))?.value), '2');
    await fixture.advance(20_000);
    await store.commit({ compare: [], operations: [] });
    assert.equal(await store.get('renewed'), undefined);
    assert.equal(text((await store.get('kept'))?.value), '2');
  },
};

export const closing: Cases = {
  'closing waits for queued writes, ends watches and refuses later writes': async (fixture, store) => {
    const { heard } = record(store, '');
    const queued = commit(store, put('a', '1'));
    const closed = store.close();
    await assert.rejects(store.commit({ compare: [], operations: [put('b')] }), { name: 'StoreUnavailableError' });
    await closed;
    assert.deepEqual(heard, [`${await queued}: put a=1`]);
    await fixture.advance(1000);
    await store.close();
  },
};
