/** Whoever is removed is out, whoever bound him and in whichever generation’s words; an import in place does not bring him back. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import type { GroupVersionResource, KubeObject } from '@orrery/machinery/meta';
import { orUndefined } from '@orrery/machinery/status';
import { systemClock } from '@orrery/machinery/clock';
import { platformResources } from '@orrery/platform-kinds';
import { importKubeSphere } from '../import/index.ts';
import { eventually, iam, namesIn, startPeople, tenant, type People } from '../testing/people.ts';
import { startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';

let cluster: TestCluster;
let platform: TestPlatform;
let people: People;

before(async () => {
  cluster = await startCluster();
  platform = await startPlatform(cluster);
  people = await startPeople(platform);
  for (const name of ['ann', 'ben', 'cat']) await people.create(name);
  await people.workspace('w1', 'ann');
  await people.project('ann', 'w1', 'p1');
});
after(async () => {
  await platform.close();
  await cluster.close();
});

const rbac = 'rbac.authorization.k8s.io';
const users = (...names: string[]) => names.map(name => ({ kind: 'User', apiGroup: rbac, name }));

/** As KubeSphere, or somebody with kubectl, wrote it. */
const bind = (resource: GroupVersionResource & { kind?: string }, metadata: object, roleRef: object, names: string[]) =>
  cluster.client.create<KubeObject>(resource, {
    apiVersion: `${resource.group}/${resource.version}`,
    kind: resource.kind,
    metadata,
    roleRef,
    subjects: users(...names),
  } as never);

const iamRole = (kind: string, name: string) => ({ apiGroup: 'iam.kubesphere.io', kind, name });
const marked = (user: string) => ({ 'iam.kubesphere.io/user-ref': user });
const reads = async (who: string) => (await people.status(who, 'GET', '/api/v1/namespaces/p1/configmaps')) === 200;

async function bindEverywhere(): Promise<void> {
  await bind(
    platformResources.workspacerolebindings,
    { name: 'both', labels: { 'kubesphere.io/workspace': 'w1' } },
    iamRole('WorkspaceRole', 'w1-viewer'),
    ['ben', 'cat'],
  );
  await bind(
    platformResources.iamRoleBindings,
    { name: 'ben-operator', namespace: 'p1', labels: marked('ben') },
    iamRole('Role', 'operator'),
    ['ben'],
  );
  const native = { ...resources.rolebindings, kind: 'RoleBinding' };
  const viewer = { apiGroup: rbac, kind: 'Role', name: 'viewer' };
  await bind(native, { name: 'by-hand', namespace: 'p1' }, viewer, ['ben', 'cat']);
  await bind(native, { name: 'alone', namespace: 'p1' }, viewer, ['ben']);
}

/** Names of the bindings, wherever, that still name the user. */
async function naming(user: string): Promise<string[]> {
  const found: string[] = [];
  for (const resource of [
    platformResources.workspacerolebindings,
    platformResources.iamRoleBindings,
    platformResources.iamClusterRoleBindings,
    resources.rolebindings,
    resources.clusterrolebindings,
  ])
    for (const object of (await cluster.client.list<KubeObject>(resource)).items)
      if (JSON.stringify(object).includes(`"name":"${user}"`))
        found.push(`${resource.resource}/${object.metadata.name}`);
  return found;
}

const importInPlace = () =>
  importKubeSphere({ source: cluster.forPlatform, target: cluster.forPlatform, clock: systemClock });

test('a member of a workspace is out of it and of its projects at once, and others of his bindings stay', async () => {
  await bindEverywhere();
  await eventually('both work in the project', async () => (await reads('ben')) && (await reads('cat')));
  await people.done('ann', 'DELETE', `${iam}/workspaces/w1/workspacemembers/ben`);
  assert.deepEqual([await reads('ben'), await reads('cat')], [false, true]);
  assert.deepEqual(await naming('ben'), []);
  await importInPlace();
  assert.deepEqual(await naming('ben'), []);
  assert.equal(await reads('ben'), false);
  assert.ok(await reads('cat'));
});

