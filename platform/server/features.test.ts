import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '@orrery/machinery/meta';
import { at, login, object, type AnyRoute } from '@orrery/platform-contract';
import { builtInFeatures, handlersFor, type Feature } from './index.ts';
import { firstPassword, startCluster, startPlatform, type TestPlatform } from './testing/platform.ts';

const iam = '/kapis/iam.kubesphere.io/v1beta1';
const crds = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };
const password = 'Pa55word-long';

async function adminOf(platform: TestPlatform): Promise<string> {
  const token = await platform.logIn('admin', firstPassword);
  const body = { currentPassword: firstPassword, password };
  assert.equal((await platform.call('PUT', `${iam}/users/admin/password`, { token, body })).status, 200);
  return token;
}

test('the manifests agree with the routes: every route is of the feature that has it', () => {
  for (const { manifest } of builtInFeatures) {
    for (const { id, feature } of Object.values(manifest.routes) as AnyRoute[])
      assert.equal(feature, manifest.name, id);
    const ids = builtInFeatures.flatMap(other => Object.values(other.manifest.routes).map(({ id }) => id));
    for (const { route } of manifest.menus) assert.ok(ids.includes(route), route);
  }
});

test('a feature that is off has no routes, no kinds, no menus; what is on works', async () => {
  const cluster = await startCluster();
  const platform = await startPlatform(cluster, { off: ['tenancy', 'resources'] });
  const token = await adminOf(platform);
  const ask = (target: string) => platform.call('GET', target, { token });
  for (const target of [
    '/kapis/tenant.kubesphere.io/v1beta1/workspaces',
    '/kapis/resources.kubesphere.io/v1alpha3/pods',
  ])
    assert.equal((await ask(target)).status, 404, target);
  assert.equal((await ask(`${iam}/users`)).status, 200);
  assert.equal((await ask('/api/v1/pods')).status, 200);
  const served = (await cluster.client.list<KubeObject>(crds)).items.map(({ metadata }) => metadata.name);
  assert.ok(served.includes('users.iam.kubesphere.io'));
  assert.ok(!served.some(name => name!.includes('tenant')));
  const roles = (await ask(`${iam}/globalroles`)).text;
  assert.ok(!roles.includes('platform-self-provisioner'));
  const configz = (await ask('/kapis/config.kubesphere.io/v1alpha2/configs/configz')).body;
  assert.deepEqual(configz, {
    platform: true,
    oauth: true,
    users: true,
    roles: true,
    stream: true,
    terminal: true,
    console: true,
  });
  const listed = (await ask('/kapis/config.kubesphere.io/v1alpha2/configs/features')).text;
  assert.ok(!listed.includes('menu.workspaces'));
  const document = (await ask('/kapis/openapi/v3')).body['paths'] as Record<string, unknown>;
  assert.ok(!Object.keys(document).some(path => path.includes('tenant')));
  await platform.close();
  // Switched on again, everything is there: the state was in the cluster all the time.
  const again = await startPlatform(cluster);
  const workspaces = await again.call('GET', '/kapis/tenant.kubesphere.io/v1beta1/workspaces', { token });
  assert.deepEqual([workspaces.status, workspaces.body['totalItems']], [200, 0]);
  await again.close();
  await cluster.close();
});

test('a feature of somebody else is one manifest, like ours', async () => {
  const routes = {
    hello: at('greeting')('greeting.hello', 'GET', ['/kapis/greeting.example.com/v1/hello'], 'Says hello', login, {
      answer: object<{ hello: string }>('Greeting'),
    }),
  };
  const greeting: Feature = {
    manifest: { name: 'greeting', summary: 'Says hello', routes, kinds: [], menus: [], needs: ['users'] },
    start: () => ({ handlers: handlersFor(routes, { hello: async ({ caller }) => ({ hello: caller.name }) }) }),
  };
  const cluster = await startCluster();
  const platform = await startPlatform(cluster, { features: [greeting] });
  const token = await adminOf(platform);
  const answer = await platform.call('GET', '/kapis/clusters/host/greeting.example.com/v1/hello', { token });
  assert.deepEqual(answer.body, { hello: 'admin' });
  const elsewhere = await platform.call('GET', '/kapis/clusters/c9/greeting.example.com/v1/hello', { token });
  assert.deepEqual([elsewhere.status, elsewhere.body['message']], [400, 'cluster c9 not exists']);
  assert.equal((await platform.call('GET', '/kapis/greeting.example.com/v1/hello')).status, 401);
  await platform.close();
  await cluster.close();
});

test('a feature that cannot be off stops the start with a sentence', async () => {
  const cluster = await startCluster();
  await assert.rejects(startPlatform(cluster, { off: ['oauth'] }), /"oauth" cannot be switched off/);
  await assert.rejects(startPlatform(cluster, { off: ['nothing'] }), /no feature "nothing"/);
  await cluster.close();
});
