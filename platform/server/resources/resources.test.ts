import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asUser, createClient } from '@orrery/client';
import { jsonAnswer } from '@orrery/http';
import type { KubeObject } from '@orrery/machinery/meta';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { groups } from '@orrery/platform-kinds';
import { streamPath, type PageFrame } from '@orrery/platform-contract';
import {
  firstPassword,
  handshake,
  openSocket,
  startCluster,
  startPlatform,
  type TestCluster,
  type TestPlatform,
} from '../testing/platform.ts';
import { succeeds } from '../testing/people.ts';
import { ensureInstalled, platformUser } from '../install/manifest.ts';
import { createKinds, discovery, kindsIn } from './kinds.ts';

const iam = '/kapis/iam.kubesphere.io/v1beta1';
const lists = '/kapis/resources.kubesphere.io/v1alpha3';
const password = 'Pa55word-long';
const widgets = { group: 'example.com', version: 'v1', resource: 'widgets' };

let cluster: TestCluster;
let platform: TestPlatform;
const tokens: Record<string, string> = {};
const get = (who: string, target: string) => platform.call('GET', target, { token: tokens[who] });

const widget = (name: string) => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name, namespace: 'default' },
});

before(async () => {
  cluster = await startCluster();
  platform = await startPlatform(cluster);
  tokens['admin'] = await platform.logIn('admin', firstPassword);
  const change = { currentPassword: firstPassword, password };
  await platform.call('PUT', `${iam}/users/admin/password`, { token: tokens['admin'], body: change });
  const stranger = { metadata: { name: 'stranger' }, spec: { password } };
  await platform.call('POST', `${iam}/users`, { token: tokens['admin'], body: stranger });
  tokens['stranger'] = await platform.logIn('stranger', password);
});
after(async () => {
  await platform.close();
  await cluster.close();
});

