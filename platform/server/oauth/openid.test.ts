/** The OpenID provider, as programs know it: an independent client over a socket, consent, devices, revocation, log-out, keys. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import type { Handler } from '@orrery/http';
import { serve } from '@orrery/http/node';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import * as openid from 'openid-client';
import { newKey, planKeys, type StoredKey } from '../identity/keys.ts';
import { keySecret } from '../identity/keyring.ts';
import { getSecret, recordIn, secretOf } from '../identity/secrets.ts';
import { createBrowser, type Browser } from '../testing/browser.ts';
import { configure, unconfigure } from '../testing/configuration.ts';
import {
  firstPassword,
  startCluster,
  startPlatform,
  type Answer,
  type TestCluster,
  type TestPlatform,
} from '../testing/platform.ts';
import { eventually } from '../testing/people.ts';
import { newUserCode } from './device.ts';

const iam = '/kapis/iam.kubesphere.io/v1beta1';
const password = 'Pa55word-long';
const callback = 'https://app.test/callback';

let cluster: TestCluster;
let platform: TestPlatform;
let socket: Awaited<ReturnType<typeof serve>>;
let issuer = '';
let admin = '';

const clients = [
  {
    name: 'app',
    secret: 'app-s3cret',
    grantMethod: 'auto',
    redirectURIs: [callback],
    postLogoutRedirectURIs: ['https://app.test/bye'],
  },
  { name: 'third', secret: 'third-s3cret', grantMethod: 'prompt', redirectURIs: ['https://third.test/cb'] },
  {
    name: 'narrow',
    secret: 'narrow-s3cret',
    grantMethod: 'auto',
    redirectURIs: ['https://narrow.test/cb'],
    scopeRestrictions: ['openid'],
  },
  { name: 'banned', secret: 'banned-s3cret', grantMethod: 'deny', redirectURIs: ['https://banned.test/cb'] },
  { name: 'television', grantMethod: 'prompt' },
  {
    name: 'short',
    secret: 'short-s3cret',
    grantMethod: 'auto',
    redirectURIs: ['https://short.test/cb'],
    accessTokenMaxAgeSeconds: 600,
  },
];

const untilKnown = async (name: string, isKnown = true): Promise<void> => {
  const ask = () =>
    platform.call('POST', '/oauth/revoke', { form: { client_id: name, client_secret: `${name}-s3cret`, token: 'x' } });
  await eventually('the client is as configured', async () => ((await ask()).status === 200) === isKnown);
};

before(async () => {
  cluster = await startCluster();
  let handler: Handler = async () => ({ status: 503, headers: {} });
  socket = await serve({ handler: request => handler(request), clock: systemClock, log: silentLog });
  issuer = `http://127.0.0.1:${socket.port}`;
  platform = await startPlatform(cluster, { issuer });
  handler = platform.handler;
  admin = await platform.logIn('admin', firstPassword);
  const send = (method: string, path: string, body: unknown) =>
    platform.call(method, `${iam}${path}`, { token: admin, body });
  assert.equal((await send('PUT', '/users/admin/password', { currentPassword: firstPassword, password })).status, 200);
  const alice = { metadata: { name: 'alice' }, spec: { password, email: 'alice@example.test', lang: 'en' } };
  assert.equal((await send('POST', '/users', alice)).status, 200);
  for (const client of clients) await configure(cluster.client, 'oauthclient', client);
  await Promise.all(['app', 'third', 'narrow', 'short'].map(name => untilKnown(name)));
});
after(async () => {
  await socket.close();
  await platform.close();
  await cluster.close();
});

const newBrowser = async (user = 'alice'): Promise<Browser> => {
  const browser = createBrowser({ [issuer]: platform });
  assert.equal((await browser.send('POST', '/login', { username: user, password })).status, 200);
  return browser;
};

const authorizeUrl = (values: Record<string, string>): string =>
  `${issuer}/oauth/authorize?${new URLSearchParams({ response_type: 'code', client_id: 'app', redirect_uri: callback, ...values })}`;

/** What came back to the program. */
const answerOf = async (browser: Browser, values: Record<string, string>): Promise<URLSearchParams> => {
  const uri = values['redirect_uri'] ?? callback;
  const { url, status, text } = await browser.visit(authorizeUrl(values), uri);
  assert.equal(status, 0, `${status} ${text}`);
  return new URL(url).searchParams;
};

