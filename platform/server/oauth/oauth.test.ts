import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import type { Clock } from '@orrery/machinery/clock';
import { createManualClock } from '@orrery/machinery/manual-clock';
import type { LoginRecord, User } from '@orrery/platform-kinds';
import { SignJWT, decodeJwt, generateKeyPair } from 'jose';
import type { KeyRing } from '../identity/keyring.ts';
import { loadKeys, newKey, type SigningKeys } from '../identity/keys.ts';
import { createTokens } from '../identity/tokens.ts';
import {
  firstPassword,
  issuer,
  startCluster,
  startPlatform,
  type Answer,
  type TestCluster,
  type TestPlatform,
} from '../testing/platform.ts';
import { eventually } from '../testing/people.ts';
import { lastLogin } from '../users/reconciler.ts';
import { failuresIn } from '../login/limits.ts';

const iam = '/kapis/iam.kubesphere.io/v1beta1';
const password = 'Pa55word-long';
const program = { name: 'grafana', redirectURIs: ['https://grafana.test/callback'] };
const secretive = { name: 'jenkins', secret: 's3cret', redirectURIs: ['https://jenkins.test/cb?x=1'] };
const wellKnown = { name: 'kubesphere', secret: 'kubesphere', redirectURIs: [], passwordGrant: true };

let cluster: TestCluster;
/** Two replicas over one cluster. */
let left: TestPlatform;
let right: TestPlatform;
const told: [string, string][] = [];
let admin = '';

before(async () => {
  cluster = await startCluster();
  const settings = { oauthClients: [wellKnown, program, secretive], login: { triesMax: 3 } };
  const tell = (user: string, secret: string) => void told.push([user, secret]);
  // At once: one of them makes the first account and the keys, both use them.
  [left, right] = (await Promise.all(
    ['left', 'right'].map(identity =>
      startPlatform(cluster, { settings, identity, firstPassword: undefined, onFirstPassword: tell }),
    ),
  )) as [TestPlatform, TestPlatform];
  const token = await left.logIn('admin', told[0]![1]);
  const body = { currentPassword: told[0]![1], password };
  assert.equal((await right.call('PUT', `${iam}/users/admin/password`, { token, body })).status, 200);
  admin = token;
});
after(async () => {
  await Promise.all([left.close(), right.close()]);
  await cluster.close();
});

const token = (platform: TestPlatform, form: Record<string, string>): Promise<Answer> =>
  platform.call('POST', '/oauth/token', { form: { client_id: 'kubesphere', client_secret: 'kubesphere', ...form } });
const usable = async (platform: TestPlatform, access: unknown): Promise<boolean> =>
  (await platform.call('GET', '/oauth/userinfo', { token: access as string })).status === 200;

test('who somebody is comes with the language of the account; an empty name is none', async () => {
  const send = { token: admin, body: { lang: 'zh-CN', displayName: '' } };
  assert.equal((await left.call('PATCH', `${iam}/profile`, send)).status, 200);
  const { body } = await left.call('GET', '/oauth/userinfo', { token: admin });
  assert.deepEqual([body['locale'], body['name']], ['zh-CN', 'admin']);
});

test('when somebody logged in last is told, whichever replica runs the controllers', async () => {
  const profile = async () =>
    (await left.call('GET', `${iam}/users/admin`, { token: admin })).body as { status?: User['status'] };
  await eventually('the log-in is told', async () => (await profile()).status?.lastLoginTime !== undefined);
  const record = (time: string, success: boolean): LoginRecord => ({
    metadata: { name: time, creationTimestamp: time },
    spec: { type: 'Password', success },
  });
  const times = ['2026-01-01T00:00:00Z', '2026-01-03T00:00:00Z', '2026-01-02T00:00:00Z'];
  assert.equal(lastLogin(times.map(time => record(time, !time.includes('-03')))), times[2]);
  assert.equal(lastLogin([]), undefined);
});

test('the first password is random, told once, and good enough', () => {
  assert.equal(told.length, 1);
  assert.match(told[0]![1], /^[A-Za-z0-9]{20}$/);
  assert.notEqual(told[0]![1], firstPassword);
});

