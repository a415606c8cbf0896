/** Attacks that concern the whole server: who may not, cannot, whatever a request looks like. The cases are listed in docs/security.md. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { chunksOf, isStream } from '@orrery/http';
import type { UserInfo } from '@orrery/http';
import { securityParts } from './security.ts';
import { define, thing } from './testing/definitions.ts';
import { at, startServer } from './testing/server.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const serviceAccountKey = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const apiGroup = 'rbac.authorization.k8s.io';

const mapOf = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });

async function start(more: Parameters<typeof startServer>[0] = {}) {
  const security = { serviceAccountKey, serviceCidrs: ['10.96.0.0/16'], securePort: 6443 };
  const server = await startServer({ parts: securityParts(security), ...more });
  await server.server.ready;
  /** Lets a user do what the rules say, everywhere. */
  const grant = async (user: string, ...rules: object[]) => {
    const head = { apiVersion: `${apiGroup}/v1`, metadata: { name: user } };
    assert.equal((await server.create(`${rbac}/clusterroles`, { ...head, kind: 'ClusterRole', rules })).status, 201);
    const roleRef = { apiGroup, kind: 'ClusterRole', name: user };
    const subjects = [{ kind: 'User', name: user, apiGroup }];
    const binding = { ...head, kind: 'ClusterRoleBinding', roleRef, subjects };
    assert.equal((await server.create(`${rbac}/clusterrolebindings`, binding)).status, 201);
  };
  const as = (name: string, method: string, target: string, headers: Record<string, string> = {}, body?: unknown) =>
    server.call(method, target, { user: { name, groups: [] }, headers, ...(body !== undefined && { body }) });
  return { ...server, grant, as };
}

test('a right to one kind of a group shows no other kind of it', async () => {
  const server = await start();
  await define(server);
  await define(server, { plural: 'others', kind: 'Other' });
  await server.create('/apis/example.com/v1/namespaces/default/others', { ...thing('secret'), kind: 'Other' });
  await server.grant('ann', { apiGroups: ['example.com'], resources: ['things'], verbs: ['*'] });
  const group = '/apis/example.com/v1';
  assert.equal((await server.as('ann', 'GET', `${group}/things`)).status, 200);
  for (const target of [
    'others',
    'namespaces/default/others',
    'namespaces/default/others/secret',
    'watch/others',
    'others?watch=1',
  ])
    assert.equal((await server.as('ann', 'GET', `${group}/${target}`)).status, 403, target);
  await server.close();
});

describe('impersonation', () => {
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
  const target = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
  const asked = {
    'impersonate-user': 'bob',
    'impersonate-group': 'dev, ops',
    'impersonate-uid': '7',
    'impersonate-extra-scopes': 'a',
  };
  const rules = {
    user: { apiGroups: [''], resources: ['users'], resourceNames: ['bob'], verbs: ['impersonate'] },
    groups: { apiGroups: [''], resources: ['groups'], resourceNames: ['dev', 'ops'], verbs: ['impersonate'] },
    uid: { apiGroups: ['authentication.k8s.io'], resources: ['uids'], resourceNames: ['7'], verbs: ['impersonate'] },
    extra: {
      apiGroups: ['authentication.k8s.io'],
      resources: ['userextras/scopes'],
      resourceNames: ['a'],
      verbs: ['impersonate'],
    },
  };

  test('every attribute needs a right of its own', async () => {
    const server = await start();
    const names = Object.keys(rules) as (keyof typeof rules)[];
    for (const without of names) {
      const user = `no-${without}`;
      await server.grant(user, ...names.filter(name => name !== without).map(name => rules[name]));
      assert.equal((await server.as(user, 'POST', target, asked, review)).status, 403, without);
    }
    await server.grant('all', ...Object.values(rules));
    const { body, status } = await server.as('all', 'POST', target, asked, review);
    assert.equal(status, 201);
    assert.deepEqual(at(body, 'status', 'userInfo'), {
      username: 'bob',
      uid: '7',
      groups: ['dev', 'ops', 'system:authenticated'],
      extra: { scopes: ['a'] },
    });
    await server.close();
  });

  test('headers that are named as belonging to the connection count all the same', async () => {
    const server = await start();
    const headers = { connection: 'impersonate-user, close', 'impersonate-user': 'bob' };
    const answer = await server.call('POST', target, { headers, body: review, user: { name: 'eve', groups: [] } });
    assert.equal(answer.status, 403);
    await server.close();
  });
});

