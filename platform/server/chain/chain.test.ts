import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDuplexPair, type Headers, type Request } from '@orrery/http';
import { StatusError } from '@orrery/machinery/status';
import { identityOf, nobody, serviceIdentityOf, type Caller } from '../identity/caller.ts';
import { createLiveRequests } from '../identity/live.ts';
import { forwardNative, forwardedHeaders } from './native.ts';
import { parseTarget } from './target.ts';

const targets: [string, string, string, string, string[]][] = [
  ['/api/v1/pods?limit=1', 'native', 'host', '/api/v1/pods?limit=1', []],
  ['/api/clusters/c1/v1/pods', 'native', 'c1', '/api/v1/pods', []],
  ['/apis/clusters/host/apps/v1/deployments?watch=1', 'native', 'host', '/apis/apps/v1/deployments?watch=1', []],
  ['/clusters/c1/apis/apps/v1/deployments', 'native', 'c1', '/apis/apps/v1/deployments', []],
  [
    '/apis/cluster.kubesphere.io/v1alpha1/clusters/c1',
    'native',
    'host',
    '/apis/cluster.kubesphere.io/v1alpha1/clusters/c1',
    [],
  ],
  ['/openapi/v3', 'native', 'host', '/openapi/v3', []],
  ['/kapis/clusters/c1/a/v1/x', 'own', 'c1', '/kapis/a/v1/x', ['kapis', 'a', 'v1', 'x']],
  [
    '/kapis/a/v1/users/b%20c/?q=%2F',
    'own',
    'host',
    '/kapis/a/v1/users/b%20c/?q=%2F',
    ['kapis', 'a', 'v1', 'users', 'b c'],
  ],
  ['/oauth/token', 'own', 'host', '/oauth/token', ['oauth', 'token']],
  ['/apiserver', 'own', 'host', '/apiserver', ['apiserver']],
  ['/kapis//x', 'own', 'host', '/kapis//x', ['kapis', '', 'x']],
];
for (const [target, kind, cluster, rest, segments] of targets)
  test(`${target} is ${kind}, of ${cluster}`, () => {
    const parsed = parseTarget(target);
    assert.deepEqual([parsed.kind, parsed.cluster, parsed.target, parsed.segments], [kind, cluster, rest, segments]);
  });

for (const target of [
  '/kapis/a/..%2fb',
  '/kapis/a/../b',
  '/kapis/a/%2e%2e/b',
  '/kapis/a/./b',
  '/kapis/a%5cb',
  '/kapis/a%00b',
  '/kapis/a;b',
  '/kapis/%zz',
  '/kapis/clusters/..%2f/x',
  '/api/clusters/../v1/pods',
  '/api/v1/namespaces/../../../other/api/v1/secrets',
  '/clusters/host/api/%2e%2E/secrets',
  '/api/v1/namespaces/p/pods/x/proxy/a%2f..%2f..%2fb',
  '/apis/..%5cx',
  '/kapis/clusters//x',
])
  test(`${target} could be read in two ways and is refused`, () =>
    assert.throws(
      () => parseTarget(target),
      (error: unknown) => error instanceof StatusError && error.code === 400,
    ));

const alice: Caller = { ...nobody, name: 'alice', groups: ['dev', 'system:masters', 'orrery:service', 'SYSTEM:x', ''] };

test('nobody is impersonated under a name of the cluster or the platform', () => {
  assert.deepEqual(identityOf(alice), { name: 'alice', groups: ['dev'] });
  assert.deepEqual(serviceIdentityOf(alice), { name: 'alice', groups: ['dev', 'orrery:service'] });
  for (const name of ['system:admin', 'system:serviceaccount:a:b', 'orrery:x', ''])
    assert.throws(() => identityOf({ ...alice, name }), TypeError);
});

