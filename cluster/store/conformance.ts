/** What every store must do, as tests. A store's own test file calls {@link storeConformance}. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { compareKeys } from './order.ts';
import { CompactedError, FutureRevisionError } from './types.ts';
import type { CommitResult, Operation, Store, StoreEvent, WatchBatch } from './types.ts';

/** A store under test, empty, and its time. */
export interface StoreFixture {
  readonly store: Store;
  /** The store's wall clock, milliseconds since the epoch. */
  now(): number;
  /** Lets that much time pass for the store. */
  advance(byMs: number): Promise<void> | void;
}

/** Opens an empty store, and arranges through `t.after` that what it left is removed. The store itself is closed by the suite. */
export type OpenStore = (t: TestContext) => Promise<StoreFixture> | StoreFixture;

const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (value: Uint8Array | undefined): string | undefined => value && Buffer.from(value).toString();
const put = (key: string, value = key, expiresAtMs?: number): Operation => ({
  type: 'put',
  key,
  head: `head of ${value}`,
  value: bytes(value),
  expiresAtMs,
});
const remove = (key: string): Operation => ({ type: 'delete', key });

async function commit(store: Store, ...operations: Operation[]): Promise<number> {
  const result = await store.commit({ compare: [], operations });
  assert.ok(result.committed);
  return result.revision;
}

const told = (event: StoreEvent): string =>
  `${event.type} ${event.key}=${text(event.entry.value)}${event.type === 'put' && event.previous ? ` was ${text(event.previous.value)}` : ''}`;

/** A watch that writes down what it hears; progress alone is left out. */
function record(
  store: Store,
  prefix: string,
  after?: number,
): { heard: string[]; batches: WatchBatch[]; close(): void } {
  const heard: string[] = [];
  const batches: WatchBatch[] = [];
  const watch = store.watch({ prefix, after }, batch => {
    if (batch.events.length === 0) return;
    batches.push(batch);
    heard.push(`${batch.revision}: ${batch.events.map(told).join(', ')}`);
  });
  return { heard, batches, close: () => watch.close() };
}

/** Waits for what a store may deliver soon after: real turns of the event loop and of the store's clock. */
async function settled(fixture: StoreFixture): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await fixture.advance(1);
    await new Promise(resolve => setImmediate(resolve));
  }
}

type Case = (fixture: StoreFixture, store: Store) => Promise<void>;
type Cases = Readonly<Record<string, Case>>;

/** Registers the suite with node:test under `name`. */
export function storeConformance(name: string, open: OpenStore): void {
  for (const [subject, cases] of Object.entries(subjects)) {
    describe(`${name}: ${subject}`, () => {
      for (const [title, run] of Object.entries(cases)) {
        test(title, async t => {
          const fixture = await open(t);
          try {
            await run(fixture, fixture.store);
          } finally {
            await fixture.store.close();
          }
        });
      }
    });
  }
}

const writing: Cases = {
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

const comparing: Cases = {
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

const keys = (result: { entries: readonly { key: string }[] }): string[] => result.entries.map(entry => entry.key);

const ranging: Cases = {
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

const watching: Cases = {
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

const forgetting: Cases = {
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

const expiring: Cases = {
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

const closing: Cases = {
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

const subjects: Readonly<Record<string, Cases>> = {
  writing,
  comparing,
  ranging,
  watching,
  forgetting,
  expiring,
  closing,
};
