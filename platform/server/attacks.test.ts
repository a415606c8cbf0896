/** Cases of tenants and log-ins that belong to no feature alone. Their ids are those of docs/security.md. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { eventually, iam, namesIn, password, startPeople, tenant, type People } from './testing/people.ts';
import {
  handshake,
  openSocket,
  startCluster,
  startPlatform,
  type TestCluster,
  type TestPlatform,
} from './testing/platform.ts';

const rbac = 'rbac.authorization.k8s.io';
const maps = '/api/v1/namespaces/p1/configmaps';
const roleBindings = `/apis/${rbac}/v1/namespaces/p1/rolebindings`;

let cluster: TestCluster;
let platform: TestPlatform;
let people: People;

before(async () => {
  cluster = await startCluster();
  platform = await startPlatform(cluster);
  people = await startPeople(platform);
  for (const name of ['ann', 'ben', 'dan', 'eve', 'guest', 'watcher']) await people.create(name);
  await people.workspace('w1', 'ann');
  await people.workspace('w2', 'dan');
  await people.project('ann', 'w1', 'p1');
  await people.project('dan', 'w2', 'p2');
  await people.invite('ann', 'w1', 'ben', 'w1-regular');
  await people.invite('dan', 'w2', 'eve', 'w2-viewer');
  await people.done('ann', 'POST', `${iam}/namespaces/p1/members`, [{ username: 'ben', roleRef: 'operator' }]);
  await people.done('admin', 'POST', `${iam}/clustermembers`, [{ username: 'watcher', roleRef: 'cluster-viewer' }]);
  await people.done('ann', 'POST', maps, { metadata: { name: 'c' }, data: { a: 'b' } });
});
after(async () => {
  await platform.close();
  await cluster.close();
});

/** A token that is good now. */
const tokenOf = (who: string): Promise<string> => platform.logIn(who, password);

for (const who of ['guest', 'dan', 'eve'])
  test(`P1: ${who} looks at, follows, changes and removes nothing of w1 by the native API`, async () => {
    const patch = (target: string) => people.patch(who, target, { data: { a: 'z' } });
    const secrets = maps.replace('configmaps', 'secrets');
    for (const target of [maps, `${maps}/c`, `${maps}?watch=true`, secrets, `${secrets}?watch=true`])
      assert.equal(await people.status(who, 'GET', target), 403, target);
    assert.equal(await people.status(who, 'GET', '/api/v1/configmaps?watch=true'), 403);
    assert.equal(await people.status(who, 'GET', `${maps}?fieldSelector=metadata.name=c&watch=1`), 403);
    assert.equal(await people.status(who, 'POST', maps, { metadata: { name: 'x' } }), 403);
    assert.equal(await people.status(who, 'PUT', `${maps}/c`, { metadata: { name: 'c' } }), 403);
    assert.equal(await patch(`${maps}/c`), 403);
    for (const target of [`${maps}/c`, maps]) assert.equal(await people.status(who, 'DELETE', target), 403, target);
    const kept = await cluster.client.get<KubeObject & { data: object }>(resources.configmaps, 'c', {
      namespace: 'p1',
    });
    assert.deepEqual(kept.data, { a: 'b' });
  });

test('P5: a removed account loses its watch, its stream and its session', async () => {
  await people.create('gone');
  await people.invite('ann', 'w1', 'gone', 'w1-viewer');
  const watch = await people.watch('gone', maps);
  const token = await tokenOf('gone');
  const path = '/kapis/clusters/host/stream.orrery.io/v1alpha1/deltas';
  const socket = openSocket(await platform.ask('GET', path, { token, headers: handshake }));
  await people.done('admin', 'DELETE', `${iam}/users/gone`);
  await watch.ended;
  await socket.closed;
  assert.equal((await platform.call('GET', '/oauth/userinfo', { token })).status, 401);
  const refresh = { grant_type: 'password', client_id: 'kubesphere', client_secret: 'kubesphere' };
  const again = await platform.call('POST', '/oauth/token', { form: { ...refresh, username: 'gone', password } });
  assert.equal(again.status, 400);
});

