/** No role is a way to a greater one: what whoever manages roles, members or accounts may not give. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resources } from '@orrery/client/resources';
import type { PlatformRole } from '@orrery/platform-kinds';
import { iam } from '../testing/people.ts';
import { made, startTenants } from '../testing/tenants.ts';

const { cluster, people } = await startTenants();
const rbac = '/apis/rbac.authorization.k8s.io/v1';

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
