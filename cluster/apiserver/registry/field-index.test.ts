import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@orrery/machinery/clock';
import type { Clock } from '@orrery/machinery/clock';
import { seededRandom } from '@orrery/machinery/random';
import { CompactedError } from '@orrery/store';
import { createMemoryStore } from '@orrery/store/memory';
import { at, podOf, startServer } from '../testing/server.ts';
import { FieldIndexes } from './field-index.ts';
import { rangeInTurns } from './walk.ts';

const pods = { group: '', resource: 'pods' };
const headWith = (node: string): string => `1\u0001\u0001\u0004spec.nodeName\u0005${node}\u0004\u0001\u0001\u0001`;

test('the index finds what a walk finds, through every change, in the order of the store', async () => {
  const random = seededRandom(7);
  const below = (limit: number): number => Math.floor(random.float() * limit);
  const store = createMemoryStore({ clock: systemClock });
  const indexes = new FieldIndexes(store, systemClock);
  const change = async (): Promise<void> => {
    const key = `/registry/pods/ns${below(3)}/p${below(12)}`;
    if (below(4) === 0) await store.commit({ compare: [], operations: [{ type: 'delete', key }] });
    else {
      const put = { type: 'put', key, head: headWith(`n${below(3)}`), value: new Uint8Array([below(256)]) } as const;
      await store.commit({ compare: [], operations: [put] });
    }
  };
  for (let count = 0; count < 30; count++) await change();
  assert.equal(indexes.find(pods, 'spec.nodeName', 'n1'), undefined, 'made when first asked for');
  // Changes go on while it is made.
  while (indexes.find(pods, 'spec.nodeName', 'n1') === undefined)
    await Promise.all([change(), new Promise(setImmediate)]);
  for (let count = 0; count < 200; count++) {
    await change();
    const { entries } = await store.range({ prefix: '/registry/pods/' });
    for (const node of ['n0', 'n1', 'n2', 'n3'])
      assert.deepEqual(
        indexes.find(pods, 'spec.nodeName', node),
        entries.filter(entry => entry.head === headWith(node)),
      );
  }
  assert.equal(indexes.find(pods, 'status.phase', 'x'), undefined);
  assert.equal(indexes.find({ group: 'apps', resource: 'pods' }, 'spec.nodeName', 'n1'), undefined);
  indexes.close();
  await store.close();
});

test('lists by node: pages, other selectors and namespaces, with and without the index', async t => {
  const server = await startServer();
  t.after(server.close);
  for (const [namespace, name, node, app] of [
    ['a', 'p1', 'n1', 'x'],
    ['a', 'p2', 'n1', 'y'],
    ['a', 'p3', 'n2', 'x'],
    ['b', 'p1', 'n1', 'x'],
    ['b', 'p4', '', 'x'],
  ] as const) {
    const pod = podOf(name, { app }) as { spec: Record<string, unknown> };
    if (node !== '') pod.spec['nodeName'] = node;
    assert.equal((await server.create(`/api/v1/namespaces/${namespace}/pods`, pod)).status, 201);
  }
  const list = async (target: string): Promise<string[]> => {
    const { body } = await server.get(target);
    return (body.items as unknown[]).map(
      item => `${at(item, 'metadata', 'namespace')}/${at(item, 'metadata', 'name')}`,
    );
  };
  const cases: [string, string[]][] = [
    ['/api/v1/pods?fieldSelector=spec.nodeName%3Dn1', ['a/p1', 'a/p2', 'b/p1']],
    ['/api/v1/namespaces/a/pods?fieldSelector=spec.nodeName%3Dn1', ['a/p1', 'a/p2']],
    ['/api/v1/pods?fieldSelector=spec.nodeName%3Dn1&labelSelector=app%3Dx', ['a/p1', 'b/p1']],
    ['/api/v1/pods?fieldSelector=spec.nodeName%3Dn1,metadata.namespace%3Db', ['b/p1']],
    ['/api/v1/pods?fieldSelector=spec.nodeName%3D', ['b/p4']],
    ['/api/v1/pods?fieldSelector=spec.nodeName!%3Dn1', ['a/p3', 'b/p4']],
    ['/api/v1/pods?fieldSelector=spec.nodeName%3Dn9', []],
  ];
  for (const round of ['walked', 'indexed']) {
    for (const [target, expected] of cases) assert.deepEqual(await list(target), expected, `${round}: ${target}`);
    await systemClock.sleep(20);
  }
  const first = await server.get('/api/v1/pods?fieldSelector=spec.nodeName%3Dn1&limit=2');
  assert.equal((first.body.items as unknown[]).length, 2);
  const next = String(at(first.body, 'metadata', 'continue'));
  assert.deepEqual(await list(`/api/v1/pods?fieldSelector=spec.nodeName%3Dn1&limit=2&continue=${next}`), ['b/p1']);
});