test('P5: who leaves a group of elsewhere loses what came of it, also where he is looking', async () => {
  await people.create('member');
  await people.done('ann', 'POST', roleBindings, {
    metadata: { name: 'operators' },
    roleRef: { apiGroup: rbac, kind: 'Role', name: 'viewer' },
    subjects: [{ kind: 'Group', apiGroup: rbac, name: 'ldap-operators' }],
  });
  assert.equal(await people.status('member', 'GET', maps), 403);
  const groups = (names: string[]) =>
    people.done('admin', 'PUT', `${iam}/users/member`, { metadata: {}, spec: { groups: names } });
  await groups(['ldap-operators']);
  await eventually('it counts', async () => (await people.status('member', 'GET', maps)) === 200);
  const watch = await people.watch('member', maps);
  await groups([]);
  await watch.ended;
  assert.equal(await people.status('member', 'GET', maps), 403);
});

/** What somebody who manages a place may try, to have more than it gives. */
const tricks: readonly (readonly [what: string, who: string, method: string, target: string, body: object])[] = [
  [
    'a role of the platform as one of the workspace',
    'ann',
    'POST',
    `${iam}/workspaces/w1/workspacemembers`,
    [{ username: 'guest', roleRef: 'platform-admin' }],
  ],
  [
    'the role of another workspace',
    'ann',
    'POST',
    `${iam}/workspaces/w1/workspacemembers`,
    [{ username: 'guest', roleRef: 'w2-admin' }],
  ],
  [
    'a role of the cluster as one of the project',
    'ann',
    'POST',
    `${iam}/namespaces/p1/members`,
    [{ username: 'ben', roleRef: 'cluster-admin' }],
  ],
  [
    'a role of a department that is of the platform',
    'ann',
    'POST',
    `${iam}/workspaces/w1/workspacerolebindings`,
    [
      {
        metadata: {},
        roleRef: { apiGroup: 'iam.kubesphere.io', kind: 'GlobalRole', name: 'platform-admin' },
        subjects: [{ kind: 'User', name: 'ann' }],
      },
    ],
  ],
  [
    'a role of a department that is of the cluster',
    'ann',
    'POST',
    `${iam}/namespaces/p1/rolebindings`,
    [
      {
        metadata: {},
        roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [{ kind: 'User', name: 'ann' }],
      },
    ],
  ],
  [
    'a native binding to a role of the cluster',
    'ann',
    'POST',
    roleBindings,
    {
      metadata: { name: 'x' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'User', apiGroup: rbac, name: 'ann' }],
    },
  ],
  [
    'a native binding over all of the cluster',
    'ann',
    'POST',
    `/apis/${rbac}/v1/clusterrolebindings`,
    {
      metadata: { name: 'x' },
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'User', apiGroup: rbac, name: 'ann' }],
    },
  ],
  [
    'a binding of the platform, natively',
    'ann',
    'POST',
    '/apis/iam.kubesphere.io/v1beta1/globalrolebindings',
    {
      metadata: { name: 'x' },
      roleRef: { apiGroup: 'iam.kubesphere.io', kind: 'GlobalRole', name: 'platform-admin' },
      subjects: [{ kind: 'User', name: 'ann' }],
    },
  ],
  [
    'a binding of another workspace, natively',
    'ann',
    'POST',
    '/apis/iam.kubesphere.io/v1beta1/workspacerolebindings',
    {
      metadata: { name: 'x', labels: { 'kubesphere.io/workspace': 'w2' } },
      roleRef: { apiGroup: 'iam.kubesphere.io', kind: 'WorkspaceRole', name: 'w2-admin' },
      subjects: [{ kind: 'User', name: 'ann' }],
    },
  ],
  [
    'the own account with a greater role',
    'ann',
    'PUT',
    `${iam}/users/ann`,
    { metadata: { annotations: { 'iam.kubesphere.io/globalrole': 'platform-admin' } }, spec: {} },
  ],
  [
    'the own account, natively',
    'ann',
    'PUT',
    '/apis/iam.kubesphere.io/v1beta1/users/ann',
    { metadata: { name: 'ann' }, spec: { groups: ['system:masters'] } },
  ],
  [
    'a member who makes himself administrator',
    'ben',
    'PUT',
    `${iam}/namespaces/p1/members/ben`,
    { username: 'ben', roleRef: 'admin' },
  ],
  ['an operator who takes the limits away', 'ben', 'DELETE', '/api/v1/namespaces/p1/resourcequotas', {}],
  [
    'a token of the cluster’s own',
    'ben',
    'POST',
    '/api/v1/namespaces/kube-system/serviceaccounts/default/token',
    { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
  ],
];
for (const [what, who, method, target, body] of tricks)
  test(`P6: no way to more by ${what}`, async () => {
    const { status, text } = await people.as(who, method, target, body);
    assert.ok([400, 403, 404, 422].includes(status), `${status} ${text}`);
    for (const place of [
      '/api/v1/secrets',
      '/api/v1/namespaces/p2/configmaps',
      `${iam}/users`,
      `${tenant}/workspaces/w2`,
    ])
      assert.equal(await people.status(who, 'GET', place), 403, place);
  });

