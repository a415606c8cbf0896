import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asUser, createClient } from '@orrery/client';
import { connect as connectTo } from '@orrery/client/node';
import { resources } from '@orrery/client/resources';
import { createWebSocket, serve } from '@orrery/http/node';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import type { KubeObject } from '@orrery/machinery/meta';
import { applyDelta, streamLimits, streamPath, type DeltaFrame, type PageFrame } from '@orrery/platform-contract';
import { ensureInstalled, platformUser } from '../install/manifest.ts';
import {
  firstPassword,
  handshake,
  openSocket,
  startCluster,
  startPlatform,
  type TestCluster,
  type TestPlatform,
  type TestSocket,
} from '../testing/platform.ts';

const iam = '/kapis/iam.kubesphere.io/v1beta1';
const tenant = '/kapis/tenant.kubesphere.io/v1beta1';
const password = 'Pa55word-long';

let cluster: TestCluster;
let platform: TestPlatform;
let admin: string;
const open: TestSocket[] = [];

async function must(method: string, target: string, body?: unknown, token = admin): Promise<Record<string, unknown>> {
  const answer = await platform.call(method, target, { token, body });
  assert.ok(answer.status < 300, `${method} ${target} ${answer.status} ${answer.text}`);
  return answer.body;
}

async function connect(token = admin): Promise<TestSocket> {
  const socket = openSocket(await platform.ask('GET', streamPath, { token, headers: handshake }));
  open.push(socket);
  return socket;
}

const subscribe = (
  socket: TestSocket,
  id: string,
  route: string,
  path: Record<string, string> = {},
  query: Record<string, string> = { limit: '10', sortBy: 'name', ascending: 'true' },
) => socket.send({ op: 'subscribe', id, route, path, query });
const of = (id: string, type?: string) => (frame: Record<string, unknown>) =>
  frame['id'] === id && (type === undefined || frame['type'] === type);

const map = (name: string, data: Record<string, string> = {}, namespace = 'p1'): KubeObject =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data }) as KubeObject;
const named = ({ metadata }: KubeObject) => metadata.name;

/** What a client shows: reads frames until the rows are as wanted. */
async function until(socket: TestSocket, id: string, page: PageFrame, wanted: string[]): Promise<KubeObject[]> {
  let items: readonly KubeObject[] = page.items;
  while (items.map(named).join() !== wanted.join()) {
    const frame = await socket.next<DeltaFrame | PageFrame>(of(id));
    items = frame.type === 'page' ? frame.items : applyDelta(items, frame);
  }
  return [...items];
}

before(async () => {
  cluster = await startCluster({ controllers: true });
  await ensureInstalled(cluster.client);
  // As it runs in a cluster of its own: with no right more than it needs.
  platform = await startPlatform(cluster, { cluster: asUser(cluster.handler, platformUser) });
  admin = await platform.logIn('admin', firstPassword);
  await must('PUT', `${iam}/users/admin/password`, { currentPassword: firstPassword, password });
  for (const name of ['ann', 'bob', 'cid'])
    await must('POST', `${iam}/users`, { metadata: { name }, spec: { password } });
  await must('POST', `${tenant}/workspaces`, {
    metadata: { name: 'w1' },
    spec: { template: { spec: { manager: 'ann' } } },
  });
  await must('POST', `${tenant}/workspaces/w1/namespaces`, { metadata: { name: 'p1' } });
});
after(async () => {
  for (const { connection } of open) connection.destroy();
  await platform.close();
  await cluster.close();
});

