import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPublic, workspaceOf } from './workspace.ts';

test('what was left empty is not sent', () =>
  assert.deepEqual(workspaceOf({ name: ' w1 ', alias: ' ', description: '' }).metadata, { name: 'w1' }));

test('display name and description are annotations', () =>
  assert.deepEqual(workspaceOf({ name: 'w1', alias: 'Team', description: 'Ours' }).metadata.annotations, {
    'kubesphere.io/alias-name': 'Team',
    'kubesphere.io/description': 'Ours',
  }));

test('a cluster says whether it is open to all workspaces', () => {
  const cluster = (visibility: string) => ({
    ...{ apiVersion: 'cluster.kubesphere.io/v1alpha1', kind: 'Cluster' },
    metadata: { name: 'host', labels: { 'cluster.kubesphere.io/visibility': visibility } },
  });
  assert.deepEqual([isPublic(cluster('public')), isPublic(cluster('private'))], [true, false]);
});
