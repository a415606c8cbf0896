import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject, OwnerReference } from '@orrery/machinery/meta';
import { createGraph, type GraphNode } from './graph.ts';
import { blocking, judge, type OwnerState, type Verdict } from './plan.ts';

const resource = { group: '', version: 'v1', resource: 'configmaps' };
const owner = (uid: string, more: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: uid,
  uid,
  ...more,
});
const object = (
  uid: string,
  owners: OwnerReference[] = [],
  more: Partial<KubeObject['metadata']> = {},
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: uid, namespace: 'n', uid, ownerReferences: owners, ...more },
});
const uids = (nodes: readonly GraphNode[]) => nodes.map(({ identity }) => identity.uid).sort();
const dying = (finalizer: string) => ({ deletionTimestamp: '2025-01-01T00:00:00Z', finalizers: [finalizer] });

test('an owner that was only named is virtual, and asks for a look at its dependents', () => {
  const graph = createGraph();
  assert.deepEqual(uids(graph.observe(resource, object('b', [owner('a')]))), ['b']);
  assert.equal(graph.get('a')?.observed, false);
  graph.observe(resource, object('a'));
  assert.equal(graph.get('a')?.observed, true);
  assert.deepEqual(
    [...graph.get('a')!.dependents].map(({ identity }) => identity.uid),
    ['b'],
  );
});

test('an owner that goes wakes its dependents and is remembered as gone while it has any', () => {
  const graph = createGraph();
  graph.observe(resource, object('a'));
  graph.observe(resource, object('b', [owner('a')]));
  assert.deepEqual(uids(graph.remove('a', 'gone')), ['b']);
  assert.equal(graph.get('a')?.gone, true);
  graph.remove('b', 'gone');
  assert.equal(graph.size, 0);
});

test('an owner of a kind that is no longer watched is not taken for gone', () => {
  const graph = createGraph();
  graph.observe(resource, object('a'));
  graph.observe(resource, object('b', [owner('a')]));
  assert.deepEqual(uids(graph.remove('a', 'unknown')), ['b']);
  assert.equal(graph.get('a')?.gone, false);
});

test('a foreground deletion wakes the dependents; their going wakes the owner', () => {
  const graph = createGraph();
  graph.observe(resource, object('a'));
  graph.observe(resource, object('b', [owner('a', { blockOwnerDeletion: true })]));
  graph.observe(resource, object('c', [owner('a')]));
  assert.deepEqual(uids(graph.observe(resource, object('a', [], dying('foregroundDeletion')))), ['a', 'b', 'c']);
  assert.deepEqual(uids(blocking(graph.get('a')!)), ['b']);
  assert.deepEqual(uids(graph.remove('b', 'gone')), ['a']);
  assert.deepEqual(blocking(graph.get('a')!), []);
});

test('lifting the block wakes an owner that waits', () => {
  const graph = createGraph();
  graph.observe(resource, object('b', [owner('a', { blockOwnerDeletion: true })]));
  graph.observe(resource, object('a', [], dying('foregroundDeletion')));
  const woken = graph.observe(resource, object('b', [owner('a', { blockOwnerDeletion: false })]));
  assert.ok(uids(woken).includes('a'));
});

const none = { dependents: new Set<GraphNode>() };
const some = { dependents: new Set<GraphNode>([{ deletingDependents: false } as GraphNode]) };
const circle = { dependents: new Set<GraphNode>([{ deletingDependents: true } as GraphNode]) };
const remove = (propagation: 'Orphan' | 'Background' | 'Foreground', unblock = false): Verdict => ({
  action: 'delete',
  propagation,
  unblock,
});
const rows: readonly (readonly [
  string,
  Record<string, OwnerState>,
  Pick<GraphNode, 'dependents'>,
  Partial<KubeObject['metadata']>,
  Verdict,
])[] = [
  ['a present owner keeps it', { a: 'present' }, none, {}, { action: 'keep' }],
  ['no owner is left', { a: 'absent' }, none, {}, remove('Background')],
  ['one of two is left', { a: 'present', b: 'absent' }, none, {}, { action: 'dropOwners', uids: ['b'] }],
  ['one is present, the other waits', { a: 'present', b: 'waiting' }, none, {}, { action: 'dropOwners', uids: ['b'] }],
  ['its owner waits and it has dependents itself', { a: 'waiting' }, some, {}, remove('Foreground')],
  ['its owner waits and it has none', { a: 'waiting' }, none, {}, remove('Background')],
  ['the owners wait in a circle', { a: 'waiting' }, circle, {}, remove('Foreground', true)],
  ['it is to leave orphans', { a: 'absent' }, none, { finalizers: ['orphan'] }, remove('Orphan')],
];
for (const [what, states, node, more, expected] of rows) {
  test(`verdict: ${what}`, () => {
    const subject = object(
      'x',
      Object.keys(states).map(uid => owner(uid)),
      more,
    );
    assert.deepEqual(judge(subject, new Map(Object.entries(states)), node), expected);
  });
}
