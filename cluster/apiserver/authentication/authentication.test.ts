import assert from 'node:assert/strict';
import { X509Certificate, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import type { Request, UserInfo } from '@orrery/http';
import { silentLog } from '@orrery/machinery/log';
import { seededRandom, systemRandom } from '@orrery/machinery/random';
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError } from '@orrery/machinery/status';
import { testCluster } from '../authorization/fixtures.ts';
import { adminCertificate, nodeCertificates } from '../pki/certificates.ts';
import { issueAuthority, issueCertificate } from '../pki/issue.ts';
import type { ActionContext, RequestInfo } from '../types.ts';
import { bearerToken, createAuthenticator } from './chain.ts';
import { configurationPath, discoveryPaths, keySetPath } from './discovery.ts';
import { signToken, signingKey, unverifiedClaims } from './jwt.ts';
import { selfSubjectReviewAction, tokenReviewAction } from './reviews.ts';
import { createServiceAccountTokens } from './service-account-tokens.ts';
import { tokenRequestAction } from './token-request.ts';
import { TokenError, anyToken, cachedTokens, staticTokens } from './tokens.ts';
import type { TokenAuthenticator } from './tokens.ts';

const api = 'https://kubernetes.default.svc';
const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const signing = signingKey(privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);

function request(headers: Record<string, string> = {}, more: Partial<Request> = {}): Request {
  return { method: 'GET', target: '/', headers, body: new Uint8Array(), signal: new AbortController().signal, ...more };
}

async function setup() {
  const cluster = testCluster();
  const { reads, clock } = cluster;
  const tokens = createServiceAccountTokens({ issuers: [api], apiAudiences: [api], signing, reads, clock });
  const account = await cluster.put('serviceaccounts', { metadata: { name: 'default', namespace: 'ns', uid: 'sa-1' } });
  const action = tokenRequestAction({ tokens, apiAudiences: [api], clock, maxExpirationSeconds: 86_400 });
  const warnings: string[] = [];
  const info = { namespace: 'ns', name: 'default', resource: 'serviceaccounts', subresource: 'token' } as RequestInfo;
  const context: ActionContext = {
    user: { name: 'u', groups: [] },
    nowMs: clock.now(),
    random: seededRandom(1),
    dryRun: false,
    reads,
    warn: text => void warnings.push(text),
    info,
    request: request(),
  };
  const ask = async (spec: object) =>
    (await action({ metadata: {}, spec } as KubeObject, context)) as KubeObject & {
      spec: Record<string, unknown>;
      status: { token: string; expirationTimestamp: string };
    };
  return { cluster, clock, tokens, account, ask, warnings, context };
}

const refusal = async (work: Promise<unknown>): Promise<string> => {
  try {
    return JSON.stringify(await work);
  } catch (error) {
    if (error instanceof TokenError) return error.message;
    assert.ok(error instanceof StatusError);
    return `${error.code} ${error.message}`;
  }
};

