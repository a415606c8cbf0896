/** Another cluster, imported by its kubeconfig: looked at, told as it is, and worked in as oneself. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import { isReason, orUndefined } from '@orrery/machinery/status';
import type { KubeObject } from '@orrery/machinery/meta';
import { platformResources } from '@orrery/platform-kinds';
import { startMember, type TestMember } from '../testing/member.ts';
import { eventually, iam, namesIn, startPeople, tenant, type People } from '../testing/people.ts';
import { startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';

const base = '/kapis/cluster.kubesphere.io/v1alpha1';
let cluster: TestCluster;
let east: TestMember;
let platform: TestPlatform;
let people: People;

before(async () => {
  [cluster, east] = await Promise.all([startCluster(), startMember({ controllers: true })]);
  platform = await startPlatform(cluster, { settings: { egress: { allow: ['127.0.0.1'], onlyListed: false } } });
  people = await startPeople(platform);
  for (const name of ['ann', 'ben', 'cat', 'dan']) await people.create(name);
  await people.workspace('w1', 'ann');
  await people.workspace('w2', 'dan');
  await people.invite('ann', 'w1', 'ben', 'w1-regular');
});
after(async () => {
  await platform.close();
  await east.close();
  await cluster.close();
});

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}
const shown = async (name: string) =>
  (await people.done('admin', 'GET', `${base}/clusters/${name}`)) as {
    status: { conditions: Condition[]; uid?: string; nodeCount: number; kubernetesVersion?: string; region?: string };
  };
const condition = async (name: string, type: string): Promise<Condition | undefined> =>
  (await shown(name)).status.conditions.find(known => known.type === type);
const isReady = async (name: string) => (await condition(name, 'Ready'))?.status === 'True';
const given = (name: string, kubeconfig: string) => ({ metadata: { name }, spec: { connection: { kubeconfig } } });

test('a cluster is looked at before it is taken in', async () => {
  const { text, status } = await people.as(
    'admin',
    'POST',
    `${base}/clusters/validation`,
    given('east', east.kubeconfig()),
  );
  assert.equal(status, 200, text);
  assert.match(text, /"kubernetesVersion":"v1\.34/);
  assert.ok(!text.includes('platform-token'), 'what it is reached by is not shown');
  assert.deepEqual(await people.status('ann', 'POST', `${base}/clusters/validation`, given('e', 'x')), 403);
  const wrong = await people.as(
    'admin',
    'POST',
    `${base}/clusters/validation`,
    given('east', east.kubeconfig({ user: { token: 'wrong' } })),
  );
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /does not accept the credentials/);
});

test('imported it becomes ready, with what it is; twice it is not taken, nor the host', async () => {
  const made = await people.as('admin', 'POST', `${base}/clusters`, given('east', btoa(east.kubeconfig())));
  assert.equal(made.status, 200, made.text);
  assert.ok(!/"kubeconfig":"/.test(made.text), made.text);
  await eventually('it is ready', () => isReady('east'));
  await eventually('its nodes are told', async () => (await shown('east')).status.region === 'north');
  const { status } = await shown('east');
  assert.equal(status.nodeCount, 1);
  assert.equal((await condition('east', 'Initialized'))?.status, 'True');
  assert.equal((await condition('east', 'KubeConfigCertExpiresInSevenDays'))?.status, 'False');
  assert.equal((await condition('east', 'NodesReady'))?.status, 'True');
  const again = await people.as('admin', 'POST', `${base}/clusters`, given('west', east.kubeconfig()));
  assert.equal(again.status, 409);
  assert.match(again.text, /imported already, as \\"east\\"/);
  const kept = await cluster.client.get<KubeObject>(platformResources.clusters, 'east');
  assert.match(JSON.stringify(kept), /finalizer\.cluster\.kubesphere\.io/);
});

test('its API is reached as oneself, in all forms of the address', async () => {
  for (const target of ['/clusters/east/api/v1/nodes', '/api/clusters/east/v1/nodes'])
    assert.deepEqual(namesIn(await people.done('admin', 'GET', target)), ['m1'], target);
  assert.match((await people.as('admin', 'GET', '/clusters/east/version')).text, /v1\.34/);
  const asked = east.audit.find(({ requestURI, verb }) => verb === 'list' && requestURI === '/api/v1/nodes');
  assert.ok(asked);
  assert.ok(east.audit.some(({ impersonatedUser }) => impersonatedUser?.username === 'admin'));
});

test('who does not see a cluster cannot tell whether it is there', async () => {
  const answers = await Promise.all(
    ['east', 'nowhere'].flatMap(name =>
      [`/clusters/${name}/api/v1/pods`, `/kapis/clusters/${name}/resources.kubesphere.io/v1alpha3/pods`].map(
        async target => {
          const { status, text } = await people.as('cat', 'GET', target);
          return [status, text.replaceAll(name, 'x')];
        },
      ),
    ),
  );
  assert.equal(answers[0]![0], 400);
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
});

test('a workspace that it is opened to makes projects there, with the same roles', async () => {
  const inEast = `/clusters/east${tenant}/workspaces/w1/namespaces`;
  assert.equal(await people.status('ann', 'POST', inEast, { metadata: { name: 'p1' } }), 400);
  await people.done('admin', 'POST', `${base}/clusters/east/grantrequests`, [{ workspace: 'w1', op: 'add' }]);
  await eventually(
    'ann makes a project there',
    async () => (await people.status('ann', 'POST', inEast, { metadata: { name: 'p1' } })) === 200,
  );
  const project = await east.client.get<KubeObject>(resources.namespaces, 'p1');
  assert.equal(project.metadata.labels?.['kubesphere.io/workspace'], 'w1');
  assert.equal(await orUndefined(cluster.client.get(resources.namespaces, 'p1')), undefined, 'and not on the host');
  const config = '/clusters/east/api/v1/namespaces/p1/configmaps';
  assert.equal(await people.status('ann', 'POST', config, { metadata: { name: 'c' } }), 201);
  assert.equal(await people.status('ben', 'GET', config), 403);
  await people.done('ann', 'POST', `/clusters/east${iam}/namespaces/p1/members`, [
    { username: 'ben', roleRef: 'viewer' },
  ]);
  assert.equal(await people.status('ben', 'GET', config), 200);
  assert.equal(await people.status('ben', 'POST', config, { metadata: { name: 'd' } }), 403);
  const projects = async (prefix: string) =>
    namesIn(await people.done('ben', 'GET', `${prefix}/tenant.kubesphere.io/v1beta1/namespaces`)).join();
  await eventually('ben sees it among his projects', async () => (await projects('/kapis/clusters/east')) === 'p1');
  assert.equal(await projects('/kapis'), '', 'and none on the host');
  const listed = '/kapis/clusters/east/resources.kubesphere.io/v1alpha3/configmaps';
  await eventually('it is in lists', async () => namesIn(await people.done('ben', 'GET', listed)).includes('c'));
  assert.equal(await people.status('dan', 'GET', config), 400);
});

test('a right that is taken on the host is gone in the member too, and a watch with it', async () => {
  const config = '/clusters/east/api/v1/namespaces/p1/configmaps';
  const { ended } = await people.watch('ben', config);
  await people.done('ann', 'POST', `${iam}/workspaces/w1/workspacemembers`, [{ username: 'cat', roleRef: 'w1-admin' }]);
  await eventually('cat has it', async () => (await people.status('cat', 'GET', config)) === 200);
  await people.done('ann', 'DELETE', `${iam}/workspaces/w1/workspacemembers/cat`);
  assert.equal(await people.status('cat', 'GET', config), 400, 'at once');
  await eventually('nothing of it is left there', async () => {
    const { items } = await east.client.list<KubeObject>(resources.rolebindings, { namespace: 'p1' });
    return !JSON.stringify(items).includes('"cat"');
  });
  await people.done('ann', 'DELETE', `/clusters/east${iam}/namespaces/p1/members/ben`);
  await ended;
  assert.equal(await people.status('ben', 'GET', config), 403);
});

test('what is of the platform is the same below a member, by the rights that one has on the host', async () => {
  assert.equal(await people.status('ann', 'GET', `/clusters/east${iam}/users`), 403);
  assert.ok(namesIn(await people.done('admin', 'GET', `/clusters/east${iam}/users`)).includes('ann'));
});

test('a kubeconfig leads to it too, and the audit tells of which cluster something was done', async () => {
  const kubeconfig = (who: string) =>
    people.as(who, 'GET', `/kapis/resources.kubesphere.io/v1alpha2/users/${who}/kubeconfig`);
  assert.match((await kubeconfig('ann')).text, /name: ann@east/);
  assert.doesNotMatch((await kubeconfig('dan')).text, /east/);
  // A project of the same name on the host, of others: they are told nothing of it.
  await people.project('dan', 'w2', 'p1');
  await people.done('ann', 'POST', '/clusters/east/api/v1/namespaces/p1/configmaps', {
    metadata: { name: 'secretly' },
  });
  const events = (who: string) =>
    people.as(who, 'GET', '/kapis/tenant.kubesphere.io/v1alpha2/auditing/events?operation=query&size=1000');
  await eventually('it is recorded', async () => (await events('admin')).text.includes('secretly'));
  const { query } = (await events('admin')).body as unknown as {
    query: { records: { Cluster: string; Workspace: string; objectRef?: { name?: string } }[] };
  };
  const record = query.records.find(({ objectRef }) => objectRef?.name === 'secretly');
  assert.deepEqual([record?.Cluster, record?.Workspace], ['east', 'w1']);
  assert.doesNotMatch((await events('dan')).text, /secretly/);
});

test('who is let into the cluster itself rules there, and nowhere else', async () => {
  await people.done('admin', 'POST', `/clusters/east${iam}/clustermembers`, [
    { username: 'cat', roleRef: 'cluster-admin' },
  ]);
  await eventually(
    'cat sees it',
    async () => (await people.status('cat', 'GET', '/clusters/east/api/v1/nodes')) === 200,
  );
  assert.equal(await people.status('cat', 'GET', '/api/v1/nodes'), 403, 'not on the host');
  for (const target of [`${iam}/users`, `${iam}/globalroles`, `${tenant}/workspaces/w1`, `${base}/clusters/labels`])
    assert.notEqual(await people.status('cat', 'GET', `/clusters/east${target}`), 200, target);
  assert.deepEqual(namesIn(await people.done('cat', 'GET', `/clusters/east${tenant}/workspaces`)), []);
  const inW1 = { metadata: { name: 'p9' } };
  assert.equal(await people.status('cat', 'POST', `/clusters/east${tenant}/workspaces/w1/namespaces`, inW1), 403);
  const found = (
    await people.as('cat', 'GET', '/kapis/clusters/east/search.orrery.io/v1alpha1/search?q=ann&kinds=users,workspaces')
  ).text;
  assert.doesNotMatch(found, /"kind":"(users|workspaces)"/);
  await people.done('admin', 'DELETE', `/clusters/east${iam}/clustermembers/cat`);
  await eventually(
    'cat does not',
    async () => (await people.status('cat', 'GET', '/clusters/east/api/v1/nodes')) === 400,
  );
});

test('what is changed in the member by hand is healed', async () => {
  await east.client.delete(resources.roles, 'viewer', { namespace: 'p1' });
  await eventually(
    'the role is back',
    async () => (await orUndefined(east.client.get(resources.roles, 'viewer', { namespace: 'p1' }))) !== undefined,
  );
});

test('while it does not answer one is told so, the host goes on, and it comes back by itself', async () => {
  east.setAway(true);
  const nodes = () => people.status('admin', 'GET', '/clusters/east/api/v1/nodes');
  await eventually('it is known to be away', async () => (await nodes()) === 503);
  await eventually('it is said to be away', async () => !(await isReady('east')));
  const { status, text } = await people.as('admin', 'GET', '/clusters/east/api/v1/nodes');
  assert.equal(status, 503, text);
  assert.match(text, /the cluster \\"east\\" cannot be reached/);
  assert.equal(await people.status('admin', 'GET', '/kapis/clusters/east/resources.kubesphere.io/v1alpha3/pods'), 503);
  assert.equal(await people.status('admin', 'GET', '/api/v1/nodes'), 200);
  assert.equal((await condition('east', 'Initialized'))?.status, 'True');
  east.setAway(false);
  await eventually('it is ready again', () => isReady('east'));
  assert.equal(await nodes(), 200);
});

test('another kubeconfig leads to the same cluster, or is refused', async () => {
  const put = (kubeconfig: string) => people.as('admin', 'PUT', `${base}/clusters/east/kubeconfig`, { kubeconfig });
  assert.equal(await people.status('ann', 'PUT', `${base}/clusters/east/kubeconfig`, { kubeconfig: 'x' }), 403);
  assert.equal((await put(east.kubeconfig({ user: { token: 'wrong' } }))).status, 422);
  assert.equal((await put(btoa(east.kubeconfig()))).status, 200);
  assert.equal(await people.status('admin', 'PUT', `${base}/clusters/host/kubeconfig`, { kubeconfig: 'x' }), 403);
});

test('a platform that starts again finds its members, and what was changed meanwhile is healed', async () => {
  await platform.close();
  await east.client.delete(resources.roles, 'viewer', { namespace: 'p1' });
  platform = await startPlatform(cluster, { settings: { egress: { allow: ['127.0.0.1'], onlyListed: false } } });
  await people.moveTo(platform);
  await eventually('it is ready', () => isReady('east'));
  await eventually(
    'the role is back',
    async () => (await orUndefined(east.client.get(resources.roles, 'viewer', { namespace: 'p1' }))) !== undefined,
  );
});

test('a workspace that is deleted takes its projects in members along', async () => {
  await people.workspace('w3', 'dan');
  await people.done('admin', 'POST', `${base}/clusters/east/grantrequests`, [{ workspace: 'w3', op: 'add' }]);
  const inEast = `/clusters/east${tenant}/workspaces/w3/namespaces`;
  await eventually(
    'dan makes a project there',
    async () => (await people.status('dan', 'POST', inEast, { metadata: { name: 'p3' } })) === 200,
  );
  await people.done('admin', 'DELETE', `${tenant}/workspaces/w3`, {});
  await eventually(
    'the project is gone',
    async () => (await orUndefined(east.client.get(resources.namespaces, 'p3'))) === undefined,
  );
  await eventually(
    'the workspace is gone',
    async () => (await people.status('admin', 'GET', `${tenant}/workspaces/w3`)) === 404,
  );
});

test('closed to the workspace its rights there go, and what runs there stays', async () => {
  await people.done('admin', 'POST', `${base}/clusters/east/grantrequests`, [{ workspace: 'w1', op: 'remove' }]);
  assert.equal(await people.status('ann', 'GET', '/clusters/east/api/v1/namespaces/p1/configmaps'), 400);
  await eventually('nothing of the workspace is left there', async () => {
    const { items } = await east.client.list<KubeObject>(resources.clusterrolebindings);
    const { items: workspaces } = await east.client.list<KubeObject>(platformResources.workspaces);
    return !JSON.stringify(items).includes('w1-') && !namesIn({ items: workspaces }).includes('w1');
  });
  assert.equal((await east.client.get<KubeObject>(resources.namespaces, 'p1')).metadata.deletionTimestamp, undefined);
});

test('removed it keeps its work, and nothing of the platform’s', async () => {
  assert.equal(await people.status('ann', 'DELETE', `${base}/clusters/east`), 403);
  assert.equal(await people.status('admin', 'DELETE', `${base}/clusters/host`), 403);
  await people.done('admin', 'DELETE', `${base}/clusters/east`);
  await eventually('it is gone', async () => (await people.status('admin', 'GET', `${base}/clusters/east`)) === 404);
  assert.equal(await people.status('admin', 'GET', '/clusters/east/api/v1/nodes'), 400);
  const project = await east.client.get<KubeObject>(resources.namespaces, 'p1');
  assert.equal(project.metadata.labels?.['kubesphere.io/workspace'], undefined);
  assert.ok(await east.client.get(resources.configmaps, 'c', { namespace: 'p1' }));
  const { items } = await east.client.list<KubeObject>(resources.clusterroles);
  assert.deepEqual(
    namesIn({ items }).filter(name => name.startsWith('orrery:')),
    [],
  );
  await assert.rejects(east.client.list(platformResources.workspaces), error => isReason(error, 'NotFound'));
});