for (const name of ['extension-notes', 'kube-monitoring', 'kubesphere-monitoring-system', 'istio-system'])
  test(`P6: no project waits at ${name} for what an administrator puts there`, async () => {
    const projects = `${tenant}/workspaces/w1/namespaces`;
    const { status, text } = await people.as('ann', 'POST', projects, { metadata: { name } });
    assert.equal(status, 422, text);
    assert.match(text, /kept for the system and for extensions/);
    assert.equal(await people.status('admin', 'POST', projects, { metadata: { name } }), 200, 'who may make it anyway');
  });

test('P6: the role of a binding that is there does not change natively', async () => {
  const { items } = (await people.done('ann', 'GET', roleBindings)) as unknown as { items: KubeObject[] };
  for (const binding of items) {
    const greater = { ...binding, roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: 'cluster-admin' } };
    const { status } = await people.as('ann', 'PUT', `${roleBindings}/${binding.metadata.name}`, greater);
    assert.ok([403, 422].includes(status), `${binding.metadata.name}: ${status}`);
  }
  assert.equal(await people.status('ann', 'GET', '/api/v1/nodes'), 403);
});

const elsewhere: readonly string[] = [
  '/clusters/c2/api/v1/namespaces/p1/configmaps',
  '/api/clusters/c2/v1/namespaces/p1/configmaps',
  `/kapis/clusters/c2/iam.kubesphere.io/v1beta1/users`,
  `/clusters/c2${tenant}/workspaces`,
  '/clusters/c2/kapis/clusters/host/tenant.kubesphere.io/v1beta1/workspaces',
  '/clusters/host/kapis/clusters/c2/tenant.kubesphere.io/v1beta1/workspaces',
  '/clusters/../api/v1/secrets',
  '/clusters/%2e%2e/api/v1/secrets',
  '/clusters/host%2f..%2fhost/api/v1/secrets',
  '/clusters/host%00/api/v1/secrets',
  '/clusters/host;c2/api/v1/secrets',
  '/clusters//api/v1/secrets',
  '/clusters/HOST/api/v1/secrets',
  '/clusters/c2.example.com:443/api/v1/secrets',
  '/clusters/c2@host/api/v1/secrets',
  '/api/clusters/host/../../v1/secrets',
];
for (const target of elsewhere)
  test(`P8: nothing is asked of a cluster for ${target}`, async () => {
    const before = cluster.audit.length;
    const { status, text } = await people.as('admin', 'GET', target);
    assert.ok([400, 404].includes(status), `${status} ${text}`);
    const forwarded = cluster.audit
      .slice(before)
      .filter(
        ({ impersonatedUser, requestURI }) => impersonatedUser && /secrets|configmaps|workspaces/.test(requestURI),
      );
    assert.deepEqual(forwarded, []);
  });

