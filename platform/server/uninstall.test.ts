import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resources } from '@orrery/client/resources';
import type { GroupVersionResource } from '@orrery/machinery/meta';
import { uninstallPlatform } from './index.ts';
import { firstPassword, startCluster, startPlatform } from './testing/platform.ts';

const iam = '/kapis/iam.kubesphere.io/v1beta1';
const tenant = '/kapis/tenant.kubesphere.io/v1beta1';
const kinds: GroupVersionResource[] = [
  { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' },
  resources.clusterroles,
  resources.clusterrolebindings,
  resources.roles,
  resources.rolebindings,
  resources.namespaces,
  resources.secrets,
];

test('a platform that was used and taken out leaves the cluster as it was, and the work in it', async () => {
  const cluster = await startCluster({ controllers: true });
  const inventory = async (): Promise<string[]> => {
    const lists = await Promise.all(kinds.map(async kind => ({ kind, found: await cluster.client.list(kind) })));
    return lists
      .flatMap(({ kind, found }) =>
        found.items.map(({ metadata }) => `${kind.resource} ${metadata.namespace ?? ''}/${metadata.name}`),
      )
      .sort();
  };
  const before = await inventory();
  const platform = await startPlatform(cluster);
  const password = 'Pa55word-long';
  const token = await platform.logIn('admin', firstPassword);
  const must = async (method: string, target: string, body: unknown) => {
    const { status, text } = await platform.call(method, target, { token, body });
    assert.ok(status < 300, text);
  };
  await must('PUT', `${iam}/users/admin/password`, { currentPassword: firstPassword, password });
  await must('POST', `${iam}/users`, { metadata: { name: 'ann' }, spec: { password } });
  await must('POST', `${tenant}/workspaces`, { metadata: { name: 'w' }, spec: {} });
  await must('POST', `${iam}/workspaces/w/workspacemembers`, [{ username: 'ann', roleRef: 'w-viewer' }]);
  await must('POST', `${tenant}/workspaces/w/namespaces`, { metadata: { name: 'p' } });
  await must('POST', '/api/v1/namespaces/p/configmaps', { metadata: { name: 'work' } });
  await platform.close();
  await uninstallPlatform(cluster.client);
  await uninstallPlatform(cluster.client);
  const deadline = Date.now() + 60_000;
  const expected = [...before, 'namespaces /p'].sort();
  while ((await inventory()).join('\n') !== expected.join('\n')) {
    if (Date.now() > deadline) assert.deepEqual(await inventory(), expected);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  const project = await cluster.client.get(resources.namespaces, 'p');
  assert.deepEqual(
    [project.metadata.labels, project.metadata.annotations],
    [{ 'kubernetes.io/metadata.name': 'p' }, undefined],
  );
  assert.equal((await cluster.client.get(resources.configmaps, 'work', { namespace: 'p' })).metadata.name, 'work');
  await cluster.close();
});