test('a custom resource is listed and followed like any other kind as soon as the cluster serves it', async () => {
  const names = { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' };
  const schema = { openAPIV3Schema: { type: 'object' } };
  await cluster.client.create({ group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' }, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      names,
      scope: 'Namespaced',
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  } as never);
  await succeeds(() => cluster.client.create(widgets, widget('a')));
  for (const name of ['widgets', 'widgets.example.com'])
    for (const target of [
      `${lists}/${name}`,
      `${lists.replace('v1alpha3', 'v1beta1')}/namespaces/default/${name}?name=a`,
    ]) {
      const { status, body } = await get('admin', target);
      assert.deepEqual([status, body['totalItems']], [200, 1], target);
    }
  assert.equal((await get('admin', `${lists}/namespaces/default/widgets/a`)).status, 200);
  assert.equal((await get('stranger', `${lists}/namespaces/default/widgets`)).status, 403);
  assert.deepEqual((await get('stranger', `${lists}/widgets`)).body, { items: [], totalItems: 0 });
  const socket = openSocket(await platform.ask('GET', streamPath, { token: tokens['admin'], headers: handshake }));
  socket.send({
    op: 'subscribe',
    id: 'w',
    route: 'resources.list',
    path: { resources: 'widgets' },
    query: { limit: '5' },
  });
  assert.equal((await socket.next<PageFrame>()).totalItems, 1);
  await cluster.client.create(widgets, widget('b'));
  assert.equal((await socket.next<PageFrame>()).totalItems, 2);
  socket.connection.destroy();
});

test('a platform that may read no widgets lists them by the rights of whoever asks, and keeps none', async () => {
  await ensureInstalled(cluster.client);
  // An administrator who gives it less than `install` says: nothing of this group.
  const roles = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles' };
  type Role = KubeObject & { rules: { verbs: string[]; apiGroups: string[] }[] };
  const role = await cluster.client.get<Role>(roles, 'orrery:platform');
  const served = kindsIn(await discovery(cluster.client)).values();
  const others = [...served].map(({ group }) => group).filter(group => group !== 'example.com');
  const apiGroups = [...new Set(['', ...Object.values(groups), ...others])];
  const rules = role.rules.map(rule => (rule.apiGroups.includes('*') ? { ...rule, apiGroups } : rule));
  await cluster.client.update(roles, { ...role, rules } as Role);
  const itself = createClient(asUser(cluster.handler, platformUser));
  const modest = await startPlatform(cluster, { cluster: asUser(cluster.handler, platformUser) });
  await assert.rejects(itself.list(widgets), { code: 403 });
  const ask = (who: string, target: string) => modest.call('GET', target, { token: tokens[who] });
  assert.equal((await ask('admin', `${lists}/widgets?limit=1`)).body['totalItems'], 2);
  assert.equal((await ask('admin', `${lists}/namespaces/default/widgets?name=b`)).body['totalItems'], 1);
  assert.equal((await ask('stranger', `${lists}/namespaces/default/widgets`)).status, 403);
  assert.deepEqual((await ask('stranger', `${lists}/widgets`)).body, { items: [], totalItems: 0 });
  assert.equal((await ask('admin', `${lists}/pods`)).status, 200);
  const socket = openSocket(await modest.ask('GET', streamPath, { token: tokens['admin'], headers: handshake }));
  socket.send({
    op: 'subscribe',
    id: 'w',
    route: 'resources.list',
    path: { resources: 'widgets' },
    query: { limit: '5' },
  });
  assert.equal((await socket.next<PageFrame>()).totalItems, 2);
  socket.connection.destroy();
  await modest.close();
});

const refused: [string, string][] = [
  ['a kind that is not there', 'nothings'],
  ['accounts by their whole name', 'users.iam.kubesphere.io'],
  ['reviews, which cannot be listed', 'selfsubjectaccessreviews'],
  ['the prototype', 'constructor'],
];
for (const [name, resource] of refused)
  test(`no list of ${name}`, async () => assert.equal((await get('admin', `${lists}/${resource}`)).status, 404));

test('the platform’s own kinds are listed as their features list them: no hashes, no other tenants', async () => {
  const users = await get('admin', `${lists}/users?sortBy=name&ascending=true&limit=1`);
  assert.deepEqual([users.status, users.body['totalItems']], [200, 2]);
  const [admin] = users.body['items'] as { spec: object }[];
  assert.ok(!('password' in admin!.spec));
  assert.equal((await get('stranger', `${lists}/users`)).status, 403);
  assert.equal((await get('admin', '/kapis/iam.kubesphere.io/v9/users')).status, 404);
  assert.equal((await get('admin', `${lists}/clusters`)).body['totalItems'], 1);
});

test('every kind has a list below its own group; older scripts have theirs', async () => {
  const own = await get('admin', '/kapis/example.com/v1/namespaces/default/widgets?name=a');
  assert.deepEqual([own.status, own.body['totalItems']], [200, 1]);
  assert.equal((await get('admin', '/kapis/example.com/v1/namespaces/default/widgets/a')).status, 200);
  assert.equal((await get('admin', '/kapis/example.com/v2/widgets')).status, 404);
  assert.equal((await get('admin', '/kapis/apps/v1/deployments')).status, 200);
  assert.deepEqual((await get('stranger', '/kapis/example.com/v1/widgets')).body, { items: [], totalItems: 0 });
  assert.equal((await get('stranger', '/kapis/example.com/v1/namespaces/default/widgets')).status, 403);
  assert.equal((await get('', '/kapis/example.com/v1/widgets')).status, 401);

  const older = '/kapis/resources.kubesphere.io/v1alpha2';
  const asked = 'conditions=name~a&paging=limit=1,page=1&orderBy=name';
  const { body } = await get('admin', `${older}/namespaces/default/widgets?${asked}`);
  assert.deepEqual([body['total_count'], (body['items'] as unknown[]).length], [1, 1]);
  assert.equal((await get('admin', `${older}/widgets?conditions=name=b`)).body['total_count'], 1);
  assert.deepEqual((await get('stranger', `${older}/widgets`)).body, { items: [], total_count: 0 });
});

const resource = (name: string, verbs = ['get', 'list', 'watch'], scope = 'Namespaced') => ({
  resource: name,
  scope,
  verbs,
});
test('kinds from discovery: both names, the first group and the first version win', () => {
  const kinds = kindsIn({
    items: [
      {
        metadata: { name: 'a.io' },
        versions: [
          { version: 'v2', resources: [resource('x')] },
          { version: 'v1', resources: [resource('x'), resource('y')] },
        ],
      },
      {
        metadata: { name: 'b.io' },
        versions: [
          { version: 'v1', resources: [resource('x', ['list', 'watch'], 'Cluster'), resource('z', ['list'])] },
        ],
      },
      { metadata: { name: 'iam.kubesphere.io' }, versions: [{ version: 'v1', resources: [resource('users')] }] },
    ],
  });
  assert.deepEqual([...kinds.keys()].sort(), [
    'x',
    'x.a.io',
    'x.b.io',
    'x.v1.a.io',
    'x.v1.b.io',
    'x.v2.a.io',
    'y',
    'y.a.io',
    'y.v1.a.io',
  ]);
  assert.deepEqual(kinds.get('x'), { group: 'a.io', version: 'v2', namespaced: true, resource: 'x' });
  assert.equal(kinds.get('x.b.io')!.namespaced, false);
});

test('names of nothing do not make the cluster be asked again and again', async () => {
  const clock = createManualClock();
  let asked = 0;
  const client = createClient(async () => jsonAnswer(200, { items: [], asked: asked++ }));
  const kinds = createKinds({ client, clock });
  const ask = (name: string) => assert.rejects(kinds.find(name), { code: 404 });
  await Promise.all(Array.from({ length: 50 }, (_, index) => ask(`n${index}`)));
  await ask('again');
  assert.equal(asked, 1);
  assert.equal((await kinds.find('pods')).resource, 'pods');
  await clock.advance(5000);
  await ask('again');
  assert.equal(asked, 2);
});
