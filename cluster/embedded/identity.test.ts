import assert from 'node:assert/strict';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createApiServer } from '@orrery/apiserver';
import { securityParts } from '@orrery/apiserver/security';
import { connect } from '@orrery/client/node';
import { readBody, type Handler, type UserInfo } from '@orrery/http';
import { serve } from '@orrery/http/node';
import { createAuthority, type Authority } from '@orrery/http/testing/certificates';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { seededRandom } from '@orrery/machinery/random';
import { createMemoryStore } from '@orrery/store/memory';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { defaultSettings } from './layout.ts';
import { openIdentity } from './identity-parts.ts';
import { webhookTransports } from './webhook-transport.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const serviceAccountKey = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
const log = silentLog;

let authority: Authority;
let frontProxies: Authority;
let folder: string;
before(async () => {
  [authority, frontProxies] = [await createAuthority('clients'), await createAuthority('proxies')];
  folder = mkdtempSync(join(tmpdir(), 'orrery-identity-'));
});
after(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: unknown): string => {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(content));
  return path;
};

/** A TLS server of the test's own. */
async function listen(handler: Handler) {
  const tls = await authority.issue('localhost');
  const server = await serve({ handler, tls, host: '127.0.0.1', port: 0, clock: systemClock, log });
  return { url: `https://localhost:${server.port}`, close: () => server.close(0) };
}

const json = (value: unknown, status = 200) => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(value)),
});

const kubeconfig = (server: string) => ({
  clusters: [
    { name: 'a', cluster: { server, 'certificate-authority-data': Buffer.from(authority.cert).toString('base64') } },
  ],
  users: [{ name: 'a', user: { token: 'of the api server' } }],
  contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
  'current-context': 'a',
});

/** An API server with what the files say. */
async function start(files: Record<string, string>, clock = systemClock) {
  const settings = { ...defaultSettings, nodeName: 'n', nodeIP: '127.0.0.1', ...files };
  const reach = webhookTransports(clock);
  const identity = await openIdentity(settings, { clock, log, reach: reach.of });
  const store = createMemoryStore({ clock });
  const security = { ...identity.security, serviceAccountKey, serviceCidrs: ['10.96.0.0/16'], securePort: 6443 };
  const authorities = { clientAuthority: authority.cert, frontProxyAuthority: frontProxies.cert };
  const server = await createApiServer({
    ...{ store, clock, log, random: seededRandom(1) },
    parts: securityParts({ ...security, ...authorities }),
  });
  await server.ready;
  const call = async (headers: Record<string, string>, target: string, more: object = {}) => {
    const signal = new AbortController().signal;
    const answer = await server.handler({ method: 'GET', target, headers, body: new Uint8Array(), signal, ...more });
    const text = Buffer.from(await readBody(answer.body)).toString();
    return { status: answer.status, body: text.startsWith('{') ? JSON.parse(text) : text };
  };
  const review = Buffer.from('{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1"}');
  const whoAmI = async (headers: Record<string, string>, more: object = {}): Promise<UserInfo | number> => {
    const target = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const { status, body } = await call({ 'content-type': 'application/json', ...headers }, target, {
      method: 'POST',
      body: review,
      ...more,
    });
    return status === 201 ? body.status.userInfo : status;
  };
  const close = async () => {
    await server.close();
    await store.close();
    identity.close();
    reach.close();
  };
  return { call, whoAmI, server, close };
}