const redeem = (code: string, form: Record<string, string> = {}): Promise<Answer> =>
  platform.call('POST', '/oauth/token', {
    form: {
      grant_type: 'authorization_code',
      client_id: 'app',
      client_secret: 'app-s3cret',
      redirect_uri: callback,
      code,
      ...form,
    },
  });

const usable = async (token: unknown): Promise<boolean> =>
  (await platform.call('GET', '/oauth/userinfo', { token: token as string })).status === 200;
const over = (token: unknown): Promise<void> => eventually('the session is over', async () => !(await usable(token)));

test('an independent client discovers everything, logs a user in, and finds every check in order', async () => {
  const config = await openid.discovery(new URL(issuer), 'app', 'app-s3cret', undefined, {
    execute: [openid.allowInsecureRequests],
  });
  const verifier = openid.randomPKCECodeVerifier();
  const [state, nonce] = [openid.randomState(), openid.randomNonce()];
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: callback,
    scope: 'openid profile email',
    code_challenge: await openid.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
  });
  const { url: back } = await (await newBrowser()).visit(url.href, callback);
  const tokens = await openid.authorizationCodeGrant(config, new URL(back), {
    pkceCodeVerifier: verifier,
    expectedState: state,
    expectedNonce: nonce,
    idTokenExpected: true,
  });
  const claims = tokens.claims()!;
  assert.deepEqual(
    [
      claims.iss,
      claims.sub,
      claims.aud,
      claims['preferred_username'],
      claims['email'],
      claims['email_verified'],
      claims['locale'],
    ],
    [issuer, 'alice', 'app', 'alice', 'alice@example.test', false, 'en'],
  );
  const keys = createRemoteJWKSet(new URL(`${issuer}/oauth/keys`));
  const { protectedHeader } = await jwtVerify(tokens.id_token!, keys, { issuer, audience: 'app' });
  assert.equal(protectedHeader.alg, 'RS256');
  const info = await openid.fetchUserInfo(config, tokens.access_token, 'alice');
  assert.equal(info.email, 'alice@example.test');
  const refreshed = await openid.refreshTokenGrant(config, tokens.refresh_token!);
  assert.equal(refreshed.claims()!.sub, 'alice');
  const seen = (await openid.tokenIntrospection(config, refreshed.access_token)) as Record<string, unknown>;
  assert.deepEqual([seen['active'], seen['username'], seen['scope']], [true, 'alice', 'openid profile email']);
  await openid.tokenRevocation(config, refreshed.refresh_token!);
  assert.equal((await openid.tokenIntrospection(config, refreshed.access_token)).active, false);
});

test('L1: an id_token opens nothing here', async () => {
  const code = (await answerOf(await newBrowser(), { scope: 'openid' })).get('code')!;
  const { body } = await redeem(code);
  assert.equal(await usable(body['access_token']), true);
  assert.equal(await usable(body['id_token']), false);
  assert.equal(decodeJwt(body['id_token'] as string)['email'], undefined, 'what was not asked for is not told');
});

const refusals: [string, Record<string, string>, string][] = [
  ['plain PKCE', { code_challenge: 'x'.repeat(43), code_challenge_method: 'plain' }, 'invalid_request'],
  ['PKCE without a method, which is plain', { code_challenge: 'x'.repeat(43) }, 'invalid_request'],
  ['a challenge that is no digest', { code_challenge: 'x', code_challenge_method: 'S256' }, 'invalid_request'],
  ['a token in the address', { response_type: 'token' }, 'unsupported_response_type'],
  ['an id_token in the address', { response_type: 'id_token', nonce: 'x' }, 'unsupported_response_type'],
  ['both', { response_type: 'code id_token' }, 'unsupported_response_type'],
  ['a fragment', { response_mode: 'fragment' }, 'invalid_request'],
  ['a request object', { request: 'eyJ' }, 'request_not_supported'],
  ['a request elsewhere', { request_uri: 'https://evil.test/' }, 'request_uri_not_supported'],
  ['a scope that there is not', { scope: 'openid everything' }, 'invalid_scope'],
  [
    'more than the client may',
    { client_id: 'narrow', redirect_uri: 'https://narrow.test/cb', scope: 'openid email' },
    'invalid_scope',
  ],
  ['a client that lets nobody in', { client_id: 'banned', redirect_uri: 'https://banned.test/cb' }, 'access_denied'],
  ['a contradiction', { prompt: 'none login' }, 'invalid_request'],
  ['an age that is none', { max_age: '-1' }, 'invalid_request'],
];
for (const [what, values, error] of refusals)
  test(`L1: ${what} is refused, and told to the program with its state`, async () => {
    const answer = await answerOf(await newBrowser(), { state: 's', ...values });
    assert.deepEqual(
      [answer.get('error'), answer.get('state'), answer.get('iss'), answer.get('code')],
      [error, 's', issuer, null],
    );
  });