test('an aggregated role is widened by nobody who does not hold what it would gain', async () => {
  const server = await start();
  const roles = `${rbac}/clusterroles`;
  const label = { widen: 'yes' };
  const role = (name: string, labels: object, resource: string) => ({
    ...{ apiVersion: `${apiGroup}/v1`, kind: 'ClusterRole', metadata: { name, labels } },
    rules: [{ apiGroups: [''], resources: [resource], verbs: ['get'] }],
  });
  const aggregated = (name: string) => ({
    ...{ apiVersion: `${apiGroup}/v1`, kind: 'ClusterRole', metadata: { name } },
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: label }] },
  });
  for (const body of [role('secret-reader', {}, 'secrets'), role('node-reader', {}, 'nodes'), aggregated('sum')])
    assert.equal((await server.create(roles, body)).status, 201);
  // May write any role and holds one of the two rights.
  await server.grant('eve', { apiGroups: [apiGroup], resources: ['clusterroles'], verbs: ['*'] });
  const patch = { 'content-type': 'application/merge-patch+json' };
  const strict = { 'content-type': 'application/strategic-merge-patch+json' };
  const apply = { 'content-type': 'application/apply-patch+yaml' };
  const held = /attempting to grant RBAC permissions not currently held|must have cluster-admin privileges/;
  const relabelled = { ...role('secret-reader', label, 'secrets') };
  const applied = { ...relabelled, rules: undefined };
  // The right to everything on roles includes the verbs that lift the check, so it is given by name here.
  const writing = ['get', 'create', 'update', 'patch', 'delete'];
  await server.grant('mallory', { apiGroups: [apiGroup], resources: ['clusterroles'], verbs: writing });
  await server.grant('nora', { apiGroups: [''], resources: ['nodes'], verbs: ['get'] });
  for (const [what, method, target, headers, body] of [
    ['a new role with the label', 'POST', roles, {}, role('new', label, 'secrets')],
    ['the label by an update', 'PUT', `${roles}/secret-reader`, {}, relabelled],
    ['the label by a merge patch', 'PATCH', `${roles}/secret-reader`, patch, { metadata: { labels: label } }],
    ['the label by a strategic patch', 'PATCH', `${roles}/secret-reader`, strict, { metadata: { labels: label } }],
    ['the label by an apply', 'PATCH', `${roles}/secret-reader?fieldManager=m`, apply, applied],
    ['a wider selector', 'PATCH', `${roles}/sum`, patch, { aggregationRule: { clusterRoleSelectors: [{}] } }],
    ['a role that sums up', 'POST', roles, {}, aggregated('mine')],
    [
      'an own role that sums up',
      'PATCH',
      `${roles}/mallory`,
      patch,
      { aggregationRule: aggregated('').aggregationRule },
    ],
    ['no selector any more', 'PATCH', `${roles}/sum`, patch, { aggregationRule: null }],
    ['rules beside the sum', 'PATCH', `${roles}/sum`, patch, { rules: relabelled.rules }],
  ] as const) {
    const answer = await server.as('mallory', method, target, headers, body);
    assert.equal(answer.status, 403, `${what}: ${answer.text}`);
    assert.match(String(answer.body.message), held, what);
  }
  // Who holds what the role has may hand it on.
  const binding = { roleRef: { apiGroup, kind: 'ClusterRole', name: 'nora' } };
  const subjects = [{ kind: 'User', name: 'mallory', apiGroup }];
  await server.create(`${rbac}/clusterrolebindings`, { metadata: { name: 'also' }, ...binding, subjects });
  const own = await server.as('mallory', 'PATCH', `${roles}/node-reader`, patch, { metadata: { labels: label } });
  assert.equal(own.status, 200, own.text);
  const escalating = await server.as('eve', 'PATCH', `${roles}/secret-reader`, patch, { metadata: { labels: label } });
  assert.equal(escalating.status, 200, 'the verb escalate is the right to do so');
  await server.close();
});

test('forged continue tokens show nothing of other places', async () => {
  const server = await start();
  await server.create('/api/v1/namespaces/default/secrets', {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's' },
  });
  for (const name of ['a', 'b', 'c']) await server.create('/api/v1/namespaces/default/configmaps', mapOf(name));
  const list = '/api/v1/namespaces/default/configmaps';
  const forged = (token: unknown) => Buffer.from(JSON.stringify(token)).toString('base64url');
  const { body } = await server.get(`${list}?limit=1`);
  const token = String(at(body, 'metadata', 'continue'));
  const own = JSON.parse(Buffer.from(token, 'base64url').toString()) as { v: string; rv: number };
  for (const start of ['../', '../../secrets/default/', '/../x'])
    assert.equal((await server.get(`${list}?limit=1&continue=${forged({ ...own, start })}`)).status, 400, start);
  for (const wrong of [
    'x',
    '%00',
    forged({ v: 'meta.k8s.io/v2', rv: own.rv, start: 'a' }),
    forged({ ...own, rv: 'a' }),
    forged([]),
  ])
    assert.equal((await server.get(`${list}?limit=1&continue=${wrong}`)).status, 400, wrong);
  const kinds = async (start: string) => {
    const answer = await server.get(`${list}?limit=500&continue=${forged({ ...own, start })}`);
    return ((at(answer.body, 'items') ?? []) as { metadata: { name: string } }[]).map(({ metadata }) => metadata.name);
  };
  for (const start of ['', '\u0000', 'zzz', '/registry/secrets/default/'])
    for (const name of await kinds(start)) assert.ok(['a', 'b', 'c'].includes(name), `${start} shows ${name}`);
  await server.close();
});

