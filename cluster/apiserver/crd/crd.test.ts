import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { systemClock } from '@orrery/machinery/clock';
import type { Clock } from '@orrery/machinery/clock';
import { conditionOf, define, definition, definitionsPath, thing, until, versionOf } from '../testing/definitions.ts';
import type { DefinitionOptions } from '../testing/definitions.ts';
import { at, startServer } from '../testing/server.ts';
import type { TestServer } from '../testing/server.ts';

const things = '/apis/example.com/v1/namespaces/default/things';
const merge = { 'content-type': 'application/merge-patch+json' };

async function serverWith(t: TestContext, ...definitions: DefinitionOptions[]): Promise<TestServer> {
  const server = await startServer();
  t.after(server.close);
  for (const options of definitions) await define(server, options);
  return server;
}

test('a definition is established and its resources are served', async t => {
  const server = await serverWith(t, { names: { shortNames: ['th'], categories: ['all'] } });
  const { body } = await server.get(`${definitionsPath}/things.example.com`);
  assert.deepEqual(
    (at(body, 'status', 'conditions') as Record<string, string>[]).map(({ type, status, reason }) => [
      type,
      status,
      reason,
    ]),
    [
      ['NamesAccepted', 'True', 'NoConflicts'],
      ['Established', 'True', 'InitialNamesAccepted'],
    ],
  );
  assert.deepEqual(at(body, 'status', 'acceptedNames'), {
    plural: 'things',
    singular: 'thing',
    shortNames: ['th'],
    kind: 'Thing',
    listKind: 'ThingList',
    categories: ['all'],
  });
  assert.deepEqual(at(body, 'status', 'storedVersions'), ['v1']);
  const made = await server.create(things, thing('x', { a: 'b' }));
  assert.equal(made.status, 201, made.text);
  assert.equal(at(made.body, 'apiVersion'), 'example.com/v1');
  assert.equal(at(made.body, 'metadata', 'generation'), 1);
  const list = await server.get('/apis/example.com/v1/things');
  assert.equal(list.body.kind, 'ThingList');
  assert.equal(at(list.body, 'items', 0, 'kind'), 'Thing');
  assert.equal(at(list.body, 'metadata', 'continue'), '');
});

const conditionsOf = (body: unknown): string[] =>
  ((at(body, 'status', 'conditions') ?? []) as Record<string, string>[]).map(
    ({ type, status, reason }) => `${type} ${status} ${reason}`,
  );

test('whoever makes a definition reads it as it was answered; it is named before it is deleted, and not established', async t => {
  // Its alarm does not ring.
  const after: Clock['after'] = (delayMs, callback) => systemClock.after(delayMs < 100 ? 1e9 : delayMs, callback);
  const server = await startServer({ clock: { ...systemClock, after } });
  t.after(server.close);
  const path = `${definitionsPath}/things.example.com`;
  await server.create(definitionsPath, definition());
  const fresh = await server.get(path);
  assert.equal(at(fresh.body, 'status', 'conditions'), null);
  const wrong = await server.call('DELETE', path, { body: { preconditions: { uid: 'another' } } });
  assert.equal(wrong.status, 409);
  await until(server, path, (_status, body) => conditionsOf(body).includes('Established True InitialNamesAccepted'));

  const other = definition({ plural: 'others', kind: 'Other' });
  await server.create(definitionsPath, other);
  const { body } = await server.call('DELETE', `${definitionsPath}/others.example.com`);
  assert.deepEqual(conditionsOf(body), [
    'NamesAccepted True NoConflicts',
    'Established False Installing',
    'Terminating True InstanceDeletionPending',
  ]);
  const owners = at(body, 'metadata', 'managedFields') as { manager: string; subresource?: string }[];
  assert.deepEqual(owners.map(({ manager, subresource = '' }) => `${manager} ${subresource}`.trim()).sort(), [
    'kube-apiserver status',
    'test',
  ]);
});

