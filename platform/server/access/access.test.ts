import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessText } from '@orrery/platform-contract';
import type { PlatformRole, PlatformRoleBinding, PolicyRule } from '@orrery/platform-kinds';
import { accessesOf } from './authorizer.ts';
import { agrees, same } from './heal.ts';
import {
  planGlobalBinding,
  planGlobalRole,
  planWorkspaceBinding,
  planWorkspaceRole,
  subjectsOf,
} from './materialise.ts';
import { devopsRoles, projectRoles } from './project-roles.data.ts';
import type { ProjectPlace } from './projects.ts';
import { devopsRules, platformRules, projectRules, workspaceRules } from './rules.ts';

const rule = (verbs: string, apiGroups: string, resources: string): PolicyRule => ({
  verbs: verbs.split(','),
  apiGroups: apiGroups.split(','),
  resources: resources.split(','),
});
const shown = (rules: readonly PolicyRule[]) =>
  rules.map(
    ({ verbs, apiGroups = [], resources = [], resourceNames }) =>
      `${verbs.join(',')} ${apiGroups.join(',')} ${resources.join(',')}${resourceNames ? ` ${resourceNames.join()}` : ''}`,
  );

const onPlatform: [string, PolicyRule, string[]][] = [
  ['everything', rule('*', '*', '*'), ['* * *']],
  [
    'users of the group',
    rule('get', 'iam.kubesphere.io', 'users'),
    ['get kapis.iam.kubesphere.io users', 'get kapis.tenant.kubesphere.io workspaces/users'],
  ],
  [
    'users of any group',
    rule('get', '*', 'users'),
    ['get kapis.iam.kubesphere.io users', 'get kapis.tenant.kubesphere.io workspaces/users'],
  ],
  ['nodes', rule('get', '', 'nodes'), ['get  nodes', 'get kapis.tenant.kubesphere.io workspaces/nodes']],
  [
    'workspaces',
    rule('create', 'tenant.kubesphere.io', 'workspaces'),
    ['create kapis.tenant.kubesphere.io workspaces'],
  ],
];
for (const [what, given, expected] of onPlatform)
  test(`a platform role that may ${what}`, () => assert.deepEqual(shown(platformRules([given])), expected));

test('no rule of a platform role gives the stored accounts, unless it gives everything', () => {
  for (const groups of ['iam.kubesphere.io', '*'])
    for (const found of platformRules([rule('*', groups, 'users,users/password,globalroles')]))
      for (const group of found.apiGroups ?? []) assert.match(group, /^kapis\./);
});

const inWorkspace: [string, PolicyRule, string[]][] = [
  ['everything', rule('*', '*', '*'), ['* kapis.tenant.kubesphere.io * w']],
  [
    'its projects',
    rule('create', 'tenant.kubesphere.io', 'namespaces'),
    ['create kapis.tenant.kubesphere.io workspaces/namespaces w'],
  ],
  ['itself', rule('get', '*', 'workspaces'), ['get kapis.tenant.kubesphere.io workspaces w']],
  ['everything of apps', rule('*', 'apps', '*'), []],
  ['URLs', { verbs: ['get'], nonResourceURLs: ['*'] }, []],
];
for (const [what, given, expected] of inWorkspace)
  test(`a workspace role that may ${what}, in its workspace`, () =>
    assert.deepEqual(shown(workspaceRules('w', [given])), expected));

const inProjects: [string, PolicyRule, readonly PolicyRule[]][] = [
  ['everything', rule('*', '*', '*'), projectRoles.admin],
  ['read everything', rule('get,list,watch', '*', '*'), projectRoles.viewer],
  ['list everything', rule('list', '*', '*'), []],
  ['pods', rule('get', '', 'pods'), [rule('get', '', 'pods')]],
  ['projects', rule('create', '*', 'namespaces'), []],
  ['members', rule('*', 'iam.kubesphere.io', 'workspacemembers'), []],
  ['URLs', { verbs: ['get'], nonResourceURLs: ['*'] }, []],
];
for (const [what, given, expected] of inProjects)
  test(`a workspace role that may ${what}, in its projects`, () => assert.deepEqual(projectRules([given]), expected));

const tenantThings = 'tenant.kubesphere.io';
const devopsThings = 'devops.kubesphere.io';
const reading = (rules: readonly PolicyRule[]) => rules.map(one => ({ ...one, verbs: ['get', 'list', 'watch'] }));
const apart: [string, PolicyRule, readonly PolicyRule[], readonly PolicyRule[]][] = [
  ['do everything', rule('*', '*', '*'), projectRoles.admin, projectRoles.admin],
  ['read everything', rule('get,list,watch', '*', '*'), projectRoles.viewer, projectRoles.viewer],
  ['manage projects', rule('*', tenantThings, 'namespaces'), projectRoles.admin, []],
  ['see projects', rule('get,list,watch', tenantThings, 'namespaces'), projectRoles.viewer, []],
  ['make projects', rule('create', tenantThings, 'namespaces'), [], []],
  ['manage DevOps projects', rule('*', devopsThings, 'devopsprojects'), [], devopsRoles.admin],
  ['see DevOps projects', rule('get,list,watch', devopsThings, 'devopsprojects'), [], reading(devopsRoles.admin)],
  ['make DevOps projects', rule('get,watch,create', devopsThings, 'devopsprojects'), [], []],
  ['see pods', rule('get', '', 'pods'), [rule('get', '', 'pods')], []],
  [
    'see pipelines of any group',
    rule('get', '*', 'pipelines'),
    [rule('get', '*', 'pipelines')],
    [rule('get', 'kapis.devops.kubesphere.io,kapis.gitops.kubesphere.io', 'pipelines')],
  ],
];
for (const [what, given, inProject, inDevops] of apart)
  test(`a workspace role that may ${what}, in projects and in DevOps projects`, () => {
    assert.deepEqual(projectRules([given]), inProject);
    assert.deepEqual(devopsRules([given]), inDevops);
  });

