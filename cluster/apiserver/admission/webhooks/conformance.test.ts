/** The conformance entries on AdmissionWebhook, one by one: each test is called as its entry is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { allow, deny } from '@orrery/reconciler/webhook';
import { define, definition, definitionsPath, thing, versionOf } from '../../testing/definitions.ts';
import { at, podOf } from '../../testing/server.ts';
import { configMap, configMaps, configurationsPath, rule, startHooked } from '../../testing/webhooks.ts';
import type { Hooked, Judge } from '../../testing/webhooks.ts';

const entry = (name: string, run: (t: TestContext) => Promise<void>): void =>
  void test(`AdmissionWebhook ${name}`, run);

const no: Judge = () => deny('not like this');
const addData: Judge = ({ object }) => ({
  ...allow(),
  patch:
    at(object, 'data', 'mutation-start') === 'yes' ? [{ op: 'add', path: '/data/mutation-stage-1', value: 'yes' }] : [],
});
const second: Judge = ({ object }) => ({
  ...allow(),
  patch:
    at(object, 'data', 'mutation-stage-1') === 'yes'
      ? [{ op: 'add', path: '/data/mutation-stage-2', value: 'yes' }]
      : [],
});
const merge = { 'content-type': 'application/merge-patch+json' };
const jsonPatch = { 'content-type': 'application/json-patch+json' };
const things = '/apis/example.com/v1/namespaces/default/things';
const thingRule = (more: object = {}) =>
  rule({ apiGroups: ['example.com'], apiVersions: ['*'], resources: ['things'], ...more });
const pods = '/api/v1/namespaces/default/pods';

entry('should include webhook resources in discovery documents', async t => {
  const server = await startHooked(t, {});
  const groups = (await server.get('/apis')).body;
  const group = (at(groups, 'groups') as { name: string }[]).find(
    ({ name }) => name === 'admissionregistration.k8s.io',
  );
  assert.ok(
    (at(group, 'versions') as { groupVersion: string }[]).some(
      ({ groupVersion }) => groupVersion === 'admissionregistration.k8s.io/v1',
    ),
  );
  assert.equal((await server.get('/apis/admissionregistration.k8s.io')).body.kind, 'APIGroup');
  const { resources } = (await server.get('/apis/admissionregistration.k8s.io/v1')).body as {
    resources: { name: string }[];
  };
  for (const kind of ['mutating', 'validating'])
    assert.ok(resources.some(({ name }) => name === `${kind}webhookconfigurations`));
});

entry('should be able to deny pod and configmap creation', async t => {
  const judge: Judge = ({ object }) => {
    const isBad =
      at(object, 'metadata', 'labels', 'webhook-e2e-test') === 'webhook-disallow' || at(object, 'data', 'key') === 'no';
    return isBad ? deny('the object contains unwanted values') : allow();
  };
  const server = await startHooked(t, { '/judge': judge });
  await server.create('/api/v1/namespaces', { metadata: { name: 'exempted', labels: { skip: 'yes' } } });
  await server.create('/api/v1/namespaces', { metadata: { name: 'default' } });
  const namespaceSelector = { matchExpressions: [{ key: 'skip', operator: 'NotIn', values: ['yes'] }] };
  await server.configure('validating', 'deny', {
    path: '/judge',
    namespaceSelector,
    rules: [rule({ resources: ['pods', 'configmaps'], operations: ['CREATE', 'UPDATE'] })],
  });
  const refused = await server.create(pods, podOf('bad', { 'webhook-e2e-test': 'webhook-disallow' }));
  assert.equal(refused.status, 403);
  assert.match(refused.text, /the object contains unwanted values/);
  assert.equal((await server.create(configMaps, configMap('bad', { data: { key: 'no' } }))).status, 403);
  assert.equal((await server.create(configMaps, configMap('good', { data: { key: 'yes' } }))).status, 201);
  const put = await server.call('PUT', `${configMaps}/good`, { body: configMap('good', { data: { key: 'no' } }) });
  assert.equal(put.status, 403);
  const patched = await server.call('PATCH', `${configMaps}/good`, { body: { data: { key: 'no' } }, headers: merge });
  assert.equal(patched.status, 403);
  assert.equal(
    (await server.create('/api/v1/namespaces/exempted/configmaps', configMap('bad', { data: { key: 'no' } }))).status,
    201,
  );
});

entry('should be able to deny attaching pod', async t => {
  const server = await startHooked(t, { '/no': no });
  await server.create(pods, podOf('p'));
  await server.configure('validating', 'attach', {
    path: '/no',
    rules: [rule({ operations: ['CONNECT'], resources: ['pods/attach'] })],
  });
  const refused = await server.call('POST', `${pods}/p/attach?stdin=true&container=c`);
  assert.equal(refused.status, 403);
  assert.match(refused.text, /denied the request: not like this/);
});

entry('should be able to deny custom resource creation, update and deletion', async t => {
  const judge: Judge = ({ object, oldObject }) =>
    at(object ?? oldObject, 'spec', 'a') === 'bad' ? deny('the custom resource contains unwanted data') : allow();
  const server = await startHooked(t, { '/judge': judge });
  await define(server);
  await server.create(things, thing('was', { a: 'bad' }));
  await server.configure('validating', 'cr', { path: '/judge', rules: [thingRule()] });
  assert.equal((await server.create(things, thing('x', { a: 'bad' }))).status, 403);
  assert.equal((await server.create(things, thing('x', { a: 'good' }))).status, 201);
  assert.equal(
    (await server.call('PATCH', `${things}/x`, { body: { spec: { a: 'bad' } }, headers: merge })).status,
    403,
  );
  assert.equal((await server.call('DELETE', `${things}/was`)).status, 403);
  assert.equal(
    (await server.call('PATCH', `${things}/was`, { body: { spec: { a: 'good' } }, headers: merge })).status,
    200,
  );
  assert.equal((await server.call('DELETE', `${things}/was`)).status, 200);
});

entry('should unconditionally reject operations on fail closed webhook', async t => {
  const server = await startHooked(t, {});
  await server.configure('validating', 'closed', {
    clientConfig: { service: { namespace: 'default', name: 'absent' } },
  });
  const refused = await server.create(configMaps, configMap('x'));
  assert.deepEqual([refused.status, refused.body.reason], [500, 'InternalError']);
});

entry('should mutate configmap', async t => {
  const server = await startHooked(t, { '/1': addData, '/2': second });
  await server.configure('mutating', 'm', { path: '/1' }, { path: '/2' });
  const made = await server.create(configMaps, configMap('x', { data: { 'mutation-start': 'yes' } }));
  assert.deepEqual(made.body.data, { 'mutation-start': 'yes', 'mutation-stage-1': 'yes', 'mutation-stage-2': 'yes' });
});

entry('should mutate pod and apply defaults after mutation', async t => {
  const server = await startHooked(t, {
    '/init': () => ({
      ...allow(),
      patch: [{ op: 'add', path: '/spec/initContainers', value: [{ name: 'added', image: 'webhook-added-image' }] }],
    }),
  });
  await server.configure('mutating', 'm', {
    path: '/init',
    rules: [rule({ resources: ['pods'], operations: ['CREATE'] })],
  });
  const [container] = at((await server.create(pods, podOf('p'))).body, 'spec', 'initContainers') as Record<
    string,
    unknown
  >[];
  assert.deepEqual(
    [container!.name, container!.terminationMessagePolicy, container!.imagePullPolicy],
    ['added', 'File', 'Always'],
  );
});

entry('should not be able to mutate or prevent deletion of webhook configuration objects', async t => {
  const server = await startHooked(t, {
    '/no': no,
    '/label': () => ({ ...allow(), patch: [{ op: 'add', path: '/metadata/labels', value: { changed: 'yes' } }] }),
  });
  const rules = [rule({ apiGroups: ['admissionregistration.k8s.io'], apiVersions: ['*'], resources: ['*'] })];
  await server.configure('validating', 'deny', { path: '/no', rules });
  await server.configure('mutating', 'change', { path: '/label', rules });
  for (const kind of ['mutating', 'validating'] as const) {
    const made = await server.configure(kind, 'dummy', { path: '/no', rules: [rule({ resources: ['nothing'] })] });
    assert.deepEqual([made.status, at(made.body, 'metadata', 'labels')], [201, undefined]);
    assert.equal((await server.call('DELETE', `${configurationsPath(kind)}/dummy`)).status, 200);
  }
  assert.equal(server.seen.length, 0);
});

async function withThings(t: TestContext, judges: Record<string, Judge>): Promise<Hooked> {
  const server = await startHooked(t, judges);
  const data = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const version = (name: string, storage: boolean) =>
    versionOf(
      name,
      { type: 'object' },
      { storage, schema: { openAPIV3Schema: { type: 'object', properties: { data } } } },
    );
  await define(server, { versions: [version('v1', true), version('v2', false)] });
  return server;
}
const dataThing = (name: string, data: object) => ({
  apiVersion: 'example.com/v1',
  kind: 'Thing',
  metadata: { name },
  data,
});

entry('should mutate custom resource', async t => {
  const server = await withThings(t, { '/1': addData, '/2': second });
  await server.configure('mutating', 'm', { path: '/1', rules: [thingRule()] }, { path: '/2', rules: [thingRule()] });
  const made = await server.create(things, dataThing('x', { 'mutation-start': 'yes' }));
  assert.deepEqual(made.body.data, { 'mutation-start': 'yes', 'mutation-stage-1': 'yes', 'mutation-stage-2': 'yes' });
});

entry('should mutate custom resource with different stored version', async t => {
  const server = await withThings(t, { '/1': addData, '/2': second });
  await server.configure('mutating', 'm', { path: '/1', rules: [thingRule()] }, { path: '/2', rules: [thingRule()] });
  await server.create(things, dataThing('x', { 'mutation-start': 'yes' }));
  const path = `${definitionsPath}/things.example.com`;
  const patch = [
    { op: 'replace', path: '/spec/versions/0/storage', value: false },
    { op: 'replace', path: '/spec/versions/1/storage', value: true },
  ];
  assert.equal((await server.call('PATCH', path, { body: patch, headers: jsonPatch })).status, 200);
  const patched = await server.call('PATCH', `${things}/x`, { body: { data: { more: 'yes' } }, headers: merge });
  assert.deepEqual(patched.body.data, {
    'mutation-start': 'yes',
    'mutation-stage-1': 'yes',
    'mutation-stage-2': 'yes',
    more: 'yes',
  });
});

entry('should mutate custom resource with pruning', async t => {
  const server = await startHooked(t, {
    '/1': () => ({ ...allow(), patch: [{ op: 'add', path: '/data/mutation-stage-1', value: 'yes' }] }),
    '/2': ({ object }) => ({
      ...allow(),
      patch: at(object, 'data', 'mutation-stage-1')
        ? [{ op: 'add', path: '/data/mutation-stage-2', value: 'yes' }]
        : [],
    }),
  });
  const text = { type: 'string' };
  const data = { type: 'object', properties: { 'mutation-start': text, 'mutation-stage-1': text } };
  await define(server, {
    versions: [versionOf('v1', {}, { schema: { openAPIV3Schema: { type: 'object', properties: { data } } } })],
  });
  await server.configure('mutating', 'm', { path: '/1', rules: [thingRule()] }, { path: '/2', rules: [thingRule()] });
  const made = await server.create(things, dataThing('x', { 'mutation-start': 'yes' }));
  assert.deepEqual(made.body.data, { 'mutation-start': 'yes', 'mutation-stage-1': 'yes' });
});

entry('should deny crd creation', async t => {
  const server = await startHooked(t, { '/no': no });
  await server.configure('validating', 'crd', {
    path: '/no',
    rules: [
      rule({ apiGroups: ['apiextensions.k8s.io'], apiVersions: ['*'], resources: ['customresourcedefinitions'] }),
    ],
  });
  const refused = await server.create(definitionsPath, definition());
  assert.equal(refused.status, 403);
  assert.match(refused.text, /not like this/);
});

entry('should honor timeout', async t => {
  const held = Promise.withResolvers<void>();
  t.after(() => held.resolve());
  const server = await startHooked(t, { '/slow': async () => (await held.promise, allow()), '/fast': () => allow() });
  const create = () => server.create(`${configMaps}?dryRun=All`, configMap('x'));
  const cases: readonly [object, number][] = [
    [{ path: '/slow', timeoutSeconds: 1 }, 500],
    [{ path: '/slow', timeoutSeconds: 1, failurePolicy: 'Ignore' }, 201],
    [{ path: '/fast' }, 201],
  ];
  for (const [webhook, status] of cases) {
    const made = await server.configure('validating', 'v', { ...webhook });
    if (!('timeoutSeconds' in webhook)) assert.equal(at(made.body, 'webhooks', 0, 'timeoutSeconds'), 10, 'the default');
    const answer = await create();
    assert.equal(answer.status, status, answer.text);
    if (status === 500) assert.match(answer.text, /deadline/);
    await server.call('DELETE', `${configurationsPath('validating')}/v`);
  }
});

for (const kind of ['mutating', 'validating'] as const) {
  const judges: Record<string, Judge> = {
    '/x':
      kind === 'validating'
        ? no
        : () => ({ ...allow(), patch: [{ op: 'add', path: '/data', value: { mutated: 'yes' } }] }),
  };
  const isHooked = async (server: Hooked): Promise<boolean> => {
    const answer = await server.create(`${configMaps}?dryRun=All`, configMap('x'));
    return kind === 'validating' ? answer.status === 403 : at(answer.body, 'data', 'mutated') === 'yes';
  };
  const path = configurationsPath(kind);

  entry(`patching/updating a ${kind} webhook should work`, async t => {
    const server = await startHooked(t, judges);
    const { body } = await server.configure(kind, 'v', {});
    assert.equal(await isHooked(server), true);
    const withOperations = (operations: string[]) => {
      const changed = structuredClone(body) as {
        webhooks: { rules: { operations: string[] }[] }[];
        metadata: { resourceVersion?: string };
      };
      changed.webhooks[0]!.rules[0]!.operations = operations;
      return changed;
    };
    const put = await server.call('PUT', `${path}/v`, { body: withOperations(['UPDATE']) });
    assert.equal(put.status, 200, put.text);
    assert.equal(await isHooked(server), false);
    const operations = [{ op: 'replace', path: '/webhooks/0/rules/0/operations', value: ['CREATE'] }];
    assert.equal((await server.call('PATCH', `${path}/v`, { body: operations, headers: jsonPatch })).status, 200);
    assert.equal(await isHooked(server), true);
  });

  entry(`listing ${kind} webhooks should work`, async t => {
    const server = await startHooked(t, judges);
    for (const name of ['a', 'b', 'c']) {
      await server.configure(kind, name, {});
      await server.call('PATCH', `${path}/${name}`, {
        body: { metadata: { labels: { e2e: 'list' } } },
        headers: merge,
      });
    }
    const listed = await server.get(`${path}?labelSelector=e2e%3Dlist`);
    assert.equal((at(listed.body, 'items') as unknown[]).length, 3);
    assert.equal(await isHooked(server), true);
    assert.equal((await server.call('DELETE', `${path}?labelSelector=e2e%3Dlist`)).status, 200);
    assert.equal(await isHooked(server), false);
  });

  entry(`should be able to create and update ${kind} webhook configurations with match conditions`, async t => {
    const server = await startHooked(t, judges);
    const matchConditions = [{ name: 'expression-1', expression: "object.metadata.namespace == 'production'" }];
    const made = await server.configure(kind, 'v', { matchConditions });
    assert.deepEqual(at(made.body, 'webhooks', 0, 'matchConditions'), matchConditions, made.text);
    assert.equal(await isHooked(server), false);
    const other = [{ name: 'expression-1', expression: "object.metadata.namespace == 'default'" }];
    const patched = await server.call('PATCH', `${path}/v`, {
      body: [{ op: 'replace', path: '/webhooks/0/matchConditions', value: other }],
      headers: jsonPatch,
    });
    assert.deepEqual(at(patched.body, 'webhooks', 0, 'matchConditions'), other, patched.text);
    assert.equal(await isHooked(server), true);
  });

  entry(`should reject ${kind} webhook configurations with invalid match conditions`, async t => {
    const server = await startHooked(t, judges);
    const cases: readonly [string, RegExp][] = [
      ['... [] bad expression', /compilation failed: ERROR: <input>:1:2: Syntax error/],
      ["'text'", /must evaluate to bool/],
      ['params.x', /undeclared reference to 'params'/],
    ];
    for (const [expression, words] of cases) {
      const refused = await server.configure(kind, 'v', {
        matchConditions: [{ name: 'invalid-expression-1', expression }],
      });
      assert.equal(refused.status, 422);
      assert.match(String(refused.body.message), words);
      assert.match(String(refused.body.message), /webhooks\[0\]\.matchConditions\[0\]\.expression: Invalid value/);
    }
  });
}

entry("should mutate everything except 'skip-me' configmaps", async t => {
  const server = await startHooked(t, { '/1': addData });
  await server.configure('mutating', 'm', {
    path: '/1',
    matchConditions: [{ name: 'skip-me', expression: "object.metadata.name != 'skip-me'" }],
  });
  const data = { 'mutation-start': 'yes' };
  assert.deepEqual((await server.create(configMaps, configMap('skip-me', { data }))).body.data, data);
  assert.deepEqual((await server.create(configMaps, configMap('other', { data }))).body.data, {
    ...data,
    'mutation-stage-1': 'yes',
  });
});
