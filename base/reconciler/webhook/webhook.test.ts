import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonAnswer, type Handler } from '@orrery/http';
import { silentLog } from '@orrery/machinery/log';
import { createManualClock } from '@orrery/machinery/manual-clock';
import type { KubeObject } from '@orrery/machinery/meta';
import { applyJsonPatch, type JsonObject } from '@orrery/machinery/patch';
import { StatusError } from '@orrery/machinery/status';
import { createMetrics } from '../metrics.ts';
import { admissionWebhook, allow, conversionWebhook, defaulter, deny, validator, webhookHandler } from './index.ts';
import { webhookPath } from './review.ts';
import type { AdmissionRequest, Webhook } from './types.ts';

interface Workspace extends KubeObject {
  spec: { manager?: string; quota?: number };
}

const kind = { group: 'tenant.example.org', version: 'v1', kind: 'Workspace' };
const workspace = (spec: Workspace['spec'], metadata: object = {}): Workspace => ({
  apiVersion: 'tenant.example.org/v1',
  kind: 'Workspace',
  metadata: { name: 'w', ...metadata },
  spec,
});

type Answer = {
  apiVersion: string;
  kind: string;
  response: Record<string, unknown> & {
    allowed?: boolean;
    status?: { code?: number; message?: string; reason?: string };
  };
};

async function post(handler: Handler, target: string, body: unknown, contentType = 'application/json') {
  const answer = await handler({
    method: 'POST',
    target,
    headers: { 'content-type': contentType },
    body: new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body)),
    signal: new AbortController().signal,
  });
  const text = new TextDecoder().decode(answer.body as Uint8Array);
  return { status: answer.status, text, json: () => JSON.parse(text) as Answer };
}

const review = (request: Partial<AdmissionRequest<Workspace>>) => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'u-1',
    kind,
    resource: { ...kind, resource: 'workspaces' },
    userInfo: { username: 'ann' },
    ...request,
  },
});

const ask = async (webhook: Webhook, request: Partial<AdmissionRequest<Workspace>>) =>
  (await post(webhook.handler, webhook.path, review(request))).json();

const paths: [Parameters<typeof webhookPath>, string][] = [
  [['mutate', kind], '/mutate-tenant-example-org-v1-workspace'],
  [['validate', { group: 'apps', version: 'v1', kind: 'Deployment' }], '/validate-apps-v1-deployment'],
  [['mutate', { group: '', version: 'v1', kind: 'Pod' }], '/mutate--v1-pod'],
];
for (const [of, path] of paths) test(`the path ${path}`, () => assert.equal(webhookPath(...of), path));

const completes = defaulter<Workspace>(kind, (object, { userInfo }) => ({
  ...object,
  spec: { ...object.spec, manager: object.spec.manager ?? userInfo.username },
}));

test('a defaulter answers what it changed as a JSON patch', async () => {
  const object = workspace({ quota: 1 });
  const { apiVersion, kind: answered, response } = await ask(completes, { operation: 'CREATE', object });
  assert.deepEqual([apiVersion, answered], ['admission.k8s.io/v1', 'AdmissionReview']);
  const { patch, ...rest } = response;
  assert.deepEqual(rest, { uid: 'u-1', allowed: true, status: { code: 200 }, patchType: 'JSONPatch' });
  const operations: unknown = JSON.parse(Buffer.from(String(patch), 'base64').toString());
  assert.deepEqual(operations, [{ op: 'add', path: '/spec/manager', value: 'ann' }]);
  assert.deepEqual(applyJsonPatch(object as unknown as JsonObject, operations)['spec'], { quota: 1, manager: 'ann' });
});

test('a defaulter that changes nothing answers no patch', async () => {
  const { response } = await ask(completes, { operation: 'UPDATE', object: workspace({ manager: 'bob' }) });
  assert.deepEqual(response, { uid: 'u-1', allowed: true, status: { code: 200 } });
});

test('a defaulter never sees a delete', async () => {
  const { response } = await ask(completes, { operation: 'DELETE', oldObject: workspace({}) });
  assert.deepEqual(response, { uid: 'u-1', allowed: true, status: { code: 200 } });
});

test('a patch keeps letters beyond ASCII', async () => {
  const renames = defaulter<Workspace>(kind, object => ({ ...object, spec: { manager: '管理员 ✓' } }));
  const { response } = await ask(renames, { operation: 'CREATE', object: workspace({}) });
  assert.match(Buffer.from(String(response['patch']), 'base64').toString(), /管理员 ✓/);
});

test('a defaulter that writes into its input fails instead of being ignored', async () => {
  const careless = defaulter<Workspace>(kind, object => {
    object.spec.manager = 'ann';
    return object;
  });
  const { response } = await ask(careless, { operation: 'CREATE', object: workspace({}) });
  assert.equal(response.allowed, false);
  assert.equal(response.status?.code, 500);
});

