/** What roles give, on the platform, in a workspace, in the cluster and in a project: exactly their templates, at once, and no longer than they are held. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { platformResources, type PlatformRole } from '@orrery/platform-kinds';
import { eventually, iam, namesIn, tenant } from '../testing/people.ts';
import { made, startTenants } from '../testing/tenants.ts';

const { cluster, people, restart, statuses } = await startTenants();

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
  await people.done('ann', 'DELETE', `${iam}/workspaces/w1/workspacemembers/cat`);
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
  const everything = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }];
  await restart(async () => {
    const template = await cluster.client.get<KubeObject>(platformResources.roletemplates, 'workspace-view-members');
    await cluster.client.update(platformResources.roletemplates, { ...template, spec: { rules: [] } } as never);
    await cluster.client.delete(resources.clusterroles, 'orrery:projects:w1-reader');
    await cluster.client.delete(resources.clusterrolebindings, 'orrery:workspace:cat-w1-reader');
    await cluster.client.delete(resources.roles, 'viewer', { namespace: 'p1' });
    const admin = await cluster.client.get<PlatformRole>(resources.clusterroles, 'orrery:workspace:w1-viewer');
    await cluster.client.update<PlatformRole>(resources.clusterroles, { ...admin, rules: everything });
  });
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