test('L1: a question that stands twice goes nowhere', async () => {
  const browser = await newBrowser();
  for (const name of ['client_id', 'redirect_uri', 'state', 'scope']) {
    const { status } = await browser.visit(`${authorizeUrl({ state: 's', scope: 'openid' })}&${name}=x`, callback);
    assert.equal(status, 400, name);
  }
  const form = {
    grant_type: 'password',
    client_id: 'kubesphere',
    client_secret: 'kubesphere',
    username: 'alice',
    password,
  };
  const twice = `${new URLSearchParams(form)}&username=admin`;
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  assert.equal((await platform.call('POST', '/oauth/token', { raw: twice, headers })).status, 400);
});

test('L1: a code used twice ends what it had opened', async () => {
  const code = (await answerOf(await newBrowser(), {})).get('code')!;
  const first = await redeem(code);
  assert.equal(await usable(first.body['access_token']), true);
  assert.equal((await redeem(code)).status, 400);
  await over(first.body['access_token']);
});

test('L1: of two that bring one code at once one gets in', async () => {
  const code = (await answerOf(await newBrowser(), {})).get('code')!;
  const answers = await Promise.all([redeem(code), redeem(code), redeem(code)]);
  assert.ok(answers.filter(({ status }) => status === 200).length <= 1);
});

test('nobody is asked to log in, at a page of ours that knows where to go on', async () => {
  const browser = createBrowser({ [issuer]: platform });
  const url = authorizeUrl({ state: 's' });
  const { url: end } = await browser.visit(url, `${issuer}/login`);
  const referer = new URL(end).searchParams.get('referer')!;
  assert.ok(referer.startsWith('/oauth/authorize?'));
  assert.deepEqual([...new URL(referer, issuer).searchParams].toSorted(), [...new URL(url).searchParams].toSorted());
  assert.equal((await answerOf(browser, { prompt: 'none' })).get('error'), 'login_required');
  const elsewhere = await platform.call('GET', url.slice(issuer.length), {
    headers: { 'sec-fetch-site': 'cross-site' },
  });
  assert.equal(elsewhere.status, 200, 'the cookie comes along with the second request');
  assert.match(elsewhere.text, /http-equiv="refresh"/);
});

test('a program is let in by the user, once', async () => {
  const browser = await newBrowser();
  const third = { client_id: 'third', redirect_uri: 'https://third.test/cb', scope: 'openid email', state: 's' };
  assert.equal((await answerOf(browser, { ...third, prompt: 'none' })).get('error'), 'consent_required');
  const { url } = await browser.visit(authorizeUrl(third), `${issuer}/login/consent`);
  const asked = new URL(url).searchParams;
  const shown = JSON.parse((await browser.visit(`${issuer}/oauth/consent?${asked}`)).text) as object;
  assert.deepEqual(shown, { client: 'third', scopes: ['openid', 'email'], username: 'alice' });
  const cookie = `token=${browser.cookie(new URL(issuer).host, 'token')}`;
  const say = (consent: string, headers: Record<string, string> = {}) =>
    platform.call('POST', '/oauth/authorize', {
      form: { ...Object.fromEntries(asked), consent },
      headers: { cookie, host: new URL(issuer).host, accept: 'application/json', origin: issuer, ...headers },
    });
  const resultOf = ({ body }: Answer) => new URL(body['redirect_uri'] as string).searchParams;
  assert.equal((await say('approve', { origin: 'https://evil.test' })).status, 403, 'L6: by a page of ours');
  assert.equal(resultOf(await say('deny')).get('error'), 'access_denied');
  const code = resultOf(await say('approve')).get('code')!;
  const form = { client_id: 'third', client_secret: 'third-s3cret', redirect_uri: third.redirect_uri };
  const { body } = await redeem(code, form);
  assert.equal(body['scope'], 'openid email');
  assert.ok((await answerOf(browser, third)).get('code'), 'not asked again while it is in');
  const { url: more } = await browser.visit(
    authorizeUrl({ ...third, scope: 'openid profile' }),
    `${issuer}/login/consent`,
  );
  assert.ok(more.startsWith(`${issuer}/login/consent`), 'for more it is asked');
  const { url: again } = await browser.visit(authorizeUrl({ ...third, prompt: 'consent' }), `${issuer}/login/consent`);
  assert.ok(again.startsWith(`${issuer}/login/consent`));
});

