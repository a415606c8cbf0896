import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import { platformResources, type Group, type GroupBinding, type PlatformRole, type User } from '@orrery/platform-kinds';
import { groupsFrom, lineOf, withDepartments } from '../identity/departments.ts';
import { becomes, eventually, iam, namesIn, startPeople, tenant, type People } from '../testing/people.ts';
import { startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';

const group = (name: string, parent?: string, workspace = 'w'): Group => ({
  metadata: {
    name,
    labels: { 'kubesphere.io/workspace': workspace, ...(parent && { 'iam.kubesphere.io/group-parent': parent }) },
  },
});
const tree = [
  group('all'),
  group('dev', 'all'),
  group('web', 'dev'),
  group('loop-a', 'loop-b'),
  group('loop-b', 'loop-a'),
  group('other', undefined, 'v'),
  group('stray', 'other'),
];
const lines: [string, string[]][] = [
  ['all', ['all']],
  ['web', ['web', 'dev', 'all']],
  ['loop-a', ['loop-a', 'loop-b']],
  ['stray', ['stray']],
  ['none', []],
];
for (const [name, expected] of lines)
  test(`the departments above "${name}", in its own workspace`, () =>
    assert.deepEqual(lineOf(name, new Map(tree.map(found => [found.metadata.name!, found]))), expected));

test('a binding counts with a department of its own workspace', () => {
  const binding = (name: string, workspace: string): GroupBinding => ({
    metadata: { name: 'b', labels: { 'kubesphere.io/workspace': workspace } },
    groupRef: { apiGroup: 'iam.kubesphere.io', kind: 'Group', name },
    users: ['ann'],
  });
  assert.deepEqual(groupsFrom([binding('web', 'w'), binding('other', 'w'), binding('gone', 'w')], tree), [
    'all',
    'dev',
    'web',
  ]);
});

test('groups that came from elsewhere stay', () => {
  const user: User = { metadata: { name: 'ann' }, spec: { groups: ['ldap-staff'] } };
  const inside = withDepartments(user, ['dev'])!;
  assert.deepEqual(inside.spec.groups, ['ldap-staff', 'dev']);
  assert.equal(withDepartments(inside, ['dev']), undefined);
  assert.deepEqual(withDepartments(inside, [])!.spec.groups, ['ldap-staff']);
});

let cluster: TestCluster;
let platform: TestPlatform;
let people: People;
const departments = `${iam}/workspaces/w1/groups`;
const bindings = `${iam}/workspaces/w1/groupbindings`;
const department = (name: string, parent?: string, annotations?: Record<string, string>) => ({
  metadata: {
    name,
    ...(parent && { labels: { 'iam.kubesphere.io/group-parent': parent } }),
    ...(annotations && { annotations }),
  },
});
const join = (userName: string, groupName: string, who = 'ann') =>
  people.as(who, 'POST', bindings, [{ userName, groupName }]);
const leave = async (user: string) => {
  const { items } = await people.done('ann', 'GET', `${bindings}?user=${user}`);
  for (const { metadata } of items as GroupBinding[])
    await people.done('ann', 'DELETE', `${bindings}/${metadata.name}`);
};
const sees = async (who: string, namespace: string) =>
  (await people.status(who, 'GET', `/api/v1/namespaces/${namespace}/configmaps`)) === 200;

before(async () => {
  cluster = await startCluster();
  platform = await startPlatform(cluster);
  people = await startPeople(platform);
  for (const name of ['ann', 'ben', 'cat', 'dan']) await people.create(name);
  await people.workspace('w1', 'ann');
  await people.workspace('w2', 'dan');
  for (const name of ['p1', 'p2']) await people.project('ann', 'w1', name);
  await people.project('dan', 'w2', 'p9');
  await people.done('ann', 'POST', '/api/v1/namespaces/p1/configmaps', { metadata: { name: 'c' } });
  const inProject = JSON.stringify([{ cluster: 'host', namespace: 'p1', role: 'operator' }]);
  await people.done(
    'ann',
    'POST',
    departments,
    department('staff', undefined, { 'iam.kubesphere.io/workspace-role': 'w1-regular' }),
  );
  await people.done(
    'ann',
    'POST',
    departments,
    department('makers', 'staff', { 'iam.kubesphere.io/project-roles': inProject }),
  );
});
after(async () => {
  await platform.close();
  await cluster.close();
});

test('a member has the roles of his department and of those above it, at once and natively', async () => {
  assert.equal(await sees('ben', 'p1'), false);
  assert.equal((await join('ben', 'makers')).status, 200);
  await eventually(
    'the role of the department above',
    async () => (await people.status('ben', 'GET', `${tenant}/workspaces/w1`)) === 200,
  );
  await eventually('the role in the project', () => sees('ben', 'p1'));
  await people.done('ben', 'POST', '/api/v1/namespaces/p1/configmaps', { metadata: { name: 'by-ben' } });
  assert.equal(await sees('ben', 'p2'), false);
  await becomes(async () => namesIn(await people.done('ben', 'GET', `${tenant}/workspaces`)), ['w1']);
  await becomes(async () => namesIn(await people.done('ben', 'GET', `${tenant}/namespaces`)), ['p1']);
  const user = await cluster.client.get<User>(platformResources.users, 'ben');
  assert.deepEqual(user.spec.groups, ['makers', 'staff']);
});

test('who leaves a department loses what came of it, also where he is looking', async () => {
  const watch = await people.watch('ben', '/api/v1/namespaces/p1/configmaps');
  await leave('ben');
  await watch.ended;
  assert.equal(await sees('ben', 'p1'), false);
  assert.equal(await people.status('ben', 'GET', `${tenant}/workspaces/w1`), 403);
});

test('a department’s roles are given and taken, and act on its members at once', async () => {
  assert.equal((await join('ben', 'staff')).status, 200);
  const binding = (kind: string, name: string) => ({
    metadata: {},
    roleRef: { apiGroup: 'iam.kubesphere.io', kind, name },
    subjects: [{ kind: 'Group', name: 'staff' }],
  });
  const inWorkspace = `${iam}/workspaces/w1/workspacerolebindings`;
  await people.done('ann', 'POST', inWorkspace, [binding('WorkspaceRole', 'w1-viewer')]);
  assert.equal(await sees('ben', 'p2'), true, 'a viewer of the workspace sees its projects');
  const [first] = (await people.done('ann', 'GET', `${inWorkspace}?name=viewer`))['items'] as Group[];
  const watch = await people.watch('ben', '/api/v1/namespaces/p1/configmaps');
  await people.done('ann', 'DELETE', `${inWorkspace}/${first!.metadata.name}`);
  await watch.ended;
  assert.equal(await sees('ben', 'p2'), false);
  await people.done('ann', 'POST', `${iam}/namespaces/p2/rolebindings`, [binding('Role', 'viewer')]);
  assert.equal(await sees('ben', 'p2'), true);
  await eventually('the binding is listed', async () =>
    namesIn(await people.done('ann', 'GET', `${iam}/workspaces/w1/rolebindings`)).includes('staff.department.viewer'),
  );
  await people.done('ann', 'DELETE', `${iam}/namespaces/p2/rolebindings/staff.department.viewer`);
  assert.equal(await sees('ben', 'p2'), false);
  await leave('ben');
});

test('nobody is put where he would have more than who puts him there, and no name is stolen', async () => {
  const keeper = {
    metadata: { name: 'keeper' },
    aggregationRoleTemplates: { templateNames: ['workspace-manage-groups'] },
  };
  await people.done('ann', 'POST', `${iam}/workspaces/w1/workspaceroles`, keeper);
  await people.invite('ann', 'w1', 'cat', 'w1-keeper');
  assert.equal((await join('cat', 'makers', 'cat')).status, 403, 'into a department that may do more');
  const lift = department('mine', undefined, { 'iam.kubesphere.io/workspace-role': 'w1-admin' });
  assert.equal(
    await people.status('cat', 'POST', departments, lift),
    403,
    'a department of his own with a greater role',
  );
  assert.equal(await people.status('cat', 'POST', departments, department('mine')), 200);
  const patch = (body: object) => people.status('cat', 'PATCH', `${departments}/mine`, body);
  assert.equal(await patch({ metadata: lift.metadata }), 403);
  assert.equal((await join('cat', 'mine', 'cat')).status, 200);
  const give = {
    metadata: {},
    roleRef: { apiGroup: 'iam.kubesphere.io', kind: 'WorkspaceRole', name: 'w1-admin' },
    subjects: [{ kind: 'Group', name: 'mine' }],
  };
  assert.equal(await people.status('cat', 'POST', `${iam}/workspaces/w1/workspacerolebindings`, [give]), 403);
  await people.done(
    'ann',
    'POST',
    departments,
    department('heads', undefined, { 'iam.kubesphere.io/workspace-role': 'w1-admin' }),
  );
  // At once, while nothing is bound to it yet.
  assert.equal(
    await patch({ metadata: { labels: { 'iam.kubesphere.io/group-parent': 'heads' } } }),
    403,
    'under a greater one',
  );
  assert.equal((await join('cat', 'heads', 'cat')).status, 403, 'nor into it');
  // A group that has rights of somebody else's doing.
  await cluster.client.create(resources.clusterrolebindings, {
    metadata: { name: 'auditors' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'auditors' }],
  } as never);
  for (const name of ['auditors', 'makers', 'Big', 'system:masters', 'orrery:service'])
    assert.equal(await people.status('ann', 'POST', departments, department(name)), 422, name);
  for (const body of [
    department('x', 'none'),
    department('x', undefined, { 'iam.kubesphere.io/workspace-role': 'w2-admin' }),
  ])
    assert.equal(await people.status('ann', 'POST', departments, body), 422);
  const elsewhere = JSON.stringify([{ namespace: 'p9', role: 'viewer' }]);
  assert.equal(
    await people.status(
      'ann',
      'POST',
      departments,
      department('x', undefined, { 'iam.kubesphere.io/project-roles': elsewhere }),
    ),
    422,
  );
  assert.equal(
    await people.status('ann', 'PATCH', `${departments}/staff`, {
      metadata: { labels: { 'iam.kubesphere.io/group-parent': 'makers' } },
    }),
    422,
    'a circle',
  );
  await people.done('ann', 'DELETE', `${iam}/workspaces/w1/workspacemembers/cat`);
  assert.deepEqual(
    (await cluster.client.get<User>(platformResources.users, 'cat')).spec.groups ?? [],
    [],
    'out of the workspace is out of its departments',
  );
});