test('a token tells what it is for, and is accepted while all it is bound to exists', async () => {
  const { cluster, clock, tokens, ask } = await setup();
  await cluster.put('nodes', { metadata: { name: 'n1', uid: 'node-1' } });
  const pod = {
    metadata: { name: 'p', namespace: 'ns', uid: 'pod-1' },
    spec: { serviceAccountName: 'default', nodeName: 'n1' },
  };
  await cluster.put('pods', pod);
  const { spec, status, metadata } = await ask({
    boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p', uid: 'pod-1' },
  });
  assert.deepEqual([spec['audiences'], spec['expirationSeconds'], metadata.name], [[api], 3600, 'default']);
  const claims = unverifiedClaims(status.token)!;
  assert.equal(claims['sub'], 'system:serviceaccount:ns:default');
  assert.deepEqual(claims['kubernetes.io'], {
    namespace: 'ns',
    node: { name: 'n1', uid: 'node-1' },
    pod: { name: 'p', uid: 'pod-1' },
    serviceaccount: { name: 'default', uid: 'sa-1' },
  });
  const { user, audiences } = (await tokens.authenticate(status.token, [api]))!;
  assert.deepEqual(audiences, [api]);
  assert.deepEqual(user, {
    name: 'system:serviceaccount:ns:default',
    uid: 'sa-1',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:ns'],
    extra: {
      'authentication.kubernetes.io/credential-id': [`JTI=${claims['jti'] as string}`],
      'authentication.kubernetes.io/node-name': ['n1'],
      'authentication.kubernetes.io/node-uid': ['node-1'],
      'authentication.kubernetes.io/pod-name': ['p'],
      'authentication.kubernetes.io/pod-uid': ['pod-1'],
    },
  });
  await cluster.put('pods', { ...pod, metadata: { ...pod.metadata, uid: 'pod-2' } });
  assert.equal(
    await refusal(tokens.authenticate(status.token, [api])),
    'pod UID (pod-2) does not match service account pod ref claim (pod-1)',
  );
  await cluster.put('pods', {
    ...pod,
    metadata: { ...pod.metadata, deletionTimestamp: new Date(clock.now() - 61_000).toISOString() },
  });
  assert.equal(await refusal(tokens.authenticate(status.token, [api])), 'service account token has been invalidated');
  await cluster.put('pods', {
    ...pod,
    metadata: { ...pod.metadata, deletionTimestamp: new Date(clock.now() - 30_000).toISOString() },
  });
  assert.ok(await tokens.authenticate(status.token, [api]), 'a pod that is ending still speaks');
  clock.jump(3600_000 + 61_000);
  assert.equal(await refusal(tokens.authenticate(status.token, [api])), 'service account token has expired');
});

test('what ends a token', async () => {
  const { cluster, tokens, ask } = await setup();
  const { token } = (await ask({})).status;
  assert.equal(
    await refusal(tokens.authenticate(token, ['zz'])),
    `token audiences ["${api}"] is invalid for the target audiences ["zz"]`,
  );
  await cluster.put('serviceaccounts', { metadata: { name: 'default', namespace: 'ns', uid: 'sa-2' } });
  assert.equal(
    await refusal(tokens.authenticate(token, [api])),
    'service account UID (sa-2) does not match claim (sa-1)',
  );
  await cluster.remove('serviceaccounts', 'ns', 'default');
  assert.equal(await refusal(tokens.authenticate(token, [api])), 'serviceaccounts "default" not found');
  assert.equal(await tokens.authenticate('not-a-token', [api]), undefined);
  assert.equal(await tokens.authenticate(signToken(signing, { iss: 'https://other' }), [api]), undefined);
  const bare = signToken(signing, { iss: api, sub: 'system:masters' });
  assert.match(await refusal(tokens.authenticate(bare, [api])), /unexpected private claim/);
});

test('tokens kept in Secrets end with their Secret', async () => {
  const { cluster, tokens, account } = await setup();
  const token = tokens.issueLegacy(account, 's');
  assert.equal(await refusal(tokens.authenticate(token, [api])), 'service account token has been invalidated');
  const secret = (data: string) =>
    cluster.put('secrets', {
      metadata: { name: 's', namespace: 'ns' },
      data: { token: Buffer.from(data).toString('base64') },
    });
  await secret('another');
  assert.equal(await refusal(tokens.authenticate(token, [api])), "service account token does not match server's copy");
  await secret(token);
  assert.equal((await tokens.authenticate(token, [api]))!.user.name, 'system:serviceaccount:ns:default');
});

