import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupsOf, hitHref, kindOf, showsMatch, type Hit } from './hits.ts';

const hit = (given: Partial<Hit>): Hit => ({
  ...{ kind: 'pods', group: '', version: 'v1', resource: 'pods', name: 'a', uid: '1', createTime: '' },
  match: { field: 'name', value: 'a' },
  ...given,
});

for (const [name, given, href] of [
  ['an object of a project', { namespace: 'shop' }, '/clusters/host/projects/shop/pods/a'],
  ['a node', { kind: 'nodes', resource: 'nodes' }, '/clusters/host/nodes/a'],
  ['a project', { kind: 'namespaces', resource: 'namespaces' }, '/clusters/host/projects/a'],
  [
    'a workspace',
    { kind: 'workspaces', resource: 'workspacetemplates', group: 'tenant.kubesphere.io' },
    '/workspaces/a',
  ],
  ['an account', { kind: 'users', resource: 'users', group: 'iam.kubesphere.io' }, '/users/a'],
  [
    'a kind without pages of its own',
    { kind: 'roles', resource: 'roles', group: 'rbac.authorization.k8s.io', namespace: 'shop' },
    '/clusters/host/projects/shop/resources/roles.rbac.authorization.k8s.io/a',
  ],
  [
    'such a kind of the core',
    { kind: 'limitranges', resource: 'limitranges', namespace: 'shop' },
    '/clusters/host/projects/shop/resources/limitranges/a',
  ],
  [
    'a kind that has the name of a known one',
    { kind: 'services.serving.example', resource: 'services', group: 'serving.example', namespace: 'shop' },
    '/clusters/host/projects/shop/resources/services.serving.example/a',
  ],
  [
    'a name that is no word of an address',
    { name: 'a/b', namespace: 'shop' },
    '/clusters/host/projects/shop/pods/a%2Fb',
  ],
] as const)
  test(`${name} leads to its page`, () => assert.equal(hitHref(hit(given), 'host'), href));

test('kinds of the same plural name are told apart by their group', () => {
  assert.equal(kindOf({ group: 'apps', resource: 'deployments' })?.kind, 'Deployment');
  assert.equal(kindOf({ group: 'example', resource: 'deployments' }), undefined);
});

test('hits stand by cluster and kind, each kind where its best is', () => {
  const hits = [hit({ uid: '1' }), hit({ uid: '2', kind: 'services' }), hit({ uid: '3' })];
  const groups = groupsOf([
    { cluster: 'host', hits },
    { cluster: 'edge', hits: hits.slice(0, 1) },
  ]);
  assert.deepEqual(
    groups.map(({ key, hits }) => [key, hits.map(({ uid }) => uid)]),
    [
      ['host/pods', ['1', '3']],
      ['host/services', ['2']],
      ['edge/pods', ['1']],
    ],
  );
});

test('where a word stands is said unless it is the name', () => {
  assert.equal(showsMatch(hit({})), false);
  assert.equal(showsMatch(hit({ match: { field: 'image', value: 'nginx' } })), true);
});
