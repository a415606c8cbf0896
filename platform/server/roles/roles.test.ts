import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { platformResources, type PlatformRole } from '@orrery/platform-kinds';
import { eventually, iam, namesIn, startPeople, tenant, type People } from '../testing/people.ts';
import { startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';

let cluster: TestCluster;
let platform: TestPlatform;
let people: People;
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const made = (...templateNames: string[]) => ({ aggregationRoleTemplates: { templateNames } });

before(async () => {
  cluster = await startCluster();
  platform = await startPlatform(cluster);
  people = await startPeople(platform);
  for (const name of ['ann', 'ben', 'cat', 'dan', 'eve']) await people.create(name);
  await people.workspace('w1', 'ann');
  await people.workspace('w2', 'dan');
  await people.project('ann', 'w1', 'p1');
  await people.project('dan', 'w2', 'p2');
  await people.done('ann', 'POST', '/api/v1/namespaces/p1/configmaps', { metadata: { name: 'c' } });
  await people.done('ann', 'POST', '/api/v1/namespaces/p1/secrets', { metadata: { name: 's' } });
});
after(async () => {
  await platform.close();
  await cluster.close();
});

/** What a list of calls answers, e.g. `200 403`. */
const statuses = async (who: string, ...targets: string[]) =>
  (await Promise.all(targets.map(target => people.status(who, 'GET', target)))).join(' ');

test('a role on the platform is made of templates, gives exactly those, and follows them', async () => {
  const role = await people.done('admin', 'POST', `${iam}/globalroles`, {
    metadata: { name: 'helpdesk', annotations: { 'kubesphere.io/description': 'reads accounts' } },
    ...made('global-view-roles'),
    rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
  });
  assert.deepEqual(
    (role as unknown as PlatformRole).aggregationRoleTemplates,
    made('global-view-roles', 'global-view-users').aggregationRoleTemplates,
  );
  await people.create('hal', 'helpdesk');
  const places = [`${iam}/users`, `${iam}/globalroles`, '/api/v1/pods', `${tenant}/workspaces/w1`];
  assert.equal(await statuses('hal', ...places), '200 200 403 403');
  assert.equal(await people.status('hal', 'DELETE', `${iam}/globalroles/helpdesk`), 403);
  const roles = `${iam}/users/hal/globalroles?sortBy=name&ascending=true`;
  assert.deepEqual(namesIn(await people.done('hal', 'GET', roles)), ['global-view-roles', 'global-view-users']);
  const same = `${iam}/users/hal/roletemplates?scope=global&sortBy=name&ascending=true`;
  assert.deepEqual(namesIn(await people.done('hal', 'GET', same)), ['global-view-roles', 'global-view-users']);
  await people.done('admin', 'PUT', `${iam}/globalroles/helpdesk`, { metadata: {}, ...made('global-view-users') });
  assert.equal(await statuses('hal', ...places), '200 403 403 403', 'what was taken away is gone at once');
  // 3.x says it in an annotation.
  const older = { 'iam.kubesphere.io/aggregation-roles': '["role-template-view-roles"]' };
  await people.done('admin', 'PATCH', `${iam}/globalroles/helpdesk`, { metadata: { annotations: older } });
  assert.equal(await statuses('hal', ...places), '200 200 403 403');
  const unknown = await people.as('admin', 'POST', `${iam}/globalroles`, {
    metadata: { name: 'x' },
    ...made('no-such'),
  });
  assert.equal(unknown.status, 422);
  assert.match(unknown.text, /there is no template \\"no-such\\"/);
});

test('managing roles is no way to a greater one, by rules or by templates', async () => {
  await people.done('admin', 'POST', `${iam}/globalroles`, {
    metadata: { name: 'role-keeper' },
    ...made('global-manage-roles', 'global-view-users'),
  });
  await people.create('rob', 'role-keeper');
  const post = (body: object) =>
    people.as('rob', 'POST', `${iam}/globalroles`, { metadata: { name: 'mine' }, ...body });
  for (const name of ['global-manage-users', 'global-manage-workspaces', 'global-manage-clusters']) {
    const { status, text } = await post(made(name));
    assert.equal(status, 403, name);
    assert.match(text, /you may not give what you do not have/);
  }
  assert.equal((await post({ rules: [{ verbs: ['*'], nonResourceURLs: ['*'] }] })).status, 403);
  await people.done('rob', 'POST', `${iam}/globalroles`, { metadata: { name: 'mine' }, ...made('global-view-users') });
  assert.equal(
    await people.status('rob', 'PUT', `${iam}/globalroles/mine`, { metadata: {}, ...made('global-manage-users') }),
    403,
  );
  assert.equal(
    await people.status('rob', 'PUT', `${iam}/globalroles/platform-admin`, { metadata: {}, rules: [] }),
    403,
    'built in',
  );
  assert.equal(
    await people.status('rob', 'PATCH', `${iam}/globalroles/platform-regular`, made('global-view-users')),
    403,
  );
});

test('whoever manages accounts manages those of everybody, and of nobody who may do more', async () => {
  await people.done('admin', 'POST', `${iam}/globalroles`, {
    metadata: { name: 'account-keeper' },
    ...made('global-manage-users'),
  });
  await people.create('ida', 'account-keeper');
  await people.create('joe', 'platform-regular');
  await people.create('kim', 'platform-self-provisioner');
  const target = (name: string) => `${iam}/users/${name}`;
  const spec = { displayName: 'By Ida' };
  await people.done('ida', 'PATCH', target('joe'), { spec });
  const annotated = { annotations: { 'iam.kubesphere.io/globalrole': 'platform-regular' } };
  await people.done('ida', 'POST', `${iam}/users`, {
    metadata: { name: 'lea', ...annotated },
    spec: { password: 'An0ther-one' },
  });
  await people.done('ida', 'PUT', `${target('lea')}/password`, { password: 'An0ther-two' });
  for (const name of ['kim', 'admin']) {
    assert.equal(await people.status('ida', 'PATCH', target(name), { spec }), 403, name);
    assert.equal(await people.status('ida', 'PUT', `${target(name)}/password`, { password: 'An0ther-one' }), 403, name);
    assert.equal(await people.status('ida', 'DELETE', target(name)), 403, name);
  }
  assert.equal(await people.status('ida', 'PATCH', target('joe'), { spec: { groups: ['system:masters'] } }), 403);
});

test('whoever manages all workspaces works in every project, and nowhere else', async () => {
  await people.done('admin', 'POST', `${iam}/globalroles`, {
    metadata: { name: 'tenants' },
    ...made('global-manage-workspaces'),
  });
  await people.create('tom', 'tenants');
  await eventually(
    'the right reaches the projects',
    async () => (await statuses('tom', '/api/v1/namespaces/p1/secrets', '/api/v1/namespaces/p2/secrets')) === '200 200',
  );
  for (const namespace of ['kubesphere-system', 'default', 'kube-system'])
    assert.equal(await people.status('tom', 'GET', `/api/v1/namespaces/${namespace}/secrets`), 403, namespace);
  await people.invite('tom', 'w2', 'cat', 'w2-admin');
  await people.done('tom', 'DELETE', `${iam}/workspaces/w2/workspacemembers/cat`);
  await people.project('tom', 'w2', 'p3');
  await eventually(
    'it reaches new projects',
    async () => (await people.status('tom', 'GET', '/api/v1/namespaces/p3/pods')) === 200,
  );
  assert.equal(await people.status('tom', 'GET', `${iam}/users`), 403);
});

test('a role of a workspace gives exactly its templates, there and in its projects', async () => {
  const roles = `${iam}/workspaces/w1/workspaceroles`;
  const role = await people.done('ann', 'POST', roles, {
    metadata: { name: 'auditor' },
    ...made('workspace-view-projects'),
  });
  assert.equal((role as unknown as KubeObject).metadata.name, 'w1-auditor', 'names of workspaces do not meet');
  await people.invite('ann', 'w1', 'ben', 'w1-auditor');
  const places = [
    `${tenant}/workspaces/w1`,
    `${iam}/workspaces/w1/workspacemembers`,
    '/api/v1/namespaces/p1/configmaps',
  ];
  assert.equal(
    await statuses('ben', ...places, '/api/v1/namespaces/p2/configmaps', `${tenant}/workspaces/w2`),
    '200 200 200 403 403',
  );
  assert.equal(await people.status('ben', 'DELETE', '/api/v1/namespaces/p1/configmaps/c'), 403);
  assert.equal(
    await people.status('ben', 'POST', `${tenant}/workspaces/w1/namespaces`, { metadata: { name: 'p9' } }),
    403,
  );
  const mine = `${iam}/workspaces/w1/workspacemembers/ben/workspaceroles`;
  assert.deepEqual(namesIn(await people.done('ben', 'GET', mine)), ['workspace-view-projects']);
  const watch = await people.watch('ben', '/api/v1/namespaces/p1/configmaps');
  await people.done('ann', 'PATCH', `${roles}/w1-auditor`, made('workspace-view-members'));
  await watch.ended;
  await eventually('and the right to it', async () => (await people.status('ben', 'GET', places[2]!)) === 403);
  for (const method of ['GET', 'PUT', 'DELETE'])
    assert.equal(
      await people.status('dan', method, `${roles}/w1-auditor`, method === 'PUT' ? { metadata: {} } : undefined),
      403,
    );
  assert.equal(
    await people.status('dan', 'GET', `${iam}/workspaces/w2/workspaceroles/w1-auditor`),
    404,
    'not through another place',
  );
  assert.equal(await people.status('ann', 'DELETE', `${roles}/w1-admin`), 403, 'built in');
  assert.equal((await people.as('ann', 'DELETE', `${roles}/w1-auditor`)).status, 200);
  assert.equal(await people.status('ben', 'GET', places[0]!), 403, 'a role that is gone gives nothing');
  await people.done('ann', 'DELETE', `${iam}/workspaces/w1/workspacemembers/ben`);
});

test('managing roles of a workspace is no way to its projects', async () => {
  const roles = `${iam}/workspaces/w1/workspaceroles`;
  await people.done('ann', 'POST', roles, {
    metadata: { name: 'keeper' },
    ...made('workspace-manage-roles', 'workspace-manage-members'),
  });
  await people.invite('ann', 'w1', 'ben', 'w1-keeper');
  for (const body of [
    made('workspace-manage-projects'),
    { rules: [{ verbs: ['*'], apiGroups: [''], resources: ['secrets'] }] },
    { rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] },
    { rules: [{ verbs: ['*'], apiGroups: ['tenant.kubesphere.io'], resources: ['namespaces'] }] },
    { aggregationRoleTemplates: { roleSelector: { matchLabels: { 'iam.kubesphere.io/scope': 'workspace' } } } },
  ])
    assert.equal(
      await people.status('ben', 'POST', roles, { metadata: { name: 'more' }, ...body }),
      403,
      JSON.stringify(body),
    );
  assert.equal(
    await people.status('ben', 'PUT', `${iam}/workspaces/w1/workspacemembers/ben`, {
      username: 'ben',
      roleRef: 'w1-admin',
    }),
    403,
  );
  await people.done('ann', 'DELETE', `${iam}/workspaces/w1/workspacemembers/ben`);
});