test('the day on which a token of a Secret was used is written on it, and one that is marked is believed no more', async () => {
  const { cluster, clock, tokens, account } = await setup();
  const { reads } = cluster;
  const token = tokens.issueLegacy(account, 's');
  const written: unknown[] = [];
  const label = ({ metadata }: KubeObject, labels: object) => void written.push([metadata.name, labels]);
  const options = { issuers: [api], apiAudiences: [api], signing, reads, clock };
  const tracking = createServiceAccountTokens({ ...options, label });
  const used = async (labels: Record<string, string>, of = tracking) => {
    const data = { token: Buffer.from(token).toString('base64') };
    await cluster.put('secrets', { metadata: { name: 's', namespace: 'ns', labels }, data });
    written.length = 0;
    const told = await refusal(of.authenticate(token, [api]).then(verified => verified!.user.name));
    return { told, written: [...written] };
  };
  const lastUsed = 'kubernetes.io/legacy-token-last-used';
  const day = (days: number) => new Date(clock.now() + days * 86_400_000).toISOString().slice(0, 10);
  const note = [['s', { [lastUsed]: day(0) }]];
  const believed = JSON.stringify('system:serviceaccount:ns:default');
  assert.deepEqual(await used({}), { told: believed, written: note });
  assert.deepEqual(await used({ [lastUsed]: day(-1) }), { told: believed, written: note });
  for (const days of [0, 1]) assert.deepEqual(await used({ [lastUsed]: day(days) }), { told: believed, written: [] });
  const marked = { 'kubernetes.io/legacy-token-invalid-since': day(-1) };
  const refused = await used(marked);
  assert.match(refused.told, /^the token in secret ns\/s for service account ns\/default has been marked invalid\. /);
  assert.deepEqual(refused.written, note, 'an attempt is a use: somebody still has the token');
  assert.equal(
    (await used(marked, createServiceAccountTokens(options))).told,
    believed,
    'who writes nothing down judges nothing',
  );
});

test('which token requests are refused', async () => {
  const { cluster, ask, warnings } = await setup();
  await cluster.put('pods', {
    metadata: { name: 'p', namespace: 'ns', uid: 'u' },
    spec: { serviceAccountName: 'other' },
  });
  await cluster.put('pods', {
    metadata: { name: 'q', namespace: 'ns', uid: 'u' },
    spec: { serviceAccountName: 'default' },
  });
  const bound = (name: string, more: object = {}) => ({
    boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name, ...more },
  });
  const rows: [object, string | RegExp][] = [
    [
      { expirationSeconds: 1 },
      '422 TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 1: may not specify a duration less than 10 minutes',
    ],
    [{ expirationSeconds: 2 ** 33 }, /may not specify a duration larger than 2\^32 seconds$/],
    [bound('absent'), '404 pods "absent" not found'],
    [
      bound('p'),
      '400 cannot bind token for serviceaccount "default" to pod running with different serviceaccount name.',
    ],
    [bound('q', { uid: 'x' }), /^409 .*the UID in the bound object reference \(x\) does not match the UID in record/],
    [
      { boundObjectRef: { kind: 'ConfigMap', apiVersion: 'v1', name: 'c' } },
      '400 cannot bind token to object of type /v1, Kind=ConfigMap',
    ],
  ];
  for (const [spec, expected] of rows) {
    const answer = await refusal(ask(spec));
    if (typeof expected === 'string') assert.equal(answer, expected);
    else assert.match(answer, expected);
  }
  assert.equal((await ask({ expirationSeconds: 90_000 })).spec['expirationSeconds'], 86_400);
  assert.deepEqual(warnings, ['requested expiration of 90000 seconds shortened to 86400 seconds']);
});

test('an accepted token is remembered for ten seconds, a refused one never; the memory is bounded', async () => {
  const { clock } = testCluster();
  const asked: string[] = [];
  const inner: TokenAuthenticator = async (token, audiences) => {
    asked.push(token);
    if (token.startsWith('bad')) throw new TokenError('bad');
    return { user: { name: token, groups: [] }, audiences };
  };
  const cached = cachedTokens(inner, clock, 2);
  const ask = (token: string, audience = 'a') => cached(token, [audience]).catch(() => undefined);
  await ask('x');
  await ask('x');
  assert.deepEqual(asked, ['x']);
  await ask('x', 'b');
  await ask('bad');
  await ask('bad');
  assert.deepEqual(asked.splice(0), ['x', 'x', 'bad', 'bad']);
  clock.jump(10_001);
  await ask('x');
  assert.deepEqual(asked.splice(0), ['x']);
  await ask('y');
  await ask('z');
  await ask('x');
  assert.deepEqual(asked, ['y', 'z', 'x']);
});

