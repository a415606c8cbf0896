/** What programs do with tokens, and how these end: questions, revocation, log-out, clients that go, keys that follow each other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resources } from '@orrery/client/resources';
import { newKey, type StoredKey } from '../identity/keys.ts';
import { keySecret } from '../identity/keyring.ts';
import { getSecret, recordIn, secretOf } from '../identity/secrets.ts';
import { configure, unconfigure } from '../testing/configuration.ts';
import { eventually, password } from '../testing/people.ts';
import { callback, startProvider } from '../testing/provider.ts';

const { answerOf, cluster, issuer, newBrowser, over, platform, redeem, untilKnown, usable } = await startProvider();

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