test('a walk over many records, and a watch that begins with them, let others have their turn', async t => {
  let sleeps = 0;
  let now = 0;
  // Each look at the clock is a millisecond: work takes time.
  const clock: Clock = {
    ...systemClock,
    monotonic: () => now++,
    sleep: async () => void sleeps++,
  };
  const server = await startServer({ clock });
  t.after(server.close);
  assert.equal((await server.create('/api/v1/namespaces/a/pods', podOf('p'))).status, 201);
  const { entries } = await server.store.range({ prefix: '/registry/pods/' });
  const { key, head, value } = entries[0]!;
  const operations = Array.from(
    { length: 2_000 },
    (_, count) => ({ type: 'put', key: `${key}${count}`, head, value }) as const,
  );
  await server.store.commit({ compare: [], operations });
  for (const target of ['/api/v1/pods?labelSelector=app%3Dnone', '/api/v1/pods?labelSelector=app%3Dnone&limit=500']) {
    sleeps = 0;
    assert.deepEqual((await server.get(target)).body.items, []);
    assert.ok(sleeps > 1, `${target}: ${sleeps}`);
  }
  sleeps = 0;
  let told = 0;
  for await (const _ of server.watch('/api/v1/pods?watch=1&resourceVersion=0')) if (++told === 2_001) break;
  assert.ok(sleeps > 1, `watch: ${sleeps}`);
});

test('all of a prefix is read in slices of one revision; what was forgotten meanwhile is read anew', async () => {
  const store = createMemoryStore({ clock: systemClock });
  const key = (count: number): string => `/registry/pods/a/p${String(count).padStart(6, '0')}`;
  const put = (count: number) => ({ type: 'put', key: key(count), head: '', value: new Uint8Array(1) }) as const;
  const total = 25_000;
  await store.commit({ compare: [], operations: Array.from({ length: total }, (_, count) => put(count)) });
  const before = store.revision();
  let sleeps = 0;
  let forget = false;
  let now = 0;
  const clock: Clock = {
    ...systemClock,
    monotonic: () => (now += 10),
    sleep: async () => {
      sleeps++;
      await store.commit({ compare: [], operations: [put(total + sleeps)] });
      if (forget) await store.compact(store.revision());
    },
  };
  const walked = await rangeInTurns(store, clock, { prefix: '/registry/pods/' });
  assert.deepEqual([walked.entries.length, walked.revision, walked.remaining, sleeps], [total, before, 0, 2]);
  assert.deepEqual(
    walked.entries.map(entry => entry.key),
    Array.from({ length: total }, (_, count) => key(count)),
  );
  forget = true;
  const anew = await rangeInTurns(store, clock, { prefix: '/registry/pods/' });
  assert.deepEqual([anew.entries.length, anew.revision], [total + 3, store.revision()]);
  await assert.rejects(rangeInTurns(store, clock, { prefix: '/registry/pods/', revision: before }), CompactedError);
  await store.close();
});
