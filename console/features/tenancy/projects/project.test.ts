import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeOf, projectHref, projectOf } from './project.ts';

test('a project is a namespace with its marks', () =>
  assert.deepEqual(projectOf({ name: ' p1 ', alias: 'One', description: '' }), {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'p1', annotations: { 'kubesphere.io/alias-name': 'One' } },
  }));

const project = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'p1', labels: { 'kubesphere.io/workspace': 'w1' } },
};

test('it knows its workspace', () => assert.deepEqual(placeOf(project), { workspace: 'w1', namespace: 'p1' }));

test('its page names the cluster', () => assert.equal(projectHref(project), '/clusters/host/projects/p1'));