test('discovery and OpenAPI follow definitions as they come and go', async t => {
  const server = await serverWith(t, { version: { subresources: { status: {} } } });
  const group = await server.get('/apis/example.com');
  assert.deepEqual(group.body.preferredVersion, { groupVersion: 'example.com/v1', version: 'v1' });
  const listed = await server.get('/apis/example.com/v1');
  assert.deepEqual(
    (listed.body.resources as { name: string }[]).map(({ name }) => name),
    ['things', 'things/status'],
  );
  const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
  const all = await server.get('/apis', { accept });
  const last = (all.body.items as unknown[]).at(-1);
  assert.equal(at(last, 'metadata', 'name'), 'example.com');
  assert.deepEqual(at(last, 'versions', 0, 'resources', 0, 'responseKind'), {
    group: 'example.com',
    version: 'v1',
    kind: 'Thing',
  });
  const index = await server.get('/openapi/v3');
  const url = at(index.body, 'paths', 'apis/example.com/v1', 'serverRelativeURL') as string;
  const document = await server.get(url);
  const schema = at(document.body, 'components', 'schemas', 'com.example.v1.Thing');
  assert.deepEqual(at(schema, 'properties', 'spec', 'properties', 'a'), { type: 'string' });
  assert.ok(at(document.body, 'paths', '/apis/example.com/v1/namespaces/{namespace}/things/{name}/status', 'patch'));
  const v2 = await server.get('/openapi/v2');
  assert.ok(at(v2.body, 'definitions', 'com.example.v1.ThingList'));
  assert.ok(at(v2.body, 'definitions', 'io.k8s.api.core.v1.Pod'));
  assert.ok(at(v2.body, 'paths', '/apis/example.com/v1/things', 'get'));
  const binary = await server.get('/openapi/v2', {
    accept: 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf',
  });
  assert.ok(binary.text.includes('com.example.v1.Thing'));

  assert.equal((await server.call('DELETE', `${definitionsPath}/things.example.com`)).status, 200);
  await until(server, `${definitionsPath}/things.example.com`, status => status === 404);
  assert.equal((await server.get('/apis/example.com')).status, 404);
  assert.equal((await server.get(things)).status, 404);
  assert.equal(at((await server.get('/openapi/v3')).body, 'paths', 'apis/example.com/v1'), undefined);
});

test('instances go before their definition; one with a finalizer is waited for', async t => {
  const server = await serverWith(t, {});
  await server.create(things, thing('held', {}, { metadata: { name: 'held', finalizers: ['example.com/f'] } }));
  await server.create(things, thing('free'));
  const deleted = await server.call('DELETE', `${definitionsPath}/things.example.com`);
  assert.deepEqual(at(deleted.body, 'metadata', 'finalizers'), ['customresourcecleanup.apiextensions.k8s.io']);
  assert.equal(at(conditionOf(deleted.body, 'Terminating'), 'reason'), 'InstanceDeletionPending');
  await until(server, `${things}/free`, status => status === 404);
  const refused = await server.create(things, thing('new'));
  assert.equal(refused.status, 403);
  assert.equal(
    refused.body.message,
    'things.example.com "new" is forbidden: create not allowed while custom resource definition is terminating',
  );
  const waiting = await server.get(`${definitionsPath}/things.example.com`);
  assert.equal(at(conditionOf(waiting.body, 'Terminating'), 'reason'), 'InstanceDeletionInProgress');
  await server.call('PATCH', `${things}/held`, { body: { metadata: { finalizers: null } }, headers: merge });
  await until(server, `${definitionsPath}/things.example.com`, status => status === 404);
  // Nothing of the old is left when the name comes back, even with another scope.
  await define(server, { scope: 'Cluster' });
  assert.deepEqual((await server.get('/apis/example.com/v1/things')).body.items, []);
});