test('a list comes as a page, then as what changes in it', async () => {
  const socket = await connect();
  await cluster.client.create(resources.configmaps, map('b'));
  await cluster.client.create(resources.configmaps, map('d'));
  subscribe(
    socket,
    's1',
    'resources.listIn',
    { namespace: 'p1', resources: 'configmaps' },
    {
      limit: '2',
      sortBy: 'name',
      ascending: 'true',
      names: 'a,b,c,d',
    },
  );
  const page = await socket.next<PageFrame>(of('s1'));
  assert.deepEqual([page.type, page.totalItems, page.items.map(named)], ['page', 2, ['b', 'd']]);

  await cluster.client.create(resources.configmaps, map('a'));
  const came = await socket.next<DeltaFrame>(of('s1'));
  assert.deepEqual([came.type, came.totalItems, came.changed.map(named)], ['delta', 3, ['a']]);
  assert.equal(came.order[1], page.items[0]!.metadata.uid);

  await cluster.client.patch(resources.configmaps, 'b', 'merge', { data: { x: '1' } }, { namespace: 'p1' });
  const changed = await socket.next<DeltaFrame>(of('s1'));
  assert.deepEqual([changed.totalItems, changed.changed.map(named)], [3, ['b']]);
  assert.deepEqual(changed.order, came.order);

  // On the second page: the count is news, the rows are not. Elsewhere: no news at all.
  await cluster.client.create(resources.configmaps, map('b', {}, 'default'));
  await cluster.client.create(resources.configmaps, map('c'));
  const counted = await socket.next<DeltaFrame>(of('s1'));
  assert.deepEqual([counted.totalItems, counted.changed, counted.order], [4, [], came.order]);

  await cluster.client.delete(resources.configmaps, 'a', { namespace: 'p1' });
  const left = await socket.next<DeltaFrame>(of('s1'));
  assert.deepEqual([left.totalItems, left.changed.map(named), left.order.length], [3, ['c'], 2]);

  socket.send({ op: 'unsubscribe', id: 's1' });
  subscribe(socket, 's2', 'resources.getIn', { namespace: 'p1', resources: 'configmaps', name: 'd' }, {});
  await socket.next(of('s2'));
  await cluster.client.delete(resources.configmaps, 'd', { namespace: 'p1' });
  await socket.next(of('s2', 'gone'));
  assert.ok(!socket.frames.some(of('s1')), 'who does not follow any more hears nothing');
});

test('an object comes, changes, goes and comes again', async () => {
  const socket = await connect();
  const path = { namespace: 'p1', resources: 'configmaps', name: 'one' };
  subscribe(socket, 'o', 'resources.getIn', path, {});
  assert.deepEqual(await socket.next(), { id: 'o', type: 'gone' });
  await cluster.client.create(resources.configmaps, map('one', { x: '1' }));
  const { object } = await socket.next<{ object: { data: unknown } }>(of('o', 'object'));
  assert.deepEqual(object.data, { x: '1' });
  await cluster.client.delete(resources.configmaps, 'one', { namespace: 'p1' });
  await socket.next(of('o', 'gone'));
  await cluster.client.create(resources.configmaps, map('one'));
  await socket.next(of('o', 'object'));
});

const followed: [string, Record<string, string>][] = [
  ['users.list', {}],
  ['users.get', { user: 'ann' }],
  ['users.loginRecords', { user: 'admin' }],
  ['roles.globalRoles', {}],
  ['roles.globalRole', { globalrole: 'platform-admin' }],
  ['roles.workspaceRoles', { workspace: 'w1' }],
  ['roles.workspaceRole', { workspace: 'w1', workspacerole: 'w1-admin' }],
  ['roles.workspaceMembers', { workspace: 'w1' }],
  ['roles.workspaceMember', { workspace: 'w1', member: 'ann' }],
  ['roles.projectRoles', { namespace: 'p1' }],
  ['roles.projectMembers', { namespace: 'p1' }],
  ['tenancy.workspaces', {}],
  ['tenancy.workspace', { workspace: 'w1' }],
  ['tenancy.projects', {}],
  ['tenancy.workspaceProjects', { workspace: 'w1' }],
  ['tenancy.project', { workspace: 'w1', namespace: 'p1' }],
  ['resources.list', { resources: 'pods' }],
  ['resources.listIn', { namespace: 'p1', resources: 'pods' }],
  ['resources.get', { resources: 'namespaces', name: 'p1' }],
  ['resources.getIn', { namespace: 'p1', resources: 'serviceaccounts', name: 'default' }],
];
test('every list and object of users, roles, tenancy and resources is answered as its route answers', async () => {
  const socket = await connect();
  for (const [route, path] of followed) {
    subscribe(socket, route, route, path, { limit: '5', sortBy: 'name' });
    const frame = await socket.next(of(route));
    const { paths } = (await import('@orrery/platform-contract/features'))[route.split('.')[0] as 'users'][
      route.split('.')[1] as 'list'
    ];
    const target = paths[0]!.replace(/\{(\w+)\}/g, (_, name: string) => path[name]!);
    const answer = await must('GET', `${target}?limit=5&sortBy=name`);
    const { id: _id, type, ...rest } = frame;
    assert.deepEqual(type === 'page' ? rest : rest['object'], answer, route);
  }
});

