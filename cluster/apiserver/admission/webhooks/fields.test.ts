/** What each field of a webhook does: real HTTPS webhooks judge real writes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allow, deny } from '@orrery/reconciler/webhook';
import { define, thing, versionOf } from '../../testing/definitions.ts';
import { admin, at, podOf } from '../../testing/server.ts';
import type { Answer } from '../../testing/server.ts';
import { configMap, configMaps, rule, startHooked } from '../../testing/webhooks.ts';
import type { Hooked } from '../../testing/webhooks.ts';

const no = () => deny('no');
const messageOf = (answer: Answer): string => String(answer.body.message);
const denied = (name: string, why = 'no'): string => `admission webhook "${name}" denied the request: ${why}`;
async function withNamespaces(server: Hooked, labels: Record<string, Record<string, string>>): Promise<void> {
  for (const [name, given] of Object.entries(labels)) {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: given } };
    assert.equal((await server.create('/api/v1/namespaces', namespace)).status, 201);
  }
}

test('rules: operations, groups, versions, resources, subresources and scope', async t => {
  const server = await startHooked(t, { '/no': no });
  await server.create('/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n' } });
  await server.create('/api/v1/namespaces/default/pods', podOf('p'));
  await server.create(configMaps, configMap('old'));
  const create = (target: string, body: unknown) => () => server.create(target, body);
  const writes = {
    'create configmap': create(`${configMaps}?dryRun=All`, configMap('a')),
    'update configmap': () => server.call('PUT', `${configMaps}/old?dryRun=All`, { body: configMap('old') }),
    'delete configmap': () => server.call('DELETE', `${configMaps}/old?dryRun=All`),
    'create deployment': create('/apis/apps/v1/namespaces/default/deployments?dryRun=All', {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'd' },
      spec: {
        selector: { matchLabels: { a: 'b' } },
        template: { ...podOf('x', { a: 'b' }), metadata: { labels: { a: 'b' } } },
      },
    }),
    'update pod status': () =>
      server.call('PUT', '/api/v1/namespaces/default/pods/p/status?dryRun=All', { body: podOf('p') }),
    'create binding': create('/api/v1/namespaces/default/pods/p/binding?dryRun=All', {
      metadata: { name: 'p' },
      target: { kind: 'Node', name: 'n' },
    }),
    'create eviction': create('/api/v1/namespaces/default/pods/p/eviction?dryRun=All', { metadata: { name: 'p' } }),
    'create namespace': create('/api/v1/namespaces?dryRun=All', { metadata: { name: 'x' } }),
    'update node': () =>
      server.call('PUT', '/api/v1/nodes/n?dryRun=All', { body: { metadata: { name: 'n', labels: { a: 'b' } } } }),
  };
  const cases: readonly [object, readonly (keyof typeof writes)[]][] = [
    [rule({ operations: ['CREATE'] }), ['create configmap']],
    [rule({ operations: ['UPDATE', 'DELETE'] }), ['update configmap', 'delete configmap']],
    [rule({ apiGroups: ['apps'], resources: ['*'] }), ['create deployment']],
    [rule({ apiVersions: ['v2'] }), []],
    [rule({ resources: ['pods'] }), []],
    [rule({ resources: ['pods/status', 'pods/binding'] }), ['update pod status', 'create binding']],
    [rule({ resources: ['pods/*'] }), ['update pod status', 'create binding', 'create eviction']],
    [rule({ resources: ['*/eviction'] }), ['create eviction']],
    [rule({ resources: ['*'], scope: 'Cluster' }), ['create namespace', 'update node']],
    [
      rule({ apiGroups: ['*'], apiVersions: ['*'], resources: ['*'], scope: 'Namespaced', operations: ['CREATE'] }),
      ['create configmap', 'create deployment'],
    ],
  ];
  for (const [given, expected] of cases) {
    const made = await server.configure('validating', 'r', { path: '/no', rules: [given] });
    assert.equal(made.status, 201, made.text);
    const refused: string[] = [];
    for (const [name, write] of Object.entries(writes)) {
      const answer = await write();
      if (answer.status === 403) refused.push(name);
      else assert.ok(answer.status < 300, `${name}: ${answer.text}`);
    }
    assert.deepEqual(refused, expected, JSON.stringify(given));
    const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/r';
    assert.equal((await server.call('DELETE', path)).status, 200, 'configurations are never subject to webhooks');
  }
});

