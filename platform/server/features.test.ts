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

/** A feature and all that cannot be without it. */
function withDependents(name: string): string[] {
  const dependents = builtInFeatures
    .filter(({ manifest }) => (manifest.needs as readonly string[]).includes(name))
    .flatMap(({ manifest }) => withDependents(manifest.name));
  return [...new Set([name, ...dependents])];
}

const optional = builtInFeatures.filter(({ manifest }) => !manifest.always);
// Kinds stay in a cluster that once had them: features that bring some are switched off in an empty one.
const ordered = [...optional].sort((left, right) => right.manifest.kinds.length - left.manifest.kinds.length);

test('every feature that is off has no routes, no kinds, no menus, no roles; what is on works', async () => {
  let cluster = await startCluster();
  let token = '';
  for (const [index, { manifest }] of ordered.entries()) {
    const off = withDependents(manifest.name);
    if (manifest.kinds.length > 0 && index > 0) {
      await cluster.close();
      cluster = await startCluster();
      token = '';
    }
    const platform = await startPlatform(cluster, { off });
    token ||= await adminOf(platform);
    const ask = (target: string, headers = {}) => platform.call('GET', target, { token, headers });
    const gone = builtInFeatures.filter(feature => off.includes(feature.manifest.name));
    const left = builtInFeatures.filter(feature => !off.includes(feature.manifest.name));

    const known = new Set(left.flatMap(feature => routesOf(feature).flatMap(({ paths }) => paths)));
    for (const { id, method, paths } of gone.flatMap(routesOf))
      for (const path of paths) {
        const { status } = await platform.call(method, path.replaceAll(/[{}]/g, ''), { token });
        assert.equal(status, known.has(path) ? 405 : 404, `${id} without ${off.join()}`);
      }
    const configz = (await ask('/kapis/config.kubesphere.io/v1alpha2/configs/configz')).body;
    assert.deepEqual(
      Object.keys(configz),
      left.map(feature => feature.manifest.name),
    );
    const listed = (await ask('/kapis/config.kubesphere.io/v1alpha2/configs/features')).text;
    for (const { path } of gone.flatMap(feature => feature.manifest.menus)) assert.ok(!listed.includes(`"${path}"`));
    const served = (await cluster.client.list<KubeObject>(crds)).items.map(({ metadata }) => metadata.name);
    for (const kind of manifest.kinds) assert.ok(!served.includes(kind), kind);
    assert.ok(served.includes('users.iam.kubesphere.io'));
    if (manifest.kinds.length > 0) {
      const roles = (await ask(`${iam}/globalroles`)).text;
      for (const { name } of gone.flatMap(({ globalRoles = [] }) => globalRoles))
        assert.ok(!roles.includes(name), name);
    }
    const document = (await ask('/kapis/openapi/v3')).body['paths'] as Record<string, unknown>;
    for (const path of gone.flatMap(routesOf).flatMap(({ paths }) => paths))
      assert.ok(known.has(path) || !Object.hasOwn(document, path), path);
    if (off.includes('console')) {
      const page = await ask('/', { accept: 'text/html' });
      assert.deepEqual([page.status, page.body['message']], [404, 'the platform has nothing at this path']);
    }
    assert.equal((await ask(`${iam}/users`)).status, 200);
    assert.equal((await ask('/api/v1/pods')).status, 200);
    await platform.close();
  }
  // Switched on again, everything is there: the state was in the cluster all the time.
  const again = await startPlatform(cluster);
  const workspaces = await again.call('GET', '/kapis/tenant.kubesphere.io/v1beta1/workspaces', { token });
  assert.deepEqual([workspaces.status, workspaces.body['totalItems']], [200, 1], 'the system’s own');
  await again.close();
  await cluster.close();
});

const routesOf = ({ manifest }: Feature): AnyRoute[] => Object.values(manifest.routes);

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
  await assert.rejects(startPlatform(cluster, { off: ['tenancy'] }), /"overview" needs "tenancy": switch both off/);
  await assert.rejects(startPlatform(cluster, { off: ['nothing'] }), /no feature "nothing"/);
  await cluster.close();
});