test('a token says who, until when, and is believed by every replica', async () => {
  const answer = await token(left, { grant_type: 'password', username: 'admin', password });
  const { access_token: access, expires_in: life, token_type: type } = answer.body;
  assert.deepEqual([life, type, answer.headers['cache-control']], [7200, 'Bearer', 'no-store']);
  const claims = decodeJwt(access as string);
  assert.deepEqual(
    [claims.iss, claims.sub, claims['username'], claims.exp! - claims.iat!],
    [issuer, 'admin', 'admin', 7200],
  );
  assert.equal(await usable(right, access), true);
  await assert.rejects(startPlatform(cluster, { settings: { login: { accessTokenSeconds: 7201 } } }), RangeError);
});

test('a refresh token works once, whichever replica it reaches; used twice it ends the session', async () => {
  const first = (await token(left, { grant_type: 'password', username: 'admin', password })).body;
  const refresh = (platform: TestPlatform, from: Answer['body']) =>
    token(platform, { grant_type: 'refresh_token', refresh_token: from['refresh_token'] as string });
  const second = await refresh(right, first);
  assert.equal(second.status, 200);
  const third = await refresh(left, second.body);
  assert.equal(third.status, 200);
  assert.equal(await usable(right, third.body['access_token']), true);
  const stolen = await refresh(right, first);
  assert.deepEqual([stolen.status, stolen.body['error']], [400, 'invalid_grant']);
  assert.equal((await refresh(left, third.body)).status, 400);
});

test('an access token is no refresh token, nor the other way round', async () => {
  const { body } = await token(left, { grant_type: 'password', username: 'admin', password });
  assert.equal(await usable(left, body['refresh_token']), false);
  const swapped = await token(left, { grant_type: 'refresh_token', refresh_token: body['access_token'] as string });
  assert.equal(swapped.status, 400);
  const foreign = { grant_type: 'refresh_token', refresh_token: body['refresh_token'] as string };
  const other = await token(left, { ...foreign, client_id: 'jenkins', client_secret: 's3cret' });
  assert.equal(other.status, 400);
});

test('a log-out counts on all replicas', async () => {
  const { body } = await token(left, { grant_type: 'password', username: 'admin', password });
  const access = body['access_token'] as string;
  assert.equal((await right.call('POST', '/logout', { token: access })).status, 200);
  await eventually('the other replica hears of it', async () => !(await usable(left, access)));
  assert.equal(
    (await token(left, { grant_type: 'refresh_token', refresh_token: body['refresh_token'] as string })).status,
    400,
  );
  assert.equal(await usable(left, admin), true, 'other sessions go on');
});

const clients: [string, Record<string, string>, number, string][] = [
  ['an unknown client', { client_id: 'x' }, 401, 'invalid_client'],
  ['a wrong secret', { client_secret: 'x' }, 401, 'invalid_client'],
  ['no secret', { client_secret: '' }, 401, 'invalid_client'],
  ['a client that may not take passwords', { client_id: 'grafana' }, 400, 'unauthorized_client'],
  ['a wrong password', { password: 'x' }, 400, 'invalid_grant'],
  ['an unknown user', { username: 'x' }, 400, 'invalid_grant'],
];
for (const [what, form, status, error] of clients)
  test(`${what} gets no token`, async () => {
    const answer = await token(right, { grant_type: 'password', username: 'admin', password, ...form });
    assert.deepEqual([answer.status, answer.body['error']], [status, error]);
  });

const challenge = (verifier: string) => createHash('sha256').update(verifier).digest('base64url');
const authorize = (query: Record<string, string>) =>
  left.call('GET', `/oauth/authorize?${new URLSearchParams({ response_type: 'code', ...query })}`, { token: admin });