test('P8: a token of the cluster opens nothing at the platform, nor one of the platform in the cluster', async () => {
  await people.done('ann', 'POST', '/api/v1/namespaces/p1/serviceaccounts', { metadata: { name: 'robot' } });
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: {}, spec: {} };
  const { status } = (await cluster.client.create(resources.serviceaccounts, request as never, {
    ...{ namespace: 'p1', name: 'robot', subresource: 'token' },
  })) as unknown as { status: { token: string } };
  for (const target of [maps, `${tenant}/workspaces`, '/oauth/userinfo'])
    assert.equal((await platform.call('GET', target, { token: status.token })).status, 401, target);
  const { status: answered } = await cluster.handler({
    ...{ method: 'GET', target: maps, headers: { authorization: `Bearer ${await tokenOf('admin')}` } },
    ...{ body: new Uint8Array(), signal: new AbortController().signal },
  });
  assert.equal(answered, 401);
});

test('L5: no list, search, record or native call shows the key that signs, to whoever has no secrets of the system', async () => {
  const key = await cluster.client.get<KubeObject & { data: Record<string, string> }>(
    resources.secrets,
    'platform-signing-keys',
    { namespace: 'kubesphere-system' },
  );
  const hidden = Object.values(key.data).flatMap(text => [text, Buffer.from(text, 'base64').toString()]);
  const lists = '/kapis/resources.kubesphere.io/v1alpha3';
  const system = 'namespaces/kubesphere-system/secrets';
  for (const who of ['guest', 'eve', 'ben', 'ann', 'watcher'])
    for (const target of [
      ...[`/api/v1/${system}`, `/api/v1/${system}/platform-signing-keys`, '/api/v1/secrets', '/api/v1/secrets?watch=1'],
      ...[`${lists}/secrets`, `${lists}/${system}`, `${lists}/${system}/platform-signing-keys`],
      ...['/kapis/resources.kubesphere.io/v1alpha2/namespaces/kubesphere-system/secrets', '/oauth/keys'],
      ...[
        '/kapis/search.orrery.io/v1alpha1/search?q=signing',
        `${tenant.replace('v1beta1', 'v1alpha2')}/auditing/events`,
      ],
    ]) {
      const { status, text, body } = await people.as(who, 'GET', target);
      for (const secret of hidden) assert.ok(!text.includes(secret), `${who} ${target}`);
      if (target.includes('secrets')) assert.ok(status === 403 || status === 404 || noSystem(body), `${who} ${target}`);
      if (target.includes('search')) assert.equal(body['totalItems'], 0, who);
    }
});

/** A list of what is not the system's. */
const noSystem = (body: Record<string, unknown>): boolean => !namesIn(body).includes('platform-signing-keys');

test('L4: of two that find an empty cluster one tells a password, and it is the one that opens', async () => {
  const empty = await startCluster();
  const told: string[] = [];
  const options = { firstPassword: undefined, onFirstPassword: (_user: string, word: string) => void told.push(word) };
  const replicas = await Promise.all([startPlatform(empty, options), startPlatform(empty, options)]);
  try {
    assert.equal(
      (await replicas[0].call('POST', `${iam}/users`, { body: { metadata: { name: 'admin' } } })).status,
      401,
    );
    await eventually('the password is told', () => told.length > 0);
    for (const replica of replicas) {
      await eventually('it opens', () => replica.logIn('admin', told[0]!).then(Boolean, () => false));
      for (const known of ['admin', 'P@88w0rd', 'password', ''])
        await assert.rejects(replica.logIn('admin', known), /40[01]/, known);
    }
    assert.equal(told.length, 1);
  } finally {
    for (const replica of replicas) await replica.close();
    await empty.close();
  }
});
