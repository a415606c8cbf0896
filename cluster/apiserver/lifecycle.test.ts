/** What clients of a cluster rely on, told through the handler: a specification by example. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { readBody } from '@orrery/http';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { admin, at, podOf, startServer } from './testing/server.ts';
import type { Answer, TestServer } from './testing/server.ts';

const pods = '/api/v1/namespaces/a/pods';
const maps = '/api/v1/namespaces/a/configmaps';
const merge = { 'content-type': 'application/merge-patch+json' };

async function serverFor(t: TestContext): Promise<TestServer> {
  const server = await startServer();
  t.after(server.close);
  return server;
}

const meta = (answer: Answer, ...path: string[]): unknown => at(answer.body, 'metadata', ...path);
const names = (answer: Answer): unknown[] => (answer.body.items as unknown[]).map(item => at(item, 'metadata', 'name'));
const patch = (server: TestServer, target: string, body: unknown, headers: Record<string, string> = merge) =>
  server.call('PATCH', target, { body, headers });

test('create: identity, generated names, refusals', async t => {
  const server = await serverFor(t);
  const made = await server.create(pods, podOf('x'));
  assert.equal(made.status, 201);
  assert.match(String(meta(made, 'uid')), /^[0-9a-f-]{36}$/);
  assert.equal(meta(made, 'namespace'), 'a');
  assert.equal(meta(made, 'generation'), 1);
  assert.equal(at(made.body, 'status', 'phase'), 'Pending');
  const again = await server.create(pods, podOf('x'));
  assert.deepEqual([again.status, again.body.message], [409, 'pods "x" already exists']);
  const generated = await server.create(maps, { metadata: { generateName: 'g-' } });
  assert.match(String(meta(generated, 'name')), /^g-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  const elsewhere = await server.create(maps, { metadata: { name: 'y', namespace: 'b' } });
  assert.equal(elsewhere.status, 400);
  assert.match(String(elsewhere.body.message), /does not match the namespace sent on the request/);
  const dry = await server.create(`${maps}?dryRun=All`, { metadata: { name: 'dry' } });
  assert.deepEqual([dry.status, meta(dry, 'resourceVersion')], [201, undefined]);
  assert.equal((await server.get(`${maps}/dry`)).status, 404);
});

test('field validation: warned of by default, refused when strict, silent when ignored', async t => {
  const server = await serverFor(t);
  const typo = '{"metadata":{"name":"t"},"dta":{"a":"b"},"data":{"k":"1","k":"2"}}';
  const call = (how: string) =>
    server.call('POST', `${maps}?dryRun=All${how}`, { body: typo, headers: { 'content-type': 'application/json' } });
  assert.deepEqual((await call('')).headers.warning, [
    '299 - "unknown field \\"dta\\""',
    '299 - "duplicate field \\"data.k\\""',
  ]);
  const strict = await call('&fieldValidation=Strict');
  assert.equal(strict.status, 400);
  assert.match(String(strict.body.message), /strict decoding error: unknown field "dta", duplicate field "data.k"$/);
  assert.equal((await call('&fieldValidation=Ignore')).headers.warning, undefined);
  const body = 'metadata: {name: t}\ndata:\n  k: "1"\n  k: "2"\n';
  const yaml = await server.call('POST', `${maps}?dryRun=All`, {
    body,
    headers: { 'content-type': 'application/yaml' },
  });
  assert.deepEqual(yaml.headers.warning, ['299 - "yaml: unmarshal errors:  line 4: key \\"k\\" already set in map"']);
  assert.deepEqual(yaml.body.data, { k: '2' });
});

test('update: optimistic locking, and what nobody may change', async t => {
  const server = await serverFor(t);
  const made = await server.create(maps, { metadata: { name: 'x' }, data: { a: '1' } });
  const version = meta(made, 'resourceVersion');
  const put = (body: unknown) => server.call('PUT', `${maps}/x`, { body });
  const second = await put({ metadata: { name: 'x', resourceVersion: version }, data: { a: '2' } });
  assert.equal(second.status, 200);
  assert.equal(meta(second, 'uid'), meta(made, 'uid'));
  const stale = await put({ metadata: { name: 'x', resourceVersion: version }, data: { a: '3' } });
  assert.equal(stale.status, 409);
  assert.match(String(stale.body.message), /the object has been modified; please apply your changes/);
  const unconditional = await put({ metadata: { name: 'x' }, data: { a: '4' } });
  assert.equal(unconditional.status, 200);
  const same = await put({ metadata: { name: 'x' }, data: { a: '4' } });
  assert.equal(meta(same, 'resourceVersion'), meta(unconditional, 'resourceVersion'), 'no change, no write');
  const other = await put({ metadata: { name: 'x', uid: '0000' }, data: {} });
  assert.equal(other.status, 409);
  const renamed = await put({ metadata: { name: 'y' } });
  assert.equal(renamed.status, 400);
  assert.equal((await server.call('PUT', `${maps}/none`, { body: { metadata: { name: 'none' } } })).status, 404);
  const lease = '/apis/coordination.k8s.io/v1/namespaces/a/leases/l';
  const created = await server.call('PUT', lease, { body: { metadata: { name: 'l' } } });
  assert.equal(created.status, 201, 'leases may be created by an update');
  const absent = '/apis/coordination.k8s.io/v1/namespaces/a/leases/m';
  const meant = await server.call('PUT', absent, { body: { metadata: { name: 'm', uid: 'u' } } });
  assert.match(String(meant.body.message), /Precondition failed: UID in precondition: u, UID in object meta: $/);
  const headers = { 'content-type': 'application/apply-patch+yaml' };
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm', uid: 'u' } };
  const applied = await server.call('PATCH', `${maps}/m?fieldManager=t`, { body, headers });
  assert.equal(
    applied.body.message,
    'Operation cannot be fulfilled on configmaps "m": uid mismatch: the provided object specified uid u, and no existing object was found',
  );
});

test('patches of the three languages; others are 415', async t => {
  const server = await serverFor(t);
  await server.create(pods, podOf('x', { a: '1' }));
  const merged = await patch(server, `${pods}/x`, { metadata: { labels: { a: null, b: '2' } } });
  assert.deepEqual(meta(merged, 'labels'), { b: '2' });
  const json = await patch(server, `${pods}/x`, [{ op: 'add', path: '/metadata/labels/c', value: '3' }], {
    'content-type': 'application/json-patch+json',
  });
  assert.deepEqual(meta(json, 'labels'), { b: '2', c: '3' });
  const strategic = await patch(
    server,
    `${pods}/x`,
    { spec: { containers: [{ name: 'c', image: 'other' }] } },
    { 'content-type': 'application/strategic-merge-patch+json' },
  );
  assert.equal(at(strategic.body, 'spec', 'containers', 0, 'image'), 'other');
  assert.equal(meta(strategic, 'generation'), 2);
  const other = await patch(server, `${pods}/x`, {}, { 'content-type': 'application/x-patch' });
  assert.equal(other.status, 415);
  const stale = await patch(server, `${pods}/x`, { metadata: { resourceVersion: '1', labels: { d: '4' } } });
  assert.equal(stale.status, 409);
});

test('many writers patch one object and no change is lost', async t => {
  const server = await serverFor(t);
  await server.create(maps, { metadata: { name: 'x' } });
  const writers = Array.from({ length: 20 }, (_, i) => patch(server, `${maps}/x`, { data: { [`k${i}`]: 'v' } }));
  for (const answer of await Promise.all(writers)) assert.equal(answer.status, 200);
  const result = await server.get(`${maps}/x`);
  assert.equal(Object.keys(result.body.data as object).length, 20);
});

test('status and spec have writers of their own', async t => {
  const server = await serverFor(t);
  const deployments = '/apis/apps/v1/namespaces/a/deployments';
  const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const body = {
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: { app: 'x' } }, template },
    status: { replicas: 9 },
  };
  const made = await server.create(deployments, body);
  assert.deepEqual(made.body.status, {}, 'a new object has no status');
  const status = await patch(server, `${deployments}/d/status`, { spec: { replicas: 7 }, status: { replicas: 2 } });
  assert.deepEqual([at(status.body, 'status', 'replicas'), at(status.body, 'spec', 'replicas')], [2, 1]);
  assert.equal(meta(status, 'generation'), 1);
  const spec = await patch(server, `${deployments}/d`, { spec: { replicas: 3 }, status: { replicas: 8 } });
  assert.deepEqual([at(spec.body, 'status', 'replicas'), at(spec.body, 'spec', 'replicas')], [2, 3]);
  assert.equal(meta(spec, 'generation'), 2);
  const scale = await patch(server, `${deployments}/d/scale`, { spec: { replicas: 5 } });
  assert.deepEqual(scale.body.spec, { replicas: 5 });
  assert.deepEqual(scale.body.status, { replicas: 2, selector: 'app=x' });
  assert.equal(meta(await server.get(`${deployments}/d`), 'generation'), 3);
});

test('pages are consistent while others write', async t => {
  const server = await serverFor(t);
  for (const name of ['a', 'b', 'c', 'd', 'e']) await server.create(maps, { metadata: { name, labels: { l: 'y' } } });
  const first = await server.get(`${maps}?limit=2`);
  assert.deepEqual([names(first), meta(first, 'remainingItemCount')], [['a', 'b'], 3]);
  await server.call('DELETE', `${maps}/c`);
  await server.create(maps, { metadata: { name: 'bb' } });
  const second = await server.get(`${maps}?limit=2&continue=${String(meta(first, 'continue'))}`);
  assert.deepEqual(names(second), ['c', 'd'], 'as of the first page');
  assert.equal(meta(second, 'resourceVersion'), meta(first, 'resourceVersion'));
  const third = await server.get(`${maps}?limit=2&continue=${String(meta(second, 'continue'))}`);
  assert.deepEqual([names(third), meta(third, 'continue')], [['e'], undefined]);
  const selected = await server.get(`${maps}?limit=2&labelSelector=l%3Dy`);
  assert.deepEqual([names(selected), meta(selected, 'remainingItemCount')], [['a', 'b'], undefined]);
  await server.store.compact(server.store.revision());
  const expired = await server.get(`${maps}?limit=2&continue=${String(meta(first, 'continue'))}`);
  assert.deepEqual([expired.status, expired.body.reason], [410, 'Expired']);
  const restarted = await server.get(`${maps}?limit=9&continue=${String(meta(expired, 'continue'))}`);
  assert.deepEqual(names(restarted), ['bb', 'd', 'e'], 'goes on from the newest, inconsistently');
  assert.equal((await server.get(`${maps}?continue=nonsense`)).status, 400);
});

test('a big list arrives whole, in order, and compressed where asked', async t => {
  const server = await serverFor(t);
  const data = { blob: 'y'.repeat(40_000) };
  for (let i = 0; i < 40; i++)
    await server.create(maps, { metadata: { name: `m${String(i).padStart(2, '0')}` }, data });
  const listed = await server.get(maps);
  assert.equal((listed.body.items as unknown[]).length, 40);
  assert.ok(listed.text.length > 1_600_000);
  const packed = await server.server.handler({
    method: 'GET',
    target: maps,
    headers: { 'accept-encoding': 'gzip' },
    body: new Uint8Array(),
    signal: new AbortController().signal,
    user: admin,
  });
  assert.equal(packed.headers['content-encoding'], 'gzip');
  assert.equal(gunzipSync(await readBody(packed.body)).toString(), listed.text);
});

test('graceful deletion of a pod that runs, and at once of one that does not', async t => {
  const server = await serverFor(t);
  await server.create(pods, podOf('idle'));
  const gone = await server.call('DELETE', `${pods}/idle`);
  assert.equal(gone.body.kind, 'Pod');
  assert.equal((await server.get(`${pods}/idle`)).status, 404);

  await server.create(pods, podOf('busy'));
  await server.create(`${pods}/busy/binding`, { metadata: { name: 'busy' }, target: { kind: 'Node', name: 'n1' } });
  const ending = await server.call('DELETE', `${pods}/busy`);
  assert.deepEqual([meta(ending, 'deletionGracePeriodSeconds'), meta(ending, 'generation')], [30, 2]);
  const longer = await server.call('DELETE', `${pods}/busy?gracePeriodSeconds=60`);
  assert.equal(meta(longer, 'deletionGracePeriodSeconds'), 30, 'a deletion is only ever made shorter');
  const shorter = await server.call('DELETE', `${pods}/busy`, { body: { gracePeriodSeconds: 5 } });
  assert.equal(meta(shorter, 'deletionGracePeriodSeconds'), 5);
  await server.call('DELETE', `${pods}/busy?gracePeriodSeconds=0`);
  assert.equal((await server.get(`${pods}/busy`)).status, 404);
});

test('finalizers hold an object until the last one is gone', async t => {
  const server = await serverFor(t);
  await server.create(maps, { metadata: { name: 'x', finalizers: ['example.com/f'] } });
  const marked = await server.call('DELETE', `${maps}/x`);
  assert.ok(meta(marked, 'deletionTimestamp'));
  const added = await patch(server, `${maps}/x`, { metadata: { finalizers: ['example.com/f', 'example.com/g'] } });
  assert.equal(added.status, 422);
  const recreated = await server.create(maps, { metadata: { name: 'x' } });
  assert.match(String(recreated.body.message), /^object is being deleted: /);
  const last = await patch(server, `${maps}/x`, { metadata: { finalizers: null } });
  assert.equal(last.status, 200);
  assert.equal((await server.get(`${maps}/x`)).status, 404);
});

for (const [policy, finalizers] of [
  ['Foreground', ['foregroundDeletion']],
  ['Orphan', ['orphan']],
] as const) {
  test(`propagation ${policy} leaves the work to the garbage collector`, async t => {
    const server = await serverFor(t);
    await server.create(maps, { metadata: { name: 'x' } });
    const marked = await server.call('DELETE', `${maps}/x?propagationPolicy=${policy}`);
    assert.deepEqual(meta(marked, 'finalizers'), finalizers);
    assert.equal(meta(marked, 'deletionGracePeriodSeconds'), 0);
  });
}

test('preconditions of a delete', async t => {
  const server = await serverFor(t);
  const made = await server.create(maps, { metadata: { name: 'x' } });
  const remove = (preconditions: object) => server.call('DELETE', `${maps}/x`, { body: { preconditions } });
  assert.equal((await remove({ uid: 'other' })).status, 409);
  assert.equal((await remove({ resourceVersion: '1000' })).status, 409);
  assert.equal((await remove({ uid: meta(made, 'uid'), resourceVersion: meta(made, 'resourceVersion') })).status, 200);
});

test('a namespace ends when its own finalizer is taken away', async t => {
  const server = await serverFor(t);
  const made = await server.create('/api/v1/namespaces', { metadata: { name: 'n' } });
  assert.deepEqual(made.body.spec, { finalizers: ['kubernetes'] });
  const ending = await server.call('DELETE', '/api/v1/namespaces/n');
  assert.deepEqual(ending.body.status, { phase: 'Terminating' });
  const finalized = await server.call('PUT', '/api/v1/namespaces/n/finalize', {
    body: { metadata: { name: 'n' }, spec: { finalizers: [] } },
  });
  assert.equal(finalized.status, 200);
  assert.equal((await server.get('/api/v1/namespaces/n')).status, 404);
});

test('deletecollection takes what the selector takes', async t => {
  const server = await serverFor(t);
  for (const [name, l] of [
    ['a', 'y'],
    ['b', 'y'],
    ['c', 'n'],
  ] as const)
    await server.create(maps, { metadata: { name, labels: { l } } });
  const removed = await server.call('DELETE', `${maps}?labelSelector=l%3Dy`);
  assert.deepEqual(names(removed), ['a', 'b']);
  assert.deepEqual(names(await server.get(maps)), ['c']);
});

test('a pod is bound once', async t => {
  const server = await serverFor(t);
  await server.create(pods, podOf('x'));
  const bind = (name: string) => server.create(`${pods}/x/binding`, { metadata: { name: 'x' }, target: { name } });
  assert.equal((await bind('n1')).status, 201);
  const again = await bind('n2');
  assert.deepEqual([again.status, at(again.body, 'details', 'kind')], [409, 'pods/binding']);
  const bound = await server.get(`${pods}?fieldSelector=spec.nodeName%3Dn1`);
  assert.deepEqual(names(bound), ['x']);
});

test('eviction asks the disruption budget', async t => {
  const server = await serverFor(t);
  await server.create(pods, podOf('x', { app: 'x' }));
  await patch(server, `${pods}/x/status`, {
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  });
  const budgets = '/apis/policy/v1/namespaces/a/poddisruptionbudgets';
  await server.create(budgets, {
    metadata: { name: 'b' },
    spec: { minAvailable: 1, selector: { matchLabels: { app: 'x' } } },
  });
  const evict = () => server.create(`${pods}/x/eviction`, { metadata: { name: 'x' } });
  const early = await evict();
  assert.deepEqual([early.status, early.headers['retry-after']], [429, '10'], 'the budget was not computed yet');
  const status = (disruptionsAllowed: number) =>
    patch(server, `${budgets}/b/status`, {
      status: { observedGeneration: 1, disruptionsAllowed, currentHealthy: 1, desiredHealthy: 1 },
    });
  await status(0);
  const refused = await evict();
  assert.match(String(at(refused.body, 'details', 'causes', 0, 'message')), /needs 1 healthy pods and has 1 currently/);
  await status(1);
  assert.equal((await evict()).status, 201);
  assert.equal((await server.get(`${pods}/x`)).status, 404);
  const budget = await server.get(`${budgets}/b`);
  assert.equal(at(budget.body, 'status', 'disruptionsAllowed'), 0);
  assert.deepEqual(Object.keys(at(budget.body, 'status', 'disruptedPods') as object), ['x']);
});

test('an eviction of another version of the pod than was meant changes nothing', async t => {
  const server = await serverFor(t);
  const made = await server.create(pods, podOf('x'));
  const evict = (resourceVersion: unknown) => {
    const deleteOptions = { preconditions: { resourceVersion } };
    return server.create(`${pods}/x/eviction`, { metadata: { name: 'x' }, deleteOptions });
  };
  assert.equal((await evict('1')).status, 409);
  assert.equal(at((await server.get(`${pods}/x`)).body, 'status', 'conditions'), undefined);
  assert.equal((await evict(at(made.body, 'metadata', 'resourceVersion'))).status, 201);
  assert.equal((await server.get(`${pods}/x`)).status, 404);
});

test('an eviction may be of the version that older clients send', async t => {
  const server = await serverFor(t);
  await server.create(pods, podOf('x'));
  const evict = (apiVersion: string) =>
    server.create(`${pods}/x/eviction`, { apiVersion, kind: 'Eviction', metadata: { name: 'x' } });
  assert.equal((await evict('policy/v1alpha1')).status, 400);
  assert.equal((await evict('policy/v1beta1')).status, 201);
  assert.equal((await server.get(`${pods}/x`)).status, 404);
});

test('events go away by themselves', async t => {
  const clock = createManualClock();
  const server = await startServer({ clock });
  t.after(server.close);
  const events = '/api/v1/namespaces/a/events';
  await server.create(events, {
    metadata: { name: 'e' },
    involvedObject: { kind: 'Pod', name: 'p', namespace: 'a' },
    reason: 'Started',
  });
  const found = await server.get(`/apis/events.k8s.io/v1/namespaces/a/events?fieldSelector=regarding.kind%3DPod`);
  assert.deepEqual(at(found.body, 'items', 0, 'regarding'), { kind: 'Pod', name: 'p', namespace: 'a' });
  await clock.advance(3_700_000);
  assert.deepEqual(names(await server.get(events)), []);
});

test('a horizontal autoscaler is one object in two versions', async t => {
  const server = await serverFor(t);
  const v1 = '/apis/autoscaling/v1/namespaces/a/horizontalpodautoscalers';
  const scaleTargetRef = { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' };
  const made = await server.create(v1, {
    metadata: { name: 'h' },
    spec: { maxReplicas: 3, scaleTargetRef, targetCPUUtilizationPercentage: 60 },
  });
  assert.equal(made.status, 201, made.text);
  const v2 = await server.get('/apis/autoscaling/v2/namespaces/a/horizontalpodautoscalers/h');
  assert.deepEqual(at(v2.body, 'spec', 'metrics', 0, 'resource', 'target'), {
    type: 'Utilization',
    averageUtilization: 60,
  });
  assert.equal(at((await server.get(`${v1}/h`)).body, 'spec', 'targetCPUUtilizationPercentage'), 60);
});

test('answers take the form that is asked for', async t => {
  const server = await serverFor(t);
  await server.create(pods, podOf('x'));
  const table = await server.get(pods, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' });
  assert.equal(table.body.kind, 'Table');
  assert.equal(at(table.body, 'columnDefinitions', 0, 'name'), 'Name');
  assert.equal(at(table.body, 'rows', 0, 'object', 'kind'), 'PartialObjectMetadata');
  const metadata = await server.get(`${pods}/x`, {
    accept: 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io',
  });
  assert.deepEqual(Object.keys(metadata.body).sort(), ['apiVersion', 'kind', 'metadata']);
  const yaml = await server.get(`${pods}/x`, { accept: 'application/yaml' });
  assert.match(yaml.text, /^apiVersion: v1\nkind: Pod\n/);
  assert.equal((await server.get(pods, { accept: 'application/xml' })).status, 406);
  const sent = await server.call('POST', maps, {
    body: 'metadata:\n  name: yy\ndata: {a: b}\n',
    headers: { 'content-type': 'application/yaml' },
  });
  assert.deepEqual([sent.status, sent.body.data], [201, { a: 'b' }]);
});

test('debug containers are added to a running pod, never taken away', async t => {
  const server = await serverFor(t);
  await server.create(pods, podOf('x'));
  const strategic = { 'content-type': 'application/strategic-merge-patch+json' };
  const debug = (body: unknown) => patch(server, `${pods}/x/ephemeralcontainers`, { spec: body }, strategic);
  const added = await debug({ ephemeralContainers: [{ name: 'd', image: 'busybox', targetContainerName: 'c' }] });
  assert.deepEqual([added.status, meta(added, 'generation')], [200, 2], added.text);
  const clash = await debug({ ephemeralContainers: [{ name: 'c', image: 'busybox' }] });
  assert.match(String(clash.body.message), /spec\.ephemeralContainers\[\d\]\.name: Duplicate value: "c"/);
  const lost = await server.call('PATCH', `${pods}/x/ephemeralcontainers`, {
    body: { spec: { ephemeralContainers: null } },
    headers: merge,
  });
  assert.match(String(lost.body.message), /existing ephemeral containers "d" may not be removed/);
});

test('a page of selected objects is found among many others', async t => {
  const server = await serverFor(t);
  const all = Array.from({ length: 2100 }, (_, i) => `m${String(i).padStart(4, '0')}`);
  const rare = all.filter((_, i) => i % 200 === 150);
  await Promise.all(
    all.map(name => server.create(maps, { metadata: { name, labels: { rare: String(rare.includes(name)) } } })),
  );
  const found: unknown[] = [];
  let token = '';
  do {
    const page = await server.get(`${maps}?labelSelector=rare%3Dtrue&limit=4&continue=${token}`);
    found.push(...names(page));
    token = String(meta(page, 'continue') ?? '');
  } while (token !== '');
  assert.deepEqual(found, rare);
});
