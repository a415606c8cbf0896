import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configurationOf, factsOf, switchPatch } from './switching.ts';

test('the switch of a component is where KubeSphere’s installer has it, and nothing else is touched', () => {
  assert.deepEqual(switchPatch('devops', false), { spec: { devops: { enabled: false } } });
  assert.deepEqual(switchPatch('openpitrix', true), { spec: { openpitrix: { store: { enabled: true } } } });
  assert.deepEqual(switchPatch('unheard_of', true), { spec: { unheard_of: { enabled: true } } });
  assert.equal(factsOf('constructor').title.en, 'constructor');
});

test('without a configuration one is made that says it', () =>
  assert.deepEqual(configurationOf('devops', true), {
    apiVersion: 'installer.kubesphere.io/v1alpha1',
    kind: 'ClusterConfiguration',
    metadata: { name: 'ks-installer', namespace: 'kubesphere-system' },
    spec: { devops: { enabled: true } },
  }));
