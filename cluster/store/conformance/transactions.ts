/** Writes and compares. */
import assert from 'node:assert/strict';
import { commit, put, remove, text } from './support.ts';
import type { Cases } from './support.ts';

export const writing: Cases = {
  'an empty store is at revision 1 and has no keys': async (_, store) => {
    const empty = await store.range({ prefix: '' });
    assert.deepEqual(empty.entries, []);
    assert.equal(empty.remaining, 0);
    assert.equal(empty.revision, 1);
    assert.equal(store.revision(), 1);
    assert.equal(await store.get('a'), undefined);
  },
  'revisions increase by one per transaction, and entries carry theirs': async (_, store) => {
    const start = store.revision();
    assert.equal(await commit(store, put('a', '1')), start + 1);
    assert.equal(await commit(store, put('b', '1'), put('c', '1')), start + 2);
    assert.equal(await commit(store, put('a', '2')), start + 3);
    assert.equal(store.revision(), start + 3);
    const entry = await store.get('a');
    assert.equal(entry?.key, 'a');
    assert.equal(text(entry?.value), '2');
    assert.equal(entry?.head, 'head of 2');
    assert.equal(entry?.revision, start + 3);
    assert.equal(entry?.createRevision, start + 1);
    assert.equal((await store.get('b'))?.revision, (await store.get('c'))?.revision);
  },
  'a key that is deleted and put again is created anew': async (_, store) => {
    await commit(store, put('a', '1'));
    await commit(store, remove('a'));
    assert.equal(await store.get('a'), undefined);
    const again = await commit(store, put('a', '2'));
    assert.equal((await store.get('a'))?.createRevision, again);
  },
  'a transaction without effect takes no revision': async (_, store) => {
    const before = await commit(store, put('a', '1'));
    assert.equal(await commit(store, remove('absent')), before);
    assert.equal(await commit(store), before);
    assert.equal(store.revision(), before);
  },
  'empty and binary values, long and non-ASCII keys and heads come back as they were': async (_, store) => {
    const key = `/κλειδί/${'x'.repeat(3000)}/😀`;
    const value = Uint8Array.from({ length: 70_000 }, (_, i) => i % 251);
    await store.commit({ compare: [], operations: [{ type: 'put', key, head: '{"n":"名前"}', value }] });
    await store.commit({ compare: [], operations: [{ type: 'put', key: 'empty', head: '', value: new Uint8Array() }] });
    const entry = await store.get(key);
    assert.equal(entry?.head, '{"n":"名前"}');
    assert.ok(Buffer.from(value).equals(entry!.value));
    assert.equal((await store.get('empty'))?.value.length, 0);
  },
  'a key may appear only once in a transaction': async (_, store) => {
    await assert.rejects(store.commit({ compare: [], operations: [put('a'), remove('a')] }), TypeError);
    assert.equal(await store.get('a'), undefined);
  },
  'every writer of many gets a revision of its own, in the order of the calls': async (_, store) => {
    const start = store.revision();
    const revisions = await Promise.all(Array.from({ length: 200 }, (_, i) => commit(store, put(`k${i}`))));
    assert.deepEqual(
      revisions,
      Array.from({ length: 200 }, (_, i) => start + 1 + i),
    );
  },
};

export const comparing: Cases = {
  'a compare holds for the revision, and 0 for absence': async (_, store) => {
    const first = await store.commit({ compare: [{ key: 'a', revision: 0 }], operations: [put('a', '1')] });
    assert.ok(first.committed);
    const second = await store.commit({
      compare: [{ key: 'a', revision: first.revision }],
      operations: [put('a', '2')],
    });
    assert.ok(second.committed);
    const stale = await store.commit({
      compare: [{ key: 'a', revision: first.revision }],
      operations: [put('a', '3')],
    });
    assert.deepEqual(stale, { committed: false, conflict: { key: 'a', revision: first.revision } });
    assert.equal(text((await store.get('a'))?.value), '2');
    assert.equal(store.revision(), second.revision);
  },
  'when one compare fails nothing happens, and the first that failed is named': async (_, store) => {
    const revision = await commit(store, put('a', '1'));
    const result = await store.commit({
      compare: [
        { key: 'a', revision },
        { key: 'b', revision: 7 },
        { key: 'c', revision: 8 },
      ],
      operations: [put('a', '2'), put('d', '1'), remove('a2')],
    });
    assert.deepEqual(result, { committed: false, conflict: { key: 'b', revision: 7 } });
    assert.equal(text((await store.get('a'))?.value), '1');
    assert.equal(await store.get('d'), undefined);
  },
  'a compare sees transactions that are queued before it': async (_, store) => {
    const next = store.revision() + 1;
    const results = await Promise.all([
      store.commit({ compare: [{ key: 'a', revision: 0 }], operations: [put('a', '1')] }),
      store.commit({ compare: [{ key: 'a', revision: next }], operations: [put('a', '2')] }),
      store.commit({ compare: [{ key: 'a', revision: next + 1 }], operations: [remove('a')] }),
      store.commit({ compare: [{ key: 'a', revision: 0 }], operations: [put('a', '3')] }),
    ]);
    assert.deepEqual(
      results.map(result => result.committed && result.revision),
      [next, next + 1, next + 2, next + 3],
    );
    assert.equal((await store.get('a'))?.createRevision, next + 3);
  },
  'a compare that fails against a queued transaction answers when that one is readable': async (_, store) => {
    const order: string[] = [];
    const winner = store.commit({ compare: [{ key: 'a', revision: 0 }], operations: [put('a', 'won')] });
    const loser = store.commit({ compare: [{ key: 'a', revision: 0 }], operations: [put('a', 'lost')] });
    void winner.then(() => order.push('winner'));
    const result = await loser.then(async result => {
      order.push('loser');
      assert.equal(text((await store.get('a'))?.value), 'won');
      return result;
    });
    assert.deepEqual(result, { committed: false, conflict: { key: 'a', revision: 0 } });
    assert.deepEqual(order, ['winner', 'loser']);
  },
  'of many writers that compare and retry none is lost': async (_, store) => {
    const increment = async () => {
      for (;;) {
        const entry = await store.get('counter');
        const operations = [put('counter', String(Number(text(entry?.value) ?? 0) + 1))];
        const result = await store.commit({
          compare: [{ key: 'counter', revision: entry?.revision ?? 0 }],
          operations,
        });
        if (result.committed) return;
      }
    };
    await Promise.all(Array.from({ length: 16 }, increment));
    assert.equal(text((await store.get('counter'))?.value), '16');
  },
};
