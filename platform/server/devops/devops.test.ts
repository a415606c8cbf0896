/** DevOps projects as a scope: who makes them, who is in them, what their roles give, and that they go with their workspace. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { orUndefined } from '@orrery/machinery/status';
import { platformResources, type DevOpsProject, type PlatformRole } from '@orrery/platform-kinds';
import { eventually, iam, namesIn, startPeople, tenant, type People } from '../testing/people.ts';
import { startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';
import { nextStep } from './plan.ts';

const base = '/kapis/devops.kubesphere.io/v1alpha3';
const older = '/kapis/iam.kubesphere.io/v1alpha2';
let cluster: TestCluster;
let platform: TestPlatform;
let people: People;
let made: string;

const all = (workspace: string) => `${base}/workspaces/${workspace}/devops`;
const one = (name: string) => `${all('w1')}/${name}`;
const listed = async (who: string, workspace = 'w1') => namesIn(await people.done(who, 'GET', all(workspace)));
const create = async (who: string, name: string) =>
  ((await people.done(who, 'POST', all('w1'), { metadata: { name } })) as unknown as KubeObject).metadata.name!;

const sees = (who: string) => eventually(`${who} sees it`, async () => (await listed(who)).join() === made);

/** What the cluster says of a right to the routes of pipelines there. */
const may = async (who: string, verb: string, resource: string) => {
  const questions = [{ verb, resource, group: 'kapis.devops.kubesphere.io', namespace: made }];
  const { answers } = (await people.done(who, 'POST', `${iam}/accessreviews`, { questions })) as {
    answers?: { allowed: boolean }[];
  };
  return answers![0]!.allowed;
};

before(async () => {
  cluster = await startCluster({ controllers: true });
  platform = await startPlatform(cluster);
  people = await startPeople(platform);
  for (const name of ['ann', 'ben', 'cat', 'dan', 'eve']) await people.create(name);
  await people.workspace('w1', 'ann');
  await people.workspace('w2', 'dan');
  await people.invite('ann', 'w1', 'ben', 'w1-self-provisioner');
  await people.invite('ann', 'w1', 'cat', 'w1-regular');
});
after(async () => {
  await platform.close();
  await cluster.close();
});

test('a self-provisioner makes one and is its admin; its namespace is no project', async () => {
  made = await create('ben', 'ci');
  assert.match(made, /^ci[a-z0-9]{5}$/);
  await sees('ben');
  await sees('ann');
  assert.deepEqual(await listed('cat'), []);
  assert.equal(await people.status('dan', 'GET', all('w1')), 403);
  assert.equal(await people.status('cat', 'POST', all('w1'), { metadata: { name: 'x' } }), 403);
  for (const target of [one(made), `${older}/devops/${made}/members`, `${older}/devops/${made}/roles`])
    assert.deepEqual(
      [await people.status('ben', 'GET', target), await people.status('cat', 'GET', target)],
      [200, 403],
      target,
    );
  assert.deepEqual(namesIn(await people.done('ben', 'GET', `${tenant}/workspaces/w1/namespaces`)), []);
  await eventually('its namespace is told', async () => {
    const { status } = await cluster.client.get<DevOpsProject>(platformResources.devopsprojects, made);
    return status?.adminNamespace === made;
  });
  const { metadata } = await cluster.client.get<KubeObject>(resources.namespaces, made);
  assert.equal(metadata.labels?.['kubesphere.io/devopsproject'], made);
  assert.equal(metadata.labels?.['kubesphere.io/workspace'], 'w1');
});