const headers: [string, Headers, Headers][] = [
  [
    'what is asked for stays',
    { accept: 'application/json', 'user-agent': 'x' },
    { accept: 'application/json', 'user-agent': 'x' },
  ],
  ['credentials go', { authorization: 'Bearer x', cookie: 'token=x', accept: 'a' }, { accept: 'a' }],
  [
    'claims of being somebody go',
    {
      'impersonate-user': 'admin',
      'impersonate-extra-a': 'b',
      'x-remote-user': 'admin',
      'x-remote-group': 'system:masters',
      'x-forwarded-for': '1.2.3.4',
    },
    {},
  ],
  [
    'what belongs to the connection goes',
    { connection: 'keep-alive, X-Hop', 'x-hop': '1', te: 'trailers', host: 'a', ':authority': 'a' },
    {},
  ],
  [
    'an upgrade stays',
    { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' },
    { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' },
  ],
  [
    'a token in a sub-protocol goes',
    {
      connection: 'upgrade',
      upgrade: 'websocket',
      'sec-websocket-protocol': 'base64url.bearer.authorization.k8s.io.eHg, v5.channel.k8s.io',
      origin: 'https://a',
    },
    { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-protocol': 'v5.channel.k8s.io' },
  ],
];
for (const [what, given, expected] of headers)
  test(`of a forwarded request: ${what}`, () => assert.deepEqual(forwardedHeaders(given), expected));

const request = (more: Partial<Request> = {}): Request => ({
  method: 'GET',
  target: '/x',
  headers: {},
  body: new Uint8Array(),
  signal: new AbortController().signal,
  ...more,
});

test('the cluster sees the user and nothing he claims; its answer can do nothing in our pages', async () => {
  let seen: Request | undefined;
  const answer = await forwardNative(
    async asked => {
      seen = asked;
      return { status: 200, headers: { 'set-cookie': 'token=evil', 'content-type': 'text/html' } };
    },
    alice,
    request({ headers: { 'x-remote-user': 'admin', 'x-remote-group': 'system:masters' } }),
    '/api/v1/pods',
    'request-1',
  );
  assert.deepEqual(seen?.headers, {
    'audit-id': 'request-1',
    'impersonate-user': 'alice',
    'impersonate-group': ['dev'],
  });
  assert.equal(seen.target, '/api/v1/pods');
  assert.equal(seen.user, undefined);
  assert.deepEqual(answer.headers, {
    'content-type': 'text/html',
    'content-security-policy': 'sandbox',
    'x-content-type-options': 'nosniff',
  });
});

for (const [claim, words] of [
  [{ 'impersonate-user': 'admin' }, /^users "admin" is forbidden: User "alice" cannot impersonate resource "users"/],
  [{ 'impersonate-group': 'system:masters' }, /^users is forbidden: .*everybody comes as himself$/],
  [{ 'impersonate-extra-a': 'b' }, /everybody comes as himself$/],
] as [Headers, RegExp][])
  test(`who claims ${Object.keys(claim).join()} is told that he may not, and not answered as himself`, async () => {
    const cluster = () => assert.fail('the cluster is not asked');
    const asked = forwardNative(cluster, alice, request({ headers: claim }), '/api/v1/pods', 'request-1');
    await assert.rejects(asked, { code: 403, message: words });
  });

test('a terminal ends with its session, at both ends', async () => {
  const live = createLiveRequests();
  const [near, far] = createDuplexPair();
  const answer = await live.run('s1', request(), async () => ({
    status: 101,
    headers: {},
    upgrade: stream => stream.onClose(() => near.destroy()),
  }));
  answer.upgrade!(far);
  assert.equal(live.size, 1);
  live.end('other');
  assert.equal(far.closed, false);
  live.end('s1');
  assert.deepEqual([far.closed, near.closed, live.size], [true, true, 0]);
});

test('a request that is over is not held', async () => {
  const live = createLiveRequests();
  await live.run('s1', request(), async () => ({ status: 200, headers: {} }));
  await assert.rejects(live.run('s1', request(), () => Promise.reject(new Error('x'))));
  assert.equal(live.size, 0);
  const abort = new AbortController();
  await live.run('s1', request({ signal: abort.signal }), async ({ signal }) => {
    abort.abort();
    assert.equal(signal.aborted, true);
    return { status: 200, headers: {} };
  });
});

test('what is answered at once is let finish when its session ends; a stream that comes after the end is cut', async () => {
  const live = createLiveRequests();
  const written = await live.run('s1', request({ method: 'POST' }), async ({ signal }) => {
    live.rightsLost();
    assert.equal(signal.aborted, false);
    return { status: 201, headers: {} };
  });
  assert.equal(written.status, 201);
  const [, far] = createDuplexPair();
  const answer = await live.run('s1', request(), async () => {
    live.end('s1');
    return { status: 101, headers: {}, upgrade: () => {} };
  });
  answer.upgrade!(far);
  assert.deepEqual([far.closed, live.size], [true, 0]);
});
