/** What is logged in with an account, which providers know it, and what failed: seen and ended by whom it concerns. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { platformResources, type LoginRecord, type User } from '@orrery/platform-kinds';
import { adminOf, askToken, createAccount } from '../testing/accounts.ts';
import { iam, password } from '../testing/people.ts';
import { startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';
import { rolesOfBindings } from './places.ts';
import { linkedIdentities, withoutIdentity } from './identities.ts';

let cluster: TestCluster;
let platform: TestPlatform;
let admin = '';

before(async () => {
  cluster = await startCluster();
  platform = await startPlatform(cluster, { settings: { login: { triesMax: 3 } } });
  admin = await adminOf(platform);
  for (const name of ['ann', 'bob', 'cleo', 'dan']) await createAccount(platform, admin, name);
});
after(async () => {
  await platform.close();
  await cluster.close();
});

const tokenFor = (username: string, secret = password, from = '192.0.2.7') =>
  askToken(platform, username, secret, from);
const logIn = async (name: string) => (await tokenFor(name)).body['access_token'] as string;
const get = async (target: string, token: string) => platform.call('GET', `${iam}${target}`, { token });
const remove = async (target: string, token: string) =>
  (await platform.call('DELETE', `${iam}${target}`, { token })).status;

interface Session {
  id: string;
  client: string;
  address?: string;
  userAgent?: string;
  current: boolean;
}
const sessionsOf = async (name: string, token: string) =>
  (await get(`/users/${name}/sessions`, token)).body['items'] as Session[];

test('a session says which program it is and where it began; one alone is ended by its name', async () => {
  const [one, other] = [await logIn('ann'), await logIn('ann')];
  const seen = await sessionsOf('ann', one);
  assert.deepEqual(
    seen.map(({ client, address, userAgent }) => [client, address, userAgent]),
    [
      ['kubesphere', '192.0.2.7', 'test/1'],
      ['kubesphere', '192.0.2.7', 'test/1'],
    ],
  );
  assert.equal(seen.filter(({ current }) => current).length, 1);
  const ended = seen.find(({ current }) => !current)!;
  assert.equal(await remove(`/users/ann/sessions/${ended.id}`, one), 200);
  assert.deepEqual([(await get('/profile', one)).status, (await get('/profile', other)).status], [200, 401]);
  assert.equal(await remove(`/users/ann/sessions/${ended.id}`, one), 404);
});

test('nobody sees or ends what is another’s, and an administrator logs somebody out everywhere', async () => {
  const [ann, bob] = [await logIn('ann'), await logIn('bob')];
  const [own] = await sessionsOf('bob', bob);
  assert.equal((await get('/users/bob/sessions', ann)).status, 403);
  assert.equal(await remove('/users/bob/sessions', ann), 403);
  // Of one's own account: the name of another's session is the name of nothing.
  assert.equal(await remove(`/users/ann/sessions/${own!.id}`, ann), 404);
  assert.equal(await remove('/users/bob/sessions', admin), 200);
  assert.deepEqual([(await get('/profile', bob)).status, (await get('/profile', ann)).status], [401, 200]);
});

test('an administrator opens a door that failures have closed; they stay on record', async () => {
  for (let tries = 0; tries < 3; tries++) assert.equal((await tokenFor('cleo', 'Wr0ng-password')).status, 400);
  assert.equal((await tokenFor('cleo')).status, 429);
  const dan = await logIn('dan');
  const unlock = async (token: string) => (await platform.call('POST', `${iam}/users/cleo/unlock`, { token })).status;
  assert.equal(await unlock(dan), 403);
  assert.equal(await unlock(admin), 200);
  assert.equal((await tokenFor('cleo')).status, 200);
  const { items } = await cluster.client.list<LoginRecord>(platformResources.loginrecords, {
    labelSelector: 'iam.kubesphere.io/user-ref=cleo',
  });
  assert.deepEqual(items.map(({ spec }) => spec.success).toSorted(), [false, false, false, true]);
});

test('the records of all are for who may read them, found by user, address, result, provider and time', async () => {
  const dan = await logIn('dan');
  await tokenFor('dan', 'Wr0ng-password', '203.0.113.5');
  assert.equal((await get('/loginrecords', dan)).status, 403);
  const found = async (query: string) => (await get(`/loginrecords?${query}`, admin)).body['totalItems'];
  // The cache hears of what was written a moment later.
  while ((await found('user=dan&success=false')) !== 1) await new Promise(resolve => setTimeout(resolve, 10));
  assert.equal(await found('sourceIP=203.0.113.5'), 1);
  assert.equal(await found('name=203.0.113'), 1);
  assert.equal(await found('name=203.0.113&success=true'), 0);
  for (const [query, count] of [
    ['from=2000-01-01T00:00:00Z', 1],
    ['to=2000-01-01T00:00:00Z', 0],
    ['from=2000-01-01T00:00:00Z&to=2100-01-01T00:00:00Z', 1],
    ['from=yesterday', 0],
    ['provider=none', 0],
  ] as const)
    assert.equal(await found(`sourceIP=203.0.113.5&${query}`), count, query);
});

test('accounts are found by their state', async () => {
  const body = { status: { state: 'Disabled' } };
  assert.equal((await platform.call('PATCH', `${iam}/users/dan`, { token: admin, body })).status, 200);
  const names = async (state: string) =>
    ((await get(`/users?state=${state}&sortBy=name&ascending=true`, admin)).body['items'] as User[]).map(
      ({ metadata }) => metadata.name,
    );
  while ((await names('Disabled')).length === 0) await new Promise(resolve => setTimeout(resolve, 10));
  assert.deepEqual([await names('Disabled'), await names('Uninitialized')], [['dan'], []]);
  assert.ok(!(await names('Active')).includes('dan'));
});

const bound = (name: string, kind: 'User' | 'Group', subject: string, role: string) => ({
  metadata: { name, labels: { 'kubesphere.io/workspace': 'w' } },
  roleRef: { apiGroup: '', kind: 'WorkspaceRole', name: role },
  subjects: [{ kind, name: subject }],
});

test('roles are those of the user and of his departments; the same one stands once, as his own', () =>
  assert.deepEqual(
    rolesOfBindings(
      'workspace',
      [
        bound('a', 'Group', 'staff', 'w-viewer'),
        bound('b', 'User', 'ann', 'w-viewer'),
        bound('c', 'Group', 'staff', 'w-regular'),
        bound('d', 'Group', 'others', 'w-admin'),
        bound('e', 'User', 'staff', 'w-admin'),
      ],
      { metadata: { name: 'ann' }, spec: { groups: ['staff'] } },
    ),
    [
      { scope: 'workspace', role: 'w-regular', workspace: 'w', group: 'staff' },
      { scope: 'workspace', role: 'w-viewer', workspace: 'w' },
    ],
  ));

test('somebody’s roles are told with their places; the places that one may not see are left out for others', async () => {
  const make = async (target: string, body: object) => {
    const made = await platform.call('POST', `/kapis/tenant.kubesphere.io/v1beta1${target}`, { token: admin, body });
    assert.ok(made.status < 300, made.text);
  };
  await make('/workspaces', { metadata: { name: 'w1' }, spec: { template: { spec: { manager: 'bob' } } } });
  await make('/workspaces/w1/namespaces', { metadata: { name: 'w1-p' } });
  const role = { metadata: { annotations: { 'iam.kubesphere.io/globalrole': 'people-viewer' } } };
  const rules = [{ verbs: ['get', 'list'], apiGroups: ['iam.kubesphere.io'], resources: ['users'] }];
  const made = await platform.call('POST', `${iam}/globalroles`, {
    token: admin,
    body: { metadata: { name: 'people-viewer' }, rules },
  });
  assert.equal(made.status, 200, made.text);
  assert.equal((await platform.call('PATCH', `${iam}/users/ann`, { token: admin, body: role })).status, 200);
  const [ann, bob] = [await logIn('ann'), await logIn('bob')];
  const scopes = async (token: string) =>
    ((await get('/users/bob/places', token)).body['items'] as { scope: string; role: string }[]).map(
      ({ scope, role: name }) => [scope, name],
    );
  assert.deepEqual(await scopes(bob), [['workspace', 'w1-admin']]);
  assert.deepEqual(await scopes(admin), [['workspace', 'w1-admin']]);
  assert.deepEqual(await scopes(ann), []);
});

const both = {
  metadata: {
    name: 'x',
    labels: { 'iam.kubesphere.io/identify-provider': 'old', 'iam.kubesphere.io/origin-uid': '7', team: 'a' },
    annotations: { 'iam.kubesphere.io/identity-provider.new': '8', note: 'n' },
  },
  spec: {},
};

test('identities are read in both generations’ forms, and taken away without touching the rest', () => {
  assert.deepEqual(linkedIdentities(both), [
    { provider: 'old', uid: '7' },
    { provider: 'new', uid: '8' },
  ]);
  assert.deepEqual(withoutIdentity(both, 'old').metadata, {
    name: 'x',
    labels: { team: 'a' },
    annotations: both.metadata.annotations,
  });
  assert.deepEqual(withoutIdentity(both, 'new').metadata.annotations, { note: 'n' });
});

test('the last way to log in is not taken away', async () => {
  const token = await logIn('ann');
  const patch = { metadata: { annotations: { 'iam.kubesphere.io/identity-provider.corp': 'ann@corp' } } };
  assert.equal((await platform.call('PATCH', `${iam}/users/ann`, { token: admin, body: patch })).status, 200);
  assert.deepEqual((await get('/users/ann/identities', token)).body, {
    identities: [{ provider: 'corp', uid: 'ann@corp', displayName: 'corp', configured: false }],
    password: true,
  });
  assert.equal(await remove('/users/ann/identities/other', token), 404);
  await cluster.client.patch(platformResources.users, 'ann', 'merge', { spec: { password: null } });
  assert.equal(await remove('/users/ann/identities/corp', token), 409);
  await cluster.client.patch(platformResources.users, 'ann', 'merge', {
    metadata: { annotations: { 'iam.kubesphere.io/identity-provider.more': 'ann' } },
  });
  assert.equal(await remove('/users/ann/identities/corp', token), 200);
});
