/** The OpenID provider, as programs know it: an independent client over a socket, what is refused, who is asked, consent, devices. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import * as openid from 'openid-client';
import { createBrowser } from '../testing/browser.ts';
import { eventually, password } from '../testing/people.ts';
import type { Answer } from '../testing/platform.ts';
import { callback, startProvider } from '../testing/provider.ts';

const { answerOf, authorizeUrl, issuer, newBrowser, over, platform, redeem, usable } = await startProvider();

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