test('departments of another workspace are not there', async () => {
  for (const [method, target, body] of [
    ['GET', `${iam}/workspaces/w2/groups/staff`, undefined],
    ['PATCH', `${iam}/workspaces/w2/groups/staff`, { metadata: {} }],
    ['DELETE', `${iam}/workspaces/w2/groups/staff`, undefined],
    ['POST', `${iam}/workspaces/w2/groupbindings`, [{ userName: 'dan', groupName: 'makers' }]],
  ] as const)
    assert.equal(await people.status('dan', method, target, body), 404, target);
  assert.deepEqual(namesIn(await people.done('dan', 'GET', `${iam}/workspaces/w2/groups`)), []);
  assert.equal(await people.status('dan', 'GET', departments), 403);
});

test('a department that is tampered with is healed, and none is removed from under others', async () => {
  assert.equal((await join('ben', 'makers')).status, 200);
  await eventually('the role', () => sees('ben', 'p1'));
  await cluster.client.delete(resources.rolebindings, 'makers.department.operator', { namespace: 'p1' });
  await eventually('the binding comes back', () => sees('ben', 'p1'));
  const user = await cluster.client.get<User>(platformResources.users, 'ben');
  await cluster.client.update<User>(platformResources.users, { ...user, spec: { ...user.spec, groups: [] } });
  await eventually('the groups come back', () => sees('ben', 'p1'));
  assert.equal(await people.status('ann', 'DELETE', `${departments}/staff`), 409);
  await people.done('ann', 'DELETE', `${departments}/makers`);
  assert.equal(await sees('ben', 'p1'), false);
  assert.deepEqual((await cluster.client.get<User>(platformResources.users, 'ben')).spec.groups ?? [], []);
  const { items } = await cluster.client.list<GroupBinding>(platformResources.groupbindings);
  assert.ok(!items.some(({ groupRef }) => groupRef.name === 'makers'));
});

