/** What is sent and shown of a cluster. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cluster } from '@orrery/platform-contract/features';
import { clusterOf, isGood, stateOf, tagOf, visibilityPatch } from './cluster.ts';

const cluster = (conditions: [string, 'True' | 'False'][], metadata: object = {}): Cluster => ({
  metadata: { name: 'east', ...metadata },
  spec: { connection: { type: 'direct' } },
  status: {
    kubeSphereVersion: '',
    nodeCount: 0,
    conditions: conditions.map(([type, status]) => ({ type, status })),
  },
});

const expiry = 'KubeConfigCertExpiresInSevenDays';
const states: [string, Cluster, string][] = [
  ['nothing is known', cluster([]), 'joining busy'],
  ['it answers', cluster([['Ready', 'True']]), 'ready good'],
  ['it does not', cluster([['Ready', 'False']]), 'away bad'],
  [
    'its certificate ends',
    cluster([
      ['Ready', 'True'],
      [expiry, 'True'],
    ]),
    'expiring warn',
  ],
  ['it goes', cluster([['Ready', 'True']], { deletionTimestamp: '2026-01-01T00:00:00Z' }), 'leaving busy'],
];
for (const [what, given, expected] of states)
  test(`its state when ${what}`, () => {
    const { key, tone } = stateOf(given);
    assert.equal(`${key} ${tone}`, expected);
  });

test('what is good news', () => {
  assert.ok(isGood({ type: 'Ready', status: 'True' }) && !isGood({ type: 'Ready', status: 'False' }));
  assert.ok(isGood({ type: expiry, status: 'False' }) && !isGood({ type: expiry, status: 'True' }));
});

test('what is left empty is not sent', () => {
  const form = { name: ' east ', alias: '', description: '', tag: '', provider: '', kubeconfig: 'k: c' };
  assert.deepEqual(clusterOf(form), {
    apiVersion: 'cluster.kubesphere.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name: 'east' },
    spec: { connection: { type: 'direct', kubeconfig: 'k: c' } },
  });
  const full = clusterOf({ ...form, tag: 'testing', provider: 'metal', alias: 'East' });
  assert.equal(tagOf({ ...cluster([]), metadata: full.metadata }), 'testing');
  assert.equal(full.spec?.provider, 'metal');
});

test('it is opened to all by a label, and closed by taking it off', () => {
  assert.deepEqual(visibilityPatch(true), { metadata: { labels: { 'cluster.kubesphere.io/visibility': 'public' } } });
  assert.deepEqual(visibilityPatch(false), { metadata: { labels: { 'cluster.kubesphere.io/visibility': null } } });
});
