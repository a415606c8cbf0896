/** Servers that extensions bring, each a real one: APIs and addresses behind the platform, and what is refused of any extension. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resources } from '@orrery/client/resources';
import { readBody } from '@orrery/http';
import { platformResources, type PlatformResource } from '@orrery/platform-kinds';
import { startExtensions } from '../testing/extensions.ts';
import { iam } from '../testing/people.ts';
import { handshake, openSocket } from '../testing/platform.ts';

const { answers, call, cluster, create, messageOf, people, plain, platform, ready, secure, tokens } =
  await startExtensions('member', 'reader');

const globalRole = async (user: string, name: string, rules: object[]) => {
  await people.done('admin', 'POST', `${iam}/globalroles`, { metadata: { name }, rules });
  await people.done('admin', 'PUT', `${iam}/users/${user}`, {
    ...(await people.done('admin', 'GET', `${iam}/users/${user}`)),
    metadata: { name: user, annotations: { 'iam.kubesphere.io/globalrole': name } },
  });
};

const refusals: [string, PlatformResource, object, RegExp][] = [
  [
    'an APIService without a place',
    platformResources.extensionApis,
    { group: 'a.b', version: 'v1' },
    /url or a service/,
  ],
  [
    'an APIService of two places',
    platformResources.extensionApis,
    { group: 'a.b', version: 'v1', url: 'http://x', service: { namespace: 'a', name: 'b' } },
    /and not both/,
  ],
  [
    'an APIService of no version',
    platformResources.extensionApis,
    { group: 'a.b', version: 'one', url: 'http://x' },
    /v1alpha1/,
  ],
  [
    'an APIService of no group',
    platformResources.extensionApis,
    { group: 'a', version: 'v1', url: 'http://x' },
    /API group/,
  ],
  [
    'a ReverseProxy elsewhere',
    platformResources.reverseproxies,
    { matcher: { path: '/kapis/*', method: '*' }, upstream: { url: 'http://x' } },
    /begins with \/proxy\//,
  ],
  [
    'a ReverseProxy of no method',
    platformResources.reverseproxies,
    { matcher: { path: '/proxy/*', method: 'BREW' }, upstream: { url: 'http://x' } },
    /one of HTTP/,
  ],
  ['a JSBundle of nothing', platformResources.jsbundles, {}, /raw or rawFrom/],
  [
    'a JSBundle from two places',
    platformResources.jsbundles,
    { rawFrom: { url: 'http://x', configMapKeyRef: { namespace: 'a', name: 'b', key: 'c' } } },
    /names one of/,
  ],
  [
    'an entry without a name',
    platformResources.extensionentries,
    { entries: [{ link: '/x' }] },
    /every entry has a name/,
  ],
  [
    'two entries of one name',
    platformResources.extensionentries,
    { entries: [{ name: 'a' }, { name: 'a' }] },
    /one name/,
  ],
];
for (const [what, resource, spec, why] of refusals)
  test(`the cluster refuses ${what}`, () => assert.rejects(create(resource, 'refused', spec), { message: why }));

test('an APIService answers for its group, told who asks, and nothing that he could say of himself', async () => {
  const { url, caBundle } = secure;
  await create(platformResources.extensionApis, 'v1.notes.example.com', {
    group: 'notes.example.com',
    version: 'v1',
    url,
    caBundle,
  });
  await ready(platformResources.extensionApis, 'v1.notes.example.com');
  const path = '/kapis/notes.example.com/v1/namespaces/p/notes/n1?full=true';
  const headers = { 'x-remote-user': 'root', 'x-remote-group': 'system:masters', cookie: 'token=x; theirs=y' };
  await answers('admin', path, 200);
  const { body, headers: answered } = await call('admin', 'POST', path, { body: { a: 1 }, headers });
  const { user, groups, target, method, headers: sent } = body as Record<string, string> & { headers: object };
  assert.deepEqual([method, target, user, body['body']], ['POST', path, 'admin', '{"a":1}']);
  assert.match(groups!, /system:authenticated/);
  assert.doesNotMatch(groups!, /masters/);
  for (const name of ['authorization', 'cookie']) assert.ok(!Object.hasOwn(sent, name), name);
  assert.equal(answered['content-security-policy'], 'sandbox');
});

test('rights to what an APIService answers are the platform’s own', async () => {
  const notes = '/kapis/notes.example.com/v1/notes';
  assert.equal((await call(undefined, 'GET', notes)).status, 401);
  const refused = await call('member', 'GET', notes);
  assert.equal(refused.status, 403);
  assert.match(refused.text, /cannot list resource \\"notes\\" in API group \\"notes.example.com\\"/);
  await globalRole('member', 'note-readers', [
    { apiGroups: ['notes.example.com'], resources: ['notes'], verbs: ['get', 'list'] },
  ]);
  await answers('member', notes, 200);
  assert.equal((await call('member', 'GET', `${notes}/a`)).status, 200);
  assert.equal((await call('member', 'GET', `${notes}?watch=true`)).status, 403);
  assert.equal((await call('member', 'DELETE', `${notes}/a`)).status, 403);
  assert.equal((await call('member', 'GET', `${notes}/a/secrets`)).status, 403);
});

test('our own routes win, and whoever comes later takes no group away', async () => {
  const iamApi = { group: 'iam.kubesphere.io', version: 'v1beta1', url: plain.url };
  await create(platformResources.extensionApis, 'taker', iamApi);
  await create(platformResources.extensionApis, 'w-late', {
    group: 'notes.example.com',
    version: 'v1',
    url: plain.url,
  });
  await ready(platformResources.extensionApis, 'taker');
  await ready(platformResources.extensionApis, 'w-late', 'Unavailable');
  assert.match((await messageOf(platformResources.extensionApis, 'w-late'))!, /already that of "v1.notes.example.com"/);
  await answers('admin', '/kapis/iam.kubesphere.io/v1beta1/things', 200);
  assert.equal((await call('admin', 'GET', `${iam}/users/member`)).body['kind'], 'User');
  await cluster.client.delete(platformResources.extensionApis, 'v1.notes.example.com');
  await ready(platformResources.extensionApis, 'w-late');
  await cluster.client.delete(platformResources.extensionApis, 'taker');
});

test('a server that is not trusted, closed or silent is 503, and nothing is told of it', async () => {
  await create(platformResources.extensionApis, 'untrusted', {
    group: 'a.example.com',
    version: 'v1',
    url: secure.url,
  });
  await create(platformResources.extensionApis, 'closed', {
    group: 'b.example.com',
    version: 'v1',
    url: 'http://127.0.0.1:9',
  });
  for (const [name, group] of [
    ['untrusted', 'a'],
    ['closed', 'b'],
  ] as const) {
    await ready(platformResources.extensionApis, name);
    await answers('admin', `/kapis/${group}.example.com/v1/things`, 503);
    const { text } = await call('admin', 'GET', `/kapis/${group}.example.com/v1/things`);
    assert.doesNotMatch(text, /127|ECONN|certificate/);
  }
});

test('a service of the cluster is asked through its API where its address cannot be reached', async () => {
  const place = { namespace: 'default' };
  await cluster.client.create(resources.services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'notes', ...place },
    spec: { clusterIP: 'None', ports: [{ name: 'web', port: 80, targetPort: 8080 }] },
  } as never);
  await cluster.client.create(resources.endpointslices, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'notes-1', ...place, labels: { 'kubernetes.io/service-name': 'notes' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.1.2.3'], conditions: { ready: true } }],
    ports: [{ name: 'web', port: 8080, protocol: 'TCP' }],
  } as never);
  const url = 'http://notes.default.svc:80/base';
  await create(platformResources.extensionApis, 'inside', { group: 'c.example.com', version: 'v1', url });
  await ready(platformResources.extensionApis, 'inside');
  await answers('admin', '/kapis/c.example.com/v1/things', 200);
  const { body } = await call('admin', 'GET', '/kapis/c.example.com/v1/things?a=b');
  assert.equal(body['target'], '/base/kapis/c.example.com/v1/things?a=b');
});

test('an API that is switched off leads nowhere', async () => {
  await cluster.client.patch(platformResources.extensionApis, 'inside', 'merge', { status: { state: 'Disabled' } });
  await answers('admin', '/kapis/c.example.com/v1/things', 404);
});

test('a ReverseProxy hands on what is below its path, with its directives', async () => {
  await create(platformResources.reverseproxies, 'tool', {
    matcher: { path: '/proxy/tool/*', method: '*' },
    upstream: { url: `${plain.url}/ui` },
    directives: {
      authProxy: true,
      stripPathPrefix: '/proxy/tool',
      headerUp: ['-user-agent', 'x-added "a value"', 'x-remote-user root'],
      headerDown: ['x-down 1', '-content-length'],
      rewrite: ['/old/* /new{path}?{query}&by=rule'],
    },
  });
  await ready(platformResources.reverseproxies, 'tool');
  await answers('admin', '/proxy/tool/', 200);
  const { body, headers } = await call('admin', 'GET', '/proxy/tool/old/page?a=b', { headers: { cookie: 'theirs=y' } });
  const sent = body['headers'] as Record<string, string>;
  assert.deepEqual(
    [body['target'], body['user'], sent['x-added'], sent['user-agent'], sent['cookie'], headers['x-down']],
    ['/ui/new/old/page?a=b&by=rule', 'admin', 'a value', undefined, 'theirs=y', '1'],
  );
  assert.equal(sent['host'], `127.0.0.1:${plain.port}`);
  assert.equal(sent['x-forwarded-host'], 'platform.test');
});

test('paths of proxies are for who may ask for them', async () => {
  assert.equal((await call(undefined, 'GET', '/proxy/tool/')).status, 401);
  assert.equal((await call('reader', 'GET', '/proxy/tool/')).status, 403);
  await globalRole('reader', 'tool-users', [{ nonResourceURLs: ['/proxy/tool/*'], verbs: ['GET'] }]);
  await answers('reader', '/proxy/tool/', 200);
  assert.equal((await call('reader', 'POST', '/proxy/tool/')).status, 403);
  assert.equal((await call('admin', 'GET', '/proxy/other')).status, 404);
});

test('its answers set no cookie of ours and send nobody to where only the platform can go', async () => {
  await create(platformResources.reverseproxies, 'moving', {
    matcher: { path: '/proxy/moving/*', method: 'GET' },
    upstream: { url: plain.url },
    directives: { stripPathPrefix: '/proxy/moving' },
  });
  await ready(platformResources.reverseproxies, 'moving');
  await answers('admin', '/proxy/moving/moved', 302);
  assert.equal((await call('admin', 'GET', '/proxy/moving/moved')).headers['location'], '/proxy/moving/there?a=b');
  plain.answer = async () => ({
    status: 200,
    headers: { 'set-cookie': ['token=stolen; Path=/', 'theirs=1'], 'www-authenticate': 'Basic' },
  });
  const { headers } = await call('admin', 'GET', '/proxy/moving/x');
  delete plain.answer;
  assert.deepEqual([headers['set-cookie'], headers['www-authenticate']], [['theirs=1'], undefined]);
  const follow = { directives: { stripPathPrefix: '/proxy/moving', interceptRedirects: true } };
  await cluster.client.patch(platformResources.reverseproxies, 'moving', 'merge', { spec: follow });
  await answers('admin', '/proxy/moving/moved', 200);
});

test('WebSockets pass through', async () => {
  const response = await platform.ask('GET', '/proxy/tool/socket', { token: tokens['admin']!, headers: handshake });
  const socket = openSocket(response);
  socket.send({ a: 1 });
  assert.deepEqual(await socket.next(), { echo: { a: 1 } });
  socket.connection.close();
  await socket.closed;
});

test('what stays unread of an answer keeps no connection', async () => {
  const response = await platform.ask('GET', '/proxy/tool/', { token: tokens['admin']! });
  assert.equal(response.status, 200);
  await readBody(response.body);
});