test('members have the roles of the scope: a viewer reads, an operator works, neither invites', async () => {
  const members = `${older}/devops/${made}/members`;
  assert.equal(await people.status('ben', 'POST', members, [{ username: 'eve', roleRef: 'viewer' }]), 422, 'no member');
  await people.done('ben', 'POST', members, [{ username: 'cat', roleRef: 'viewer' }]);
  await sees('cat');
  assert.deepEqual([await may('cat', 'list', 'pipelines'), await may('cat', 'create', 'pipelines')], [true, false]);
  assert.equal(await people.status('cat', 'POST', members, [{ username: 'cat', roleRef: 'admin' }]), 403);
  assert.equal(await people.status('cat', 'PATCH', one(made), { spec: {} }), 403);
  await people.done('ben', 'PUT', `${members}/cat`, { username: 'cat', roleRef: 'operator' });
  assert.deepEqual(
    [await may('cat', 'create', 'pipelines'), await may('cat', 'delete', 'devopsprojects')],
    [true, false],
  );
  assert.equal(await people.status('cat', 'DELETE', one(made)), 403);
  for (const place of [tenant, '/kapis/tenant.kubesphere.io/v1alpha2']) {
    const of = (member: string) => `${place}/workspaces/w1/workspacemembers/${member}/devops`;
    for (const who of ['cat', 'ann'])
      await eventually(`${who} is told where cat is`, async () => {
        const found = namesIn(await people.done(who, 'GET', of('cat')));
        return found.join() === made;
      });
    assert.deepEqual(namesIn(await people.done('ann', 'GET', of('eve'))), []);
    assert.equal(await people.status('dan', 'GET', of('cat')), 403);
  }
  const held = namesIn(await people.done('cat', 'GET', `${members}/cat/roles?limit=0`));
  assert.ok(held.includes('devops-manage-pipelines'), held.join());
  assert.ok(!held.includes('namespace-manage-secrets'), held.join());
  await people.done('ben', 'DELETE', `${members}/cat`);
  assert.equal(await may('cat', 'list', 'pipelines'), false);
  assert.equal(await people.status('cat', 'GET', one(made)), 403);
  assert.deepEqual(await listed('cat'), []);
});

test('who gives a role is told before what he may not give there', async () => {
  const missing = async (who: string, place = `devops&devops=${made}`) =>
    people.done(who, 'GET', `${iam}/missingroletemplates?scope=${place}`) as unknown as { templates: object };
  assert.deepEqual((await missing('ben')).templates, {});
  assert.ok('devops-manage-pipelines' in (await missing('cat')).templates);
  assert.equal(await people.status('ben', 'GET', `${iam}/missingroletemplates?scope=devops`), 400);
});

test('a role of one’s own is made of the templates of the scope, and of no others', async () => {
  const roles = `${iam}/devops/${made}/roles`;
  const role = (name: string, ...templateNames: string[]) => ({
    metadata: { name },
    aggregationRoleTemplates: { templateNames },
  });
  assert.equal(await people.status('ben', 'POST', roles, role('x', 'namespace-manage-secrets')), 422);
  await people.done('ben', 'POST', roles, role('runner', 'devops-manage-pipelineruns'));
  await people.done('ben', 'POST', `${iam}/devops/${made}/members`, [{ username: 'cat', roleRef: 'runner' }]);
  await eventually('the role is made', async () => may('cat', 'create', 'pipelineruns'));
  assert.deepEqual([await may('cat', 'list', 'pipelines'), await may('cat', 'create', 'pipelines')], [true, false]);
  const stored = await cluster.client.get<PlatformRole>(platformResources.iamRoles, 'runner', { namespace: made });
  assert.ok(stored.aggregationRoleTemplates?.templateNames?.includes('devops-view-pipelines'), 'with what it needs');
  await people.done('ben', 'PUT', `${roles}/runner`, role('runner', 'devops-view-pipelineruns'));
  assert.equal(await may('cat', 'create', 'pipelineruns'), false);
  assert.equal(await people.status('ben', 'DELETE', `${roles}/admin`), 403, 'built in');
  await people.done('ben', 'DELETE', `${roles}/runner`);
  assert.equal(await people.status('ben', 'GET', `${iam}/devops/default/roles`), 403);
  assert.equal(await people.status('admin', 'GET', `${iam}/devops/default/roles`), 404, 'no DevOps project');
});

test('who manages DevOps projects of the workspace manages all of them, and no project besides', async () => {
  await people.project('ann', 'w1', 'p1');
  await people.done('ann', 'POST', `${iam}/workspaces/w1/workspaceroles`, {
    metadata: { name: 'w1-devops' },
    aggregationRoleTemplates: { templateNames: ['workspace-manage-devops'] },
  });
  await people.invite('ann', 'w1', 'eve', 'w1-devops');
  await eventually('eve manages pipelines', async () => may('eve', 'delete', 'pipelines'));
  assert.equal(await people.status('eve', 'GET', '/api/v1/namespaces/p1/configmaps'), 403);
  assert.equal(
    await people.status('eve', 'PATCH', one(made), { metadata: { annotations: { 'kubesphere.io/alias-name': 'CI' } } }),
    200,
  );
  const members = `${older}/devops/${made}/members`;
  await people.done('eve', 'POST', members, [{ username: 'cat', roleRef: 'admin' }]);
  assert.equal(
    await people.status('eve', 'POST', `${iam}/namespaces/p1/namespacemembers`, [
      { username: 'cat', roleRef: 'viewer' },
    ]),
    403,
  );
  await people.done('eve', 'DELETE', `${members}/cat`);
  const label = { labels: { 'kubesphere.io/workspace': 'w2' } };
  assert.equal(await people.status('eve', 'PATCH', one(made), { metadata: label }), 422, 'it stays where it is');
  assert.equal(await people.status('admin', 'PUT', `${tenant}/namespaces/${made}/workspace`, { workspace: 'w2' }), 403);
});

