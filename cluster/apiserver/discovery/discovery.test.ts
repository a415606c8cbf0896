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

const discoveryAs = (type: string, version = 'v2'): string =>
  `${type};g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;

test('the one document as protobuf and YAML says the same, under the same tag', async t => {
  const server = await startServer();
  t.after(server.close);
  const ask = async (path: string, accept: string) => {
    const { signal } = new AbortController();
    const request = { method: 'GET', target: path, headers: { accept }, body: new Uint8Array(), signal, user: admin };
    const { status, headers, body } = await server.server.handler(request);
    return { status, headers, bytes: await readBody(body) };
  };
  for (const version of ['v2', 'v2beta1'])
    for (const path of ['/api', '/apis']) {
      const json = await ask(path, discoveryAs('application/json', version));
      const accept = discoveryAs('application/vnd.kubernetes.protobuf', version);
      const protobuf = await ask(path, accept);
      assert.equal(protobuf.status, 200);
      assert.equal(protobuf.headers['content-type'], accept);
      assert.equal(protobuf.headers.etag, json.headers.etag);
      const said = JSON.parse(new TextDecoder().decode(json.bytes)) as { items: { metadata: object }[] };
      const read = fromProtobuf(protobuf.bytes) as unknown as typeof said;
      const names = ({ items }: typeof said): unknown => items.map(item => at(item, 'metadata', 'name'));
      assert.deepEqual(names(read), names(said));
      assert.deepEqual(at(read.items[0], 'versions', 0), at(said.items[0], 'versions', 0));
      assert.deepEqual(at(read.items.at(-1), 'versions', 0), at(said.items.at(-1), 'versions', 0));
      const yaml = await ask(path, discoveryAs('application/yaml', version));
      assert.match(new TextDecoder().decode(yaml.bytes), /^apiVersion: apidiscovery\.k8s\.io\/v2/);
    }
});

test('what comes first among what is accepted decides between one document and many', async t => {
  const server = await startServer();
  t.after(server.close);
  const protobuf = 'application/vnd.kubernetes.protobuf';
  for (const [accept, type] of [
    [`${discoveryAs(protobuf)},application/json`, discoveryAs(protobuf)],
    [`${protobuf},${discoveryAs('application/json')}`, protobuf],
    [`text/html,${discoveryAs('application/json')}`, discoveryAs('application/json')],
    [`${discoveryAs('application/json', 'v3')},application/json`, 'application/json'],
  ] as const)
    assert.equal((await server.get('/apis', { accept })).headers['content-type'], type, accept);
});
