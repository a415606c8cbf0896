import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBody } from '@orrery/http';
import { fromProtobuf } from '@orrery/kinds/protobuf';
import { define } from '../testing/definitions.ts';
import { admin, at, startServer } from '../testing/server.ts';

test('per group and version', async t => {
  const server = await startServer({ serverAddress: () => '10.0.0.1:6443' });
  t.after(server.close);
  const core = await server.get('/api');
  assert.deepEqual(at(core.body, 'serverAddressByClientCIDRs', 0), {
    clientCIDR: '0.0.0.0/0',
    serverAddress: '10.0.0.1:6443',
  });
  const groups = await server.get('/apis');
  const autoscaling = (groups.body.groups as Record<string, unknown>[]).find(group => group.name === 'autoscaling')!;
  assert.deepEqual(autoscaling.preferredVersion, { groupVersion: 'autoscaling/v2', version: 'v2' });
  const apps = await server.get('/apis/apps/v1');
  const scale = (apps.body.resources as Record<string, unknown>[]).find(({ name }) => name === 'deployments/scale')!;
  assert.deepEqual(scale, {
    name: 'deployments/scale',
    singularName: '',
    namespaced: true,
    group: 'autoscaling',
    version: 'v1',
    kind: 'Scale',
    verbs: ['get', 'patch', 'update'],
  });
  for (const target of ['/apis/none', '/apis/apps/v9', '/api/v2'])
    assert.equal((await server.get(target)).status, 404, target);
});

test('documents are protobuf for whoever asks', async t => {
  const server = await startServer();
  t.after(server.close);
  const accept = 'application/vnd.kubernetes.protobuf';
  for (const path of ['/api', '/api/v1', '/apis', '/apis/apps', '/apis/apps/v1']) {
    const plain = await server.get(path);
    const response = await server.server.handler({
      ...{ method: 'GET', target: path, headers: { accept }, body: new Uint8Array(), user: admin },
      signal: new AbortController().signal,
    });
    assert.equal(response.headers['content-type'], accept, path);
    const decoded = fromProtobuf(await readBody(response.body));
    assert.deepEqual({ ...plain.body, apiVersion: 'v1' }, JSON.parse(JSON.stringify(decoded)), path);
  }
});

test('the root tells every path there is', async t => {
  const server = await startServer();
  t.after(server.close);
  const paths = (): Promise<string[]> => server.get('/').then(({ body }) => body.paths as string[]);
  const known = await paths();
  const some = [
    '/api',
    '/api/v1',
    '/apis',
    '/apis/',
    '/apis/apps',
    '/apis/apps/v1',
    '/healthz/ping',
    '/livez',
    '/readyz',
  ];
  for (const path of [...some, '/metrics', '/openapi/v2', '/openapi/v3', '/version'])
    assert.ok(known.includes(path), path);
  assert.deepEqual(known, known.toSorted());
  // What stands below a slash is found, the slash itself is not.
  for (const path of known.filter(one => one !== '/openapi/v3/'))
    assert.notEqual((await server.get(path)).status, 404, path);
  await define(server);
  assert.deepEqual(
    (await paths()).filter(path => !known.includes(path)),
    ['/apis/example.com', '/apis/example.com/v1'],
  );
});

test('everything in one document, not sent again while it is the same', async t => {
  const server = await startServer();
  t.after(server.close);
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json';
  const all = await server.get('/apis', { accept });
  assert.equal(all.headers['content-type'], 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList');
  const apps = (all.body.items as unknown[]).find(item => at(item, 'metadata', 'name') === 'apps');
  assert.equal(at(apps, 'versions', 0, 'resources', 0, 'resource'), 'controllerrevisions');
  assert.equal(at(apps, 'versions', 0, 'freshness'), 'Current');
  const again = await server.get('/apis', { accept, 'if-none-match': String(all.headers.etag) });
  assert.deepEqual([again.status, again.text], [304, '']);
  const core = await server.get('/api', { accept });
  assert.equal((core.body.items as unknown[]).length, 1);
  assert.equal((await server.get('/apis', { accept: 'application/json' })).body.kind, 'APIGroupList');
});
