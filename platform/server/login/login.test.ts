/** Logging in where somebody tries names and passwords: two replicas, one count. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import { platformResources, type LoginRecord, type User } from '@orrery/platform-kinds';
import { adminOf, askToken as attempt, createAccount } from '../testing/accounts.ts';
import { createBrowser } from '../testing/browser.ts';
import {
  issuer,
  startCluster,
  startPlatform,
  type Answer,
  type TestCluster,
  type TestPlatform,
} from '../testing/platform.ts';
import { eventually, iam, password } from '../testing/people.ts';

let cluster: TestCluster;
let left: TestPlatform;
let right: TestPlatform;
let admin = '';

before(async () => {
  cluster = await startCluster();
  const settings = { login: { triesMax: 3, windowSeconds: 600 } };
  left = await startPlatform(cluster, { settings, identity: 'left' });
  right = await startPlatform(cluster, { settings, identity: 'right' });
  admin = await adminOf(left);
  for (const name of ['alice', 'bob', 'carol', 'dora', 'eve', 'frank', 'grace', 'henry', 'leo'])
    await createAccount(left, admin, name);
});
after(async () => {
  await Promise.all([left.close(), right.close()]);
  await cluster.close();
});

const statuses = async (username: string, secret: string, from: string, times: number): Promise<number[]> => {
  const found: number[] = [];
  // In turn, on either replica.
  for (let tries = 0; tries < times; tries++)
    found.push((await attempt(tries % 2 ? left : right, username, secret, from)).status);
  return found;
};
const untilState = async (name: string, state: string): Promise<User> => {
  let user!: User;
  await eventually(`${name} is ${state}`, async () => {
    user = await cluster.client.get<User>(platformResources.users, name);
    return (user.status?.state ?? 'Active') === state;
  });
  return user;
};

test('L3: after so many failures the door is closed on every replica, also for the right password', async () => {
  assert.deepEqual(await statuses('alice', 'x', '203.0.113.1', 4), [400, 400, 400, 429]);
  assert.equal((await attempt(left, 'alice', password, '203.0.113.1')).status, 429);
  assert.equal(
    (await untilState('alice', 'AuthLimitExceeded')).status?.reason,
    'Failed login attempts exceed the limit',
  );
});

test('whoever is told to wait is told for how long, in whole seconds, by whichever way he came', async () => {
  const from = '203.0.113.60';
  const basic = { authorization: `Basic ${Buffer.from('leo:x').toString('base64')}` };
  const ways: [string, () => Promise<Answer>][] = [
    ['a token', () => attempt(left, 'leo', 'x', from)],
    ['the page of the console', () => left.call('POST', '/login', { from, body: { username: 'leo', password: 'x' } })],
    ['credentials with a request', () => left.call('GET', '/oauth/userinfo', { from, headers: basic })],
    ['a name that nobody has', () => attempt(left, 'nobody-60', 'x', '203.0.113.61')],
  ];
  for (const [way, tries] of ways) {
    let answer = await tries();
    for (let tried = 1; tried < 4 && answer.status !== 429; tried++) answer = await tries();
    assert.deepEqual([answer.status, answer.headers['retry-after']], [429, '600'], way);
  }
});

test('L3: whoever fails locks out himself: who has been here before comes in, what is open stays open', async () => {
  const before = await attempt(left, 'bob', password, '198.51.100.7');
  const token = before.body['access_token'] as string;
  await statuses('bob', 'x', '203.0.113.2', 4);
  await untilState('bob', 'AuthLimitExceeded');
  assert.equal((await right.call('GET', '/oauth/userinfo', { token })).status, 200);
  assert.equal((await attempt(right, 'bob', password, '198.51.100.7')).status, 200);
  assert.equal((await attempt(right, 'bob', password, '203.0.113.2')).status, 429);
});

test('L3: a browser that was used before comes in from anywhere, also from where the attack comes from', async () => {
  const attacker = '203.0.113.3';
  const browser = createBrowser({ [issuer]: left }, attacker);
  const logIn = () => browser.send('POST', '/login', { username: 'carol', password });
  assert.equal((await logIn()).status, 200);
  const host = new URL(issuer).host;
  assert.ok(browser.cookie(host, 'device'));
  await statuses('carol', 'x', attacker, 4);
  assert.equal((await attempt(left, 'carol', password, attacker)).status, 429);
  assert.equal((await logIn()).status, 200);
  // The cookie of one user is worth nothing for another.
  const other = createBrowser({ [issuer]: right }, attacker);
  other.set(host, 'device', browser.cookie(host, 'device')!);
  for (let tries = 0; tries < 3; tries++) await other.send('POST', '/login', { username: 'dora', password: 'x' });
  assert.equal((await other.send('POST', '/login', { username: 'dora', password })).status, 429);
});

test('L3: a name that nobody has looks like one that somebody has', async () => {
  const [known, unknown] = [
    await statuses('eve', 'x', '203.0.113.4', 5),
    await statuses('nobody', 'x', '203.0.113.5', 5),
  ];
  assert.deepEqual(unknown, known);
  const [one, other] = await Promise.all([
    attempt(left, 'eve', 'x', '203.0.113.4'),
    attempt(left, 'nobody', 'x', '203.0.113.5'),
  ]);
  assert.equal(one.text, other.text);
  for (const name of ['no body', 'x'.repeat(300), 'a@b.test', ''])
    assert.equal((await attempt(left, name, 'x', '203.0.113.6')).status, 400, name);
});

test('L3: a name that nobody has takes the same requests of the cluster', async () => {
  const asked = async (username: string, from: string) => {
    const before = cluster.audit.length;
    assert.equal((await attempt(left, username, 'x', from)).status, 400);
    return cluster.audit
      .slice(before)
      .filter(({ stage }) => stage === 'ResponseComplete')
      .filter(({ requestURI }) => /users\/|loginrecords/.test(requestURI))
      .map(({ verb, requestURI }) => `${verb} ${requestURI.split('?')[0]!.replace(/users\/.*/, 'users/x')}`)
      .filter(line => !line.startsWith('watch') && !line.startsWith('patch') && !line.startsWith('delete'));
  };
  // Of the platform's controllers nothing is under way for these names.
  const [known, unknown] = [await asked('frank', '198.51.100.20'), await asked('missing', '198.51.100.21')];
  for (const line of ['get', 'list', 'create'])
    assert.equal(
      known.some(text => text.startsWith(line)),
      unknown.some(text => text.startsWith(line)),
      `${line}: ${known} / ${unknown}`,
    );
});

test('L6: a log-in makes a session of its own, whatever cookie was there before', async () => {
  const host = new URL(issuer).host;
  const browser = createBrowser({ [issuer]: left }, '198.51.100.30');
  const planted = (await attempt(left, 'frank', password, '198.51.100.30')).body['access_token'] as string;
  browser.set(host, 'token', planted);
  const { headers } = await browser.send('POST', '/login', { username: 'henry', password });
  const cookies = headers['set-cookie'] as string[];
  for (const cookie of cookies)
    for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Strict'])
      assert.ok(cookie.includes(attribute), cookie.split('=')[0]);
  const sessionOf = (token: string) =>
    (JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { sid: string }).sid;
  assert.notEqual(sessionOf(browser.cookie(host, 'token')!), sessionOf(planted));
});

test('records tell when, from where and why; of names that nobody has nothing is told', async () => {
  const { body } = await left.call('GET', `${iam}/users/alice/loginrecords`, { token: admin });
  const items = body['items'] as LoginRecord[];
  assert.equal(items.length, 3);
  const { spec } = items[0]!;
  assert.deepEqual(
    [spec.sourceIP, spec.reason, spec.success, spec.type],
    ['203.0.113.1', 'wrong password', false, 'Password'],
  );
  assert.equal((await left.call('GET', `${iam}/users/nobody/loginrecords`, { token: admin })).status, 404);
});

test('name and password come with every request too: one record, the same limits, an end with the session', async () => {
  await createAccount(left, admin, 'ivan');
  const ask = (secret: string, from: string, path = '/oauth/userinfo') => {
    const authorization = `Basic ${Buffer.from(`ivan:${secret}`).toString('base64')}`;
    return left.call('GET', path, { headers: { authorization }, from });
  };
  const from = '198.51.100.40';
  for (let request = 0; request < 3; request++) assert.equal((await ask(password, from)).body['sub'], 'ivan');
  assert.equal((await ask(password, from, '/api/v1/namespaces')).status, 403, 'as himself');
  const records = async () =>
    (await left.call('GET', `${iam}/users/ivan/loginrecords`, { token: admin })).body['totalItems'];
  assert.equal(await records(), 1);
  const tried: number[] = [];
  for (let tries = 0; tries < 4; tries++) tried.push((await ask('x', '203.0.113.40')).status);
  assert.deepEqual(tried, [401, 401, 401, 429]);
  assert.equal((await left.call('GET', '/oauth/userinfo', { headers: { authorization: 'Basic ÿ' } })).status, 401);
  const disabled = { token: admin, body: { metadata: { name: 'ivan' }, spec: {}, status: { state: 'Disabled' } } };
  assert.equal((await left.call('PUT', `${iam}/users/ivan`, disabled)).status, 200);
  await eventually('the door is shut', async () => (await ask(password, from)).status === 401);
});

test('what an earlier account of a name had open is not open for a later one', async () => {
  await createAccount(left, admin, 'jane');
  const token = (await attempt(right, 'jane', password, '198.51.100.50')).body['access_token'] as string;
  const usable = async () => (await right.call('GET', '/oauth/userinfo', { token })).status === 200;
  assert.equal(await usable(), true);
  // Past the platform, and back at once.
  await cluster.client.delete(platformResources.users, 'jane');
  await createAccount(left, admin, 'jane');
  await eventually('the earlier session is over', async () => !(await usable()));
  assert.equal((await attempt(right, 'jane', password, '198.51.100.50')).status, 200);
});

test('L3: the own password is not to be guessed by whoever has a session', async () => {
  const { body } = await attempt(left, 'grace', password, '198.51.100.9');
  const token = body['access_token'] as string;
  const change = (currentPassword: string) =>
    left.call('PUT', `${iam}/users/grace/password`, {
      token,
      from: '198.51.100.10',
      body: { currentPassword, password: `${password}-2` },
    });
  const found: number[] = [];
  for (const guess of ['a', 'b', 'c', password]) found.push((await change(guess)).status);
  assert.deepEqual(found, [400, 400, 400, 429]);
});

test('limits are configuration that counts at once; one session at a time ends the others', async () => {
  const text = 'authentication:\n  multipleLogin: false\n  authenticateRateLimiterMaxTries: 100\n';
  await cluster.client.create(resources.configmaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kubesphere-config', namespace: 'kubesphere-system' },
    data: { 'kubesphere.yaml': text },
  } as never);
  const from = '203.0.113.1';
  for (const replica of [right, left])
    await eventually(
      'the limits are wider',
      async () => (await attempt(replica, 'alice', password, from)).status === 200,
    );
  const first = (await attempt(left, 'alice', password, from)).body['access_token'] as string;
  const second = (await attempt(right, 'alice', password, from)).body['access_token'] as string;
  const usable = async (token: string) => (await left.call('GET', '/oauth/userinfo', { token })).status === 200;
  await eventually('the first session is over', async () => !(await usable(first)));
  assert.equal(await usable(second), true);
  await untilState('alice', 'Active');
});