test('what a review holds', async t => {
  const server = await startHooked(t, { '/see': () => allow() });
  await server.configure('validating', 'v', { path: '/see' });
  const user = { name: 'ann', uid: 'u1', groups: ['g'], extra: { k: ['v'] } };
  await server.call('POST', `${configMaps}?fieldManager=me&dryRun=All`, { body: configMap('a'), user });
  const [first] = server.seen;
  assert.match(first!.uid, /^[0-9a-f-]{36}$/);
  const { uid: _uid, object, path: _path, ...rest } = first!;
  assert.deepEqual(rest, {
    kind: { group: '', version: 'v1', kind: 'ConfigMap' },
    resource: { group: '', version: 'v1', resource: 'configmaps' },
    requestKind: { group: '', version: 'v1', kind: 'ConfigMap' },
    requestResource: { group: '', version: 'v1', resource: 'configmaps' },
    name: 'a',
    namespace: 'default',
    operation: 'CREATE',
    userInfo: { username: 'ann', uid: 'u1', groups: ['g', 'system:authenticated'], extra: { k: ['v'] } },
    oldObject: null,
    dryRun: true,
    options: { kind: 'CreateOptions', apiVersion: 'meta.k8s.io/v1', dryRun: ['All'], fieldManager: 'me' },
  });
  assert.equal(object?.apiVersion, 'v1');
  assert.equal(object?.kind, 'ConfigMap');
  const { target, headers } = server.hooks.requests[0]!;
  assert.equal(target, '/see?timeout=10s');
  assert.equal(headers['authorization'], undefined);
  assert.equal(headers['content-type'], 'application/json');
});

test('deletes, collections, generated names and connections', async t => {
  const server = await startHooked(t, { '/see': ({ operation }) => (operation === 'CONNECT' ? deny('no') : allow()) });
  await server.create('/api/v1/namespaces/default/pods', podOf('p'));
  for (const name of ['a', 'b']) await server.create(configMaps, configMap(name));
  await server.configure('validating', 'v', {
    path: '/see',
    rules: [rule(), rule({ operations: ['CONNECT'], resources: ['pods/exec', 'pods/attach'] })],
  });
  await server.call('DELETE', configMaps);
  const deletes = server.seen.splice(0);
  assert.deepEqual(
    deletes.map(({ operation, object, oldObject }) => [operation, object, oldObject?.metadata.name]).sort(),
    [
      ['DELETE', null, 'a'],
      ['DELETE', null, 'b'],
    ],
  );
  const made = await server.create(configMaps, { ...configMap(''), metadata: { generateName: 'g-' } });
  assert.equal(made.status, 201, made.text);
  const [generated] = server.seen.splice(0);
  assert.equal(generated!.name, undefined);
  assert.match(generated!.object!.metadata.name!, /^g-.{5}$/);
  const exec = '/api/v1/namespaces/default/pods/p/exec?command=ls&command=-l&stdout=true&container=c';
  const refused = await server.call('POST', exec);
  assert.equal(refused.status, 403);
  assert.equal(messageOf(refused), denied('w0.v.example.com'));
  const { object, subResource, name, options, kind } = server.seen[0]!;
  assert.deepEqual([subResource, name, options, kind.kind], ['exec', 'p', null, 'PodExecOptions']);
  assert.deepEqual(object, {
    apiVersion: 'v1',
    kind: 'PodExecOptions',
    stdout: true,
    container: 'c',
    command: ['ls', '-l'],
  });
});