test('a program lets no other program in, though it has a token of the user', async () => {
  const code = (await answerOf(await newBrowser(), {})).get('code')!;
  const token = (await redeem(code)).body['access_token'] as string;
  const { headers } = await platform.call('GET', authorizeUrl({}).slice(issuer.length), { token });
  assert.match(String(headers['location']), /^\/login\?/);
  const device = await platform.call('POST', '/oauth/device_authorization', { form: { client_id: 'television' } });
  const body = { user_code: device.body['user_code'], approve: true };
  assert.equal((await platform.call('POST', '/oauth/device', { token, body })).status, 400);
});

test('a program without a browser is let in from another one', async () => {
  const begin = async () =>
    (await platform.call('POST', '/oauth/device_authorization', { form: { client_id: 'television', scope: 'openid' } }))
      .body;
  const device = await begin();
  assert.match(String(device['user_code']), /^[B-Z]{4}-[B-Z]{4}$/);
  assert.equal(device['verification_uri'], `${issuer}/login/device`);
  const grant = 'urn:ietf:params:oauth:grant-type:device_code';
  const poll = (code: unknown, client = 'television') =>
    platform.call('POST', '/oauth/token', {
      form: { grant_type: grant, client_id: client, device_code: String(code) },
    });
  assert.equal((await poll(device['device_code'])).body['error'], 'authorization_pending');
  // Who asks again within five seconds: here sooner or later, however slow the machine is.
  await eventually(
    'it is told to slow down',
    async () => (await poll(device['device_code'])).body['error'] === 'slow_down',
  );
  assert.equal((await poll('x')).body['error'], 'invalid_grant');
  const browser = await newBrowser();
  const typed = String(device['user_code']).toLowerCase().replace('-', ' ');
  const shown = await browser.visit(`${issuer}/oauth/device?${new URLSearchParams({ user_code: typed })}`);
  assert.deepEqual(JSON.parse(shown.text), { client: 'television', scopes: ['openid'], username: 'alice' });
  assert.equal((await browser.send('POST', '/oauth/device', { user_code: typed, approve: true })).status, 200);
  assert.equal((await browser.send('POST', '/oauth/device', { user_code: typed, approve: true })).status, 404, 'once');
  const answers = await Promise.all([poll(device['device_code']), poll(device['device_code'])]);
  const [granted] = answers.filter(({ status }) => status === 200);
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
  assert.equal(decodeJwt(granted!.body['id_token'] as string).sub, 'alice');
  const refused = await begin();
  assert.equal(
    (await browser.send('POST', '/oauth/device', { user_code: refused['user_code'], approve: false })).status,
    200,
  );
  assert.equal((await poll(refused['device_code'])).body['error'], 'access_denied');
  const guesses: number[] = [];
  for (let tries = 0; tries < 12; tries++)
    guesses.push((await browser.send('POST', '/oauth/device', { user_code: 'BBBB-BBBB', approve: true })).status);
  assert.deepEqual([guesses[0], guesses.at(-1)], [404, 429], 'codes are not to be guessed');
});