test('scope is kept: no cluster-scoped object through a namespace, and the other way round', async t => {
  const server = await serverWith(t, {}, { plural: 'worlds', kind: 'World', scope: 'Cluster' });
  const worlds = '/apis/example.com/v1/worlds';
  const world = { apiVersion: 'example.com/v1', kind: 'World', metadata: { name: 'w' } };
  assert.equal((await server.create(worlds, world)).status, 201);
  await server.create(things, thing('x'));
  const inNamespace = '/apis/example.com/v1/namespaces/default/worlds';
  for (const [method, path] of [
    ['GET', `${inNamespace}/w`],
    ['GET', inNamespace],
    ['PUT', `${inNamespace}/w`],
    ['PATCH', `${inNamespace}/w`],
    ['DELETE', `${inNamespace}/w`],
    ['DELETE', inNamespace],
    ['POST', inNamespace],
  ] as const) {
    const body = method === 'GET' ? undefined : world;
    assert.equal((await server.call(method, path, { body, headers: merge })).status, 404, `${method} ${path}`);
  }
  for (const [method, path] of [
    ['GET', '/apis/example.com/v1/things/x'],
    ['PUT', '/apis/example.com/v1/things/x'],
    ['DELETE', '/apis/example.com/v1/things/x'],
    ['POST', '/apis/example.com/v1/things'],
    ['DELETE', '/apis/example.com/v1/things'],
  ] as const) {
    const status = (await server.call(method, path, { body: method === 'GET' ? undefined : thing('x') })).status;
    assert.ok(status === 404 || status === 405, `${method} ${path}: ${status}`);
  }
  assert.equal((await server.get(`${worlds}/w`)).status, 200);
  // The same hole in the core group: an object of the cluster behind a namespace.
  assert.equal((await server.get('/api/v1/namespaces/default/namespaces/kube-system')).status, 404);
  assert.equal((await server.get('/api/v1/namespaces/default/namespaces')).status, 404);
  const named = '/api/v1/namespaces/default/namespaces?fieldSelector=metadata.name%3Ddefault';
  assert.equal((await server.get(named)).status, 404);
  await server.create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'own' } });
  assert.equal((await server.get('/api/v1/namespaces/own')).status, 200);
  const watch = server.watch('/api/v1/namespaces/own?watch=1');
  assert.equal(at((await watch.next()).value, 'object', 'metadata', 'name'), 'own');
  await watch.return(undefined);
});

test('a body of another group, version or kind is refused', async t => {
  const server = await serverWith(t, {}, { group: 'other.com' });
  for (const [body, code] of [
    [{ ...thing('x'), apiVersion: 'other.com/v1' }, 400],
    [{ ...thing('x'), apiVersion: 'v1', kind: 'Pod' }, 400],
    [{ ...thing('x'), kind: 'Else' }, 422],
    [{ metadata: { name: 'x' } }, 400],
    [{ ...thing('x'), metadata: { name: 'x', namespace: 'kube-system' } }, 400],
  ] as const) {
    const answer = await server.create(things, body);
    assert.equal(answer.status, code, `${JSON.stringify(body)}: ${answer.text}`);
  }
});

test('built-in kinds cannot be taken over', async t => {
  const server = await startServer();
  t.after(server.close);
  const annotations = { 'api-approved.kubernetes.io': 'https://github.com/kubernetes/kubernetes/pull/1' };
  const given = definition({ group: 'rbac.authorization.k8s.io', plural: 'roles', kind: 'Role', annotations });
  assert.equal((await server.create(definitionsPath, given)).status, 201);
  const name = 'roles.rbac.authorization.k8s.io';
  const path = `${definitionsPath}/${name}`;
  const refused = await until(server, path, (_status, body) => conditionOf(body, 'NamesAccepted') !== undefined);
  assert.equal(at(conditionOf(refused.body, 'NamesAccepted'), 'status'), 'False');
  assert.equal(at(conditionOf(refused.body, 'Established'), 'status'), 'False');
  const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'r' }, rules: [] };
  const roles = '/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles';
  assert.equal((await server.create(roles, role)).status, 201);
  await server.call('DELETE', path);
  await until(server, path, status => status === 404);
  assert.equal((await server.get(`${roles}/r`)).status, 200);
});

