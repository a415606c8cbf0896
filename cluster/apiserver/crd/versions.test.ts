/** Several versions of a definition, and definitions that change while objects are stored. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definition, definitionsPath, serverWith, thing, until, versionOf } from '../testing/definitions.ts';
import { at, startServer } from '../testing/server.ts';

const things = '/apis/example.com/v1/namespaces/default/things';

const merge = { 'content-type': 'application/merge-patch+json' };

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
