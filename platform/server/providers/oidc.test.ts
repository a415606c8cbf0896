/** An id_token in every way that it can be wrong, at a provider on loopback that signs what the test says. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { SignJWT, exportJWK, generateKeyPair, type CryptoKey, type JWK, type JWTPayload } from 'jose';
import { createEgress } from '../egress/egress.ts';
import { egressPolicy } from '../egress/policy.ts';
import { oidcProvider } from './oidc.ts';
import type { Journey, RedirectProvider } from './types.ts';

let issuer = '';
let signing: CryptoKey;
let published: JWK[] = [];
let idToken: unknown;
let userInfo: object = {};
let claimedIssuer: string | undefined;

const server = createServer((request, response) => {
  const answers: Record<string, () => object> = {
    '/.well-known/openid-configuration': () => ({
      issuer: claimedIssuer ?? issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/keys`,
      authorization_response_iss_parameter_supported: true,
    }),
    '/token': () => ({ access_token: 'a', token_type: 'Bearer', id_token: idToken }),
    '/keys': () => ({ keys: published }),
    '/userinfo': () => userInfo,
  };
  const answer = answers[request.url!.split('?')[0]!];
  response.writeHead(answer ? 200 : 404, { 'content-type': 'application/json' }).end(JSON.stringify(answer?.() ?? {}));
});

before(async () => {
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  signing = privateKey;
  published = [{ ...(await exportJWK(publicKey)), kid: 'k', alg: 'RS256', use: 'sig' }];
});
after(() => {
  server.closeAllConnections();
  server.close();
});

const egress = createEgress({
  clock: systemClock,
  log: silentLog,
  policy: async () => egressPolicy({ allow: ['127.0.0.1/32'], onlyListed: false }),
  resolve: async () => [],
});
const provider = (more: object = {}) =>
  oidcProvider(
    { issuer, clientID: 'me', clientSecret: 's', ...more },
    { egress, clock: systemClock },
  ) as RedirectProvider;

const journey: Journey = {
  state: 's',
  nonce: 'n',
  verifier: 'v',
  challenge: 'c',
  redirectUri: 'https://platform.test/cb',
};
const now = () => Math.floor(Date.now() / 1000);
const claims = (): JWTPayload => ({ iss: issuer, sub: 'eve', aud: 'me', iat: now(), exp: now() + 300, nonce: 'n' });
const sign = (payload: JWTPayload, key: CryptoKey | Uint8Array = signing, alg = 'RS256', kid = 'k') =>
  new SignJWT(payload).setProtectedHeader({ alg, kid }).sign(key);
const finish = (by = provider(), query: Record<string, string> = {}) =>
  by.finish(new URLSearchParams({ code: 'x', iss: issuer, ...query }), journey);
const without = (payload: JWTPayload, name: string): JWTPayload =>
  Object.fromEntries(Object.entries(payload).filter(([key]) => key !== name));

test('a token that is right says who it is', async () => {
  idToken = await sign(claims());
  assert.equal((await finish()).uid, 'eve');
  idToken = await sign({ ...claims(), aud: ['me', 'other'], azp: 'me' });
  assert.equal((await finish()).uid, 'eve');
});

const wrong: [string, () => Promise<unknown>][] = [
  ['another issuer', () => sign({ ...claims(), iss: 'https://evil.test' })],
  ['another audience', () => sign({ ...claims(), aud: 'other' })],
  ['several audiences and nobody who asked', () => sign({ ...claims(), aud: ['me', 'other'] })],
  ['somebody else who asked', () => sign({ ...claims(), azp: 'other' })],
  ['another nonce', () => sign({ ...claims(), nonce: 'other' })],
  ['no nonce', () => sign(without(claims(), 'nonce'))],
  ['a time that is over', () => sign({ ...claims(), exp: now() - 120 })],
  ['no end', () => sign(without(claims(), 'exp'))],
  ['a beginning to come', () => sign({ ...claims(), nbf: now() + 120 })],
  ['no subject', () => sign(without(claims(), 'sub'))],
  ['the key of somebody else', async () => sign(claims(), (await generateKeyPair('RS256')).privateKey)],
  [
    'a key that nobody published',
    async () => sign(claims(), (await generateKeyPair('RS256')).privateKey, 'RS256', 'other'),
  ],
  ['a shared secret', () => sign(claims(), new TextEncoder().encode('s'.repeat(32)), 'HS256')],
  [
    'no signature',
    async () =>
      `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from(JSON.stringify(claims())).toString('base64url')}.`,
  ],
  ['no token at all', async () => undefined],
  ['a number for a token', async () => 7],
];
for (const [what, make] of wrong)
  test(`L1: an id_token with ${what} is not believed`, async () => {
    idToken = await make();
    await assert.rejects(finish(), { code: 401 });
  });

test('L1: an answer that does not say whose it is, or says another’s, is not brought to this provider', async () => {
  idToken = await sign(claims());
  await assert.rejects(finish(provider(), { iss: 'https://evil.test' }), { code: 401 });
  await assert.rejects(provider().finish(new URLSearchParams({ code: 'x' }), journey), { code: 401 });
  await assert.rejects(finish(provider(), { error: 'access_denied' }), { code: 401 });
});

test('L1: what is said beside the token must be of the same subject', async () => {
  idToken = await sign(claims());
  userInfo = { sub: 'eve', preferred_username: 'evelyn', email: 'eve@example.test', email_verified: true };
  assert.deepEqual(await finish(provider({ getUserInfo: true })), {
    uid: 'eve',
    username: 'evelyn',
    email: 'eve@example.test',
  });
  userInfo = { sub: 'admin', preferred_username: 'admin' };
  await assert.rejects(finish(provider({ getUserInfo: true })), { code: 401 });
});

test('L1: who answers for another issuer is not asked', async () => {
  claimedIssuer = 'https://evil.test';
  await assert.rejects(provider().begin(journey), { code: 401 });
  claimedIssuer = undefined;
  const url = new URL(await provider({ scopes: ['email'] }).begin(journey));
  assert.deepEqual(
    ['scope', 'nonce', 'state', 'code_challenge', 'code_challenge_method'].map(name => url.searchParams.get(name)),
    ['openid email', 'n', 's', 'c', 'S256'],
  );
});

test('a key that follows another is found', async () => {
  const asked = provider();
  idToken = await sign(claims());
  await finish(asked);
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  published = [...published, { ...(await exportJWK(publicKey)), kid: 'next', alg: 'ES256', use: 'sig' }];
  idToken = await sign(claims(), privateKey, 'ES256', 'next');
  await assert.rejects(finish(asked), { code: 401 }, 'not at everybody’s wish');
  assert.equal((await finish()).uid, 'eve');
});
