/** Accounts that got one e-mail address past the routes, and accounts by their state. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { KubeObject } from '@orrery/machinery/meta';
import { platformResources, type User } from '@orrery/platform-kinds';
import { filterFor } from '../lists/filters.ts';
import { eventually, iam, namesIn, password, startPeople, type People } from '../testing/people.ts';
import { startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';
import { sharedEmail } from './reconciler.ts';
import { userFilters } from './service.ts';

let cluster: TestCluster;
let platform: TestPlatform;
let people: People;

before(async () => {
  cluster = await startCluster();
  platform = await startPlatform(cluster);
  people = await startPeople(platform);
});
after(async () => {
  await platform.close();
  await cluster.close();
});

const { users } = platformResources;
const withEmail = async (email: string) =>
  namesIn(await people.done('admin', 'GET', `${iam}/users?email=${email}&sortBy=name&ascending=true`));
/** Until the platform has heard of it. */
const have = (email: string, ...names: string[]) =>
  eventually(`${names.join()} have ${email}`, async () => (await withEmail(email)).join() === names.join());
/** Natively, as `kubectl apply` does it; until its password is no plain one any more. */
const apply = async (name: string, email: string) => {
  const spec = { email, password };
  await cluster.client.create<User>(users, { apiVersion: users.apiVersion, kind: 'User', metadata: { name }, spec });
  await eventually(`the password of ${name} is hashed`, async () => {
    const { spec: stored } = await cluster.client.get<User>(users, name);
    return stored.password !== password;
  });
};
let address = 0;
/** What the token endpoint answers, each time to another address: nobody is slowed down by what another test tried. */
const tries = async (username: string) => {
  const client = { client_id: 'kubesphere', client_secret: 'kubesphere' };
  const form = { grant_type: 'password', ...client, username, password };
  const { status, body } = await platform.call('POST', '/oauth/token', { form, from: `203.0.113.${++address}` });
  return { status, error: body['error_description'] };
};
/** Asked once: what fails is counted. */
const comesIn = async (username: string) => assert.equal((await tries(username)).status, 200, username);
const reasonOf = async (name: string) => (await cluster.client.get<User>(users, name)).status?.reason ?? '';
const isTold = (name: string, reason: string) =>
  eventually(`${name} is told "${reason}"`, async () => (await reasonOf(name)) === reason);

test('an e-mail address that two accounts have lets neither in, their names do, and both are told', async () => {
  await apply('mia', 'Mia@Example.test');
  await have('mia@example.test', 'mia');
  await comesIn('mia@example.test');
  assert.equal(
    await people.status('admin', 'POST', `${iam}/users`, {
      metadata: { name: 'max' },
      spec: { email: 'mia@EXAMPLE.test', password },
    }),
    422,
    'by the route it is refused',
  );
  await apply('max', 'mia@EXAMPLE.test');
  await have('mia@example.test', 'max', 'mia');
  for (const name of ['mia', 'max']) await isTold(name, sharedEmail);
  const nobody = await tries('nobody@example.test');
  for (const email of ['mia@example.test', 'Mia@Example.test', 'mia@EXAMPLE.test'])
    assert.deepEqual(await tries(email), nobody, email);
  for (const name of ['mia', 'max']) await comesIn(name);
  for (const name of ['mia', 'max']) {
    const { status } = (await people.done('admin', 'GET', `${iam}/users/${name}`)) as unknown as User;
    assert.deepEqual(status?.state, 'Active', name);
  }
});

test('once the address is one account’s again, it lets that one in', async () => {
  const other = { spec: { email: 'max@example.test' } };
  await cluster.client.patch<KubeObject>(users, 'max', 'merge', other);
  await have('max@example.test', 'max');
  await have('mia@example.test', 'mia');
  for (const name of ['mia', 'max']) await isTold(name, '');
  for (const login of ['mia@example.test', 'MAX@example.test']) await comesIn(login);
  await apply('moe', 'mia@example.test');
  await isTold('mia', sharedEmail);
  await cluster.client.delete(users, 'moe');
  await have('mia@example.test', 'mia');
  await isTold('mia', '');
  await comesIn('mia@example.test');
});

test('accounts are listed by their state, in KubeSphere’s word for the question and in ours', async () => {
  await people.create('ned');
  await people.done('admin', 'PATCH', `${iam}/users/ned`, { status: { state: 'Disabled' } });
  for (const question of ['status', 'state'])
    await eventually(`${question} finds who is disabled`, async () => {
      const found = namesIn(await people.done('admin', 'GET', `${iam}/users?${question}=Disabled`));
      const active = namesIn(await people.done('admin', 'GET', `${iam}/users?${question}=Active&limit=-1`));
      return found.join() === 'ned' && active.includes('mia') && !active.includes('ned');
    });
});

const uninitialized = { 'iam.kubesphere.io/uninitialized': 'true' };
const states: [string, Pick<User, 'metadata' | 'status'>, string[]][] = [
  ['nothing said of it', { metadata: {} }, ['Active']],
  ['a state', { metadata: {}, status: { state: 'Disabled' } }, ['Disabled']],
  ['a closed door', { metadata: {}, status: { state: 'AuthLimitExceeded' } }, ['AuthLimitExceeded']],
  ['a password to choose', { metadata: { annotations: uninitialized } }, ['Active', 'Uninitialized']],
];
for (const [what, given, expected] of states)
  test(`an account with ${what} is ${expected.join(' and ')}`, () => {
    const user: User = { ...given, spec: {} };
    const found = ['Active', 'Disabled', 'AuthLimitExceeded', 'Uninitialized'].filter(state =>
      ['status', 'state'].every(key => filterFor(new URLSearchParams({ [key]: state }), userFilters)(user)),
    );
    assert.deepEqual(found, expected);
  });