test('codes for people have no vowels and are hardly ever the same', () => {
  let next = 0;
  const random = {
    float: () => 0,
    uuid: () => '',
    bytes: (size: number) => Uint8Array.from({ length: size }, () => next++ & 255),
  };
  const codes = Array.from({ length: 20 }, () => newUserCode(random));
  for (const code of codes) assert.match(code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
});

test('what a program was given it may give back; of what it was not given it learns nothing', async () => {
  const code = (await answerOf(await newBrowser(), { scope: 'openid' })).get('code')!;
  const { body } = await redeem(code);
  const token = body['access_token'] as string;
  const ask = (path: string, client: string, secret: string) =>
    platform.call('POST', path, { form: { client_id: client, client_secret: secret, token } });
  assert.deepEqual((await ask('/oauth/introspect', 'third', 'third-s3cret')).body, { active: false });
  assert.equal((await ask('/oauth/introspect', 'kubesphere', 'kubesphere')).body['username'], 'alice', 'trusted');
  assert.equal((await ask('/oauth/introspect', 'television', '')).status, 401, 'no secret, no questions');
  assert.equal((await ask('/oauth/revoke', 'third', 'third-s3cret')).status, 200);
  assert.equal(await usable(token), true);
  const basic = `Basic ${Buffer.from('app:app-s3cret').toString('base64')}`;
  assert.equal(
    (await platform.call('POST', '/oauth/revoke', { form: { token }, headers: { authorization: basic } })).status,
    200,
  );
  await over(token);
  const wrong = await platform.call('POST', '/oauth/revoke', {
    form: { token },
    headers: { authorization: 'Basic x' },
  });
  assert.deepEqual([wrong.status, wrong.headers['www-authenticate']], [401, 'Basic realm="oauth"']);
});

test('a webhook is told whose token it is', async () => {
  const review = (token: string) =>
    platform.call('POST', '/oauth/authenticate', {
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } },
    });
  const token = await platform.logIn('alice', password);
  const { authenticated, user } = (await review(token)).body['status'] as {
    authenticated: boolean;
    user: { username: string };
  };
  assert.deepEqual([authenticated, user.username], [true, 'alice']);
  assert.deepEqual((await review('x')).body['status'], { authenticated: false });
});

test('KubeSphere’s older log-in gives tokens for a password', async () => {
  const { status, body } = await platform.call('POST', '/kapis/iam.kubesphere.io/v1alpha2/login', {
    body: { username: 'alice', password },
  });
  assert.deepEqual([status, body['token_type'], await usable(body['access_token'])], [200, 'Bearer', true]);
});

test('a client’s tokens live as long as it says, and never longer than two hours', async () => {
  const short = { client_id: 'short', redirect_uri: 'https://short.test/cb' };
  const code = (await answerOf(await newBrowser(), short)).get('code')!;
  const { body } = await redeem(code, { ...short, client_secret: 'short-s3cret' });
  assert.equal(body['expires_in'], 600);
});

test('L1: after a log-out the browser goes where the program said before, and nowhere else', async () => {
  const browser = await newBrowser();
  const code = (await answerOf(browser, { scope: 'openid' })).get('code')!;
  const { body } = await redeem(code);
  const hint = body['id_token'] as string;
  const out = (values: Record<string, string>) => platform.call('GET', `/oauth/logout?${new URLSearchParams(values)}`);
  const evil = [
    'https://evil.test/',
    '//evil.test',
    'javascript:alert(1)',
    `${callback}/../x`,
    'https://third.test/cb',
  ];
  for (const post_logout_redirect_uri of evil)
    assert.equal((await out({ id_token_hint: hint, post_logout_redirect_uri })).status, 400, post_logout_redirect_uri);
  assert.equal((await out({ post_logout_redirect_uri: 'https://app.test/bye' })).status, 400, 'of nobody');
  assert.equal((await out({ id_token_hint: `${hint}x` })).status, 400);
  assert.equal((await out({ id_token_hint: hint, client_id: 'third' })).status, 400);
  assert.equal(await usable(body['access_token']), true);
  const { status, headers } = await out({
    id_token_hint: hint,
    post_logout_redirect_uri: 'https://app.test/bye',
    state: 's',
  });
  assert.deepEqual([status, headers['location']], [302, 'https://app.test/bye?state=s']);
  await over(body['access_token']);
  const me = await browser.visit(`${issuer}/oauth/userinfo`);
  assert.equal(me.status, 200, 'a program logs nobody out of the console');
  assert.equal((await browser.visit(`${issuer}/oauth/logout`)).status, 200);
  assert.equal((await browser.visit(`${issuer}/oauth/userinfo`)).status, 401);
});