test('a role in the cluster: its members see what it says, until it is taken', async () => {
  await people.done('admin', 'POST', `${iam}/clusterroles`, {
    metadata: { name: 'nodes' },
    ...made('cluster-view-nodes', 'cluster-view-members'),
  });
  await people.done('admin', 'POST', `${iam}/clustermembers`, [{ username: 'eve', roleRef: 'nodes' }]);
  assert.equal(
    await statuses('eve', '/api/v1/nodes', '/api/v1/pods', '/api/v1/secrets', `${iam}/clustermembers`),
    '200 403 403 200',
  );
  assert.deepEqual(namesIn(await people.done('eve', 'GET', `${iam}/clustermembers`)), ['eve']);
  const held = `${iam}/clustermembers/eve/clusterroles?sortBy=name&ascending=true`;
  assert.deepEqual(namesIn(await people.done('eve', 'GET', held)), ['cluster-view-members', 'cluster-view-nodes']);
  const promote = { username: 'eve', roleRef: 'cluster-admin' };
  assert.equal(await people.status('eve', 'PUT', `${iam}/clustermembers/eve`, promote), 403);
  await people.done('admin', 'PUT', `${iam}/clustermembers/eve`, { ...promote, roleRef: 'cluster-viewer' });
  assert.equal(
    await statuses(
      'eve',
      '/api/v1/nodes',
      '/api/v1/pods',
      '/api/v1/secrets',
      '/api/v1/namespaces/kubesphere-system/secrets',
      `${iam}/users`,
    ),
    '200 200 403 403 403',
  );
  assert.equal(await people.status('eve', 'DELETE', '/api/v1/namespaces/p1'), 403);
  assert.equal(await people.status('eve', 'GET', '/apis/iam.kubesphere.io/v1beta1/users'), 403, 'no hashes');
  const watch = await people.watch('eve', '/api/v1/namespaces');
  await people.done('admin', 'DELETE', `${iam}/clustermembers/eve`);
  await watch.ended;
  assert.equal(await statuses('eve', '/api/v1/nodes'), '403');
  assert.equal(await people.status('admin', 'GET', `${iam}/clustermembers/eve`), 404);
});

