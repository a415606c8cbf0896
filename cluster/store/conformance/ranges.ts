/** Reads of now and of the past, and what compaction takes away. */
import assert from 'node:assert/strict';
import { compareKeys } from '../order.ts';
import { CompactedError, FutureRevisionError } from '../types.ts';
import { commit, keys, put, record, remove, settled, text } from './support.ts';
import type { Cases } from './support.ts';

export const ranging: Cases = {
  'a range has the keys of the prefix, in byte order': async (_, store) => {
    const inOrder = ['/a/', '/a/1', '/a/10', '/a/2', '/a/~', '/a/é', '/a/\uffee', '/a/😀'];
    for (const key of inOrder.toReversed()) await commit(store, put(key));
    await commit(store, put('/a'), put('/b/1'), put('/A/1'));
    assert.deepEqual(keys(await store.range({ prefix: '/a/' })), inOrder);
    assert.deepEqual(keys(await store.range({ prefix: '/none/' })), []);
    assert.equal((await store.range({ prefix: '' })).entries.length, inOrder.length + 3);
  },
  'pages join to the whole, and tell how many keys follow': async (_, store) => {
    for (let i = 0; i < 25; i++) await commit(store, put(`/p/${String(i).padStart(2, '0')}`));
    await commit(store, put('/o/1'), put('/q/1'));
    const seen: string[] = [];
    const remaining: number[] = [];
    for (let after: string | undefined; ; after = seen.at(-1)) {
      const page = await store.range({ prefix: '/p/', after, limit: 10 });
      seen.push(...keys(page));
      remaining.push(page.remaining);
      if (page.remaining === 0) break;
    }
    assert.deepEqual(remaining, [15, 5, 0]);
    assert.deepEqual(seen, keys(await store.range({ prefix: '/p/', limit: 0 })));
  },
  'after need not exist, and may lie outside the prefix': async (_, store) => {
    await commit(store, put('/p/a'), put('/p/c'), put('/q/a'));
    assert.deepEqual(keys(await store.range({ prefix: '/p/', after: '/p/b' })), ['/p/c']);
    assert.deepEqual(keys(await store.range({ prefix: '/p/', after: '/a' })), ['/p/a', '/p/c']);
    assert.deepEqual(keys(await store.range({ prefix: '/p/', after: '/z' })), []);
  },
  'a range at an older revision is what it was then': async (_, store) => {
    await commit(store, put('/p/a', '1'), put('/p/b', '1'), put('/p/c', '1'));
    const then = await commit(store, put('/p/b', '2'));
    await commit(store, remove('/p/a'));
    await commit(store, put('/p/b', '3'), put('/p/0', '1'));
    await commit(store, put('/p/a', '4'));
    const past = await store.range({ prefix: '/p/', revision: then });
    assert.equal(past.revision, then);
    assert.deepEqual(
      past.entries.map(entry => `${entry.key}=${text(entry.value)}`),
      ['/p/a=1', '/p/b=2', '/p/c=1'],
    );
    const page = await store.range({ prefix: '/p/', revision: then, limit: 1 });
    assert.deepEqual([keys(page), page.remaining], [['/p/a'], 2]);
    assert.equal(text((await store.get('/p/b', then))?.value), '2');
    assert.equal(await store.get('/p/0', then), undefined);
    const now = await store.range({ prefix: '/p/' });
    assert.deepEqual(keys(now), ['/p/0', '/p/a', '/p/b', '/p/c']);
  },
  'a revision of the future is refused': async (_, store) => {
    const newest = await commit(store, put('a'));
    await assert.rejects(store.get('a', newest + 1), FutureRevisionError);
    await assert.rejects(store.range({ prefix: '', revision: newest + 1 }), FutureRevisionError);
  },
  'ranges agree with a plain list under many changes': async (_, store) => {
    const model = new Map<string, string>();
    let state = 7;
    const draw = (below: number) => (state = (state * 48271) % 2147483647) % below;
    for (let round = 0; round < 150; round++) {
      const chosen = new Set(Array.from({ length: 20 }, () => `/${'abc'[draw(3)]}/${draw(700)}`));
      const operations = [...chosen].map(key => (draw(3) === 0 ? remove(key) : put(key, `${round}`)));
      for (const operation of operations) {
        if (operation.type === 'put') model.set(operation.key, `${round}`);
        else model.delete(operation.key);
      }
      await commit(store, ...operations);
      const prefix = ['/a/', '/b/', '/c/', '/', '/b/1'][draw(5)]!;
      const after = draw(2) === 0 ? undefined : `${prefix}${draw(700)}`;
      const limit = draw(40);
      const all = [...model.keys()].filter(key => key.startsWith(prefix) && (after === undefined || key > after));
      all.sort(compareKeys);
      const got = await store.range({ prefix, after, limit });
      assert.deepEqual(keys(got), limit === 0 ? all : all.slice(0, limit));
      assert.equal(got.remaining, all.length - got.entries.length);
    }
  },
};

export const forgetting: Cases = {
  'reads and watches before the compacted revision are refused, later ones go on': async (fixture, store) => {
    await commit(store, put('a', '1'), put('b', '1'));
    await commit(store, put('a', '2'));
    const kept = await commit(store, put('a', '3'));
    await commit(store, remove('b'));
    await store.compact(kept);
    await settled(fixture);
    const compacted = (error: unknown) => error instanceof CompactedError && error.compactedRevision === kept - 1;
    await assert.rejects(store.get('a', kept - 1), compacted);
    await assert.rejects(store.range({ prefix: '', revision: kept - 1 }), compacted);
    assert.throws(() => store.watch({ prefix: '', after: kept - 1 }, () => {}), compacted);
    assert.equal(text((await store.get('a', kept))?.value), '3');
    assert.equal(text((await store.get('b', kept))?.value), '1');
    assert.equal(await store.get('b'), undefined);
    assert.deepEqual(keys(await store.range({ prefix: '', revision: kept })), ['a', 'b']);
    const { heard } = record(store, '', kept);
    await settled(fixture);
    assert.deepEqual(heard, [`${kept + 1}: delete b=1`]);
  },
  'the newest versions survive compaction of everything': async (fixture, store) => {
    for (let i = 0; i < 20; i++) await commit(store, put(`k${i % 5}`, String(i)));
    await commit(store, remove('k0'));
    await store.compact(store.revision());
    await settled(fixture);
    assert.deepEqual(keys(await store.range({ prefix: 'k' })), ['k1', 'k2', 'k3', 'k4']);
    await commit(store, put('k0', 'again'));
    assert.equal((await store.get('k0'))?.createRevision, store.revision());
  },
  'a running watch is not disturbed by compaction': async (fixture, store) => {
    const { heard } = record(store, '');
    const first = await commit(store, put('a', '1'));
    await store.compact(first);
    const second = await commit(store, put('a', '2'));
    await settled(fixture);
    assert.deepEqual(heard, [`${first}: put a=1`, `${second}: put a=2 was 1`]);
  },
  'compaction of the future is refused': async (_, store) => {
    await assert.rejects(store.compact(store.revision() + 1), FutureRevisionError);
  },
};