test('a program gets a code by redirection, good once, for it alone', async () => {
  const verifier = 'v'.repeat(50);
  const redirect = program.redirectURIs[0]!;
  const query = {
    client_id: 'grafana',
    redirect_uri: redirect,
    state: 's&t',
    code_challenge: challenge(verifier),
    code_challenge_method: 'S256',
  };
  const codeOf = async (): Promise<string> => {
    const answer = await authorize(query);
    assert.equal(answer.status, 302);
    const location = new URL(answer.headers['location'] as string);
    assert.deepEqual(
      [location.origin, location.searchParams.get('state'), location.searchParams.get('iss')],
      ['https://grafana.test', 's&t', issuer],
    );
    return location.searchParams.get('code')!;
  };
  const redeem = (code: string, more: Record<string, string> = {}) =>
    token(right, {
      grant_type: 'authorization_code',
      client_id: 'grafana',
      client_secret: '',
      redirect_uri: redirect,
      code_verifier: verifier,
      code,
      ...more,
    });
  const code = await codeOf();
  const granted = await redeem(code);
  assert.equal(granted.status, 200, granted.text);
  assert.equal(await usable(left, granted.body['access_token']), true);
  assert.equal((await redeem(code)).status, 400, 'used');
  const wrong: Record<string, string>[] = [
    { code_verifier: 'w'.repeat(50) },
    { redirect_uri: 'https://grafana.test/other' },
    { client_id: 'jenkins', client_secret: 's3cret' },
  ];
  for (const more of wrong) assert.equal((await redeem(await codeOf(), more)).status, 400, JSON.stringify(more));
});

const redirections: [string, Record<string, string>, number][] = [
  ['another address', { client_id: 'grafana', redirect_uri: 'https://evil.test/callback' }, 400],
  ['an address that begins alike', { client_id: 'grafana', redirect_uri: 'https://grafana.test/callback/../x' }, 400],
  ['an address without scheme', { client_id: 'grafana', redirect_uri: '//evil.test' }, 400],
  ['a script', { client_id: 'grafana', redirect_uri: 'javascript:alert(1)' }, 400],
  ['an unknown client', { client_id: 'x', redirect_uri: 'https://grafana.test/callback' }, 400],
  ["another client's address", { client_id: 'jenkins', redirect_uri: 'https://grafana.test/callback' }, 400],
];
for (const [what, query, status] of redirections)
  test(`nothing is sent to ${what}`, async () => {
    const answer = await authorize(query);
    assert.deepEqual([answer.status, answer.headers['location']], [status, undefined]);
  });

test('a public client must prove with its code who asked for it', async () => {
  const answer = await authorize({ client_id: 'grafana', redirect_uri: 'https://grafana.test/callback' });
  assert.equal(new URL(answer.headers['location'] as string).searchParams.get('error'), 'invalid_request');
  const implicit = await authorize({
    client_id: 'jenkins',
    redirect_uri: secretive.redirectURIs[0]!,
    response_type: 'token',
  });
  assert.match(implicit.headers['location'] as string, /error=unsupported_response_type/);
});

const ringOf = (keys: SigningKeys, clock: Clock): KeyRing => ({
  signing: algorithm => keys.signing(algorithm, clock.now()),
  verifying: async id => keys.verifying.get(id),
  published: () => keys.published,
});

test('tokens of other keys, algorithms and times are not believed', async () => {
  const clock = createManualClock();
  const keys = ringOf(await loadKeys([await newKey()]), clock);
  const tokens = createTokens(keys, issuer, clock);
  const claims = { user: 'a', session: 's', client: 'c' };
  const good = await tokens.issue('access_token', claims, 60);
  assert.equal((await tokens.verify('access_token', good)).user, 'a');
  await assert.rejects(tokens.verify('refresh_token', good), { code: 401 });
  await assert.rejects(createTokens(keys, 'https://other.test', clock).verify('access_token', good), { code: 401 });
  const [header, payload] = good.split('.');
  const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
  const { privateKey } = await generateKeyPair('ES256');
  const forged = await new SignJWT({ sid: 's', token_type: 'access_token' })
    .setProtectedHeader({ alg: 'ES256', kid: keys.signing('ES256').id })
    .setIssuer(issuer)
    .setSubject('admin')
    .setAudience('c')
    .setExpirationTime(Math.floor(clock.now() / 1000) + 60)
    .sign(privateKey);
  // The public key as a shared secret: the oldest trick.
  const confused = await new SignJWT({ sid: 's', token_type: 'access_token' })
    .setProtectedHeader({ alg: 'HS256', kid: keys.signing('ES256').id })
    .setIssuer(issuer)
    .setSubject('admin')
    .setAudience('c')
    .setExpirationTime(Math.floor(clock.now() / 1000) + 60)
    .sign(new TextEncoder().encode(JSON.stringify(keys.published().keys[0])));
  for (const bad of [`${none}.${payload}.`, `${header}.${payload}.AAAA`, forged, confused, 'x', ''])
    await assert.rejects(tokens.verify('access_token', bad), { code: 401 });
  await clock.advance(61_000);
  await assert.rejects(tokens.verify('access_token', good), { code: 401 });
});

