import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { jsonParses } from './registry/json.ts';
import { at, startServer } from './testing/server.ts';
import type { Answer, TestServer } from './testing/server.ts';

const deployments = '/apis/apps/v1/namespaces/a/deployments';

async function serverFor(t: TestContext): Promise<TestServer> {
  const server = await startServer();
  t.after(() => server.close());
  return server;
}

const apply = (server: TestServer, target: string, body: unknown): Promise<Answer> =>
  server.call('PATCH', target, { body, headers: { 'content-type': 'application/apply-patch+yaml' } });

const deployment = (replicas?: number): Record<string, unknown> => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'd' },
  spec: {
    ...(replicas !== undefined && { replicas }),
    selector: { matchLabels: { app: 'x' } },
    template: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  },
});

const owners = (answer: Answer): unknown[] =>
  (at(answer.body, 'metadata', 'managedFields') as Record<string, unknown>[]).map(entry => [
    entry.manager,
    entry.operation,
    entry.subresource,
  ]);

test('apply creates, applies again without a new version, and asks for its manager', async t => {
  const server = await serverFor(t);
  const nobody = await apply(server, `${deployments}/d`, deployment(1));
  assert.equal(nobody.status, 422);
  assert.equal(at(nobody.body, 'details', 'causes', 0, 'message'), 'Required value: is required for apply patch');
  const dry = await apply(server, `${deployments}/d?fieldManager=m&dryRun=All`, deployment(1));
  assert.equal(dry.status, 201);
  assert.equal((await server.get(`${deployments}/d`)).status, 404);
  const made = await apply(server, `${deployments}/d?fieldManager=m`, deployment(1));
  assert.equal(made.status, 201);
  const again = await apply(server, `${deployments}/d?fieldManager=m`, deployment(1));
  assert.equal(again.status, 200);
  assert.equal(again.text, made.text);
});

const scale = (replicas: number): Record<string, unknown> => ({
  apiVersion: 'autoscaling/v1',
  kind: 'Scale',
  metadata: { name: 'd', namespace: 'a' },
  spec: { replicas },
});

/** The fields that a manager owns through the scale subresource, and the version they are named in. */
const ofScale = (answer: Answer): unknown =>
  (at(answer.body, 'metadata', 'managedFields') as Record<string, unknown>[])
    .filter(({ subresource }) => subresource === 'scale')
    .map(({ manager, operation, apiVersion, time, fieldsV1 }) => [manager, operation, apiVersion, time, fieldsV1]);

test('a scale that is applied owns the count of its object, and what owned it is asked first', async t => {
  const server = await serverFor(t);
  const replicas = async () => at((await server.get(`${deployments}/d`)).body, 'spec', 'replicas');
  const missing = await apply(server, `${deployments}/d/scale?fieldManager=s`, scale(1));
  assert.equal(missing.status, 404);
  await apply(server, `${deployments}/d?fieldManager=m`, deployment(1));
  const refused = await apply(server, `${deployments}/d/scale?fieldManager=s`, scale(3));
  assert.deepEqual(
    [refused.status, at(refused.body, 'message')],
    [409, 'Apply failed with 1 conflict: conflict with "m": .spec.replicas'],
  );
  const dry = await apply(server, `${deployments}/d/scale?fieldManager=s&force=true&dryRun=All`, scale(3));
  assert.deepEqual([dry.status, at(dry.body, 'spec', 'replicas'), await replicas()], [200, 3, 1]);
  const forced = await apply(server, `${deployments}/d/scale?fieldManager=s&force=true`, scale(3));
  assert.deepEqual([forced.status, at(forced.body, 'kind'), await replicas()], [200, 'Scale', 3]);
  const after = await server.get(`${deployments}/d`);
  const fields = { 'f:spec': { 'f:replicas': {} } };
  assert.deepEqual(ofScale(after), [['s', 'Apply', 'apps/v1', undefined, fields]]);
  const entries = at(after.body, 'metadata', 'managedFields') as { manager: string; fieldsV1: object }[];
  assert.doesNotMatch(JSON.stringify(entries.find(({ manager }) => manager === 'm')), /f:replicas/);
  const again = await apply(server, `${deployments}/d/scale?fieldManager=s`, scale(3));
  assert.deepEqual([again.status, again.text], [200, forced.text], 'applied again, nothing changes');
  const back = await apply(server, `${deployments}/d?fieldManager=m`, deployment(1));
  const words = 'Apply failed with 1 conflict: conflict with "s" with subresource "scale": .spec.replicas';
  assert.deepEqual([back.status, at(back.body, 'message')], [409, words]);
  const agreed = await apply(server, `${deployments}/d?fieldManager=m`, deployment(3));
  assert.equal(agreed.status, 200, 'who wants the same shares it');
  const shared = await apply(server, `${deployments}/d/scale?fieldManager=s`, scale(4));
  assert.equal(at(shared.body, 'message'), 'Apply failed with 1 conflict: conflict with "m": .spec.replicas');
  assert.deepEqual(ofScale(await server.get(`${deployments}/d`)), [['s', 'Apply', 'apps/v1', undefined, fields]]);
});

