/** The status and the scale of custom resources. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serverWith, thing } from '../testing/definitions.ts';
import { at } from '../testing/server.ts';

const things = '/apis/example.com/v1/namespaces/default/things';

const merge = { 'content-type': 'application/merge-patch+json' };

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
