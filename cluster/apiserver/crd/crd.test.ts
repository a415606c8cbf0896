import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@orrery/machinery/clock';
import type { Clock } from '@orrery/machinery/clock';
import { conditionOf, define, definition, definitionsPath, serverWith, thing, until } from '../testing/definitions.ts';
import { at, startServer } from '../testing/server.ts';

const things = '/apis/example.com/v1/namespaces/default/things';

const merge = { 'content-type': 'application/merge-patch+json' };

const conditionsOf = (body: unknown): string[] =>
  ((at(body, 'status', 'conditions') ?? []) as Record<string, string>[]).map(
    ({ type, status, reason }) => `${type} ${status} ${reason}`,
  );

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

test('a server that starts again serves what was defined', async t => {
  const first = await startServer();
  await define(first);
  await first.create(things, thing('x'));
  await first.server.close();
  const second = await startServer({ store: first.store });
  t.after(second.close);
  assert.equal((await second.get(`${things}/x`)).status, 200);
});