test('names that another definition holds are refused until they are free', async t => {
  const server = await serverWith(t, { names: { shortNames: ['th'] } });
  await server.create(
    definitionsPath,
    definition({ plural: 'others', names: { shortNames: ['th'], singular: 'other' } }),
  );
  const path = `${definitionsPath}/others.example.com`;
  const refused = await until(server, path, (_status, body) => conditionOf(body, 'NamesAccepted') !== undefined);
  assert.deepEqual(
    [
      at(conditionOf(refused.body, 'NamesAccepted'), 'reason'),
      at(conditionOf(refused.body, 'NamesAccepted'), 'message'),
    ],
    ['ListKindConflict', '"ThingList" is already in use'],
  );
  await server.call('DELETE', `${definitionsPath}/things.example.com`);
  await until(server, path, (_status, body) => at(conditionOf(body, 'Established'), 'status') === 'True');
});

test('the status is apart, generations count what is specified', async t => {
  const server = await serverWith(t, { version: { subresources: { status: {} } } });
  const made = await server.create(things, thing('x', { a: '1' }, { status: { phase: 'Mine' } }));
  assert.equal(at(made.body, 'status'), undefined);
  const patch = async (path: string, body: unknown) =>
    (await server.call('PATCH', path, { body, headers: merge })).body;
  let body = await patch(`${things}/x/status`, {
    spec: { a: '2' },
    status: { phase: 'Ready' },
    metadata: { labels: { l: 'v' } },
  });
  assert.deepEqual(
    [at(body, 'spec', 'a'), at(body, 'status', 'phase'), at(body, 'metadata', 'labels')],
    ['1', 'Ready', undefined],
  );
  body = await patch(`${things}/x`, { spec: { a: '2' }, status: { phase: 'Lost' } });
  assert.deepEqual([at(body, 'status', 'phase'), at(body, 'metadata', 'generation')], ['Ready', 2]);
  body = await patch(`${things}/x`, { metadata: { labels: { l: 'v' } } });
  assert.equal(at(body, 'metadata', 'generation'), 2);
  const put = await server.call('PUT', `${things}/x`, { body: thing('x') });
  assert.equal(put.status, 422);
  assert.match(
    String(put.body.message),
    /metadata.resourceVersion: Invalid value: 0x0: must be specified for an update/,
  );
});

test('scale reads and writes the replicas the definition names', async t => {
  const scale = { specReplicasPath: '.spec.n', statusReplicasPath: '.status.n', labelSelectorPath: '.status.selector' };
  const server = await serverWith(t, { version: { subresources: { status: {}, scale } } });
  await server.create(things, thing('x', { n: 3 }));
  const status = { status: { n: 2, selector: 'a=b' } };
  await server.call('PATCH', `${things}/x/status`, { body: status, headers: merge });
  const read = await server.get(`${things}/x/scale`);
  assert.equal(read.body.kind, 'Scale');
  assert.deepEqual([read.body.spec, read.body.status], [{ replicas: 3 }, { replicas: 2, selector: 'a=b' }]);
  const changed = await server.call('PATCH', `${things}/x/scale`, { body: { spec: { replicas: 5 } }, headers: merge });
  assert.equal(at(changed.body, 'spec', 'replicas'), 5, changed.text);
  const object = await server.get(`${things}/x`);
  assert.deepEqual([at(object.body, 'spec', 'n'), at(object.body, 'metadata', 'generation')], [5, 2]);
});

