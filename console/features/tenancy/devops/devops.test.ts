import assert from 'node:assert/strict';
import { test } from 'node:test';
import { devopsHref, devopsOf, placeOf } from './devops.ts';

test('a new one has the beginning of a name, which the platform ends, and its marks', () => {
  assert.deepEqual(devopsOf({ name: ' ci ', alias: 'Builds', description: '' }), {
    apiVersion: 'devops.kubesphere.io/v1alpha3',
    kind: 'DevOpsProject',
    metadata: { generateName: 'ci', annotations: { 'kubesphere.io/alias-name': 'Builds' } },
    spec: {},
  });
  assert.deepEqual(devopsOf({ name: 'ci', alias: '', description: ' ' }).metadata, { generateName: 'ci' });
});

const project = {
  apiVersion: 'devops.kubesphere.io/v1alpha3',
  kind: 'DevOpsProject',
  metadata: { name: 'ci4x2b9', labels: { 'kubesphere.io/workspace': 'w1' } },
};

test('it knows its workspace, and its page is below it', () => {
  assert.deepEqual(placeOf(project), { workspace: 'w1', devops: 'ci4x2b9' });
  assert.equal(devopsHref(project), '/workspaces/w1/devops/ci4x2b9');
});