test('no role of a project changes its labels, or executes by reading', () => {
  for (const [name, rules] of Object.entries<PolicyRule[]>(projectRoles))
    for (const { verbs, apiGroups = [], resources = [] } of rules) {
      if (!apiGroups.includes('')) continue;
      assert.ok(!resources.includes('*'), name);
      if (resources.includes('namespaces'))
        assert.ok(!verbs.some(verb => ['*', 'update', 'patch'].includes(verb)), name);
      if (name === 'viewer')
        assert.ok(!resources.some(resource => /exec|attach|portforward|proxy|token/.test(resource)));
    }
});

const binding = (subjects: PlatformRoleBinding['subjects'], workspace = 'w'): PlatformRoleBinding => ({
  metadata: { name: 'b', labels: { 'kubesphere.io/workspace': workspace } },
  roleRef: { apiGroup: 'iam.kubesphere.io', kind: 'WorkspaceRole', name: 'r' },
  subjects,
});
const role = (workspace: string): PlatformRole => ({
  metadata: { name: 'r', labels: { 'kubesphere.io/workspace': workspace } },
  rules: [rule('get', '', 'pods')],
});

test('nobody of the cluster itself is bound by an object of the platform', () => {
  const subjects = [
    { kind: 'User', name: 'alice' },
    { kind: 'Group', name: 'dev' },
    { kind: 'User', name: 'system:admin' },
    { kind: 'Group', name: 'system:authenticated' },
    { kind: 'Group', name: 'orrery:service' },
    { kind: 'ServiceAccount', name: 'default', namespace: 'p' },
  ] as PlatformRoleBinding['subjects'];
  assert.deepEqual(
    subjectsOf(binding(subjects)).map(({ name }) => name),
    ['alice', 'dev'],
  );
  assert.deepEqual(planGlobalBinding(binding([{ kind: 'Group', name: 'system:masters' }])), []);
});

const place = (name: string, kind: ProjectPlace['kind'] = 'project'): ProjectPlace => ({ name, kind });

test('a binding counts with a role of its own workspace, in its projects', () => {
  const given = binding([{ kind: 'User', name: 'alice' }]);
  const places = planWorkspaceBinding(given, role('w'), [place('p1'), place('p2'), place('d1', 'devops')]).map(
    ({ object }) => object.metadata.namespace ?? '',
  );
  assert.deepEqual(places, ['', 'p1', 'p2']);
  assert.deepEqual(planWorkspaceBinding(given, role('other'), [place('p1')]), []);
  assert.deepEqual(planWorkspaceBinding(given, undefined, [place('p1')]), []);
  assert.deepEqual(planWorkspaceRole({ metadata: { name: 'r' } }), []);
});

test('rights over projects of all workspaces and those over DevOps projects are bound apart', () => {
  const given = binding([{ kind: 'User', name: 'alice' }]);
  const places = [place('p1'), place('d1', 'devops')];
  const bound = (...rules: PolicyRule[]) => {
    const own: PlatformRole = { metadata: { name: 'r' }, rules };
    const made = planGlobalRole(own).map(({ object }) => object.metadata.name);
    const inside = planGlobalBinding(given, own, places).flatMap(({ object }) => object.metadata.namespace ?? []);
    return [...made.slice(1), ...inside];
  };
  const [projects, devops] = [rule('*', tenantThings, 'namespaces'), rule('*', devopsThings, 'devopsprojects')];
  assert.deepEqual(bound(projects), ['orrery:everywhere:r', 'p1']);
  assert.deepEqual(bound(devops), ['orrery:everywhere-devops:r', 'd1']);
  assert.deepEqual(bound(projects, devops), ['orrery:everywhere:r', 'orrery:everywhere-devops:r', 'p1', 'd1']);
  assert.deepEqual(bound(rule('*', tenantThings, 'workspaces')), []);
});

test('what somebody must hold to give a rule', () => {
  const asked = (given: PolicyRule, place: Parameters<typeof accessesOf>[1]) =>
    accessesOf(given, place).map(accessText);
  assert.deepEqual(asked(rule('get,list', '', 'pods,pods/log'), { namespace: 'p' }), [
    'get pods in p',
    'get pods/log in p',
    'list pods in p',
    'list pods/log in p',
  ]);
  assert.deepEqual(asked(rule('*', '*', '*'), { workspace: 'w' }), ['* *.kapis.tenant.kubesphere.io "w"']);
  assert.deepEqual(asked(rule('get', 'iam.kubesphere.io', 'users'), 'platform'), ['get users.kapis.iam.kubesphere.io']);
});

test('healing corrects what is ours and leaves what is others’', () => {
  const wanted = { kind: 'ClusterRole', metadata: { name: 'a', labels: { x: '1' } }, rules: [rule('get', '', 'pods')] };
  const found = { ...wanted, metadata: { name: 'a', uid: 'u', labels: { x: '1', theirs: '2' } } };
  assert.equal(agrees(found, wanted), true);
  assert.equal(agrees({ ...found, rules: [...wanted.rules, rule('*', '*', '*')] } as never, wanted), false);
  assert.equal(agrees({ ...found, metadata: { name: 'a' } }, wanted), false);
  assert.equal(same({ a: [], b: undefined }, {}), true);
  assert.equal(same([1], { 0: 1 }), false);
});