test('a member of a project has one role, and none when he is removed', async () => {
  await people.invite('ann', 'w1', 'ben', 'w1-regular');
  await bind(
    platformResources.iamRoleBindings,
    { name: 'ben-operator', namespace: 'p1', labels: marked('ben') },
    iamRole('Role', 'operator'),
    ['ben'],
  );
  const writes = async () =>
    (await people.as('ben', 'POST', '/api/v1/namespaces/p1/configmaps?dryRun=All', { metadata: { name: 'x' } })).status;
  await eventually('what 4.x says holds', async () => (await writes()) === 201);
  await people.done('ann', 'POST', `${iam}/namespaces/p1/members`, [{ username: 'ben', roleRef: 'viewer' }]);
  assert.equal(await writes(), 403, 'a viewer now, and nothing besides');
  assert.ok(await reads('ben'));
  await people.done('ann', 'DELETE', `${iam}/namespaces/p1/members/ben`);
  assert.equal(await reads('ben'), false);
  assert.equal(await people.status('ann', 'DELETE', `${iam}/namespaces/p1/members/ben`), 404);
  await importInPlace();
  assert.equal(await reads('ben'), false);
  assert.ok(!namesIn(await people.done('ann', 'GET', `${iam}/namespaces/p1/members`)).includes('ben'));
});

test('the projects of a member are told to who sees members, as far as he sees the projects', async () => {
  await people.done('ann', 'POST', `${iam}/namespaces/p1/members`, [{ username: 'ben', roleRef: 'viewer' }]);
  await people.project('ann', 'w1', 'p2');
  const of = async (who: string, member: string) =>
    namesIn(await people.done(who, 'GET', `${tenant}/workspaces/w1/workspacemembers/${member}/namespaces`));
  await eventually('ben’s project', async () => (await of('ann', 'ben')).join() === 'p1');
  await eventually('ben’s own question', async () => (await of('ben', 'ben')).join() === 'p1');
  assert.deepEqual(await of('ben', 'ann'), ['p1'], 'of a project that he does not see nothing is told');
  await people.done('ann', 'DELETE', `${iam}/namespaces/p1/members/ben`);
});

test('a member of the cluster is out of it, by 3.x’s bindings too', async () => {
  const native = { ...resources.clusterrolebindings, kind: 'ClusterRoleBinding' };
  await cluster.client.create(resources.clusterroles, {
    apiVersion: `${rbac}/v1`,
    kind: 'ClusterRole',
    metadata: { name: 'node-readers' },
    rules: [{ verbs: ['get', 'list'], apiGroups: [''], resources: ['nodes'] }],
  } as never);
  const readers = { apiGroup: rbac, kind: 'ClusterRole', name: 'node-readers' };
  await bind(native, { name: 'cat-node-readers', labels: marked('cat') }, readers, ['cat']);
  await people.done('admin', 'POST', `${iam}/clustermembers`, [{ username: 'cat', roleRef: 'cluster-viewer' }]);
  await people.done('admin', 'DELETE', `${iam}/clustermembers/cat`);
  assert.equal(await people.status('cat', 'GET', '/api/v1/nodes'), 403);
  await importInPlace();
  assert.equal(await people.status('cat', 'GET', '/api/v1/nodes'), 403);
  assert.equal(await orUndefined(cluster.client.get(resources.clusterrolebindings, 'cat-node-readers')), undefined);
});

const iamKinds = platformResources;
const taken: [string, GroupVersionResource, string, object?][] = [
  ['the role of administrators', iamKinds.globalroles, 'platform-admin'],
  [
    'a role of everybody, made greater',
    iamKinds.globalroles,
    'platform-regular',
    { rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] },
  ],
  ['a role of the cluster, made smaller', iamKinds.iamClusterRoles, 'cluster-viewer', { rules: [] }],
  ['a template', iamKinds.roletemplates, 'namespace-view-members'],
  [
    'a template, made greater',
    iamKinds.roletemplates,
    'workspace-view-members',
    { spec: { rules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] } },
  ],
  ['the rights of services', resources.clusterroles, 'orrery:service'],
  ['who has them', resources.clusterrolebindings, 'orrery:service'],
];
for (const [what, resource, name, change] of taken)
  test(`what comes with the platform is there again at once: ${what}`, async () => {
    const { client } = cluster;
    const state = async () => {
      const found = await orUndefined(
        client.get<KubeObject & { rules?: object; spec?: { rules?: object }; subjects?: object }>(resource, name),
      );
      return JSON.stringify([found?.rules, found?.spec?.rules, found?.subjects]);
    };
    const before = await state();
    if (change) await client.patch(resource, name, 'merge', change);
    else await client.delete(resource, name);
    await eventually('it is as it was', async () => (await state()) === before);
    await eventually('and holds', async () => (await people.status('admin', 'GET', `${iam}/users`)) === 200);
    await eventually('nobody has more', async () => (await people.status('cat', 'GET', '/api/v1/nodes')) === 403);
  });