test('clients are configuration that counts at once', async () => {
  await configure(cluster.client, 'oauthclient', {
    name: 'late',
    secret: 'late-s3cret',
    grantMethod: 'auto',
    redirectURIs: [callback],
  } as never);
  await untilKnown('late');
  const code = (await answerOf(await newBrowser(), { client_id: 'late' })).get('code')!;
  const form = { client_id: 'late', client_secret: 'late-s3cret' };
  const { body } = await redeem(code, form);
  await unconfigure(cluster.client, 'oauthclient', 'late');
  await untilKnown('late', false);
  const refresh = { ...form, grant_type: 'refresh_token', refresh_token: body['refresh_token'] as string };
  assert.equal((await platform.call('POST', '/oauth/token', { form: refresh })).status, 401);
});

const grants: [string, Record<string, string>, number, string][] = [
  ['a grant that there is not', { grant_type: 'client_credentials' }, 400, 'unsupported_grant_type'],
  ['implicit by the back door', { grant_type: 'token' }, 400, 'unsupported_grant_type'],
  ['no code', { grant_type: 'authorization_code' }, 400, 'invalid_request'],
  ['more than was granted', { grant_type: 'refresh_token' }, 400, 'invalid_grant'],
];
for (const [what, form, status, error] of grants)
  test(`no token for ${what}`, async () => {
    const answer = await platform.call('POST', '/oauth/token', {
      form: { client_id: 'app', client_secret: 'app-s3cret', ...form },
    });
    assert.deepEqual(
      [answer.status, answer.body['error'], answer.headers['cache-control']],
      [status, error, 'no-store'],
    );
  });

const day = 24 * 3600_000;
const times = { periodMs: 30 * day, leadMs: 3600_000, keptMs: 5 * 3600_000 };
const key = (kid: string, alg: string, signsFromMs: number): StoredKey => ({ kty: 'x', kid, alg, signsFromMs });
const both = (from: number, name = 'a') => [key(`${name}-es`, 'ES256', from), key(`${name}-rs`, 'RS256', from)];
const plans: [string, StoredKey[], number, string[], [string, number][]][] = [
  [
    'an empty installation gets both',
    [],
    5,
    [],
    [
      ['ES256', 5],
      ['RS256', 5],
    ],
  ],
  ['an older one gets what is missing', [key('a-es', 'ES256', 0)], 5, ['a-es'], [['RS256', 5]]],
  ['nothing while they are young', both(0), 29 * day, ['a-es', 'a-rs'], []],
  [
    'successors are published before they sign',
    both(0),
    30 * day - 3600_000,
    ['a-es', 'a-rs'],
    [
      ['ES256', 30 * day],
      ['RS256', 30 * day],
    ],
  ],
  ['once', [...both(0), ...both(30 * day, 'b')], 30 * day - 1000, ['a-es', 'a-rs', 'b-es', 'b-rs'], []],
  [
    'former ones are believed while what they signed lives',
    [...both(0), ...both(30 * day, 'b')],
    30 * day + times.keptMs - 1,
    ['a-es', 'a-rs', 'b-es', 'b-rs'],
    [],
  ],
  ['and then go', [...both(0), ...both(30 * day, 'b')], 30 * day + times.keptMs, ['b-es', 'b-rs'], []],
];
for (const [what, keys, now, kept, wanted] of plans)
  test(`L5: keys: ${what}`, () => {
    const plan = planKeys(keys, now, times);
    assert.deepEqual(
      plan.kept.map(({ kid }) => kid),
      kept,
    );
    assert.deepEqual(
      plan.wanted.map(({ algorithm, signsFromMs }) => [algorithm, signsFromMs]),
      wanted,
    );
  });

test('L5: a new key signs at once everywhere, old tokens are believed; without the Secret they are not', async () => {
  const old = await platform.logIn('alice', password);
  const header = (token: string) =>
    (JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()) as { kid: string }).kid;
  const secret = (await getSecret(cluster.client, keySecret))!;
  const { keys } = recordIn<{ keys: StoredKey[] }>(secret)!;
  const added = await newKey('ES256', Date.now() - 1000);
  await cluster.client.update(resources.secrets, {
    ...secret,
    data: secretOf('', '', {}, { keys: [...keys, added] }).data,
  });
  await eventually('the new key signs', async () => {
    const token = await platform.logIn('alice', password);
    assert.equal(await usable(token), true);
    return header(token) === added.kid;
  });
  assert.equal(await usable(old), true);
  await cluster.client.delete(resources.secrets, keySecret, { namespace: 'kubesphere-system' });
  await over(old);
  assert.equal(await usable(await platform.logIn('alice', password)), true);
});