test('managing members of the cluster is no way to become its admin', async () => {
  await people.done('admin', 'POST', `${iam}/clusterroles`, {
    metadata: { name: 'inviter' },
    ...made('cluster-manage-members'),
  });
  await people.done('admin', 'POST', `${iam}/clustermembers`, [
    { username: 'eve', roleRef: 'inviter' },
    { username: 'cat', roleRef: 'cluster-admin' },
  ]);
  const call = (method: string, name: string, body?: object) =>
    people.status('eve', method, `${iam}/clustermembers${name}`, body);
  assert.equal(await call('POST', '', [{ username: 'dan', roleRef: 'cluster-admin' }]), 403);
  assert.equal(await call('POST', '', [{ username: 'dan', roleRef: 'cluster-viewer' }]), 403);
  assert.equal(await call('DELETE', '/cat'), 403, 'nor to push out who is greater');
  assert.equal(await call('POST', '', [{ username: 'dan', roleRef: 'inviter' }]), 200);
  for (const name of ['eve', 'cat', 'dan']) await people.done('admin', 'DELETE', `${iam}/clustermembers/${name}`);
});

test('a role of a project gives exactly its templates, by the native API too', async () => {
  const roles = `${iam}/namespaces/p1/roles`;
  const taken = await people.as('ann', 'POST', roles, {
    metadata: { name: 'operator' },
    ...made('namespace-view-secrets'),
  });
  assert.equal(taken.status, 422);
  await people.done('ann', 'POST', roles, { metadata: { name: 'configurer' }, ...made('namespace-manage-configmaps') });
  await people.invite('ann', 'w1', 'cat', 'w1-regular');
  await people.done('ann', 'POST', `${iam}/namespaces/p1/namespacemembers`, [
    { username: 'cat', roleRef: 'configurer' },
  ]);
  const places = ['configmaps', 'secrets', 'pods'].map(name => `/api/v1/namespaces/p1/${name}`);
  assert.equal(await statuses('cat', ...places), '200 403 403');
  await people.done('cat', 'POST', places[0]!, { metadata: { name: 'by-cat' } });
  const shown = (await people.done('ann', 'GET', `${roles}/configurer`)) as unknown as PlatformRole;
  const names = ['namespace-manage-configmaps', 'namespace-view-configmaps'];
  assert.deepEqual(shown.aggregationRoleTemplates, { templateNames: names });
  assert.deepEqual(
    namesIn(await people.done('ann', 'GET', `${roles}?aggregateTo=configurer&sortBy=name&ascending=true`)),
    names,
  );
  const held = `${iam}/namespaces/p1/members/cat/roles?sortBy=name&ascending=true`;
  assert.deepEqual(namesIn(await people.done('cat', 'GET', held.replace('v1beta1', 'v1alpha2'))), names);
  assert.equal((await people.done('cat', 'GET', `${iam}/namespaces/p1/namespacemembers/cat`))['kind'], 'User');
  const native = await cluster.client.get<PlatformRole>(resources.roles, 'configurer', { namespace: 'p1' });
  await cluster.client.update<PlatformRole>(resources.roles, {
    ...native,
    rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
  });
  await eventually('what was added by hand goes', async () => (await statuses('cat', ...places)) === '200 403 403');
  await people.done('ann', 'PATCH', `${roles}/configurer`, made('namespace-view-secrets'));
  assert.equal(await statuses('cat', ...places), '403 200 403');
  await people.done('ann', 'DELETE', `${roles}/configurer`);
  assert.equal(await statuses('cat', ...places), '403 403 403');
  await people.done('ann', 'DELETE', `${iam}/namespaces/p1/namespacemembers/cat`);
});