/** An OpenID provider with one key. */
async function openProvider() {
  const asked: string[] = [];
  const keys = new Map<string, Awaited<ReturnType<typeof generateKeyPair>>>();
  const addKey = async (kid: string) => keys.set(kid, await generateKeyPair('ES256'));
  await addKey('one');
  let url = '';
  const server = await listen(async ({ target }) => {
    asked.push(target);
    if (target === '/.well-known/openid-configuration') return json({ issuer: url, jwks_uri: `${url}/keys` });
    if (target !== '/keys') return json({}, 404);
    const all = [...keys].map(async ([kid, { publicKey }]) => ({ kid, alg: 'ES256', ...(await exportJWK(publicKey)) }));
    return json({ keys: await Promise.all(all) });
  });
  ({ url } = server);
  const sign = (claims: Record<string, unknown>, kid = 'one', issuer = url) =>
    new SignJWT({ aud: 'cluster', sub: 'u1', exp: Math.floor(Date.now() / 1000) + 3600, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid })
      .setIssuer(issuer)
      .sign(keys.get(kid)!.privateKey);
  return { url, asked, addKey, sign, close: server.close };
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const kind = 'AuthenticationConfiguration';
const head = { apiVersion: 'apiserver.config.k8s.io/v1', kind };

describe('tokens of an OpenID provider', () => {
  const jwt = (url: string) => ({
    issuer: {
      url,
      audiences: ['cluster', 'other'],
      audienceMatchPolicy: 'MatchAny',
      certificateAuthority: authority.cert,
    },
    claimValidationRules: [
      { claim: 'hd', requiredValue: 'example.com' },
      { expression: 'claims.level < 5', message: 'too high' },
    ],
    claimMappings: {
      username: { expression: '"oidc:" + claims.sub' },
      groups: { claim: 'roles', prefix: 'oidc:' },
      uid: { claim: 'id' },
      extra: [{ key: 'example.com/tenant', valueExpression: 'claims.tenant' }],
    },
    userValidationRules: [{ expression: "!user.username.endsWith('root')", message: 'not that one' }],
  });
  const good = { hd: 'example.com', level: 3, roles: ['dev', 'ops'], id: '77', tenant: 'a' };

  test('stand for who its claims say, when they pass every rule', async () => {
    const provider = await openProvider();
    const server = await start({ authenticationConfig: file('a.json', { ...head, jwt: [jwt(provider.url)] }) });
    assert.deepEqual(await server.whoAmI(bearer(await provider.sign(good))), {
      username: 'oidc:u1',
      uid: '77',
      groups: ['oidc:dev', 'oidc:ops', 'system:authenticated'],
      extra: { 'example.com/tenant': ['a'] },
    });
    const refused: [what: string, token: Promise<string>][] = [
      ['another audience', provider.sign({ ...good, aud: 'elsewhere' })],
      ['a claim that is not as required', provider.sign({ ...good, hd: 'example.org' })],
      ['a rule that says no', provider.sign({ ...good, level: 9 })],
      ['a rule that fails', provider.sign({ ...good, level: 'three' })],
      ['a user who is not wanted', provider.sign({ ...good, sub: 'root' })],
      ['another issuer', provider.sign(good, 'one', 'https://elsewhere')],
      ['too late', provider.sign({ ...good, exp: Math.floor(Date.now() / 1000) - 1 })],
      ['too early', provider.sign({ ...good, nbf: Math.floor(Date.now() / 1000) + 3600 })],
    ];
    for (const [what, token] of refused) assert.equal(await server.whoAmI(bearer(await token)), 401, what);
    const [, payload] = (await provider.sign(good)).split('.');
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
    assert.equal(await server.whoAmI(bearer(none)), 401, 'no signature');
    await server.close();
    await provider.close();
  });

  test('count when a key is new, and are not asked for at will', async () => {
    const provider = await openProvider();
    const clock = createManualClock(Date.now());
    const server = await start({ authenticationConfig: file('b.json', { ...head, jwt: [jwt(provider.url)] }) }, clock);
    assert.equal(typeof (await server.whoAmI(bearer(await provider.sign(good)))), 'object');
    await provider.addKey('two');
    const token = await provider.sign(good, 'two');
    for (let at = 0; at < 5; at++) assert.equal(await server.whoAmI(bearer(token)), 401);
    assert.equal(provider.asked.length, 2, 'once for the document, once for the keys');
    clock.jump(10_000);
    assert.equal(typeof (await server.whoAmI(bearer(token))), 'object');
    await server.close();
    await provider.close();
  });

  test('another configuration counts when its file changes, unless it cannot be used', async () => {
    const provider = await openProvider();
    const clock = createManualClock(Date.now());
    const path = file('c.json', { ...head, anonymous: { enabled: true, conditions: [{ path: '/healthz' }] } });
    const server = await start({ authenticationConfig: path }, clock);
    assert.equal((await server.call({}, '/healthz')).status, 200);
    assert.equal((await server.call({}, '/version')).status, 401);
    const token = await provider.sign(good);
    assert.equal(await server.whoAmI(bearer(token)), 401);
    writeFileSync(path, JSON.stringify({ ...head, jwt: [{}] }));
    await clock.advance(10_000);
    assert.equal((await server.call({}, '/version')).status, 401);
    writeFileSync(path, JSON.stringify({ ...head, jwt: [jwt(provider.url)] }));
    await clock.advance(10_000);
    // What expressions bring with them is read from disk.
    while ((await server.call({}, '/version')).status === 401) await new Promise(resolve => setTimeout(resolve, 5));
    assert.equal((await server.call({}, '/version')).status, 200);
    assert.equal(typeof (await server.whoAmI(bearer(token))), 'object');
    await server.close();
    await provider.close();
  });
});

test('a file that cannot be used ends the start, with the option and every mistake', async () => {
  const path = file('d.json', {
    ...head,
    jwt: [{ issuer: { url: 'http://a' }, claimMappings: { username: { claim: 'sub' } } }],
  });
  await assert.rejects(start({ authenticationConfig: path }), ({ message }: Error) => {
    assert.match(message, /^the file of --authentication-config, .*d\.json, cannot be used: /);
    for (const mistake of [
      'jwt[0].issuer.url: Invalid value: "http://a": URL scheme must be https',
      'jwt[0].issuer.audiences: Required value: at least one jwt[*].issuer.audiences is required',
      'jwt[0].claimMappings.username.prefix: Required value: prefix is required when claim is set.',
    ])
      assert.ok(message.includes(mistake), message);
    return true;
  });
  const issuer = { url: 'https://a', audiences: ['a'] };
  const wrong = { ...head, jwt: [{ issuer, claimMappings: { username: { expression: 'claims.' } } }] };
  await assert.rejects(start({ authenticationConfig: file('e.json', wrong) }), {
    message: /jwt\[0\]\.claimMappings\.username\.expression: Invalid value: "claims\.": compilation failed: /,
  });
  await assert.rejects(start({ authenticationTokenWebhookConfigFile: join(folder, 'none') }), {
    message: /^the file of --authentication-token-webhook-config-file, .*none, is no usable kubeconfig: /,
  });
});

test('a token webhook is asked about tokens that nobody knows, and its answers are remembered', async () => {
  const asked: unknown[] = [];
  const webhook = await listen(async ({ body, headers, target }) => {
    const { spec } = JSON.parse(Buffer.from(body).toString()) as { spec: { token: string } };
    asked.push([target, headers['authorization'], spec]);
    if (spec.token === 'broken') return json({}, 500);
    const user = { username: 'webhooked', uid: '1', groups: ['g'], extra: { a: ['b'] } };
    const audiences = spec.token === 'foreign' ? ['elsewhere'] : undefined;
    return json({ status: spec.token === 'bad' ? { error: 'no' } : { authenticated: true, user, audiences } });
  });
  const config = file('f.json', kubeconfig(`${webhook.url}/ask?a=b`));
  const server = await start({ authenticationTokenWebhookConfigFile: config });
  const user = { username: 'webhooked', uid: '1', groups: ['g', 'system:authenticated'], extra: { a: ['b'] } };
  assert.deepEqual(await server.whoAmI(bearer('good')), user);
  assert.deepEqual(await server.whoAmI(bearer('good')), user);
  const spec = { token: 'good', audiences: ['https://kubernetes.default.svc'] };
  assert.deepEqual(asked, [['/ask?a=b', 'Bearer of the api server', spec]]);
  for (const token of ['bad', 'bad', 'broken', 'broken', 'foreign'])
    assert.equal(await server.whoAmI(bearer(token)), 401, token);
  assert.equal(asked.length, 5, 'a refusal is remembered, a failure is not');
  await server.close();
  await webhook.close();
});

test('an authorization webhook decides where its conditions match, in its place among the others', async () => {
  const asked: { user: string; resourceAttributes?: { verb: string; resource: string } }[] = [];
  const webhook = await listen(async ({ body }) => {
    const { spec } = JSON.parse(Buffer.from(body).toString()) as { spec: (typeof asked)[number] };
    asked.push(spec);
    if (spec.user === 'eve') return json({ status: { denied: true, allowed: false, reason: 'not eve' } });
    if (spec.user === 'err') return json({}, 500);
    return json({ status: { allowed: spec.resourceAttributes?.verb === 'list' } });
  });
  const settings = {
    ...{ timeout: '3s', subjectAccessReviewVersion: 'v1', matchConditionSubjectAccessReviewVersion: 'v1' },
    failurePolicy: 'Deny',
    connectionInfo: { type: 'KubeConfigFile', kubeConfigFile: file('g.json', kubeconfig(webhook.url)) },
    matchConditions: [
      { expression: "has(request.resourceAttributes) && request.resourceAttributes.resource == 'pods'" },
    ],
  };
  const document = {
    apiVersion: 'apiserver.config.k8s.io/v1',
    kind: 'AuthorizationConfiguration',
    authorizers: [
      { type: 'Webhook', name: 'mine', webhook: settings },
      { type: 'RBAC', name: 'rbac' },
    ],
  };
  const server = await start({ authorizationConfig: file('h.json', document) });
  const as = (name: string, target: string, groups: string[] = []) =>
    server.call({}, target, { user: { name, groups: [...groups, 'system:authenticated'] } });
  const pods = '/api/v1/namespaces/default/pods';
  assert.equal((await as('ann', pods)).status, 200);
  assert.equal((await as('ann', pods)).status, 200);
  assert.deepEqual(asked, [
    {
      user: 'ann',
      groups: ['system:authenticated'],
      resourceAttributes: { namespace: 'default', verb: 'list', version: 'v1', resource: 'pods' },
    },
  ]);
  assert.equal((await as('ann', `${pods}/a`)).status, 403, 'no opinion of anybody');
  assert.equal((await as('ann', '/api/v1/namespaces/default/secrets')).status, 403);
  assert.equal((await as('ann', '/version')).status, 200, 'by RBAC');
  assert.equal(asked.length, 2, 'others are not asked about');
  assert.match((await as('eve', pods)).body.message, /in the namespace "default": not eve$/);
  assert.match((await as('err', pods)).body.message, /webhook "mine" failed$/);
  assert.equal((await as('root', pods, ['system:masters'])).status, 200);
  await server.close();
  await webhook.close();
  const twice = {
    ...document,
    authorizers: [
      { type: 'RBAC', name: 'a' },
      { type: 'RBAC', name: 'a' },
      { type: 'X', name: '' },
    ],
  };
  await assert.rejects(start({ authorizationConfig: file('i.json', twice) }), {
    message:
      /authorizers\[1\]\.name: Duplicate value: "a"; authorizers\[1\]\.type: Duplicate value: "RBAC"; authorizers\[2\]\.type: Unsupported value: "X".*; authorizers\[2\]\.name: Required value$/,
  });
});

describe('front proxies', () => {
  const headers = {
    'x-remote-user': 'ann',
    'x-remote-group': 'dev, ops',
    'x-remote-uid': '7',
    'x-remote-extra-example.com%2fscopes': 'a',
  };
  const remote = {
    username: 'ann',
    uid: '7',
    groups: ['dev', 'ops', 'system:authenticated'],
    extra: { 'example.com/scopes': ['a'] },
  };

  test('name users over real connections; nobody else does, and they themselves are nobody', async () => {
    const server = await start({});
    const tls = { ...(await authority.issue('localhost')), clientCA: `${authority.cert}\n${frontProxies.cert}` };
    const front = await serve({
      handler: server.server.handler,
      tls,
      host: '127.0.0.1',
      port: 0,
      clock: systemClock,
      log,
    });
    const ask = async (pair: { cert: string; key: string } | undefined, given: Record<string, string>) => {
      const transport = connect({ server: `https://localhost:${front.port}`, ca: authority.cert, ...pair });
      const body = Buffer.from('{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1"}');
      const target = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
      const signal = new AbortController().signal;
      const all = { 'content-type': 'application/json', ...given };
      const answer = await transport({ method: 'POST', target, headers: all, body, signal });
      const text = Buffer.from(await readBody(answer.body)).toString();
      transport.close();
      return answer.status === 201 ? JSON.parse(text).status.userInfo : answer.status;
    };
    const proxy = await frontProxies.issue('front-proxy-client');
    assert.deepEqual(await ask(proxy, headers), remote);
    const nameOf = async (pair: Parameters<typeof ask>[0], given: Record<string, string>) => {
      const found = await ask(pair, given);
      return found.username ?? found;
    };
    assert.equal(await nameOf(proxy, {}), 403, 'a proxy without a user is nobody: anonymous');
    assert.equal(await nameOf(await frontProxies.issue('other-proxy'), headers), 403, 'another name');
    assert.equal(
      await nameOf(await authority.issue('front-proxy-client'), headers),
      'front-proxy-client',
      'another authority',
    );
    assert.equal(
      await nameOf(await frontProxies.issue('system:admin'), {}),
      403,
      'the authority of proxies makes no clients',
    );
    assert.equal(await nameOf(await authority.issue('bob'), headers), 'bob', 'a client');
    assert.equal(await nameOf(undefined, headers), 403, 'nobody');
    await front.close(0);
    await server.close();
  });

  test('a certificate is of the authority that signed it, not of one with the same name', async () => {
    const impostor = await createAuthority('proxies');
    const der = new Uint8Array(new X509Certificate((await impostor.issue('front-proxy-client')).cert).raw);
    const server = await start({});
    const connection = { remoteAddress: '127.0.0.1', protocol: 'h2', clientCertificate: der };
    assert.equal(await server.whoAmI(headers, { connection }), 403);
    await server.close();
  });
});