test('matchPolicy: the object is shown in the version that the rule names', async t => {
  const server = await startHooked(t, {
    '/see': () => allow(),
    '/double': ({ object }) => ({
      ...allow(),
      patch: [{ op: 'add', path: '/spec/maxReplicas', value: (at(object, 'spec', 'maxReplicas') as number) * 2 }],
    }),
  });
  const rules = [rule({ apiGroups: ['autoscaling'], apiVersions: ['v1'], resources: ['horizontalpodautoscalers'] })];
  await server.configure('mutating', 'm', { path: '/double', rules });
  await server.configure('validating', 'v', { path: '/see', rules }, { path: '/see', rules, matchPolicy: 'Exact' });
  const autoscaler = {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'a' },
    spec: {
      scaleTargetRef: { kind: 'Deployment', name: 'd', apiVersion: 'apps/v1' },
      maxReplicas: 2,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 60 } } },
      ],
    },
  };
  const path = '/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers';
  const made = await server.create(path, autoscaler);
  assert.equal(made.status, 201, made.text);
  assert.equal(at(made.body, 'spec', 'maxReplicas'), 4);
  assert.equal(at(made.body, 'spec', 'metrics', 0, 'resource', 'target', 'averageUtilization'), 60);
  const judged = server.seen.filter(({ path }) => path === '/see');
  assert.equal(judged.length, 1, 'Exact does not match another version');
  const [{ object, kind, requestKind, requestResource }] = judged as [(typeof judged)[number]];
  assert.deepEqual([kind.version, requestKind?.version, requestResource?.version], ['v1', 'v2', 'v2']);
  assert.equal(object?.apiVersion, 'autoscaling/v1');
  assert.equal(at(object, 'spec', 'targetCPUUtilizationPercentage'), 60);
});

