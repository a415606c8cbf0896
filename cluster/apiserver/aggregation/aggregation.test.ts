import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createDuplexPair } from '@orrery/http';
import type { UserInfo } from '@orrery/http';
import { define } from '../testing/definitions.ts';
import { wardle } from '../testing/flunders.ts';
import {
  accept,
  bundleOf,
  created,
  eventually,
  flunders,
  group,
  name,
  registration,
  service,
  services,
  slice,
  slices,
  startPair,
  startRegistered,
  untilReason,
} from '../testing/registered.ts';
import type { Pair } from '../testing/registered.ts';
import { admin, at, startServer } from '../testing/server.ts';
import type { TestServer } from '../testing/server.ts';
import type { AuthorizationAttributes } from '../types.ts';

const versionIn = async (server: TestServer, path = '/apis'): Promise<unknown> => {
  const items = (await server.get(path, { accept })).body.items as unknown[];
  return at(
    items.find(item => at(item, 'metadata', 'name') === wardle),
    'versions',
    0,
  );
};

test('the sample API server: registered, discovered, used, taken away', async t => {
  const pair = await startRegistered(t);
  const groups = (await pair.get('/apis')).body.groups as { name: string }[];
  const names = groups.map(each => each.name);
  assert.deepEqual([names[0], names.at(-1)], ['apiregistration.k8s.io', wardle]);
  assert.deepEqual((await pair.get(`/apis/${wardle}`)).body.preferredVersion, {
    groupVersion: `${wardle}/v1alpha1`,
    version: 'v1alpha1',
  });
  assert.equal(at((await pair.get(group)).body, 'resources', 0, 'name'), 'flunders');
  assert.equal(at(await versionIn(pair), 'freshness'), 'Current');
  assert.equal(at(await versionIn(pair), 'resources', 0, 'resource'), 'flunders');

  const flunder = { apiVersion: `${wardle}/v1alpha1`, kind: 'Flunder', metadata: { name: 'one', labels: { a: 'b' } } };
  await created(pair, flunders, flunder);
  const events = pair.watch(`${flunders}?watch=true`);
  assert.equal(at((await events.next()).value, 'object', 'metadata', 'name'), 'one');
  const patched = await pair.call('PATCH', `${flunders}/one`, {
    body: { spec: 1 },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  assert.equal(patched.body.spec, 1);
  assert.equal(at((await events.next()).value, 'type'), 'MODIFIED');
  assert.equal(at((await pair.get(flunders)).body, 'items', 0, 'spec'), 1);
  assert.equal((await pair.call('DELETE', `${flunders}/one`)).status, 200);
  assert.equal(at((await events.next()).value, 'type'), 'DELETED');
  await events.return(undefined);
  const gone = await pair.get(`${flunders}/one`);
  assert.deepEqual([gone.status, gone.body.message], [404, 'NotFound'], 'their words, not ours');

  assert.equal((await pair.call('DELETE', `${services}/${name}`)).status, 200);
  await eventually('it is gone', async () => ((await pair.get(group)).status === 404 ? true : undefined));
  assert.equal((await pair.get(`/apis/${wardle}`)).status, 404);
  assert.equal((await pair.get(flunders)).status, 404);
});

test('the other server learns who asks, and nothing that proves it', async t => {
  const pair = await startRegistered(t);
  const user: UserInfo = {
    name: 'jürgen',
    uid: 'u1',
    groups: ['developers', 'system:authenticated'],
    extra: { 'example.com/team%': ['a', 'b'] },
  };
  pair.remote.seen.length = 0;
  await pair.call('GET', `${flunders}?labelSelector=a%3Db`, {
    user,
    headers: {
      authorization: 'Bearer secret',
      cookie: 'session=1',
      'x-remote-user': 'root',
      'x-remote-extra-sudo': 'yes',
      'proxy-authorization': 'Basic abc',
      'audit-id': 'a-1',
      te: 'trailers',
    },
  });
  const { target, headers, showsCertificate } = pair.remote.seen.find(each => each.target.startsWith(flunders))!;
  assert.equal(target, `${flunders}?labelSelector=a%3Db`);
  assert.ok(showsCertificate);
  assert.equal(Buffer.from(String(headers['x-remote-user']), 'latin1').toString(), 'jürgen');
  assert.equal(headers['x-remote-uid'], 'u1');
  assert.equal([headers['x-remote-group']].flat().join(', '), 'developers, system:authenticated');
  assert.equal([headers['x-remote-extra-example.com%2fteam%25']].flat().join(', '), 'a, b');
  assert.equal(headers['audit-id'], 'a-1');
  for (const withheld of ['authorization', 'cookie', 'x-remote-extra-sudo', 'proxy-authorization', 'te'])
    assert.equal(headers[withheld], undefined, withheld);
});

test('this server authorizes first', async t => {
  const asked: AuthorizationAttributes[] = [];
  const parts = () => ({
    authorizer: async (user: UserInfo, attributes: AuthorizationAttributes) => {
      asked.push(attributes);
      const decision = user.name === admin.name ? ('allow' as const) : ('no-opinion' as const);
      return { decision, reason: '' };
    },
  });
  const pair = await startRegistered(t, { parts });
  pair.remote.seen.length = 0;
  const refused = await pair.call('GET', flunders, { user: { name: 'eve', groups: [] } });
  assert.equal(refused.status, 403);
  const words = 'cannot list resource "flunders" in API group "wardle.example.com" in the namespace "default"';
  assert.match(String(refused.body.message), new RegExp(words));
  assert.ok(!pair.remote.seen.some(({ target }) => target.startsWith(flunders)));
});

test('availability in upstream’s words, from nothing to well and back', async t => {
  const pair = await startPair(t);
  await created(pair, services, registration(bundleOf(pair)));
  const missing = await untilReason(pair, 'ServiceNotFound');
  assert.deepEqual([missing.status, missing.message], ['False', 'service/sample-api in "default" is not present']);
  const early = await pair.get(flunders);
  assert.deepEqual([early.status, early.text], [503, 'service unavailable\n']);
  assert.match(String(early.headers['content-type']), /^text\/plain/);
  assert.equal(at(await versionIn(pair), 'freshness'), 'Stale', 'the group is known, its resources are not');

  const wrong = { ...service, spec: { ...service.spec, ports: [{ name: 'https', port: 1 }] } };
  await created(pair, '/api/v1/namespaces/default/services', wrong);
  assert.equal(
    (await untilReason(pair, 'ServicePortError')).message,
    'service/sample-api in "default" is not listening on port 7443',
  );
  await pair.call('DELETE', '/api/v1/namespaces/default/services/sample-api');
  await created(pair, '/api/v1/namespaces/default/services', service);
  assert.equal(
    (await untilReason(pair, 'EndpointsNotFound')).message,
    'cannot find endpointslices for service/sample-api in "default"',
  );
  await created(pair, slices, slice(false));
  const none = 'endpointslices for service/sample-api in "default" have no addresses with port name "https"';
  assert.equal((await untilReason(pair, 'MissingEndpoints')).message, none);
  pair.remote.isWell = false;
  const merge = { 'content-type': 'application/merge-patch+json' };
  const ready = { endpoints: [{ addresses: ['192.0.2.7'], conditions: { ready: true } }] };
  await pair.call('PATCH', `${slices}/sample-api-1`, { body: ready, headers: merge });
  const url = `https://192.0.2.7:7443${group}`;
  assert.equal(
    (await untilReason(pair, 'FailedDiscoveryCheck')).message,
    `failing or missing response from ${url}: bad status from ${url}: 500`,
  );
  pair.remote.isWell = true;
  await untilReason(pair, 'Passed');
  assert.equal((await pair.get(flunders)).status, 200);
  const table = await pair.get(services, { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' });
  const row = (table.body.rows as { cells: unknown[] }[]).find(({ cells }) => cells[0] === name)!;
  assert.deepEqual(row.cells.slice(1, 3), ['default/sample-api', 'True']);

  const unready = { endpoints: [{ addresses: ['192.0.2.7'], conditions: { ready: false } }] };
  await pair.call('PATCH', `${slices}/sample-api-1`, { body: unready, headers: merge });
  await untilReason(pair, 'MissingEndpoints');
  assert.equal((await pair.get(flunders)).status, 503);
  const stale = await versionIn(pair);
  assert.deepEqual([at(stale, 'freshness'), at(stale, 'resources', 0, 'resource')], ['Stale', 'flunders']);
  assert.match(
    (await pair.get('/metrics')).text,
    /aggregator_unavailable_apiservice\{name="v1alpha1\.wardle\.example\.com"\} 1/,
  );
});

test('a server that no authority of its APIService vouches for is not spoken to', async t => {
  const pair = await startPair(t);
  await created(pair, '/api/v1/namespaces/default/services', service);
  await created(pair, slices, slice());
  const stranger = Buffer.from(pair.remote.frontProxy.cert).toString('base64');
  await created(pair, services, registration(stranger));
  assert.match(
    (await untilReason(pair, 'FailedDiscoveryCheck')).message,
    /x509: certificate signed by unknown authority$/,
  );
  assert.equal(pair.remote.seen.length, 0);
  const spec = { caBundle: null, insecureSkipTLSVerify: true };
  const headers = { 'content-type': 'application/merge-patch+json' };
  await pair.call('PATCH', `${services}/${name}`, { body: { spec }, headers });
  await untilReason(pair, 'Passed');
});

test('priorities order groups and versions', async t => {
  const pair = await startPair(t);
  const register = (group: string, version: string, groupPriorityMinimum: number, versionPriority: number) =>
    created(pair, services, {
      metadata: { name: `${version}.${group}` },
      spec: {
        ...{ group, version, groupPriorityMinimum, versionPriority, insecureSkipTLSVerify: true },
        service: { namespace: 'default', name: 'sample-api', port: 7443 },
      },
    });
  await register('first.example.com', 'v1', 17_801, 1);
  await register('zebra.example.com', 'v1', 900, 10);
  await register('ape.example.com', 'v1beta1', 900, 10);
  await register('ape.example.com', 'v2', 800, 9);
  await register('ape.example.com', 'v1', 700, 9);
  const { groups } = (await pair.get('/apis')).body as { groups: { name: string; versions: { version: string }[] }[] };
  const names = groups.map(({ name: each }) => each);
  assert.deepEqual(names.slice(0, 3), ['apiregistration.k8s.io', 'first.example.com', 'apps']);
  assert.deepEqual(names.slice(-2), ['zebra.example.com', 'ape.example.com'], 'by the names of their APIServices');
  assert.deepEqual(
    groups.at(-1)!.versions.map(({ version }) => version),
    ['v1beta1', 'v2', 'v1'],
  );
  const items = (await pair.get('/apis', { accept })).body.items as unknown[];
  const found = items.map(item => at(item, 'metadata', 'name'));
  assert.deepEqual(found.slice(-2), ['ape.example.com', 'zebra.example.com'], 'by their own names');
});

test('a server that describes its groups one by one', async t => {
  const pair = await startPair(t);
  pair.remote.isModern = false;
  await created(pair, '/api/v1/namespaces/default/services', service);
  await created(pair, slices, slice());
  await created(pair, services, registration(bundleOf(pair)));
  await untilReason(pair, 'Passed');
  assert.deepEqual(at(await versionIn(pair), 'resources', 0, 'shortNames'), ['fl']);
  assert.equal(at(await versionIn(pair), 'resources', 0, 'subresources', 0, 'subresource'), 'status');
});

const flunderKind = { group: wardle, version: 'v1alpha1', kind: 'Flunder' };
const claimed = (resource: unknown, more: object = {}) => ({
  resource,
  ...{ responseKind: flunderKind, scope: 'Namespaced', singularResource: 'flunder', verbs: ['get', 'list'] },
  ...more,
});
const claim = (...items: object[]): Buffer =>
  Buffer.from(JSON.stringify({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', items }));
const claimedGroup = (group: string, version: string, ...resources: unknown[]) => ({
  metadata: { name: group },
  versions: [{ version, freshness: 'Current', resources }],
});

/** The group version is registered and the other server makes these claims. */
async function withClaims(t: TestContext, claims: Uint8Array): Promise<Pair> {
  const pair = await startPair(t);
  pair.remote.claims = claims;
  await created(pair, '/api/v1/namespaces/default/services', service);
  await created(pair, slices, slice());
  await created(pair, services, registration(bundleOf(pair)));
  await untilReason(pair, 'Passed');
  return pair;
}

test('what another server claims beyond its group version is not told', async t => {
  const evil = claimed('deployments', { responseKind: { group: 'evil', version: 'v1', kind: 'Evil' } });
  const claims = claim(
    claimedGroup('apps', 'v1', evil),
    claimedGroup('', 'v1', evil),
    claimedGroup('other.example.com', 'v1', evil),
    claimedGroup('__proto__', 'v1alpha1', evil),
    {
      ...claimedGroup(wardle, 'v1alpha1', claimed('flunders', { evil: true, ['__proto__']: 1 })),
      ...{ evil: true },
    },
    claimedGroup(wardle, 'v2', evil),
  );
  const alone = await startServer();
  t.after(alone.close);
  const pair = await withClaims(t, claims);
  const document = async (server: TestServer, path: string) => (await server.get(path, { accept })).body;
  const theirs = (item: unknown) => at(item, 'metadata', 'name') === wardle;
  const items = (await document(pair, '/apis')).items as unknown[];
  assert.deepEqual(
    items.filter(item => !theirs(item)),
    (await document(alone, '/apis')).items,
  );
  assert.deepEqual(await document(pair, '/api'), await document(alone, '/api'));
  assert.deepEqual(at(items.find(theirs), 'versions'), [
    { version: 'v1alpha1', resources: [claimed('flunders')], freshness: 'Current' },
  ]);
  for (const path of [`/apis/${wardle}/v2`, '/apis/other.example.com', '/apis/evil'])
    assert.equal((await pair.get(path)).status, 404, path);
  assert.deepEqual((await pair.get('/apis/apps/v1')).body, (await alone.get('/apis/apps/v1')).body);
});

const brackets = 200_000;
const deep = claim(claimedGroup(wardle, 'v1alpha1', claimed('flunders', { verbs: 'deep' })))
  .toString()
  .replace('"deep"', '['.repeat(brackets) + ']'.repeat(brackets));

for (const [what, claims] of [
  ['no JSON', Buffer.from('{"items":[')],
  ['deeper than anybody reads', Buffer.from(deep)],
  ['larger than anybody reads', Buffer.concat([claim(), Buffer.alloc(9 << 20, ' ')])],
  ['a name that is none', claim(claimedGroup(wardle, 'v1alpha1', claimed({ a: 1 })))],
  ['no name', claim(claimedGroup(wardle, 'v1alpha1', claimed('flunders'), claimed(undefined)))],
  ['verbs that are no list', claim(claimedGroup(wardle, 'v1alpha1', claimed('flunders', { verbs: 'all' })))],
  ['a kind that is none', claim(claimedGroup(wardle, 'v1alpha1', claimed('flunders', { responseKind: ['Flunder'] })))],
  ['a subresource that is none', claim(claimedGroup(wardle, 'v1alpha1', claimed('flunders', { subresources: [1] })))],
] as const)
  test(`discovery that would break its readers is not handed on: ${what}`, async t => {
    const pair = await withClaims(t, claims);
    assert.ok(
      pair.remote.seen.some(({ target }) => target === '/apis'),
      'it was asked',
    );
    const version = await versionIn(pair);
    assert.equal(at(version, 'freshness'), 'Stale');
    assert.equal(at(version, 'resources', 0), undefined);
    assert.equal((await pair.get(flunders)).status, 200, 'what it serves is reached all the same');
    assert.equal((await pair.get('/apis/apps/v1')).status, 200);
  });

test('redirects, circles and paths that lead elsewhere end here', async t => {
  const pair = await startRegistered(t);
  const redirected = await pair.get(`${flunders}/elsewhere`);
  assert.deepEqual(
    [redirected.status, redirected.headers.location, redirected.text],
    [502, undefined, 'the backend attempted to redirect this request, which is not permitted\n'],
  );
  await pair.get(flunders);
  const { via } = pair.remote.seen.at(-1)!.headers;
  assert.equal((await pair.get(flunders, { via: String(via) })).status, 508);
  const before = pair.remote.seen.length;
  for (const path of [`${group}/../../../api/v1/secrets`, `${group}/namespaces/%2e%2E/flunders`])
    assert.equal((await pair.get(path)).status, 400, path);
  assert.equal((await pair.get(`/apis/${wardle}//v1alpha1/flunders`)).status, 404);
  assert.equal(pair.remote.seen.length, before);
});

test('an upgraded connection passes through', async t => {
  const pair = await startRegistered(t);
  const response = await pair.server.handler({
    method: 'GET',
    target: `${flunders}/one/connect`,
    headers: { connection: 'Upgrade', upgrade: 'echo' },
    body: new Uint8Array(),
    signal: new AbortController().signal,
    user: admin,
  });
  assert.equal(response.status, 101);
  const [near, far] = createDuplexPair();
  const heard = new Promise<string>(resolve => near.onData(chunk => resolve(Buffer.from(chunk).toString())));
  response.upgrade!(far);
  near.write(Buffer.from('hello'));
  assert.equal(await heard, 'hello');
  near.end();
  assert.equal(pair.remote.seen.at(-1)!.headers['x-remote-user'], 'admin');
});

test('OpenAPI of the other server is part of ours', async t => {
  const pair = await startRegistered(t);
  const index = await pair.get('/openapi/v3');
  const url = String(at(index.body, 'paths', group.slice(1), 'serverRelativeURL'));
  assert.equal(url, `/openapi/v3${group}?hash=F00`);
  assert.equal(at((await pair.get(url)).body, 'info', 'title'), 'wardle');
  const { body } = await pair.get('/openapi/v2');
  const path = at(body, 'paths', `${group}/namespaces/{namespace}/flunders`);
  assert.equal(at(path, 'parameters', 0, 'name'), 'namespace');
  const definitions = body.definitions as Record<string, Record<string, unknown>>;
  assert.ok(definitions['wardle.Flunder'] && definitions['wardle.FlunderList']);
  assert.equal(definitions['wardle.Unused'], undefined);
  assert.notEqual(definitions['io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta']!.description, 'theirs');
  assert.ok(at(body, 'paths', '/api/v1/pods'));
});

test('an APIService stands for every group version of custom resources, and orders them', async t => {
  const server = await startServer({ parts: () => ({ registersGroups: true }) });
  t.after(server.close);
  await server.server.ready;
  await define(server, {});
  const condition = await untilReason(server, 'Local', 'v1.example.com');
  assert.equal(condition.message, 'Local APIServices are always available');
  const stored = await server.get(`${services}/v1.example.com`);
  assert.deepEqual(stored.body.spec, {
    group: 'example.com',
    version: 'v1',
    groupPriorityMinimum: 1000,
    versionPriority: 100,
  });
  assert.deepEqual(at(stored.body, 'metadata', 'labels'), { 'kube-aggregator.kubernetes.io/automanaged': 'true' });
  await server.call('DELETE', `${services}/v1.example.com`);
  await untilReason(server, 'Local', 'v1.example.com');
  await server.call('DELETE', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/things.example.com');
  await eventually('it goes with its definition', async () =>
    (await server.get(`${services}/v1.example.com`)).status === 404 ? true : undefined,
  );
});