test('the admin of a project reaches no further than the project, by no role he writes', async () => {
  await people.invite('ann', 'w1', 'cat', 'w1-regular');
  await people.done('ann', 'POST', `${iam}/namespaces/p1/namespacemembers`, [{ username: 'cat', roleRef: 'admin' }]);
  const lifting = { verbs: ['patch', 'update'], apiGroups: [''], resources: ['namespaces'] };
  const role = { metadata: { name: 'lift' }, rules: [lifting] };
  assert.equal(await people.status('cat', 'POST', `${rbac}/namespaces/p1/roles`, role), 403, 'natively');
  const routed = await people.as('cat', 'POST', `${iam}/namespaces/p1/roles`, role);
  assert.deepEqual([routed.status, (routed.body as unknown as PlatformRole).rules], [200, [lifting]]);
  const effective = await cluster.client.get<PlatformRole>(resources.roles, 'lift', { namespace: 'p1' });
  assert.deepEqual(effective.rules ?? [], [], 'what it says about the namespace counts for nothing');
  const relabel = { metadata: { labels: { 'kubesphere.io/workspace': 'w2' } } };
  assert.equal(await people.patch('cat', '/api/v1/namespaces/p1', relabel), 403);
  const bind = (name: string, kind = 'ClusterRole') => ({
    metadata: { name: `${name}-mine` },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name },
    subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'cat' }],
  });
  for (const name of ['cluster-admin', 'orrery:service', 'orrery:global:platform-admin', 'system:node'])
    assert.equal(await people.status('cat', 'POST', `${rbac}/namespaces/p1/rolebindings`, bind(name)), 403, name);
  await people.done('ann', 'DELETE', `${iam}/workspaces/w1/workspacemembers/cat`);
  assert.equal(
    await people.status('cat', 'GET', '/api/v1/namespaces/p1/pods'),
    403,
    'out of the workspace is out of its projects',
  );
});