test('what is applied to a scale is a Scale, with a manager and a count', async t => {
  const server = await serverFor(t);
  await apply(server, `${deployments}/d?fieldManager=m`, deployment(1));
  const refusals: [what: string, query: string, body: object, status: number, message: RegExp][] = [
    ['nobody', '', scale(1), 422, /fieldManager: Required value: is required for apply patch/],
    ['another kind', '?fieldManager=s', deployment(1), 400, /^invalid object type: apps\/v1, Kind=Deployment$/],
    [
      'a strange field',
      '?fieldManager=s',
      { ...scale(1), spec: { replica: 1 } },
      500,
      /\.spec\.replica: field not declared/,
    ],
    ['below zero', '?fieldManager=s&force=true', scale(-1), 422, /must be greater than or equal to 0/],
  ];
  for (const [what, query, body, status, message] of refusals) {
    const refused = await apply(server, `${deployments}/d/scale${query}`, body);
    assert.equal(refused.status, status, `${what}: ${refused.text}`);
    assert.match(String(at(refused.body, 'message')), message, what);
  }
});

test('a count set through scale is owned there, until apply forces it back', async t => {
  const server = await serverFor(t);
  await apply(server, `${deployments}/d?fieldManager=m`, deployment(1));
  const scaled = { spec: { replicas: 3 } };
  const merge = { 'content-type': 'application/merge-patch+json' };
  await server.call('PATCH', `${deployments}/d/scale?fieldManager=s`, { body: scaled, headers: merge });
  const refused = await apply(server, `${deployments}/d?fieldManager=m`, deployment(1));
  assert.equal(refused.status, 409);
  assert.equal(
    refused.body.message,
    'Apply failed with 1 conflict: conflict with "s" with subresource "scale" using apps/v1: .spec.replicas',
  );
  assert.deepEqual(owners(await server.get(`${deployments}/d`)), [
    ['m', 'Apply', undefined],
    ['s', 'Update', 'scale'],
  ]);
  const forced = await apply(server, `${deployments}/d?fieldManager=m&force=true`, deployment(1));
  assert.deepEqual(owners(forced), [['m', 'Apply', undefined]]);
});

test('owners named in one version are kept when the object is changed in another', async t => {
  const server = await serverFor(t);
  const path = (version: string): string => `/apis/autoscaling/${version}/namespaces/a/horizontalpodautoscalers`;
  const target = { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' } };
  await apply(server, `${path('v1')}/h?fieldManager=m`, {
    apiVersion: 'autoscaling/v1',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'h' },
    spec: { ...target, maxReplicas: 3, targetCPUUtilizationPercentage: 50 },
  });
  const changed = await server.call('PATCH', `${path('v2')}/h?fieldManager=u`, {
    body: { spec: { maxReplicas: 4 } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  const entries = at(changed.body, 'metadata', 'managedFields') as Record<string, unknown>[];
  assert.deepEqual(
    entries.map(entry => [entry.manager, entry.apiVersion]),
    [
      ['m', 'autoscaling/v1'],
      ['u', 'autoscaling/v2'],
    ],
  );
  assert.ok(!JSON.stringify(entries[0]).includes('maxReplicas'), 'who changed it took it');
  assert.ok(JSON.stringify(entries[0]).includes('f:targetCPUUtilizationPercentage'));
});

test('an apply parses its body once; a key given twice is told', async t => {
  const server = await serverFor(t);
  await apply(server, `${deployments}/d?fieldManager=m`, deployment(1));
  const before = jsonParses.count;
  await apply(server, `${deployments}/d?fieldManager=m`, deployment(2));
  assert.equal(jsonParses.count - before, 1);
  const twice = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n  a: "1"\n  a: "2"\n';
  const maps = '/api/v1/namespaces/a/configmaps';
  const strict = await apply(server, `${maps}/x?fieldManager=m&fieldValidation=Strict`, twice);
  assert.equal(strict.status, 400);
  assert.match(String(strict.body.message), /^error strict decoding YAML: .*line 6: key "a" already set in map$/s);
});

test('a write that changes nothing but the time of its owners is none', async t => {
  const server = await serverFor(t);
  const maps = '/api/v1/namespaces/a/configmaps';
  const body = { metadata: { name: 'x' }, data: { a: '1' } };
  const made = await server.create(maps, body);
  const same = await server.call('PUT', `${maps}/x`, { body });
  assert.equal(same.text, made.text);
});
