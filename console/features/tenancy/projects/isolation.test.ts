import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '@orrery/machinery/meta';
import type { WorkspaceTemplate } from '@orrery/platform-kinds/types';
import { isIsolated, isolationPatch, openTo } from './isolation.ts';

const project = (workspace: string, isolated?: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: 'shop',
    labels: { 'kubesphere.io/workspace': workspace },
    ...(isolated !== undefined && { annotations: { 'kubesphere.io/network-isolate': isolated } }),
  },
});
const workspace = (networkIsolation: boolean) =>
  ({ metadata: { name: 'team' }, spec: { template: { spec: { networkIsolation } } } }) as WorkspaceTemplate;

for (const [name, given, around, expected] of [
  ['its own switch counts first', project('team', 'enabled'), workspace(true), 'itself'],
  ['that of its workspace comes next', project('team'), workspace(true), 'workspace'],
  ['with neither everybody comes in', project('team', 'disabled'), workspace(false), 'everybody'],
  ['a project of no workspace is open', project('', 'enabled'), undefined, 'everybody'],
  ['so are those of the system', project('system-workspace', 'enabled'), workspace(true), 'everybody'],
] as const)
  test(name, () => assert.equal(openTo(given, around), expected));

test('the switch writes what the platform reads, and takes it away again', () => {
  assert.deepEqual(isolationPatch(true).metadata.annotations, { 'kubesphere.io/network-isolate': 'enabled' });
  assert.deepEqual(isolationPatch(false).metadata.annotations, { 'kubesphere.io/network-isolate': null });
  assert.equal(isIsolated(project('team', 'enabled')), true);
});