const answerTo = async (who: string, verb: string, resource: string, group: string, namespace: string) => {
  const questions = [{ verb, resource, group, namespace }];
  const { answers } = (await people.done(who, 'POST', `${iam}/accessreviews`, { questions, why: true })) as {
    answers?: { allowed: boolean; why?: { ground: string; role?: string } }[];
  };
  return answers![0]!;
};

const ownRole = (name: string, ...templateNames: string[]) =>
  people.done('ann', 'POST', `${iam}/workspaces/w1/workspaceroles`, {
    metadata: { name },
    aggregationRoleTemplates: { templateNames },
  });

test('who manages or sees the projects of the workspace has nothing in its DevOps projects, and is told why', async () => {
  await ownRole('w1-managing', 'workspace-manage-projects', 'workspace-manage-roles');
  await ownRole('w1-seeing', 'workspace-view-projects');
  await people.create('fay');
  for (const role of ['w1-managing', 'w1-seeing']) {
    await people.invite('ann', 'w1', 'fay', role);
    await eventually('fay reads in the project', async () => {
      return (await people.status('fay', 'GET', '/api/v1/namespaces/p1/configmaps')) === 200;
    });
    assert.equal(await people.status('fay', 'GET', one(made)), 403, role);
    assert.deepEqual(await listed('fay'), [], role);
    assert.equal(await people.status('fay', 'GET', `${older}/devops/${made}/members`), 403, role);
    assert.equal(await people.status('fay', 'GET', `/api/v1/namespaces/${made}/secrets`), 403, role);
    for (const [resource, group] of [
      ['pipelines', 'kapis.devops.kubesphere.io'],
      ['secrets', ''],
    ] as const) {
      assert.equal((await answerTo('fay', 'list', resource, group, made)).allowed, false, `${role} ${resource}`);
      await eventually('fay is told that her role is for elsewhere', async () => {
        const { why } = await answerTo('fay', 'list', resource, group, made);
        return why?.ground === 'elsewhere' && why.role === role;
      });
    }
  }
  // Nobody gives what he has not: who has projects gives rights over projects, and none over DevOps projects.
  await people.invite('ann', 'w1', 'fay', 'w1-managing');
  for (const [template, expected] of [
    ['workspace-manage-projects', 200],
    ['workspace-manage-devops', 403],
    ['workspace-view-devops', 403],
  ] as const) {
    const given = { metadata: { name: `w1-${template}` }, aggregationRoleTemplates: { templateNames: [template] } };
    assert.equal(await people.status('fay', 'POST', `${iam}/workspaces/w1/workspaceroles`, given), expected, template);
  }
  // Both: what is granted is told by the role that grants it.
  await ownRole('w1-both', 'workspace-manage-projects', 'workspace-manage-devops');
  await people.invite('ann', 'w1', 'fay', 'w1-both');
  await eventually('fay works in both', async () => {
    const inProject = await answerTo('fay', 'delete', 'configmaps', '', 'p1');
    const inDevops = await answerTo('fay', 'delete', 'pipelines', 'kapis.devops.kubesphere.io', made);
    return inProject.allowed && inDevops.allowed && inDevops.why?.role === 'w1-both';
  });
  // Less again, at once.
  await people.done('ann', 'PUT', `${iam}/workspaces/w1/workspaceroles/w1-both`, {
    metadata: { name: 'w1-both' },
    aggregationRoleTemplates: { templateNames: ['workspace-manage-projects'] },
  });
  assert.equal((await answerTo('fay', 'delete', 'pipelines', 'kapis.devops.kubesphere.io', made)).allowed, false);
  await people.done('ann', 'DELETE', `${iam}/workspaces/w1/workspacemembers/fay`);
});

