import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as features from './features/index.ts';
import {
  accessOf,
  accessText,
  at,
  anybody,
  createPlatformClient,
  createRouter,
  enabledFeatures,
  fillPath,
  guardedGroup,
  inCluster,
  list,
  map,
  oneOf,
  openApiDocument,
  optional,
  parametersIn,
  problemsOf,
  record,
  text,
  integer,
  flag,
  type AnyRoute,
  type FeatureManifest,
} from './index.ts';
import type { Request } from '@orrery/http';

const routes: AnyRoute[] = Object.values(features).flatMap(feature => Object.values(feature) as AnyRoute[]);
const router = createRouter(routes);
const match = (method: string, path: string) => router.match(method, path.split('/').slice(1));

test('every route has an id of its own, and its feature is the beginning of it', () => {
  assert.equal(new Set(routes.map(route => route.id)).size, routes.length);
  for (const route of routes) assert.equal(route.id.split('.')[0], route.feature);
});

test('every name that a permission uses is in all paths of the route', () => {
  for (const { id, permission, paths } of routes) {
    if (permission.kind !== 'grant') continue;
    const needed = [
      permission.name,
      permission.self,
      permission.scope === 'workspace' ? 'workspace' : undefined,
      permission.scope === 'project' ? 'namespace' : undefined,
    ].filter(name => name !== undefined);
    for (const path of paths) for (const name of needed) assert.ok(parametersIn(path).includes(name), `${id} ${path}`);
  }
});

const paths: [string, string, string | undefined][] = [
  ['POST', '/oauth/token', 'oauth.token'],
  ['GET', '/kapis/iam.kubesphere.io/v1beta1/users', 'users.list'],
  ['HEAD', '/kapis/iam.kubesphere.io/v1alpha2/users', 'users.list'],
  ['PUT', '/kapis/iam.kubesphere.io/v1beta1/users/admin/password', 'users.password'],
  ['GET', '/kapis/iam.kubesphere.io/v1alpha2/namespaces/p/members', 'roles.projectMembers'],
  ['GET', '/kapis/iam.kubesphere.io/v1beta1/namespaces/p/namespacemembers', 'roles.projectMembers'],
  ['GET', '/kapis/tenant.kubesphere.io/v1alpha2/workspacetemplates/w', 'tenancy.workspace'],
  ['POST', '/kapis/tenant.kubesphere.io/v1beta1/workspaces/w/namespaces', 'tenancy.createProject'],
  ['GET', '/kapis/resources.kubesphere.io/v1alpha3/pods', 'resources.list'],
  ['GET', '/kapis/resources.kubesphere.io/v1alpha3/namespaces/p/pods', 'resources.listIn'],
  ['GET', '/kapis/resources.kubesphere.io/v1alpha3/namespaces/p', 'resources.get'],
  ['GET', '/kapis/iam.kubesphere.io/v1beta1/users/', undefined],
  ['GET', '/kapis/iam.kubesphere.io/v9/users', 'resources.listOf'],
  ['DELETE', '/kapis/iam.kubesphere.io/v9/users', undefined],
  ['GET', '/kapis/apps/v1/namespaces/p/deployments/x', 'resources.getOfIn'],
  ['GET', '/', undefined],
];
for (const [method, path, id] of paths)
  test(`${method} ${path} is ${id ?? 'nothing'}`, () => {
    const found = match(method, path);
    assert.equal(found && 'route' in found ? found.route.id : undefined, id);
  });

test('a method that is not served is told from a path that is not', () => {
  assert.deepEqual(match('POST', '/kapis/iam.kubesphere.io/v1beta1/users/a'), {
    allowed: ['GET', 'PUT', 'PATCH', 'DELETE'],
  });
});

test('names in paths come back as parameters', () => {
  const found = match('GET', '/kapis/resources.kubesphere.io/v1alpha3/namespaces/p/pods/web');
  assert.deepEqual(found && 'route' in found && found.parameters, { namespace: 'p', resources: 'pods', name: 'web' });
});

test('two routes at one place are refused', () => {
  const one = at('x')('x.one', 'GET', ['/a/{b}'], '', anybody);
  assert.throws(() => createRouter([one, { ...one, id: 'x.two', paths: ['/a/{c}'] }]), /both x.one and x.two/);
});

test('a path is filled with escaped names, and never without one', () => {
  assert.equal(fillPath('/users/{user}/x', { user: 'a/b' }), '/users/a%2Fb/x');
  assert.throws(() => fillPath('/users/{user}', {}), TypeError);
});