test('replicas that are not there cannot be read, but be set', async t => {
  const scale = { specReplicasPath: '.spec.n', statusReplicasPath: '.status.n' };
  const server = await serverWith(t, { version: { subresources: { status: {}, scale } } });
  await server.create(things, thing('x', {}));
  const patch = (spec: object) =>
    server.call('PATCH', `${things}/x/scale`, { body: { metadata: {}, spec }, headers: merge });
  const read = await server.get(`${things}/x/scale`);
  assert.deepEqual(
    [read.status, read.body.message],
    [500, 'Internal error occurred: the spec replicas field ".spec.n" does not exist'],
  );
  const empty = await patch({});
  assert.deepEqual([empty.status, empty.body.message], [400, 'the spec replicas field ".spec.n" cannot be empty']);
  const negative = await patch({ replicas: -3 });
  assert.deepEqual(
    [negative.status, negative.body.message],
    [422, 'Thing.example.com "x" is invalid: .spec.n: Invalid value: -3: should be a non-negative integer'],
  );
  const changed = await patch({ replicas: 4 });
  assert.deepEqual([changed.status, changed.body.spec], [200, { replicas: 4 }], changed.text);
});

test('a status that is no longer said is gone', async t => {
  const server = await serverWith(t, { version: { subresources: { status: {} } } });
  await server.create(things, thing('x', {}));
  const status = { status: { phase: 'Ready' } };
  await server.call('PATCH', `${things}/x/status`, { body: status, headers: merge });
  const { metadata } = (await server.get(`${things}/x`)).body;
  const put = await server.call('PUT', `${things}/x/status`, { body: { ...thing('x', {}), metadata } });
  assert.equal(put.status, 200, put.text);
  assert.ok(!('status' in put.body));
});

test('several versions are one object; only the name of the version differs', async t => {
  const spec = { type: 'object', properties: { a: { type: 'string' } } };
  const server = await serverWith(t, {
    versions: [versionOf('v1', spec), versionOf('v1beta1', spec, { storage: false, deprecated: true })],
  });
  await server.create(things, thing('x', { a: '1' }));
  const old = await server.get('/apis/example.com/v1beta1/namespaces/default/things/x');
  assert.equal(old.body.apiVersion, 'example.com/v1beta1');
  assert.deepEqual(old.body.spec, { a: '1' });
  assert.match(String(old.headers.warning), /example.com\/v1beta1 Thing is deprecated; use example.com\/v1 Thing/);
  const groups = await server.get('/apis/example.com');
  assert.deepEqual(
    (groups.body.versions as { version: string }[]).map(({ version }) => version),
    ['v1', 'v1beta1'],
  );
});

test('a version that only a webhook could make says so', async t => {
  const webhook = { clientConfig: { url: 'https://example.com/convert' }, conversionReviewVersions: ['v1'] };
  const given = definition({ versions: [versionOf('v1', {}), versionOf('v2', {}, { storage: false })] });
  const spec = given.spec as Record<string, unknown>;
  for (const version of spec.versions as Record<string, unknown>[])
    version.schema = { openAPIV3Schema: { type: 'object' } };
  spec.conversion = { strategy: 'Webhook', webhook };
  const server = await startServer();
  t.after(server.close);
  assert.equal((await server.create(definitionsPath, given)).status, 201);
  await until(server, '/apis/example.com/v2', status => status === 200);
  assert.equal((await server.create(things, { ...thing('x'), spec: undefined })).status, 201);
  const refused = await server.get('/apis/example.com/v2/namespaces/default/things/x');
  assert.equal(refused.status, 500);
  assert.match(
    String(refused.body.message),
    /^conversion webhook for example.com\/v1, Kind=Thing failed: Post "https:\/\/example.com\/convert\?timeout=30s": /,
  );
});