test('who may make DevOps projects has nothing in those of others; an admin and a viewer of the workspace have both', async () => {
  await people.create('gus');
  await people.invite('ann', 'w1', 'gus', 'w1-self-provisioner');
  assert.equal(await people.status('gus', 'GET', one(made)), 403);
  assert.deepEqual(await listed('gus'), []);
  for (const [role, writes] of [
    ['w1-viewer', false],
    ['w1-admin', true],
  ] as const) {
    await people.done('ann', 'PUT', `${iam}/workspaces/w1/workspacemembers/gus`, { username: 'gus', roleRef: role });
    for (const [resource, group, namespace] of [
      ['pipelines', 'kapis.devops.kubesphere.io', made],
      ['configmaps', '', 'p1'],
    ] as const)
      await eventually(`${role} has ${resource}`, async () => {
        const sees = await answerTo('gus', 'list', resource, group, namespace);
        const makes = await answerTo('gus', 'create', resource, group, namespace);
        return sees.allowed && makes.allowed === writes;
      });
  }
  await people.done('ann', 'DELETE', `${iam}/workspaces/w1/workspacemembers/gus`);
});

test('what an earlier version gave in DevOps projects by a right over projects is taken when this one takes over', async () => {
  await people.create('hal');
  await people.invite('ann', 'w1', 'hal', 'w1-managing');
  await platform.close();
  const metadata = {
    name: 'orrery:projects:hal-w1-managing',
    namespace: made,
    labels: { 'app.kubernetes.io/managed-by': 'orrery-platform' },
    annotations: { 'platform.orrery.io/source': 'workspacerolebindings/hal-w1-managing' },
  };
  const given = await cluster.client.list<KubeObject>(resources.rolebindings, { namespace: 'p1' });
  const { roleRef, subjects } = given.items.find(({ metadata: { name } }) => name === metadata.name) as never;
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  const old = { apiVersion, kind: 'RoleBinding', metadata, roleRef, subjects } as KubeObject;
  await cluster.client.create(resources.rolebindings, old);
  platform = await startPlatform(cluster);
  await people.moveTo(platform);
  await eventually('it is taken', async () => {
    const left = await orUndefined(cluster.client.get(resources.rolebindings, metadata.name, { namespace: made }));
    return left === undefined;
  });
  assert.equal(await people.status('hal', 'GET', `/api/v1/namespaces/${made}/configmaps`), 403);
  assert.equal(await people.status('hal', 'GET', '/api/v1/namespaces/p1/configmaps'), 200);
});

const goes = async (name: string) =>
  eventually('it is gone with its namespace', async () => {
    const found = await orUndefined(cluster.client.get(platformResources.devopsprojects, name));
    const place = await orUndefined(cluster.client.get(resources.namespaces, name));
    return found === undefined && place === undefined;
  });

test('what is lost is made again; a project goes with its namespace, and all with their workspace', async () => {
  await cluster.client.delete(resources.roles, 'operator', { namespace: made });
  await eventually('the role is back', async () => {
    const role = await orUndefined(cluster.client.get<PlatformRole>(resources.roles, 'operator', { namespace: made }));
    return role !== undefined;
  });
  await people.done('ben', 'DELETE', one(made));
  await goes(made);
  const other = await create('ben', 'cd');
  await people.done('admin', 'DELETE', `${tenant}/workspaces/w1`);
  await goes(other);
});

const project = { metadata: { name: 'd', uid: 'u', labels: { 'kubesphere.io/workspace': 'w' } } } as DevOpsProject;
const place = (labels: Record<string, string>, uid = 'u') =>
  ({ metadata: { name: 'd', labels, ownerReferences: [{ uid }] } }) as unknown as KubeObject;
const steps: [string, DevOpsProject, KubeObject | undefined, boolean, string][] = [
  ['no namespace', project, undefined, true, 'make'],
  ['no workspace', project, undefined, false, 'drop'],
  ['a namespace of another', project, place({ 'kubesphere.io/devopsproject': 'e' }), true, 'none'],
  ['a namespace of nobody that was there before', project, place({}, 'other'), true, 'none'],
  ['its own namespace without its mark', project, place({}), true, 'mark'],
  [
    'its own namespace',
    project,
    place({ 'kubesphere.io/devopsproject': 'd', 'kubesphere.io/workspace': 'w' }),
    true,
    'tell',
  ],
];
for (const [what, from, there, workspace, expected] of steps)
  test(`a DevOps project with ${what}: ${expected}`, () => assert.equal(nextStep(from, there, workspace), expected));