const refusals: [string, Record<string, unknown>, number][] = [
  ['no such route', { route: 'nothing.here' }, 404],
  ['a route that changes something', { route: 'users.create' }, 400],
  ['a route that cannot be followed', { route: 'platform.version' }, 400],
  ['the stream itself', { route: 'stream.deltas' }, 400],
  ['a list without a limit', { route: 'users.list' }, 400],
  ['a list without end', { route: 'users.list', query: { limit: '100000' } }, 400],
  ['the same in other words', { route: 'users.list', query: { limit: '-1' } }, 400],
  ['a path without its values', { route: 'users.get', path: {} }, 400],
  ['a path that could be read in two ways', { route: 'users.get', path: { user: '../x' } }, 400],
  [
    'a kind that is not listed',
    { route: 'resources.list', path: { resources: 'nothings' }, query: { limit: '5' } },
    404,
  ],
];
test('what cannot be followed is refused, and the rest goes on', async () => {
  const socket = await connect();
  for (const [name, frame, code] of refusals) {
    socket.send({ op: 'subscribe', id: 'x', path: {}, query: {}, ...frame });
    const { type, status } = await socket.next<{ type: string; status: { code: number } }>(of('x'));
    assert.deepEqual([type, status.code], ['error', code], name);
  }
  subscribe(socket, 'x', 'users.list');
  assert.equal((await socket.next(of('x')))['type'], 'page');
});

test('only what the user may see is shown, and a right that comes or goes shows at once', async () => {
  const token = await platform.logIn('bob', password);
  const socket = await connect(token);
  subscribe(socket, 'projects', 'tenancy.projects');
  const page = await socket.next<PageFrame>(of('projects'));
  assert.deepEqual(page.items, []);
  const inside = { namespace: 'p1', resources: 'configmaps' };
  subscribe(socket, 'maps', 'resources.listIn', inside);
  const refused = await socket.next<{ status: { code: number; message: string } }>(of('maps', 'error'));
  assert.equal(refused.status.code, 403);
  assert.match(refused.status.message, /User "bob" cannot list resource "configmaps"/);

  await must('POST', `${iam}/workspaces/w1/workspacemembers`, [{ username: 'bob', roleRef: 'w1-regular' }]);
  await must('POST', `${iam}/namespaces/p1/namespacemembers`, [{ username: 'bob', roleRef: 'viewer' }]);
  await until(socket, 'projects', page, ['p1']);
  subscribe(socket, 'maps', 'resources.listIn', inside);
  assert.equal((await socket.next(of('maps')))['type'], 'page');

  await must('DELETE', `${iam}/namespaces/p1/namespacemembers/bob`);
  assert.equal((await socket.next<typeof refused>(of('maps', 'error'))).status.code, 403);
  subscribe(socket, 'users', 'users.get', { user: 'bob' }, {});
  await socket.next(of('users', 'object'));
  await must('DELETE', `${iam}/users/bob`);
  await socket.closed;
});

