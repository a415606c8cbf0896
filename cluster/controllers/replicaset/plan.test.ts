import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, ReplicaSet } from '@orrery/kinds/types';
import { statusChanged } from '../common/equal.ts';
import { planClaim } from '../common/ownership.ts';
import { choosePodsToDelete } from '../common/rank.ts';
import { parseSelector } from '@orrery/machinery/selector';
import { nextAvailability, planReplicas, replicaSetStatus } from './plan.ts';

const now = Date.parse('2025-01-01T12:00:00Z');
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();

interface Look {
  node?: string;
  phase?: 'Pending' | 'Running' | 'Unknown';
  /** Seconds since it became ready; not ready unless given. */
  ready?: number;
  cost?: string;
  restarts?: number;
  /** Seconds since it was created. */
  age?: number;
  labels?: Record<string, string>;
}

const pod = (name: string, look: Look = {}): Pod => ({
  metadata: {
    name,
    uid: name,
    labels: look.labels,
    creationTimestamp: ago(look.age ?? 1000),
    ...(look.cost && { annotations: { 'controller.kubernetes.io/pod-deletion-cost': look.cost } }),
  },
  spec: { containers: [], ...(look.node !== undefined && { nodeName: look.node }) },
  status: {
    phase: look.phase ?? 'Running',
    ...(look.ready !== undefined && {
      conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: ago(look.ready) }],
    }),
    ...(look.restarts && { containerStatuses: [{ name: 'c', restartCount: look.restarts } as never] }),
  },
});

const rows: readonly (readonly [string, Pod, Pod])[] = [
  ['a pod without a node', pod('first'), pod('second', { node: 'n' })],
  ['a pending one', pod('first', { node: 'n', phase: 'Pending' }), pod('second', { node: 'n' })],
  ['one that is not ready', pod('first', { node: 'n' }), pod('second', { node: 'n', ready: 10 })],
  ['the cheaper one', pod('first', { node: 'n', ready: 10, cost: '-5' }), pod('second', { node: 'n', ready: 10 })],
  [
    'one ready for a much shorter time',
    pod('first', { node: 'n', ready: 10 }),
    pod('second', { node: 'n', ready: 9000 }),
  ],
  [
    'one with more restarts',
    pod('first', { node: 'n', ready: 10, restarts: 3 }),
    pod('second', { node: 'n', ready: 10 }),
  ],
  [
    'the much younger one',
    pod('first', { node: 'n', ready: 10, age: 20 }),
    pod('second', { node: 'n', ready: 10, age: 90000 }),
  ],
];
for (const [what, first, second] of rows) {
  test(`${what} goes first`, () => {
    for (const order of [
      [first, second],
      [second, first],
    ]) {
      assert.deepEqual(
        choosePodsToDelete(order, order, 1, now).map(({ metadata }) => metadata.name),
        ['first'],
      );
    }
  });
}

test('a pod that shares its node with relatives goes before a lone one', () => {
  const [a, b, c] = [
    pod('a', { node: 'one', ready: 10 }),
    pod('b', { node: 'two', ready: 10 }),
    pod('other', { node: 'two', ready: 10 }),
  ];
  assert.deepEqual(choosePodsToDelete([a, b], [a, b, c], 1, now), [b]);
});

const replicaSet = (replicas: number, more: Partial<ReplicaSet['spec']> = {}): ReplicaSet => ({
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  metadata: { name: 'r', namespace: 'n', uid: 'r', generation: 2 },
  spec: { replicas, selector: {}, template: { metadata: { labels: { app: 'a' } } }, ...more },
});

test('creates what is missing and removes what is too much, in portions', () => {
  assert.deepEqual(planReplicas(replicaSet(3), [pod('a')], [], now), { create: 2, remove: [] });
  assert.deepEqual(planReplicas(replicaSet(1), [pod('a')], [], now), { create: 0, remove: [] });
  assert.equal(planReplicas(replicaSet(0), [pod('a'), pod('b')], [], now).remove.length, 2);
  assert.equal(planReplicas(replicaSet(10_000), [], [], now).create, 500);
});

test('status counts labels, readiness and availability', () => {
  const pods = [pod('a', { ready: 100, labels: { app: 'a' } }), pod('b', { ready: 5, labels: { app: 'a' } }), pod('c')];
  const wanted = replicaSet(3, { minReadySeconds: 30 });
  assert.deepEqual(replicaSetStatus(wanted, pods, undefined, now), {
    replicas: 3,
    fullyLabeledReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 1,
    observedGeneration: 2,
  });
  assert.equal(nextAvailability(wanted, pods, now), 25_000);
});

test('a failure is shown until it is over', () => {
  const failed = replicaSetStatus(replicaSet(1), [], { during: 'create', message: 'quota' }, now);
  assert.deepEqual(failed.conditions, [
    {
      type: 'ReplicaFailure',
      status: 'True',
      reason: 'FailedCreate',
      message: 'quota',
      lastTransitionTime: '2025-01-01T12:00:00Z',
    },
  ]);
  const healed = replicaSetStatus({ ...replicaSet(1), status: failed }, [], undefined, now);
  assert.equal(healed.conditions, undefined);
  assert.equal(statusChanged({ replicas: 0 }, {}), false, 'a zero that is not stored is no change');
});

test('claims: whose pods are whose', () => {
  const owner = replicaSet(1);
  const selector = parseSelector('app=a');
  const owned = (uid: string, labels: Record<string, string>): Pod => {
    const base = pod('x', { labels });
    const ownerReferences = [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid, controller: true }];
    return { ...base, metadata: { ...base.metadata, ownerReferences } };
  };
  const ours = owned('r', { app: 'a' });
  const lost = owned('r', { app: 'b' });
  const theirs = owned('other', { app: 'a' });
  const orphan = pod('o', { labels: { app: 'a' } });
  const leaving = { ...orphan, metadata: { ...orphan.metadata, deletionTimestamp: ago(1) } };
  const candidates = [ours, lost, theirs, orphan, leaving, pod('stranger')];
  assert.deepEqual(planClaim(owner, selector, candidates), { owned: [ours], adopt: [orphan], release: [lost] });
  const dying = { ...owner, metadata: { ...owner.metadata, deletionTimestamp: ago(1) } };
  assert.deepEqual(planClaim(dying, selector, candidates), { owned: [ours], adopt: [], release: [] });
});
