/** The watchers of a simulation see what they are there for. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry } from '@orrery/store';
import { createBudgets } from './budgets.ts';
import { createCreations } from './creations.ts';
import { createLedger, objectOf } from './ledger.ts';
import { watchRevisions } from './revisions.ts';
import { createSafety } from './safety.ts';
import { createVirtualTime } from './time.ts';
import { createMemoryStore } from '@orrery/store/memory';

let revision = 1;

const entryOf = (key: string, object: object): Entry => ({
  ...{ key, head: '', revision: ++revision, createRevision: 1 },
  value: Buffer.from(JSON.stringify(object)),
});

const node = entryOf('/registry/nodes/m1', {
  metadata: { name: 'm1' },
  status: { allocatable: { cpu: '2', memory: '1Gi', pods: '3' } },
});

const pod = (name: string, container: object, nodeName = 'm1') =>
  entryOf(`/registry/pods/a/${name}`, {
    metadata: { name, namespace: 'a' },
    spec: { nodeName, containers: [container] },
    status: { phase: 'Running' },
  });

const asks = (requests: object) => ({ resources: { requests } });
const holds = (hostPort: number) => ({ ports: [{ hostPort }] });

const crowds: [string, Entry[], RegExp | undefined][] = [
  ['room for all', [pod('x', asks({ cpu: '1' })), pod('y', asks({ cpu: '1' }))], undefined],
  ['too much cpu', [pod('x', asks({ cpu: '1' })), pod('y', asks({ cpu: '1001m' }))], /2001 of 2000 thousandths/],
  ['too much memory', [pod('x', asks({ memory: '1Gi' })), pod('y', asks({ memory: '1' }))], /of 1073741824 bytes/],
  ['too many pods', ['w', 'x', 'y', 'z'].map(name => pod(name, {})), /4 of 3 pods/],
  ['a host port twice', [pod('x', holds(80)), pod('y', holds(80))], /host ports TCP\/80 TCP\/80/],
  ['on different nodes', [pod('x', holds(80)), pod('y', holds(80), 'm2')], undefined],
];

for (const [what, pods, expected] of crowds)
  test(`over-committed nodes are seen: ${what}`, () => {
    const violations: string[] = [];
    const safety = createSafety(violation => violations.push(violation));
    safety.changed(node.key, node, undefined);
    for (const each of pods) safety.changed(each.key, each, undefined);
    if (expected) assert.match(violations.join(), expected);
    else assert.deepEqual(violations, []);
  });

test('two pods of one name that run at once are seen, one after the other is fine', () => {
  const violations: string[] = [];
  const safety = createSafety(violation => violations.push(violation));
  const labels = (uid: string) => ({
    'io.kubernetes.pod.name': 'set-1-0',
    'io.kubernetes.pod.namespace': 'a',
    'io.kubernetes.pod.uid': uid,
  });
  safety.started('m1', 'c1', labels('one'));
  safety.stopped('m1', 'c1');
  safety.started('m2', 'c2', labels('two'));
  safety.machineDied('m2');
  safety.started('m3', 'c3', labels('three'));
  assert.deepEqual(violations, []);
  safety.started('m1', 'c4', labels('four'));
  assert.deepEqual(violations, ['two pods a/set-1-0 run at once: on m3 and on m1']);
});

test('an eviction against its budget is seen', () => {
  const violations: string[] = [];
  const store = new Map<string, Entry>();
  const ledger = createLedger({ changed: () => {}, violated: () => {} });
  const objects = <T>(prefix: string): T[] =>
    [...store].filter(([key]) => key.startsWith(prefix)).map(([, { value }]) => JSON.parse(value.toString()) as T);
  const budgets = createBudgets(
    () => ({ ...ledger, objects, get: key => objects<never>(key)[0] }),
    () => 100_000,
    violation => violations.push(violation),
  );
  const ready = (name: string, more: object = {}, evicted = false) =>
    entryOf(`/registry/pods/a/${name}`, {
      metadata: { name, namespace: 'a', labels: { app: 'web' }, ...more },
      status: {
        phase: 'Running',
        conditions: [
          { type: 'Ready', status: 'True' },
          ...(evicted ? [{ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' }] : []),
        ],
      },
    });
  store.set(
    '/registry/policy/poddisruptionbudgets/a/web',
    entryOf('b', { status: { desiredHealthy: 1, disruptedPods: { x: 'now', y: 'now' } } }),
  );
  const change = (before: Entry, after: Entry) => {
    store.set(after.key, after);
    budgets.changed(after.key, after, before);
  };
  for (const name of ['x', 'y']) store.set(`/registry/pods/a/${name}`, ready(name));
  const ending = { deletionTimestamp: '2026-01-01T00:00:00Z' };
  change(ready('x'), ready('x', ending, true));
  assert.deepEqual(violations, []);
  change(ready('y'), ready('y', ending, true));
  assert.match(violations.join(), /pods\/a\/y was evicted: 0 healthy pods are left, and its budget needs 1/);
});

test('a pod too many is seen while nothing fails, and not while something does', () => {
  const violations: string[] = [];
  const set = entryOf('/registry/apps/replicasets/a/web', {
    metadata: { name: 'web', uid: 'u' },
    spec: { replicas: 1 },
  });
  const ledger = createLedger({ changed: () => {}, violated: () => {} });
  let quietSince: number | undefined = 0;
  const creations = createCreations({
    ledger: () => ({ ...ledger, get: <T>() => objectOf(set) as T }),
    elapsedMs: () => 60_000,
    quietSinceMs: () => quietSince,
    violated: violation => violations.push(violation),
  });
  const create = (name: string) => {
    const ownerReferences = [{ kind: 'ReplicaSet', name: 'web', uid: 'u', controller: true }];
    const entry = entryOf(`/registry/pods/a/${name}`, {
      metadata: { name, namespace: 'a', ownerReferences },
      spec: {},
    });
    creations.changed(entry.key, entry, undefined);
    return entry;
  };
  const first = create('one');
  creations.changed(first.key, undefined, first);
  create('two');
  quietSince = undefined;
  create('three');
  assert.deepEqual(violations, []);
  quietSince = 0;
  create('four');
  assert.match(violations.join(), /replicasets\/a\/web has 3 pods with four, and wants 1/);
});

test('a watch that tells a revision twice, or an older one, is seen; bookmarks may repeat', () => {
  const line = (type: string, resourceVersion: number) =>
    `${JSON.stringify({ type, object: { metadata: { resourceVersion: String(resourceVersion) } } })}\n`;
  const violations: string[] = [];
  const check = watchRevisions('x /api/v1/pods?resourceVersion=10&watch=true', what => violations.push(what));
  check(Buffer.from(line('ADDED', 11) + line('MODIFIED', 13)));
  check(Buffer.from(line('BOOKMARK', 13)));
  assert.deepEqual(violations, []);
  check(Buffer.from(line('ADDED', 13)));
  check(Buffer.from(line('ADDED', 12)));
  assert.equal(violations.length, 2);
});

test('a store that comes back without something, or with an older version of it, is seen', async () => {
  const violations: string[] = [];
  const ledger = createLedger({ changed: () => {}, violated: what => violations.push(what) });
  const { clock } = createVirtualTime().life('test');
  const put = (key: string) => ({ type: 'put', key, head: '', value: Buffer.from('{}') }) as const;
  const first = createMemoryStore({ clock });
  await ledger.follow(first, () => true);
  await first.commit({ compare: [], operations: [put('/a')] });
  await first.commit({ compare: [], operations: [put('/b')] });
  const second = createMemoryStore({ clock });
  await second.commit({ compare: [], operations: [put('/a')] });
  for (let more = 0; more < 2; more++) await second.commit({ compare: [], operations: [put('/c')] });
  await ledger.follow(second, () => true);
  assert.match(violations.join(), /\/b was lost with the store/);
});

test('alarms ring in order, those of the dead never', async () => {
  const time = createVirtualTime();
  const [one, two] = [time.life('one'), time.life('two')];
  const rung: string[] = [];
  one.clock.after(20, () => rung.push('one at 20'));
  two.clock.after(30, () => rung.push('two at 30'));
  one.clock.after(10, () => rung.push('one at 10'));
  one.clock.after(10, () => rung.push('one at 10, later'));
  one.clock.after(15, () => rung.push('cancelled')).cancel();
  void one.clock.sleep(25).then(() => two.end());
  await time.run(100);
  assert.deepEqual(rung, ['one at 10', 'one at 10, later', 'one at 20']);
  assert.equal(time.elapsedMs, 100);
});