test('the key is readable by no route and no member', async () => {
  const keys = await left.call('GET', '/oauth/keys');
  const published = keys.body['keys'] as Record<string, unknown>[];
  assert.deepEqual(published.map(({ alg }) => alg).toSorted(), ['ES256', 'RS256']);
  for (const key of published)
    for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) assert.ok(!(secret in key), secret);
  const secrets = await cluster.client.list(resources.secrets, { namespace: 'kubesphere-system' });
  assert.ok(secrets.items.some(({ metadata }) => metadata.name === 'platform-signing-keys'));
});

test('the console logs in by a cookie that scripts and other sites cannot use', async () => {
  const login = await left.call('POST', '/login', { body: { username: 'admin', password } });
  assert.equal(login.status, 200);
  const cookie = String(login.headers['set-cookie']);
  for (const attribute of ['HttpOnly', 'SameSite=Strict', 'Secure', 'Path=/'])
    assert.ok(cookie.includes(attribute), attribute);
  assert.ok(!login.text.includes('token'));
  const sent = { cookie: `lang=en; ${cookie.split(';')[0]}` };
  const create = (headers: Record<string, string>) =>
    right.call('POST', '/api/v1/namespaces/default/configmaps?dryRun=All', {
      headers: { ...sent, ...headers },
      body: { metadata: { name: 'x' } },
    });
  assert.equal((await right.call('GET', '/oauth/userinfo', { headers: sent })).status, 200);
  const writes: [Record<string, string>, number][] = [
    [{ origin: 'https://platform.test' }, 201],
    [{ 'sec-fetch-site': 'same-origin' }, 201],
    [{ origin: 'https://evil.test' }, 403],
    [{ origin: 'null' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{}, 403],
  ];
  for (const [headers, status] of writes) assert.equal((await create(headers)).status, status, JSON.stringify(headers));
  const watch = { ...sent, connection: 'Upgrade', upgrade: 'websocket', origin: 'https://evil.test' };
  assert.equal((await right.call('GET', '/api/v1/namespaces?watch=1', { headers: watch })).status, 403);
  const out = await right.call('POST', '/logout', { headers: { ...sent, origin: 'https://platform.test' } });
  assert.match(String(out.headers['set-cookie']), /token=; Max-Age=0/);
  const again = await right.call('GET', '/oauth/userinfo', { headers: sent });
  assert.equal(again.status, 401);
});

test('too many wrong passwords close the door, also for the right one', async () => {
  const body = { metadata: { name: 'eve' }, spec: { password } };
  assert.equal((await left.call('POST', `${iam}/users`, { token: admin, body })).status, 200);
  const attempt = (secret: string) => token(left, { grant_type: 'password', username: 'eve', password: secret });
  for (let tries = 0; tries < 3; tries++) assert.equal((await attempt('x')).status, 400);
  const closed = await attempt(password);
  assert.deepEqual([closed.status, closed.body['error']], [429, 'slow_down']);
  const records = await right.call('GET', `${iam}/users/eve/loginrecords`, { token: admin });
  assert.equal(records.body['totalItems'], 3);
  assert.ok(!records.text.includes('"password":'));
});

test('failures count since the last success, within the window', () => {
  const record = (seconds: number, success: boolean): LoginRecord => ({
    metadata: { name: `${seconds}`, creationTimestamp: new Date(seconds * 1000).toISOString() },
    spec: { type: 'Password', success },
  });
  const cases: [LoginRecord[], number][] = [
    [[], 0],
    [[record(100, false), record(101, false)], 2],
    [[record(100, false), record(101, true)], 0],
    [[record(100, true), record(101, false)], 1],
    [[record(10, false), record(101, false)], 1],
  ];
  for (const [records, failures] of cases) assert.equal(failuresIn(records, 50_000), failures);
});