test('what was broken while the platform was away is healed when it comes back; whose workspace is gone goes', async () => {
  assert.equal((await join('ben', 'staff')).status, 200);
  await people.done('dan', 'POST', `${iam}/workspaces/w2/groups`, department('lost'));
  await platform.close();
  const user = await cluster.client.get<User>(platformResources.users, 'ben');
  await cluster.client.update<User>(platformResources.users, { ...user, spec: { ...user.spec, groups: ['made-up'] } });
  const template = await cluster.client.get<Group>(platformResources.workspacetemplates, 'w2');
  await cluster.client.update(platformResources.workspacetemplates, {
    ...template,
    metadata: { ...template.metadata, finalizers: [] },
  });
  await cluster.client.delete(platformResources.workspacetemplates, 'w2');
  platform = await startPlatform(cluster);
  await people.moveTo(platform);
  await eventually('his groups', async () => (await people.status('ben', 'GET', `${tenant}/workspaces/w1`)) === 200);
  await eventually('the department goes', async () => {
    const { items } = await cluster.client.list<Group>(platformResources.groups);
    return !items.some(({ metadata }) => metadata.name === 'lost');
  });
  const role = await cluster.client.get<PlatformRole>(resources.clusterroles, 'orrery:platform:groups');
  assert.ok(role.rules![0]!.resourceNames!.includes('staff'));
});