test('a changed schema reaches what is stored: new defaults are told, fields that went are not', async t => {
  const server = await serverWith(t, {});
  await server.create(things, thing('x', { a: '1', n: 1 }));
  const spec = { type: 'object', properties: { a: { type: 'string' }, added: { type: 'string', default: 'd' } } };
  const path = `${definitionsPath}/things.example.com`;
  const changed = await server.call('PATCH', path, {
    body: { spec: { versions: [versionOf('v1', spec)] } },
    headers: merge,
  });
  assert.equal(changed.status, 200, changed.text);
  assert.deepEqual((await server.get(`${things}/x`)).body.spec, { a: '1', added: 'd' });
  assert.deepEqual(at((await server.get(things)).body, 'items', 0, 'spec'), { a: '1', added: 'd' });
  const watch = server.watch(`${things}?watch=1`);
  assert.deepEqual(at((await watch.next()).value, 'object', 'spec'), { a: '1', added: 'd' });
  await watch.return(undefined);
  // A change that is none of its own does not count.
  const labelled = await server.call('PATCH', `${things}/x`, {
    body: { metadata: { labels: { l: 'v' } } },
    headers: merge,
  });
  assert.equal(at(labelled.body, 'metadata', 'generation'), 1);
});

test('versions with schemas of their own show what they know of one object', async t => {
  const narrow = { type: 'object', properties: { a: { type: 'string' } } };
  const wide = { type: 'object', properties: { a: { type: 'string' }, b: { type: 'string', default: 'd' } } };
  const server = await serverWith(t, {
    versions: [versionOf('v2', wide), versionOf('v1', narrow, { storage: false })],
  });
  const made = await server.create(things, thing('x', { a: '1' }));
  assert.deepEqual(made.body.spec, { a: '1' });
  const newer = '/apis/example.com/v2/namespaces/default/things';
  assert.deepEqual((await server.get(`${newer}/x`)).body.spec, { a: '1', b: 'd' });
  await server.call('PATCH', `${newer}/x`, { body: { spec: { b: 'mine' } }, headers: merge });
  assert.deepEqual((await server.get(`${things}/x`)).body.spec, { a: '1' });
  assert.deepEqual(at((await server.get(things)).body, 'items', 0, 'spec'), { a: '1' });
  assert.deepEqual(at((await server.get(newer)).body, 'items', 0, 'spec'), { a: '1', b: 'mine' });
});

test('fields become selectable, also those of older objects', async t => {
  const server = await serverWith(t, {});
  await server.create(things, thing('x', { a: 'red', n: 1 }));
  await server.create(things, thing('y', { a: 'blue' }));
  const refused = await server.get(`${things}?fieldSelector=spec.a%3Dred`);
  assert.equal(refused.status, 400);
  const spec = { type: 'object', properties: { a: { type: 'string' }, n: { type: 'integer' } } };
  const versions = [versionOf('v1', spec, { selectableFields: [{ jsonPath: '.spec.a' }, { jsonPath: '.spec.n' }] })];
  const path = `${definitionsPath}/things.example.com`;
  const changed = await server.call('PATCH', path, { body: { spec: { versions } }, headers: merge });
  assert.equal(changed.status, 200, changed.text);
  const names = (body: unknown) =>
    (at(body, 'items') as unknown[] | undefined)?.map(item => at(item, 'metadata', 'name'));
  const found = await until(
    server,
    `${things}?fieldSelector=spec.a%3Dred`,
    (_status, body) => names(body)?.length === 1,
  );
  assert.deepEqual(names(found.body), ['x']);
  assert.deepEqual(names((await server.get(`${things}?fieldSelector=spec.n!%3D1`)).body), ['y']);
});

test('watchers of a definition that changes are asked to begin anew', async t => {
  const server = await serverWith(t, {});
  const watch = server.watch(`${things}?watch=1`);
  const first = watch.next();
  await server.create(things, thing('x'));
  assert.equal((await first).value.type, 'ADDED');
  const patch = { spec: { names: { shortNames: ['th'] } } };
  await server.call('PATCH', `${definitionsPath}/things.example.com`, { body: patch, headers: merge });
  assert.equal((await watch.next()).done, true);
});