const judges = validator<Workspace>(kind, {
  create: ({ spec }) => ((spec.quota ?? 0) < 0 ? { denied: 'spec.quota must not be negative' } : undefined),
  async update(before, { spec }) {
    const warnings = ['spec.quota will go away'];
    if (before.spec.manager !== spec.manager) return { denied: 'spec.manager is immutable', warnings };
    return { warnings };
  },
  delete({ metadata }) {
    if (metadata.annotations?.['keep']) throw new StatusError(409, 'Conflict', 'it is kept');
  },
});

const verdicts: [string, Partial<AdmissionRequest<Workspace>>, object][] = [
  ['a good object', { operation: 'CREATE', object: workspace({}) }, { allowed: true, status: { code: 200 } }],
  [
    'a bad object',
    { operation: 'CREATE', object: workspace({ quota: -1 }) },
    { allowed: false, status: { code: 403, reason: 'Forbidden', message: 'spec.quota must not be negative' } },
  ],
  [
    'an update with a warning',
    { operation: 'UPDATE', oldObject: workspace({}), object: workspace({ quota: 1 }) },
    { allowed: true, status: { code: 200 }, warnings: ['spec.quota will go away'] },
  ],
  [
    'a bad update, warned of too',
    { operation: 'UPDATE', oldObject: workspace({}), object: workspace({ manager: 'bob' }) },
    {
      allowed: false,
      status: { code: 403, reason: 'Forbidden', message: 'spec.manager is immutable' },
      warnings: ['spec.quota will go away'],
    },
  ],
  [
    'a delete',
    { operation: 'DELETE', object: null, oldObject: workspace({}) },
    { allowed: true, status: { code: 200 } },
  ],
  [
    'a delete denied with a status of its own',
    { operation: 'DELETE', oldObject: workspace({}, { annotations: { keep: 'yes' } }) },
    { allowed: false, status: { code: 409, reason: 'Conflict', message: 'it is kept' } },
  ],
  ['a connect', { operation: 'CONNECT' }, { allowed: true, status: { code: 200 } }],
  [
    'an unknown operation',
    { operation: 'PAINT' as 'CREATE' },
    { allowed: false, status: { code: 400, reason: 'BadRequest', message: 'unknown operation request "PAINT"' } },
  ],
  [
    'a create without an object',
    { operation: 'CREATE' },
    { allowed: false, status: { code: 400, reason: 'BadRequest', message: 'the review has no object' } },
  ],
];
for (const [name, request, expected] of verdicts) {
  test(`a validator and ${name}`, async () => {
    assert.deepEqual((await ask(judges, request)).response, { uid: 'u-1', ...expected });
  });
}

test('operations that a validator does not name are allowed', async () => {
  const { response } = await ask(validator(kind, {}), { operation: 'CREATE', object: workspace({ quota: -1 }) });
  assert.equal(response.allowed, true);
});

const broken: [string, string, string, string][] = [
  ['no body', '', 'application/json', 'request body is empty'],
  ['another content type', '{}', 'text/plain', 'contentType=text/plain, expected application/json'],
  ['no JSON', '{', 'application/json', "couldn't decode the review"],
  ['no review', '{"a":1}', 'application/json', 'no request with a uid'],
  ['null', 'null', 'application/json', 'no request with a uid'],
];
for (const [name, body, contentType, message] of broken) {
  test(`${name} is answered as a failed review, and by conversion with 400`, async () => {
    const admission = await post(judges.handler, judges.path, body, contentType);
    const { response } = admission.json();
    assert.equal(admission.status, 200);
    assert.deepEqual([response['uid'], response.allowed, response.status?.code], ['', false, 400]);
    assert.ok(response.status?.message?.includes(message), response.status?.message);
    const conversion = conversionWebhook([]);
    assert.equal((await post(conversion.handler, conversion.path, body, contentType)).status, 400);
  });
}

test('a webhook answers in the version it was asked in', async () => {
  const asked = { ...review({ operation: 'CONNECT' }), apiVersion: 'admission.k8s.io/v1beta1' };
  assert.equal((await post(judges.handler, judges.path, asked)).json().apiVersion, 'admission.k8s.io/v1beta1');
});

test('any webhook: audit annotations and its own verdicts pass as they are', async () => {
  const any = admissionWebhook('/any', ({ dryRun }) =>
    dryRun ? deny('not in rehearsals') : { ...allow('fine'), auditAnnotations: { why: 'because' } },
  );
  assert.deepEqual((await ask(any, { operation: 'CREATE' })).response, {
    uid: 'u-1',
    allowed: true,
    status: { code: 200, message: 'fine' },
    auditAnnotations: { why: 'because' },
  });
  assert.equal((await ask(any, { operation: 'CREATE', dryRun: true })).response.allowed, false);
});