test('what is remembered of a connection is the token, not its bearer: each request is asked about again', async () => {
  const { clock } = testCluster();
  const users: Record<string, UserInfo> = { a: { name: 'alice', groups: [] }, b: { name: 'bob', groups: [] } };
  const tokens = cachedTokens(async token => {
    const user = users[token];
    return user && { user, audiences: [api] };
  }, clock);
  const authenticate = createAuthenticator({ tokens, apiAudiences: [api], anonymous: () => true, log: silentLog });
  const connection = { remoteAddress: '', protocol: 'http/1.1' } as const;
  const nameOf = async (token: string): Promise<string> => {
    try {
      return (await authenticate(request({ authorization: `Bearer ${token}` }, { connection })))!.name;
    } catch (error) {
      return String((error as StatusError).code);
    }
  };
  const seen: string[] = [];
  for (const token of ['a', 'a', 'b', 'a', 'c', 'b']) seen.push(await nameOf(token));
  assert.deepEqual(seen, ['alice', 'alice', 'bob', 'alice', '401', 'bob']);
  delete users['b'];
  assert.equal(await nameOf('b'), 'bob', 'for ten seconds');
  await clock.advance(10_000);
  assert.equal(await nameOf('b'), '401');
  assert.equal((await authenticate(request({}, { connection })))!.name, 'system:anonymous');
});

test('who a request is from', async () => {
  const { tokens, ask } = await setup();
  const users = new Map<string, UserInfo>([['s3cret', { name: 'operator', groups: ['ops'] }]]);
  const authenticate = createAuthenticator({
    tokens: anyToken([staticTokens(users, [api]), tokens.authenticate]),
    apiAudiences: [api],
    anonymous: () => true,
    log: silentLog,
  });
  const now = Date.now();
  const authority = await issueAuthority('ca', now, systemRandom);
  const der = new X509Certificate((await issueCertificate(adminCertificate, authority, now, systemRandom)).certificate)
    .raw;
  const connection = { remoteAddress: '127.0.0.1', protocol: 'h2' as const };
  const serving = await issueCertificate(nodeCertificates('n1', []).serving, authority, now, systemRandom);
  const servingDer = new Uint8Array(new X509Certificate(serving.certificate).raw);
  const certified = { connection: { ...connection, clientCertificate: new Uint8Array(der) } };
  const text = (user: UserInfo | undefined) => user && `${user.name} ${user.groups.join()}`;
  const token = (await ask({})).status.token;
  const rows: [string, Request, string][] = [
    ['nothing', request(), 'system:anonymous system:unauthenticated'],
    ['a scheme we do not know', request({ authorization: 'Basic YTpi' }), 'system:anonymous system:unauthenticated'],
    ['an empty token', request({ authorization: 'Bearer ' }), 'system:anonymous system:unauthenticated'],
    ['a static token', request({ authorization: 'bearer s3cret' }), 'operator ops,system:authenticated'],
    [
      'a service account',
      request({ authorization: `Bearer ${token}` }),
      'system:serviceaccount:ns:default system:serviceaccounts,system:serviceaccounts:ns,system:authenticated',
    ],
    ['a certificate', request({}, certified), 'kubernetes-admin system:masters,system:authenticated'],
    [
      'a certificate before a token',
      request({ authorization: 'Bearer nope' }, certified),
      'kubernetes-admin system:masters,system:authenticated',
    ],
    [
      'a serving certificate',
      request({}, { connection: { ...connection, clientCertificate: servingDer } }),
      'system:anonymous system:unauthenticated',
    ],
    ['a connection without a certificate', request({}, { connection }), 'system:anonymous system:unauthenticated'],
    [
      'in process',
      request({}, { user: { name: 'system:kube-scheduler', groups: [] } }),
      'system:kube-scheduler system:authenticated',
    ],
    [
      'in process, nobody',
      request({}, { user: { name: 'system:anonymous', groups: ['system:unauthenticated'] } }),
      'system:anonymous system:unauthenticated',
    ],
  ];
  for (const [why, asked, expected] of rows) assert.equal(text(await authenticate(asked)), expected, why);
  await assert.rejects(authenticate(request({ authorization: 'Bearer nope-nope' })), {
    code: 401,
    message: 'Unauthorized',
  });
  await assert.rejects(authenticate(request({ authorization: `Bearer ${token}x` })), {
    code: 401,
    message: 'Unauthorized',
  });
  const strict = createAuthenticator({ apiAudiences: [api], anonymous: () => false, log: silentLog });
  await assert.rejects(strict(request()), { code: 401 });
  await assert.rejects(strict(request({ authorization: 'Bearer s3cret' })), { code: 401 });
  assert.equal(bearerToken({ headers: { authorization: 'Bearer  two-spaces' } }), undefined);
});