test('the socket ends with its session', async () => {
  const token = await platform.logIn('cid', password);
  const socket = await connect(token);
  subscribe(socket, 'w', 'tenancy.workspaces');
  await socket.next(of('w'));
  assert.equal((await platform.call('GET', '/oauth/logout', { token })).status, 200);
  await socket.closed;
});

const broken: [string, string | Uint8Array][] = [
  ['no JSON', '{'],
  ['no object', '7'],
  ['no id', '{"op":"subscribe","route":"users.list"}'],
  ['an endless id', JSON.stringify({ op: 'unsubscribe', id: 'x'.repeat(65) })],
  ['an unknown word', '{"op":"shout","id":"x"}'],
  ['numbers where texts are', '{"op":"subscribe","id":"x","route":"users.list","query":{"limit":5}}'],
  ['bytes', new Uint8Array([1, 2])],
];
for (const [name, message] of broken)
  test(`a frame that is none ends the connection: ${name}`, async () => {
    const socket = await connect();
    socket.sendRaw(message);
    assert.equal(await socket.closed, 1008);
  });

test('limits: the size of frames, subscriptions of a socket, an id used twice, sockets of a user', async () => {
  const large = await connect();
  large.sendRaw('x'.repeat(streamLimits.frameBytesMax + 1));
  assert.equal(await large.closed, 1009);

  const many = await connect();
  for (let index = 0; index <= streamLimits.subscriptionsMax; index++)
    subscribe(many, `s${index}`, 'users.get', { user: 'ann' }, {});
  const { id, status } = await many.next<{ id: string; status: { code: number } }>(({ type }) => type === 'error');
  assert.deepEqual([id, status.code], [`s${streamLimits.subscriptionsMax}`, 429]);
  subscribe(many, 's0', 'users.get', { user: 'ann' }, {});
  assert.equal(await many.closed, 1008);

  const token = await platform.logIn('ann', password);
  for (let index = 0; index < streamLimits.socketsMax; index++) await connect(token);
  const refused = await platform.call('GET', streamPath, { token, headers: handshake });
  assert.deepEqual([refused.status, refused.headers['retry-after']], [429, '5']);
});

test('who may open a stream: not nobody, not another site with our cookie, not without a WebSocket', async () => {
  assert.equal((await platform.call('GET', streamPath, { headers: handshake })).status, 401);
  const cookie = `token=${admin}`;
  const from = (headers: Record<string, string>) =>
    platform.ask('GET', streamPath, { headers: { ...handshake, cookie, ...headers } });
  assert.equal((await from({ origin: 'https://evil.test' })).status, 403);
  assert.equal((await from({})).status, 403);
  const ours = await from({ origin: 'https://platform.test' });
  openSocket(ours).connection.destroy();
  assert.equal((await platform.call('GET', streamPath, { token: admin })).status, 400);
  const elsewhere = streamPath.replace('/kapis/', '/kapis/clusters/c9/');
  assert.equal((await platform.call('GET', elsewhere, { token: admin, headers: handshake })).status, 400);
});

test('the same over a real connection', async () => {
  const server = await serve({ handler: platform.handler, clock: systemClock, log: silentLog });
  const wire = connectTo({ server: `http://127.0.0.1:${server.port}`, token: admin });
  const { stream, protocol } = await createClient(wire).upgrade('GET', streamPath, [], undefined, 'websocket');
  assert.equal(protocol, '');
  const client = createWebSocket(stream, { role: 'client' });
  const frames: Record<string, unknown>[] = [];
  const first = new Promise<void>(resolve =>
    client.onMessage(message => {
      frames.push(JSON.parse(new TextDecoder().decode(message)) as Record<string, unknown>);
      resolve();
    }),
  );
  client.send(JSON.stringify({ op: 'subscribe', id: 'x', route: 'users.get', path: { user: 'admin' } }));
  await first;
  assert.deepEqual([frames[0]!['id'], frames[0]!['type']], ['x', 'object']);
  const closed = new Promise<number>(resolve => client.onClose(resolve));
  client.close();
  assert.equal(await closed, 1000);
  wire.close();
  await server.close();
});