test('what one may not give is told before one tries, and nothing else is refused', async () => {
  const missing = async (who: string, query: string) =>
    (await people.done(who, 'GET', `${iam}/missingroletemplates?${query}`))['templates'] as Record<string, string>;
  assert.deepEqual(await missing('admin', 'scope=global'), {});
  assert.deepEqual(await missing('ann', 'scope=workspace&workspace=w1'), {});
  const makers = { metadata: { name: 'w1-makers' }, ...made('workspace-manage-roles', 'workspace-view-projects') };
  await people.done('ann', 'POST', `${iam}/workspaces/w1/workspaceroles`, makers);
  await people.invite('ann', 'w1', 'ben', 'w1-makers');
  for (const [who, scope, place, path] of [
    ['ben', 'workspace', 'workspace=w1', 'workspaces/w1/workspaceroles'],
    ['ann', 'namespace', 'namespace=p1', 'namespaces/p1/roles'],
  ] as const) {
    const without = await missing(who, `scope=${scope}&${place}`);
    const answered: Record<string, number> = {};
    const templates = await people.done('admin', 'GET', `${iam}/roletemplates?scope=${scope}&limit=0`);
    for (const { metadata } of templates['items'] as { metadata: { name: string } }[]) {
      const role = { metadata: { name: 'w1-tried' }, ...made(metadata.name) };
      answered[metadata.name] = await people.status(who, 'POST', `${iam}/${path}`, role);
      if (answered[metadata.name] === 200) await people.done(who, 'DELETE', `${iam}/${path}/w1-tried`);
    }
    const expected = Object.keys(answered).map(name => [name, Object.hasOwn(without, name) ? 403 : 200]);
    assert.deepEqual(answered, Object.fromEntries(expected));
  }
  assert.match((await missing('ben', 'scope=workspace&workspace=w1'))['workspace-manage-members']!, /workspacemembers/);
  assert.equal(await people.status('ben', 'GET', `${iam}/missingroletemplates?scope=workspace`), 400);
});