const shape = record({
  name: text(undefined, 5),
  kind: optional(oneOf('a', 'b')),
  tags: optional(list(text())),
  n: optional(integer(1)),
  on: optional(flag()),
  labels: optional(map(text())),
});
const bodies: [string, unknown, string[]][] = [
  ['fits', { name: 'x', kind: 'a', tags: ['t'], n: 1, on: false, labels: { a: 'b' } }, []],
  ['lacks a field', {}, ['body.name is required']],
  ['has an unknown field', { name: 'x', nmae: 'y' }, ['body.nmae is not a known field']],
  ['has a prototype', JSON.parse('{"name":"x","__proto__":{}}'), ['body.__proto__ is not a known field']],
  ['is too long', { name: 'abcdef' }, ['body.name is longer than 5']],
  ['has another value', { name: 'x', kind: 'c' }, ['body.kind must be one of a, b']],
  ['has wrong items', { name: 'x', tags: ['t', 1] }, ['body.tags[1] must be a text']],
  ['is no list', { name: 'x', tags: 't' }, ['body.tags must be a list']],
  ['is too small', { name: 'x', n: 0 }, ['body.n must be at least 1']],
  ['is no number', { name: 'x', n: '1' }, ['body.n must be a whole number']],
  ['is no flag', { name: 'x', on: 'true' }, ['body.on must be true or false']],
  ['has a wrong map', { name: 'x', labels: { a: 1 } }, ['body.labels.a must be a text']],
  ['is a list', [], ['body must be an object']],
];
for (const [what, body, problems] of bodies)
  test(`a body that ${what}`, () => assert.deepEqual(problemsOf(shape.json, body), problems));

test('what the cluster is asked for a grant', () => {
  const asked = (id: string, parameters: Record<string, string>) => {
    const { permission } = routes.find(route => route.id === id)!;
    assert.equal(permission.kind, 'grant');
    return permission.kind === 'grant' ? accessText(accessOf(permission, parameters)) : '';
  };
  assert.equal(asked('users.get', { user: 'bob' }), 'get users.kapis.iam.kubesphere.io "bob"');
  assert.equal(asked('users.password', { user: 'bob' }), 'update users/password.kapis.iam.kubesphere.io "bob"');
  assert.equal(
    asked('tenancy.createProject', { workspace: 'w' }),
    'create workspaces/namespaces.kapis.tenant.kubesphere.io "w"',
  );
  assert.equal(asked('tenancy.workspace', { workspace: 'w' }), 'get workspaces.kapis.tenant.kubesphere.io "w"');
  assert.equal(
    asked('roles.addProjectMembers', { namespace: 'p' }),
    'create rolebindings.rbac.authorization.k8s.io in p',
  );
  assert.equal(guardedGroup('apps'), 'apps');
});

test('every request of a client names its cluster, its token and its body', async () => {
  const seen: Request[] = [];
  const client = createPlatformClient(
    async request => {
      seen.push(request);
      return { status: 200, headers: {}, body: new TextEncoder().encode('{"message":"success"}') };
    },
    { cluster: 'c1', token: () => 'abc' },
  );
  const answer = await client.call(features.users.password, { path: { user: 'bob' }, body: { password: 'x' } });
  assert.equal(answer.message, 'success');
  await client.call(features.oauth.token, { body: { grant_type: 'password', username: 'a b' } });
  assert.deepEqual(
    seen.map(({ method, target, headers, body }) => [
      method,
      target,
      headers['authorization'],
      headers['content-type'],
      new TextDecoder().decode(body),
    ]),
    [
      [
        'PUT',
        '/kapis/clusters/c1/iam.kubesphere.io/v1beta1/users/bob/password',
        'Bearer abc',
        'application/json',
        '{"password":"x"}',
      ],
      ['POST', '/oauth/token', 'Bearer abc', 'application/x-www-form-urlencoded', 'grant_type=password&username=a+b'],
    ],
  );
  assert.equal(inCluster('/apis/apps/v1/deployments', 'c1'), '/apis/clusters/c1/apps/v1/deployments');
});

test('the OpenAPI document has every path and method once, with its permission', () => {
  const { paths } = openApiDocument(routes, 'v1') as { paths: Record<string, Record<string, { operationId: string }>> };
  const operations = Object.values(paths).flatMap(path => Object.values(path).map(({ operationId }) => operationId));
  assert.equal(new Set(operations).size, operations.length);
  assert.equal(
    operations.length,
    routes.reduce((sum, route) => sum + route.paths.length, 0),
  );
});

test('features are switched off cleanly or not at all', () => {
  const feature = (name: string, needs: string[] = [], always?: true): FeatureManifest => ({
    name,
    summary: '',
    routes: {},
    kinds: [],
    menus: [],
    needs,
    always,
  });
  const all = [feature('core', [], true), feature('a', ['core']), feature('b', ['a'])];
  const on = (...off: string[]) => enabledFeatures(all, off).map(({ name }) => name);
  assert.deepEqual(on(), ['core', 'a', 'b']);
  assert.deepEqual(on('b'), ['core', 'a']);
  assert.deepEqual(on('a', 'b'), ['core']);
  assert.throws(() => on('a'), /"b" needs "a"/);
  assert.throws(() => on('core'), /cannot be switched off/);
  assert.throws(() => on('c'), /no feature "c"/);
});
