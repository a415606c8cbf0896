import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WorkspaceQuota } from '@orrery/platform-kinds/types';
import { freeName, quotaFields, quotaOf, sharesOf } from './quota.ts';

const quota: WorkspaceQuota = {
  apiVersion: 'quota.kubesphere.io/v1alpha2',
  kind: 'ResourceQuota',
  metadata: { name: 'w1', resourceVersion: '7', labels: { x: 'y' } },
  spec: { selector: { 'kubesphere.io/workspace': 'w1' }, quota: { hard: { pods: '4', 'limits.cpu': '2' } } },
  status: {
    total: { hard: { pods: '4' }, used: { pods: '3' } },
    namespaces: [
      { namespace: 'p1', used: { pods: '3', secrets: '9' } },
      { namespace: 'p2', used: { pods: '0' } },
    ],
  },
};

test('projects that use something of what is limited have a share in it', () =>
  assert.deepEqual(sharesOf(quota), [['p1', { pods: '3' }]]));

test('a change keeps what the form does not know, and its revision; what was emptied is no limit', () => {
  const after = quotaOf('w1', { pods: ' 5 ', 'limits.cpu': '' }, quota);
  assert.deepEqual(after.metadata, { name: 'w1', resourceVersion: '7' });
  assert.deepEqual(after.spec, { selector: quota.spec.selector, quota: { hard: { pods: '5' } } });
  assert.deepEqual(quotaOf(' new ', { pods: '1' }).metadata, { name: 'new' });
  assert.deepEqual(quota.spec.quota?.hard, { pods: '4', 'limits.cpu': '2' });
});

test('a new one is called like its workspace, the next ones are numbered', () => {
  assert.equal(freeName('w1', []), 'w1');
  assert.equal(freeName('w1', ['w1', 'w1-2']), 'w1-3');
});

test('complaints find their fields', () =>
  assert.deepEqual(quotaFields(['pods']), { name: 'metadata.name', pods: 'spec.quota.hard[pods]' }));
