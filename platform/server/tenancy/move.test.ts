import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { platformResources, systemNamespaces } from '@orrery/platform-kinds';
import { nodeBlocks, openTo } from '../isolation/plan.ts';
import { becomes, eventually, iam, namesIn, password, startPeople, tenant, type People } from '../testing/people.ts';
import { startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';

let cluster: TestCluster;
let platform: TestPlatform;
let people: People;
const move = (who: string, project: string, workspace: string) =>
  people.status(who, 'PUT', `${tenant}/namespaces/${project}/workspace`, { workspace });
const reads = async (who: string, project: string) =>
  (await people.status(who, 'GET', `/api/v1/namespaces/${project}/configmaps`)) === 200;

before(async () => {
  cluster = await startCluster({ controllers: true });
  platform = await startPlatform(cluster);
  people = await startPeople(platform);
  for (const name of ['ann', 'ben', 'cat', 'dan', 'eve']) await people.create(name);
  await people.workspace('w1', 'ann');
  await people.workspace('w2', 'dan');
  for (const [workspace, username, role] of [
    ['w1', 'ben', 'w1-viewer'],
    ['w1', 'cat', 'w1-regular'],
    ['w2', 'eve', 'w2-viewer'],
  ] as const)
    await people.invite('admin', workspace, username, role);
});
after(async () => {
  await platform.close();
  await cluster.close();
});

async function project(name: string): Promise<void> {
  await people.project('ann', 'w1', name);
  await people.done('ann', 'POST', `/api/v1/namespaces/${name}/configmaps`, { metadata: { name: 'c' } });
  await people.done('ann', 'POST', `${iam}/namespaces/${name}/namespacemembers`, [
    { username: 'cat', roleRef: 'operator' },
  ]);
}
const old = ['ann', 'ben', 'cat'];
const everybody = (names: readonly string[], name: string) => Promise.all(names.map(who => reads(who, name)));

test('a project that moves is at once nobody’s of the old workspace, natively and where they are looking', async () => {
  await project('p1');
  await people.done('ann', 'POST', '/api/v1/namespaces/p1/serviceaccounts', { metadata: { name: 'robot' } });
  const robot = {
    metadata: { name: 'robot' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'viewer' },
    subjects: [{ kind: 'ServiceAccount', name: 'robot', namespace: 'p1' }],
  };
  await people.done('ann', 'POST', '/apis/rbac.authorization.k8s.io/v1/namespaces/p1/rolebindings', robot);
  assert.deepEqual(await everybody([...old, 'dan', 'eve'], 'p1'), [true, true, true, false, false]);
  assert.equal(await move('ann', 'p1', 'w2'), 403, 'not into a workspace that is not his');
  assert.equal(await move('dan', 'p1', 'w2'), 403, 'nor out of one');
  assert.equal(await move('ben', 'p1', ''), 403);
  assert.equal(await move('ann', 'p1', ''), 403, 'out of all workspaces is for administrators of the cluster');
  const watches = await Promise.all(['ben', 'cat'].map(who => people.watch(who, '/api/v1/namespaces/p1/configmaps')));
  assert.equal(await move('admin', 'p1', 'w2'), 200);
  assert.deepEqual(await everybody([...old, 'dan', 'eve'], 'p1'), [false, false, false, true, true]);
  await Promise.all(watches.map(({ ended }) => ended));
  assert.equal(await people.status('ann', 'GET', `${tenant}/workspaces/w1/namespaces/p1`), 403);
  await becomes(async () => namesIn(await people.done('dan', 'GET', `${tenant}/workspaces/w2/namespaces`)), ['p1']);
  const { items } = await cluster.client.list<KubeObject>(resources.rolebindings, { namespace: 'p1' });
  assert.ok(
    items.some(({ metadata }) => metadata.name === 'robot'),
    'its service accounts are its own',
  );
  assert.ok(
    !items.some(({ metadata }) => /ann|ben|cat|w1/.test(metadata.name!)),
    items.map(({ metadata }) => metadata.name).join(),
  );
});

test('a token that a member took does not outlive his right by long, whatever he asked for; the move names the project in the audit', async () => {
  await project('p7');
  await people.done('ann', 'POST', '/api/v1/namespaces/p7/serviceaccounts', { metadata: { name: 'robot' } });
  const path = '/api/v1/namespaces/p7/serviceaccounts/robot';
  const lifeOf = async (target: string, spec: object, more: object = {}): Promise<number | string> => {
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', ...(spec && { spec }) };
    const answer = await platform.call('POST', target, { token: await platform.logIn('ann', password), body, ...more });
    const { token } = (answer.body['status'] ?? {}) as { token?: string };
    if (token === undefined) return answer.text;
    const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as {
      iat: number;
      exp: number;
    };
    return claims.exp - claims.iat;
  };
  for (const target of [`${path}/token`, `${path}/%74oken`, `/clusters/host${path}/token`]) {
    assert.equal(await lifeOf(target, { expirationSeconds: 86_400 }), 600, target);
    assert.equal(await lifeOf(target, {}), 600, target);
  }
  assert.match(
    String(await lifeOf(`${path}/token`, {}, { headers: { 'content-type': 'application/yaml' } })),
    /in JSON/,
  );
  assert.equal(await move('admin', 'p7', 'w2'), 200);
  const query = 'objectref_name_filter=p7&objectref_subresource_filter=workspace';
  const found = await people.done('admin', 'GET', `/kapis/tenant.kubesphere.io/v1alpha2/auditing/events?${query}`);
  const { records } = found['query'] as {
    records: { user: { username: string }; objectRef: object; Workspace: string }[];
  };
  assert.deepEqual(
    records.map(({ user, objectRef, Workspace }) => ({ user: user.username, objectRef, Workspace })),
    [
      {
        user: 'admin',
        objectRef: {
          resource: 'namespaces',
          namespace: 'p7',
          name: 'p7',
          apiGroup: 'tenant.kubesphere.io',
          apiVersion: tenant.split('/').at(-1),
          subresource: 'workspace',
        },
        Workspace: 'w1',
      },
    ],
  );
});

test('whoever manages both workspaces moves projects; a label that an administrator sets does the same', async () => {
  await people.invite('dan', 'w2', 'ann', 'w2-admin');
  await project('p2');
  assert.equal(await move('ann', 'p2', 'w2'), 200);
  assert.deepEqual(await everybody(['ben', 'cat', 'dan'], 'p2'), [false, false, true]);
  await project('p3');
  assert.equal(
    await people.patch('admin', '/api/v1/namespaces/p3', { metadata: { labels: { 'kubesphere.io/workspace': 'w2' } } }),
    200,
  );
  await eventually(
    'the rights follow',
    async () => (await everybody(['ben', 'cat', 'dan'], 'p3')).join() === 'false,false,true',
  );
});

test('a move that was begun while the platform was away is brought to its end', async () => {
  await project('p4');
  await platform.close();
  await cluster.client.patch(resources.namespaces, 'p4', 'merge', {
    metadata: { labels: { 'kubesphere.io/workspace': 'w2' } },
  });
  platform = await startPlatform(cluster);
  await people.moveTo(platform);
  await eventually(
    'the rights follow',
    async () => (await everybody(['ben', 'cat', 'dan'], 'p4')).join() === 'false,false,true',
  );
});

test('a workspace that goes leaves its projects when it is told to, and nobody of it in them', async () => {
  await people.workspace('w3', 'cat');
  await people.project('cat', 'w3', 'p5');
  await people.done('cat', 'DELETE', `${tenant}/workspaces/w3`, { propagationPolicy: 'Orphan' });
  await eventually(
    'the workspace is gone',
    async () => (await people.status('admin', 'GET', `${tenant}/workspaces/w3`)) === 404,
  );
  await eventually('so are its members’ rights', async () => !(await reads('cat', 'p5')));
  assert.equal(
    (await cluster.client.get<KubeObject>(resources.namespaces, 'p5')).metadata.deletionTimestamp,
    undefined,
  );
  assert.equal(await move('admin', 'p5', 'w1'), 200, 'and it can be taken in again');
  assert.equal(await reads('ben', 'p5'), true);
});

test('what the system runs in is in a workspace of its own, which nobody removes or works in by being a member', async () => {
  const inSystem = `${tenant}/workspaces/system-workspace/namespaces?sortBy=name&ascending=true`;
  assert.deepEqual(namesIn(await people.done('admin', 'GET', inSystem)), [...systemNamespaces].sort());
  assert.equal(await people.status('admin', 'DELETE', `${tenant}/workspaces/system-workspace`), 403);
  assert.equal(
    await people.status('admin', 'POST', `${tenant}/workspaces/system-workspace/namespaces`, {
      metadata: { name: 'x' },
    }),
    403,
  );
  assert.equal(await move('admin', 'kube-system', 'w1'), 403);
  await people.invite('admin', 'system-workspace', 'eve', 'system-workspace-admin');
  for (const namespace of systemNamespaces)
    assert.equal(await people.status('eve', 'GET', `/api/v1/namespaces/${namespace}/secrets`), 403);
  await cluster.client.delete(platformResources.workspacetemplates, 'system-workspace');
  await eventually('it comes back', async () => {
    const template = await cluster.client
      .get<KubeObject>(platformResources.workspacetemplates, 'system-workspace')
      .catch(() => undefined);
    return template !== undefined && template.metadata.deletionTimestamp === undefined;
  });
  await cluster.client.patch(resources.namespaces, 'kube-public', 'merge', {
    metadata: { labels: { 'kubesphere.io/workspace': null } },
  });
  await eventually('and what left it', async () => {
    const { metadata } = await cluster.client.get<KubeObject>(resources.namespaces, 'kube-public');
    return metadata.labels?.['kubesphere.io/workspace'] === 'system-workspace';
  });
});

interface Policy extends KubeObject {
  spec: { ingress: { from: object[] }[] };
}
const policyOf = (namespace: string) =>
  cluster.client.get<Policy>(resources.networkpolicies, 'network-isolate', { namespace }).catch(() => undefined);

test('a project closes by its annotation, all of a workspace by its field; a policy that is removed comes back', async () => {
  await people.project('dan', 'w2', 'p6');
  const annotate = (value: string | null) =>
    people.done('dan', 'PATCH', `${tenant}/workspaces/w2/namespaces/p6`, {
      metadata: { annotations: { 'kubesphere.io/network-isolate': value } },
    });
  await annotate('enabled');
  await eventually('a policy', async () => (await policyOf('p6')) !== undefined);
  assert.deepEqual((await policyOf('p6'))!.spec.ingress, [{ from: [{ podSelector: {} }] }]);
  await cluster.client.delete(resources.networkpolicies, 'network-isolate', { namespace: 'p6' });
  await eventually('it comes back', async () => (await policyOf('p6')) !== undefined);
  const isolation = (networkIsolation: boolean) =>
    people.done('dan', 'PATCH', `${tenant}/workspaces/w2`, { spec: { template: { spec: { networkIsolation } } } });
  await isolation(true);
  await annotate(null);
  const workspace = { namespaceSelector: { matchLabels: { 'kubesphere.io/workspace': 'w2' } } };
  await eventually(
    'open to the workspace',
    async () => JSON.stringify((await policyOf('p6'))?.spec.ingress[0]!.from) === JSON.stringify([workspace]),
  );
  await isolation(false);
  await eventually('open to everybody', async () => (await policyOf('p6')) === undefined);
});

const spaces: [string, Record<string, string>, Record<string, string>, boolean, string][] = [
  ['no project', {}, { 'kubesphere.io/network-isolate': 'enabled' }, false, 'everybody'],
  ['a project', { 'kubesphere.io/workspace': 'w' }, {}, false, 'everybody'],
  ['a closed one', { 'kubesphere.io/workspace': 'w' }, { 'kubesphere.io/network-isolate': 'enabled' }, true, 'itself'],
  ['one of a closed workspace', { 'kubesphere.io/workspace': 'w' }, {}, true, 'workspace'],
  [
    'one that was opened by another word',
    { 'kubesphere.io/workspace': 'w' },
    { 'kubesphere.io/network-isolate': 'no' },
    false,
    'everybody',
  ],
  [
    'the system',
    { 'kubesphere.io/workspace': 'system-workspace' },
    { 'kubesphere.io/network-isolate': 'enabled' },
    true,
    'everybody',
  ],
];
for (const [what, labels, annotations, isolated, expected] of spaces)
  test(`who gets into ${what}: ${expected}`, () =>
    assert.equal(openTo({ metadata: { name: 'p', labels, annotations } }, isolated), expected));

test('nodes get in, by the addresses that they have in the cluster', () => {
  const node = (...addresses: [string, string][]) =>
    ({ metadata: {}, status: { addresses: addresses.map(([type, address]) => ({ type, address })) } }) as KubeObject;
  const nodes = [
    node(['InternalIP', '10.0.0.2'], ['Hostname', 'a']),
    node(['InternalIP', 'fd00::1'], ['ExternalIP', '203.0.113.1']),
  ];
  assert.deepEqual(nodeBlocks(nodes), ['10.0.0.2/32', 'fd00::1/128']);
});