test('JSON and merge patches are served, strategic ones are not', async t => {
  const server = await serverWith(t, {});
  await server.create(things, thing('x', { a: '1' }));
  const patch = (type: string, body: unknown) =>
    server.call('PATCH', `${things}/x`, { body, headers: { 'content-type': type } });
  const json = [{ op: 'replace', path: '/spec/a', value: '2' }];
  assert.equal((await patch('application/json-patch+json', json)).status, 200);
  assert.equal((await patch('application/merge-patch+json', { spec: { a: '3' } })).status, 200);
  assert.equal((await patch('application/strategic-merge-patch+json', {})).status, 415);
  assert.equal(at((await server.get(`${things}/x`)).body, 'spec', 'a'), '3');
});

test('unknown fields are pruned and told as asked', async t => {
  const server = await serverWith(t, {});
  const body = thing('x', { a: '1', zz: { deep: 1 } });
  const strict = await server.create(`${things}?fieldValidation=Strict`, body);
  assert.equal(strict.status, 400);
  assert.equal(
    strict.body.message,
    'Thing in version "v1" cannot be handled as a Thing: strict decoding error: unknown field "spec.zz"',
  );
  const quiet = await server.create(`${things}?fieldValidation=Ignore&dryRun=All`, body);
  assert.equal(quiet.headers.warning, undefined);
  const warned = await server.create(things, body);
  assert.match(String(warned.headers.warning), /unknown field \\"spec.zz\\"/);
  assert.deepEqual(warned.body.spec, { a: '1' });
});

test('fields may be called as the language calls its own', async t => {
  const server = await startServer();
  t.after(server.close);
  const properties = { PROTO: { type: 'string', default: 'p' }, constructor: { type: 'string', default: 'c' } };
  const text = JSON.stringify(definition({ spec: { type: 'object', properties } })).replaceAll('PROTO', '__proto__');
  assert.equal((await server.create(definitionsPath, text)).status, 201);
  await until(server, '/apis/example.com/v1', status => status === 200);
  const given = JSON.stringify(thing('x', { PROTO: 'y', toString: 1 })).replaceAll('PROTO', '__proto__');
  const made = await server.create(things, given);
  assert.equal(JSON.stringify(made.body.spec), '{"__proto__":"y","constructor":"c"}');
  assert.equal(({} as { y?: unknown }).y, undefined);
});

test('clients that prefer protobuf get JSON', async t => {
  const server = await serverWith(t, {});
  await server.create(things, thing('x'));
  const accept = 'application/vnd.kubernetes.protobuf,application/json';
  assert.equal((await server.get(`${things}/x`, { accept })).headers['content-type'], 'application/json');
  assert.equal((await server.get(things, { accept })).headers['content-type'], 'application/json');
});

test('rules are enforced on create, patch and status, and say why', async t => {
  const spec = {
    type: 'object',
    properties: { n: { type: 'integer' } },
    'x-kubernetes-validations': [
      { rule: 'self.n > 0', message: 'n is positive' },
      { rule: 'self.n >= oldSelf.n', message: 'n does not shrink' },
    ],
  };
  const status = {
    type: 'object',
    properties: { seen: { type: 'integer' } },
    'x-kubernetes-validations': [{ rule: 'self.seen < 5' }],
  };
  const schema = {
    openAPIV3Schema: {
      type: 'object',
      properties: { spec, status },
      'x-kubernetes-validations': [{ rule: "self.metadata.name != 'bad'", message: 'no bad names' }],
    },
  };
  const server = await serverWith(t, { version: { schema, subresources: { status: {} } } });
  const patch = (path: string, body: unknown) => server.call('PATCH', `${things}/${path}`, { body, headers: merge });
  const refused = ({ status: code, body }: { status: number; body: unknown }, message: string): void => {
    assert.equal(code, 422);
    assert.ok(String(at(body, 'message')).endsWith(` is invalid: ${message}`), String(at(body, 'message')));
  };
  refused(await server.create(things, thing('x', { n: 0 })), 'spec: Invalid value: "object": n is positive');
  refused(await server.create(things, thing('bad', { n: 1 })), '<nil>: Invalid value: "object": no bad names');
  assert.equal((await server.create(things, thing('x', { n: 3 }))).status, 201);
  refused(await patch('x', { spec: { n: 2 } }), 'spec: Invalid value: "object": n does not shrink');
  assert.equal((await patch('x', { spec: { n: 4 } })).status, 200);
  const tooMuch = await patch('x/status', { status: { seen: 7 } });
  refused(tooMuch, 'status: Invalid value: "object": failed rule: self.seen < 5');
  assert.equal((await patch('x/status', { status: { seen: 1 } })).status, 200);
  const wrongForm = await server.create(things, thing('y', { n: 'text' }));
  const why = String(at(wrongForm.body, 'message'));
  assert.match(why, /spec\.n in body must be of type integer/);
  assert.match(
    why,
    /<nil>: Invalid value: null: some validation rules were not checked because the object was invalid;/,
  );
});