type Spec = KubeObject & { spec: Record<string, unknown> };
const move = (from: string, to: string) => (object: KubeObject) => {
  const { [from]: value, ...spec } = (object as Spec).spec;
  return { ...object, spec: { ...spec, [to]: value } } as KubeObject;
};
const convertible = {
  group: kind.group,
  kind: kind.kind,
  hub: 'v1',
  spokes: {
    v1alpha1: { toHub: move('owner', 'manager'), fromHub: move('manager', 'owner') },
    v1beta1: {
      toHub: move('boss', 'manager'),
      fromHub: (hub: KubeObject) => ({
        ...move('manager', 'boss')(hub),
        metadata: { name: 'forged', labels: { via: 'hub' } },
      }),
    },
  },
};

async function converted(objects: object[], desiredAPIVersion: string) {
  const webhook = conversionWebhook([convertible]);
  const asked = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'ConversionReview',
    request: { uid: 'c', desiredAPIVersion, objects },
  };
  return (await post(webhook.handler, webhook.path, asked)).json();
}
const of = (version: string, spec: object, metadata: object = { name: 'w', uid: 'x' }) => ({
  apiVersion: `${kind.group}/${version}`,
  kind: kind.kind,
  metadata,
  spec,
});

const conversions: [string, string, object, object][] = [
  ['to the hub', 'v1', of('v1alpha1', { owner: 'ann' }), of('v1', { manager: 'ann' })],
  ['from the hub', 'v1alpha1', of('v1', { manager: 'ann' }), of('v1alpha1', { owner: 'ann' })],
  [
    'by way of the hub; of metadata only labels and annotations change',
    'v1beta1',
    of('v1alpha1', { owner: 'ann' }, { name: 'w', uid: 'x', labels: { old: 'y' } }),
    of('v1beta1', { boss: 'ann' }, { name: 'w', uid: 'x', labels: { via: 'hub' } }),
  ],
  ['to the same version', 'v1alpha1', of('v1alpha1', { owner: 'ann' }), of('v1alpha1', { owner: 'ann' })],
];
for (const [name, version, object, expected] of conversions) {
  test(`conversion ${name}`, async () => {
    const { kind: answered, response } = await converted([object, object], `${kind.group}/${version}`);
    assert.equal(answered, 'ConversionReview');
    assert.deepEqual(response, { uid: 'c', convertedObjects: [expected, expected], result: { status: 'Success' } });
  });
}

const unconvertible: [string, object, string, RegExp][] = [
  ['an unknown version', of('v1', {}), `${kind.group}/v9`, /has no version v9 that converts/],
  ['a version that is a member of all objects', of('v1', {}), `${kind.group}/constructor`, /no version constructor/],
  ['another group', of('v1', {}), 'other.org/v1', /no such conversion/],
  ['an unknown kind', { ...of('v1', {}), kind: 'Other' }, `${kind.group}/v1alpha1`, /cannot convert Other/],
];
for (const [name, object, desired, message] of unconvertible) {
  test(`conversion refuses ${name}, and with it the whole review`, async () => {
    const { response } = await converted([of('v1', {}), object], desired);
    const { result, ...rest } = response as unknown as { result: { status: string; message: string } };
    assert.deepEqual(rest, { uid: 'c', convertedObjects: [] });
    assert.equal(result.status, 'Failure');
    assert.match(result.message, message);
  });
}

test('webhooks behind one address are found by path and counted', async () => {
  const metrics = createMetrics();
  const clock = createManualClock();
  const failing: Webhook = { path: '/failing', handler: () => Promise.reject(new Error('broken')) };
  const slow: Webhook = { path: '/slow', handler: () => clock.sleep(200).then(() => jsonAnswer(200, {})) };
  const handler = webhookHandler([judges, failing, slow], { clock, log: silentLog, metrics });
  const asked = review({ operation: 'CONNECT' });
  assert.equal((await post(handler, `${judges.path}?timeout=10s`, asked)).status, 200);
  assert.equal((await post(handler, '/elsewhere', asked)).status, 404);
  assert.equal((await post(handler, '/failing', asked)).status, 500);
  const answered = post(handler, '/slow', asked);
  assert.match(metrics.format(), /requests_in_flight\{webhook="\/slow"\} 1/);
  await clock.advance(200);
  await answered;
  const text = metrics.format();
  assert.match(text, /requests_in_flight\{webhook="\/slow"\} 0/);
  assert.match(text, /requests_total\{webhook="\/validate-tenant-example-org-v1-workspace",code="200"\} 1/);
  assert.match(text, /requests_total\{webhook="\/failing",code="500"\} 1/);
  assert.match(text, /latency_seconds_sum\{webhook="\/slow"\} 0\.2/);
  const get = { method: 'GET', target: judges.path, headers: {}, body: new Uint8Array(0) };
  assert.equal((await handler({ ...get, signal: new AbortController().signal })).status, 405);
  assert.throws(() => webhookHandler([judges, judges], { clock, log: silentLog }), /two webhooks are served at/);
});