test('nobody in particular sees health, the version and nothing else', async () => {
  const server = await start();
  const nobody: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] };
  const statusOf = async (target: string) => (await server.call('GET', target, { user: nobody })).status;
  for (const open of ['/healthz', '/livez', '/readyz', '/version']) assert.equal(await statusOf(open), 200, open);
  for (const closed of [
    '/',
    '/api',
    '/apis',
    '/metrics',
    '/openapi/v3',
    '/debug/pprof/',
    '/debug/api_priority_and_fairness/dump_priority_levels',
    '/logs',
    '/api/v1/namespaces',
    '/openid/v1/jwks',
  ])
    assert.equal(await statusOf(closed), 403, closed);
  await server.close();
});

test('records hold neither credentials nor the contents of Secrets, and say who really asked', async () => {
  const lines: string[] = [];
  const policy = {
    rules: [
      {
        level: 'Metadata' as const,
        resources: [{ group: '', resources: ['secrets', 'serviceaccounts/token'] }, { group: 'authentication.k8s.io' }],
      },
      { level: 'RequestResponse' as const },
    ],
  };
  const server = await start({ audit: { policy, backend: { write: line => void lines.push(line) } } });
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, stringData: { a: 'h1dden' } };
  const headers = { authorization: 'Bearer t0ken', 'impersonate-user': 'bob' };
  const namespace = '/api/v1/namespaces/default';
  assert.equal((await server.create(`${namespace}/secrets`, secret)).status, 201);
  await server.get(`${namespace}/secrets`);
  await server.call('PATCH', `${namespace}/secrets/s`, {
    body: { stringData: { a: 'h1dden2' } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: 't0ken' } };
  await server.create('/apis/authentication.k8s.io/v1/tokenreviews', review);
  await server.get(`${namespace}/pods`, headers);
  const all = lines.join('\n');
  assert.ok(lines.length > 5);
  for (const hidden of ['h1dden', Buffer.from('h1dden').toString('base64'), 't0ken'])
    assert.equal(all.includes(hidden), false, hidden);
  const last = JSON.parse(lines.at(-1)!) as Record<string, { username: string }>;
  assert.deepEqual([last['user']!.username, last['impersonatedUser']!.username], ['admin', 'bob']);
  await server.close();
});

/** Bytes in use after a collection, those outside of the heap among them. */
async function bytesInUse(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let round = 0; round < 3; round++) {
    await new Promise(setImmediate);
    collect();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

test('ten thousand watches cost a few kilobytes each, and share the bytes of what they are told', async t => {
  const server = await start();
  const stop = new AbortController();
  t.after(async () => {
    stop.abort();
    await server.close();
  });
  const user: UserInfo = { name: 'admin', groups: ['system:masters'] };
  const count = 10_000;
  let told = 0;
  /** A reader that takes what comes and keeps it, as a socket does whose client does not read. */
  const kept: Uint8Array[][] = [];
  const open = async () => {
    const target = '/api/v1/namespaces/default/configmaps?watch=1';
    const request = { method: 'GET', target, headers: {}, body: new Uint8Array(), signal: stop.signal, user };
    const { status, body } = await server.server.handler(request);
    assert.equal(status, 200);
    assert.ok(isStream(body));
    const own: Uint8Array[] = [];
    kept.push(own);
    body.start({
      write: piece => (own.push(piece), told++, true),
      ...{ end() {}, destroy() {}, onDrain() {}, onClose() {} },
      ...{ queuedBytes: 0, closed: false },
    });
  };
  const before = await bytesInUse();
  for (let i = 0; i < count; i++) await open();
  const idle = await bytesInUse();
  assert.ok((idle - before) / count < 16_384, `${(idle - before) / count} bytes each`);
  const size = 100_000;
  const big = { ...mapOf('big'), data: { a: 'x'.repeat(size) } };
  assert.equal((await server.create('/api/v1/namespaces/default/configmaps', big)).status, 201);
  while (told < count) await new Promise(setImmediate);
  const grown = (await bytesInUse()) - idle;
  assert.ok(grown < count * 4_096, `${grown} bytes for one event, which is of ${size}`);
  assert.equal(kept.length, count);
});

test('watches that nobody reads cost little, and a closed server ends them', async () => {
  const server = await start();
  const stop = new AbortController();
  const user: UserInfo = { name: 'admin', groups: ['system:masters'] };
  const open = async () => {
    const target = '/api/v1/configmaps?watch=1';
    const request = { method: 'GET', target, headers: {}, body: new Uint8Array(), signal: stop.signal, user };
    return (await server.server.handler(request)).body;
  };
  const bodies = await Promise.all(Array.from({ length: 2000 }, open));
  const readers = bodies.slice(0, 1500).map(async body => {
    for await (const _ of chunksOf(body)) void _;
  });
  assert.equal((await server.create('/api/v1/namespaces/default/configmaps', mapOf('p'))).status, 201);
  await server.close();
  await Promise.all(readers);
});