test('namespaceSelector and objectSelector', async t => {
  const server = await startHooked(t, { '/no': no });
  await withNamespaces(server, { watched: { team: 'a' }, free: {} });
  await server.create(
    '/api/v1/namespaces/watched/configmaps',
    configMap('before', { metadata: { name: 'before', labels: { o: '1' } } }),
  );
  const rules = [rule(), rule({ resources: ['namespaces', 'nodes'] })];
  await server.configure('validating', 'v', { path: '/no', rules, namespaceSelector: { matchLabels: { team: 'a' } } });
  const status = async (method: string, target: string, body?: unknown) =>
    (await server.call(method, target, { body })).status;
  assert.equal(await status('POST', '/api/v1/namespaces/watched/configmaps', configMap('x')), 403);
  assert.equal(await status('POST', '/api/v1/namespaces/free/configmaps', configMap('x')), 201);
  assert.equal(await status('POST', '/api/v1/namespaces', { metadata: { name: 'n1', labels: { team: 'a' } } }), 403);
  assert.equal(await status('POST', '/api/v1/namespaces', { metadata: { name: 'n2' } }), 201);
  assert.equal(await status('DELETE', '/api/v1/namespaces/watched?dryRun=All'), 403);
  assert.equal(await status('POST', '/api/v1/nodes', { metadata: { name: 'n' } }), 403, 'cluster-wide is never exempt');
  const gone = await server.create('/api/v1/namespaces/absent/configmaps', configMap('x'));
  assert.deepEqual([gone.status, messageOf(gone)], [404, 'namespaces "absent" not found']);
  await server.call('DELETE', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/v');
  await server.configure('validating', 'o', { path: '/no', objectSelector: { matchLabels: { o: '1' } } });
  assert.equal(await status('POST', '/api/v1/namespaces/free/configmaps', configMap('y')), 201);
  const labelled = configMap('z', { metadata: { name: 'z', labels: { o: '1' } } });
  assert.equal(await status('POST', '/api/v1/namespaces/free/configmaps', labelled), 403);
  const away = configMap('before');
  assert.equal(
    await status('PUT', '/api/v1/namespaces/watched/configmaps/before', away),
    403,
    'labels cannot be taken off',
  );
});

test('matchConditions decide whether a webhook is asked; errors follow the failure policy', async t => {
  const server = await startHooked(t, { '/no': no }, [], {
    authorizer: async ({ name }, { verb }) => ({
      decision: name === 'boss' && verb === 'breakglass' ? 'allow' : 'deny',
      reason: '',
    }),
  });
  const conditions = (...expressions: string[]) => expressions.map((expression, i) => ({ name: `c${i}`, expression }));
  const cases: readonly [string[], string, number, RegExp?][] = [
    [["object.metadata.name == 'a'"], 'Fail', 403],
    [["object.metadata.name != 'a'"], 'Fail', 201],
    [["request.operation == 'CREATE'", 'oldObject == null', "request.userInfo.username == 'admin'"], 'Fail', 403],
    [["!authorizer.requestResource.check('breakglass').allowed()"], 'Fail', 403],
    [
      ['object.absent == 1'],
      'Fail',
      403,
      /configmaps "a" is forbidden: expression 'object.absent == 1' resulted in error: no such key: absent/,
    ],
    [['object.absent == 1'], 'Ignore', 201],
    [['object.absent == 1', 'false'], 'Fail', 201],
  ];
  for (const [expressions, failurePolicy, status, words] of cases) {
    const made = await server.configure('validating', 'v', {
      path: '/no',
      failurePolicy,
      matchConditions: conditions(...expressions),
    });
    assert.equal(made.status, 201, made.text);
    const answer = await server.create(`${configMaps}?dryRun=All`, configMap('a'));
    assert.equal(answer.status, status, `${expressions.join()}: ${answer.text}`);
    if (words) assert.match(messageOf(answer), words);
    if (expressions[0]!.startsWith('!authorizer')) {
      const boss = { name: 'boss', groups: ['system:masters'] };
      assert.equal(
        (await server.call('POST', `${configMaps}?dryRun=All`, { body: configMap('a'), user: boss })).status,
        201,
      );
    }
    await server.call('DELETE', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/v');
  }
});

test('dry run: webhooks with side effects are not asked, and the write is refused', async t => {
  const server = await startHooked(t, { '/see': () => allow() });
  const strict = await server.configure('validating', 'x', { path: '/see', sideEffects: 'Some' });
  assert.equal(strict.status, 422);
  assert.match(
    messageOf(strict),
    /webhooks\[0\]\.sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"/,
  );
  await server.configure('validating', 'old', { path: '/see' });
  const key = '/registry/admissionregistration.k8s.io/validatingwebhookconfigurations/old';
  const { head, value } = (await server.store.get(key))!;
  // As releases wrote it that allowed this.
  const before = Buffer.from(Buffer.from(value).toString().replace('"sideEffects":"None"', '"sideEffects":"Some"'));
  await server.store.commit({ compare: [], operations: [{ type: 'put', key, head, value: before }] });
  const refused = await server.create(`${configMaps}?dryRun=All`, configMap('a'));
  assert.equal(refused.status, 400);
  assert.equal(messageOf(refused), 'admission webhook "w0.old.example.com" does not support dry run');
  assert.equal(server.seen.length, 0);
  await server.call('DELETE', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/old');
  await server.configure('validating', 'v', { path: '/see', sideEffects: 'NoneOnDryRun' });
  assert.equal((await server.create(`${configMaps}?dryRun=All`, configMap('a'))).status, 201);
  assert.equal(server.seen[0]!.dryRun, true);
});

test('mutating webhooks are asked in order of name and place, each sees what the others did, defaults are filled after each', async t => {
  const add = (letter: string) => ({
    path: `/${letter}`,
    judge: (request: { object?: object | null }) => ({
      ...allow(),
      patch: [
        { op: 'add', path: '/data', value: { seen: `${String(at(request.object, 'data', 'seen') ?? '')}${letter}` } },
      ],
    }),
  });
  const judges = Object.fromEntries(['a', 'b', 'c'].map(add).map(({ path, judge }) => [path, judge]));
  const server = await startHooked(t, {
    ...judges,
    '/container': () => ({
      ...allow(),
      patch: [{ op: 'add', path: '/spec/containers/-', value: { name: 'more', image: 'i' } }],
    }),
  });
  await server.configure('mutating', 'second', { path: '/c' });
  await server.configure('mutating', 'first', { path: '/a' }, { path: '/b' });
  const made = await server.create(configMaps, configMap('x'));
  assert.deepEqual(made.body.data, { seen: 'abc' });
  await server.configure('mutating', 'pods', { path: '/container', rules: [rule({ resources: ['pods'] })] });
  const pod = await server.create('/api/v1/namespaces/default/pods', podOf('p'));
  assert.equal(at(pod.body, 'spec', 'containers', 1, 'terminationMessagePath'), '/dev/termination-log');
  const owners = at(made.body, 'metadata', 'managedFields') as unknown[] | undefined;
  assert.ok(!JSON.stringify(owners ?? []).includes('f:seen'), 'nobody owns what a webhook filled in');
});

test('reinvocationPolicy: who wishes so is asked again after a later change', async t => {
  const count = ({ object }: { object?: object | null }) => ({
    ...allow(),
    patch: [{ op: 'add', path: '/data/count', value: `${Number(at(object, 'data', 'count') ?? 0) + 1}` }],
  });
  const server = await startHooked(t, {
    '/count': count,
    '/change': ({ object }) => ({
      ...allow(),
      patch: at(object, 'data', 'changed') ? [] : [{ op: 'add', path: '/data/changed', value: 'yes' }],
    }),
  });
  await server.configure('mutating', 'a', { path: '/count', reinvocationPolicy: 'IfNeeded' });
  await server.configure('mutating', 'b', { path: '/change' });
  const made = await server.create(configMaps, configMap('x', { data: { a: 'b' } }));
  assert.deepEqual(made.body.data, { a: 'b', count: '2', changed: 'yes' });
  assert.deepEqual(
    server.seen.map(({ path }) => path),
    ['/count', '/change', '/count'],
  );
  const never = await server.create(configMaps, configMap('y', { data: { changed: 'yes' } }));
  assert.equal(at(never.body, 'data', 'count'), '1', 'a change of its own does not call it again');
});

test('every road of a write shows the object as it will be stored, and the one it replaces', async t => {
  const server = await startHooked(t, { '/see': () => allow() });
  const pods = '/api/v1/namespaces/default/pods';
  await server.create(pods, podOf('p'));
  await server.configure('validating', 'v', { path: '/see', rules: [rule({ resources: ['pods', 'pods/*'] })] });
  const merge = { 'content-type': 'application/merge-patch+json' };
  const apply = { 'content-type': 'application/apply-patch+yaml' };
  const ephemeral = { name: 'debug', image: 'i', terminationMessagePolicy: 'File' };
  const writes: readonly [string, string, string, unknown, Record<string, string>][] = [
    ['patch', 'PATCH', `${pods}/p`, { metadata: { labels: { a: 'b' } } }, merge],
    [
      'apply',
      'PATCH',
      `${pods}/p?fieldManager=me`,
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', labels: { c: 'd' } } },
      apply,
    ],
    ['status', 'PATCH', `${pods}/p/status`, { status: { phase: 'Running' } }, merge],
    [
      'ephemeral containers',
      'PATCH',
      `${pods}/p/ephemeralcontainers`,
      { spec: { ephemeralContainers: [ephemeral] } },
      merge,
    ],
  ];
  for (const [name, method, target, body, headers] of writes) {
    const before = (await server.get(`${pods}/p`)).body;
    const answer = await server.call(method, target, { body, headers });
    assert.equal(answer.status, 200, `${name}: ${answer.text}`);
    const { object, oldObject, operation } = server.seen.splice(0).at(-1)!;
    assert.equal(operation, 'UPDATE');
    const bare = (shown: unknown) => {
      const { metadata, ...rest } = shown as { metadata: Record<string, unknown> };
      const { managedFields: _owners, resourceVersion: _version, ...kept } = metadata;
      return { ...rest, metadata: kept };
    };
    assert.deepEqual(bare(oldObject), bare(before), name);
    assert.deepEqual(bare(object), bare((await server.get(`${pods}/p`)).body), name);
  }
});

test('configurations are in force as soon as they are written, changed and deleted', async t => {
  const server = await startHooked(t, { '/no': no });
  const create = async () => (await server.create(`${configMaps}?dryRun=All`, configMap('x'))).status;
  assert.equal(await create(), 201);
  await server.configure('validating', 'v', { path: '/no' });
  assert.equal(await create(), 403);
  const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/v';
  const json = { 'content-type': 'application/json-patch+json' };
  const set = (operations: string[]) =>
    server.call('PATCH', path, {
      body: [{ op: 'replace', path: '/webhooks/0/rules/0/operations', value: operations }],
      headers: json,
    });
  await set(['UPDATE']);
  assert.equal(await create(), 201);
  await set(['CREATE']);
  assert.equal(await create(), 403);
  await server.call('DELETE', path);
  assert.equal(await create(), 201);
});

test('scale is shown as Scale and may be changed', async t => {
  const server = await startHooked(t, {
    '/one': () => ({ ...allow(), patch: [{ op: 'add', path: '/spec/replicas', value: 1 }] }),
  });
  const deployments = '/apis/apps/v1/namespaces/default/deployments';
  await server.create(deployments, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: { a: 'b' } }, template: { ...podOf('x'), metadata: { labels: { a: 'b' } } } },
  });
  await server.configure('mutating', 'm', {
    path: '/one',
    rules: [rule({ apiGroups: ['apps'], resources: ['deployments/scale'] })],
  });
  const scaled = await server.call('PUT', `${deployments}/d/scale`, {
    body: { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'd' }, spec: { replicas: 7 } },
  });
  assert.equal(at(scaled.body, 'spec', 'replicas'), 1, scaled.text);
  assert.deepEqual([server.seen[0]!.kind.kind, server.seen[0]!.object?.kind], ['Scale', 'Scale']);
});