test('reviews answer as upstream', async () => {
  const { tokens, ask, context } = await setup();
  const review = tokenReviewAction(tokens.authenticate, [api]);
  const status = async (spec: object) =>
    ((await review({ metadata: {}, spec } as KubeObject, context)) as { status?: unknown }).status;
  const { token } = (await ask({})).status;
  assert.deepEqual(await status({ token: 'bad' }), { user: {}, error: 'invalid bearer token' });
  assert.deepEqual(await status({ token, audiences: ['zz'] }), {
    user: {},
    error: `[invalid bearer token, token audiences ["${api}"] is invalid for the target audiences ["zz"]]`,
  });
  const good = (await status({ token })) as { user: { extra?: unknown } };
  delete good.user.extra;
  assert.deepEqual(good, {
    authenticated: true,
    user: {
      username: 'system:serviceaccount:ns:default',
      uid: 'sa-1',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'],
    },
    audiences: [api],
  });
  await assert.rejects(review({ metadata: {} }, context), {
    code: 400,
    message: 'token is required for TokenReview in authentication',
  });
  const user = { name: 'alice', uid: 'u-1', groups: ['g1', 'system:authenticated'], extra: { scopes: ['view'] } };
  const self = (await selfSubjectReviewAction({ metadata: {} }, { ...context, user })) as { status?: unknown };
  assert.deepEqual(self.status, {
    userInfo: { username: 'alice', uid: 'u-1', groups: ['g1', 'system:authenticated'], extra: { scopes: ['view'] } },
  });
});

test('verifiers find the issuer and its keys', async () => {
  const paths = discoveryPaths({ issuer: api, keySetUri: 'https://x/openid/v1/jwks', keys: [signing] });
  const get = async (path: string, accept?: string) => {
    const response = await paths[path]!(request(accept ? { accept } : {}));
    return {
      status: response.status,
      type: response.headers['content-type'],
      body: JSON.parse(Buffer.from(response.body as Uint8Array).toString()) as Record<string, unknown>,
    };
  };
  const { body } = await get(configurationPath, 'application/json');
  assert.deepEqual(
    [body['issuer'], body['jwks_uri'], body['response_types_supported']],
    [api, 'https://x/openid/v1/jwks', ['id_token']],
  );
  const keys = await get(keySetPath);
  assert.equal(keys.type, 'application/jwk-set+json');
  assert.ok(!JSON.stringify(keys.body).includes('"d"'), 'no private part');
  const refused = await get(keySetPath, 'application/json');
  assert.deepEqual([refused.status, refused.type], [406, 'application/json']);
});