test('defaults are judged by the rules they stand under', async t => {
  const server = await startServer();
  t.after(server.close);
  const rules = [{ rule: 'self.n > 0' }];
  // The defaults inside of a default are not there yet.
  const a = { type: 'object', default: { n: 0 }, properties: { n: { type: 'integer', default: 1 } } };
  const spec = { type: 'object', properties: { a: { ...a, 'x-kubernetes-validations': rules } } };
  const made = await server.create(definitionsPath, definition({ spec }));
  assert.equal(made.status, 422);
  const place = 'spec.validation.openAPIV3Schema.properties[spec].properties[a].default';
  assert.ok(String(at(made.body, 'message')).endsWith(`${place}: Invalid value: "object": failed rule: self.n > 0`));
});

test('a definition with many rules lets others run while it is checked', async t => {
  const server = await startServer();
  t.after(server.close);
  const rule = `self.n == 0 || ${Array.from({ length: 20 }, (_none, at) => `self.n != ${at}`).join(' && ')}`;
  const rules = Array.from({ length: 3 }, () => ({ rule }));
  const field = { type: 'object', properties: { n: { type: 'integer' } }, 'x-kubernetes-validations': rules };
  const properties = Object.fromEntries(Array.from({ length: 100 }, (_none, at) => [`f${at}`, field]));
  let turns = 0;
  const count = setInterval(() => turns++, 1);
  const made = await server.create(definitionsPath, definition({ spec: { type: 'object', properties } }));
  clearInterval(count);
  assert.equal(made.status, 201, made.text);
  assert.ok(turns >= 5, `${turns} turns`);
});

test('what was wrong before a rule came may stay, and is told', async t => {
  const fields = { type: 'object', properties: { n: { type: 'integer' }, m: { type: 'integer' } } };
  const specOf = (old: unknown) => ({ type: 'object', properties: { old, other: { type: 'integer' } } });
  const server = await serverWith(t, { spec: specOf(fields) });
  assert.equal((await server.create(things, thing('x', { old: { n: -1 } }))).status, 201);
  const strict = { ...fields, 'x-kubernetes-validations': [{ rule: 'self.n > 0' }] };
  const versions = at(definition({ spec: specOf(strict) }), 'spec', 'versions');
  const patch = (path: string, body: unknown) => server.call('PATCH', path, { body, headers: merge });
  assert.equal((await patch(`${definitionsPath}/things.example.com`, { spec: { versions } })).status, 200);
  for (let round = 0; (await server.create(things, thing(`y${round}`, { old: { n: -1 } }))).status !== 422; round++)
    assert.ok(round < 100);
  const kept = await patch(`${things}/x`, { spec: { other: 5 } });
  assert.equal(kept.status, 200);
  assert.match(String(kept.headers.warning), /spec\.old: Invalid value: .*object.*: failed rule: self\.n > 0/);
  assert.equal((await patch(`${things}/x`, { spec: { old: { m: 1 } } })).status, 422);
});

test('a server that starts again serves what was defined', async t => {
  const first = await startServer();
  await define(first);
  await first.create(things, thing('x'));
  await first.server.close();
  const second = await startServer({ store: first.store });
  t.after(second.close);
  assert.equal((await second.get(`${things}/x`)).status, 200);
});