test('custom resources: shown with their kind, patched, pruned and judged', async t => {
  const server = await startHooked(t, {
    '/set': () => ({
      ...allow(),
      patch: [
        { op: 'add', path: '/spec/a', value: 'set' },
        { op: 'add', path: '/spec/unknown', value: 1 },
      ],
    }),
    '/no': no,
  });
  await define(server, { versions: [versionOf('v1', { type: 'object', properties: { a: { type: 'string' } } })] });
  const rules = [rule({ apiGroups: ['example.com'], apiVersions: ['*'], resources: ['things'] })];
  await server.configure('mutating', 'm', { path: '/set', rules: [{ ...rules[0], operations: ['CREATE'] }] });
  const things = '/apis/example.com/v1/namespaces/default/things';
  const made = await server.create(things, thing('x', {}));
  assert.deepEqual(made.body.spec, { a: 'set' });
  await server.configure('validating', 'v', { path: '/no', rules });
  for (const [method, target, body] of [
    ['POST', things, thing('y')],
    ['PATCH', `${things}/x`, { spec: { a: '2' } }],
    ['DELETE', `${things}/x`, undefined],
  ] as const) {
    const headers: Record<string, string> =
      method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {};
    const answer = await server.call(method, target, { body, headers, user: admin });
    assert.equal(answer.status, 403, `${method} ${answer.text}`);
  }
});

test('what a webhook makes of the envelope is checked like any write', async t => {
  const server = await startHooked(t, {
    '/move': () => ({ ...allow(), patch: [{ op: 'replace', path: '/metadata/namespace', value: 'kube-system' }] }),
  });
  await server.configure('mutating', 'm', { path: '/move' });
  const moved = await server.create(configMaps, configMap('x'));
  assert.equal(moved.status, 400, moved.text);
  assert.match(
    messageOf(moved),
    /the namespace of the provided object does not match the namespace sent on the request/,
  );
});