test('what 4.x’s Role and RoleBinding say holds natively', async () => {
  const object = (kind: string, name: string, more: object) => ({
    apiVersion: 'iam.kubesphere.io/v1beta1',
    kind,
    metadata: { name, namespace: 'p1' },
    ...more,
  });
  await cluster.client.create(
    platformResources.iamRoles,
    object('Role', 'logs', made('namespace-view-configmaps')) as never,
  );
  await cluster.client.create(
    platformResources.iamRoleBindings,
    object('RoleBinding', 'eve-logs', {
      roleRef: { apiGroup: 'iam.kubesphere.io', kind: 'Role', name: 'logs' },
      subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'eve' }],
    }) as never,
  );
  await eventually('the right', async () => (await statuses('eve', '/api/v1/namespaces/p1/configmaps')) === '200');
  await cluster.client.delete(platformResources.iamRoleBindings, 'eve-logs', { namespace: 'p1' });
  await eventually('no right', async () => (await statuses('eve', '/api/v1/namespaces/p1/configmaps')) === '403');
});

test('what was broken while the platform was away is healed when it comes back', async () => {
  await people.done('ann', 'POST', `${iam}/workspaces/w1/workspaceroles`, {
    metadata: { name: 'reader' },
    ...made('workspace-view-projects'),
  });
  await people.invite('ann', 'w1', 'cat', 'w1-reader');
  await platform.close();
  const template = await cluster.client.get<KubeObject>(platformResources.roletemplates, 'workspace-view-members');
  await cluster.client.update(platformResources.roletemplates, { ...template, spec: { rules: [] } } as never);
  await cluster.client.delete(resources.clusterroles, 'orrery:projects:w1-reader');
  await cluster.client.delete(resources.clusterrolebindings, 'orrery:workspace:cat-w1-reader');
  await cluster.client.delete(resources.roles, 'viewer', { namespace: 'p1' });
  const everything = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }];
  const admin = await cluster.client.get<PlatformRole>(resources.clusterroles, 'orrery:workspace:w1-viewer');
  await cluster.client.update<PlatformRole>(resources.clusterroles, { ...admin, rules: everything });
  platform = await startPlatform(cluster);
  await people.moveTo(platform);
  await eventually(
    'rights come back',
    async () => (await statuses('cat', `${tenant}/workspaces/w1`, '/api/v1/namespaces/p1/pods')) === '200 200',
  );
  await eventually(
    'the role of the project',
    async () => (await people.status('ann', 'GET', `${iam}/namespaces/p1/roles/viewer`)) === 200,
  );
  await eventually('what was too much goes', async () => {
    const { rules } = await cluster.client.get<PlatformRole>(resources.clusterroles, 'orrery:workspace:w1-viewer');
    return JSON.stringify(rules) !== JSON.stringify(everything);
  });
  const again = await cluster.client.get<KubeObject & { spec: { rules: unknown[] } }>(
    platformResources.roletemplates,
    'workspace-view-members',
  );
  assert.equal(again.spec.rules.length, 1, 'the catalogue is whole again');
});
