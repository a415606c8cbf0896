/** For whom a cluster is, who sees it, and how people sort clusters. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { KubeObject } from '@orrery/machinery/meta';
import { platformResources, type WorkspaceTemplate } from '@orrery/platform-kinds';
import { eventually, iam, namesIn, startPeople, tenant, type People } from '../testing/people.ts';
import { startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';
import { isOpenTo } from './open.ts';

const base = '/kapis/cluster.kubesphere.io/v1alpha1';
let cluster: TestCluster;
let platform: TestPlatform;
let people: People;

before(async () => {
  cluster = await startCluster();
  // A second cluster that somebody told of, with what it is reached by.
  platform = await startPlatform(cluster);
  await cluster.client.create(platformResources.clusters, {
    apiVersion: 'cluster.kubesphere.io/v1alpha1',
    kind: 'Cluster',
    metadata: { name: 'east', labels: { region: 'east' } },
    spec: { provider: 'metal', connection: { type: 'direct', kubeconfig: 'c2VjcmV0', token: 'secret-token' } },
  } as KubeObject);
  people = await startPeople(platform);
  for (const name of ['ann', 'ben', 'cat', 'dan']) await people.create(name);
  await people.workspace('w1', 'ann');
  await people.workspace('w2', 'dan');
  await people.invite('ann', 'w1', 'ben', 'w1-regular');
});
after(async () => {
  await platform.close();
  await cluster.close();
});

const listed = async (who: string) =>
  namesIn(await people.done(who, 'GET', `${tenant}/clusters?sortBy=name&ascending=true`));
const ofWorkspace = async (who: string, workspace: string) =>
  namesIn(await people.done(who, 'GET', `${tenant}/workspaces/${workspace}/clusters?sortBy=name&ascending=true`));
const patch = (who: string, name: string, metadata: object) =>
  people.status(who, 'PATCH', `${base}/clusters/${name}`, { metadata });
const grants = (who: string, name: string, ...requests: object[]) =>
  people.status(who, 'POST', `${base}/clusters/${name}/grantrequests`, requests);

test('the host is there for everybody; another cluster for who manages clusters, and what it is reached by for nobody', async () => {
  await eventually('both are known', async () => (await listed('admin')).length === 2);
  for (const who of ['ann', 'ben', 'cat']) assert.deepEqual(await listed(who), ['host'], who);
  assert.equal(await people.status('ann', 'GET', `${base}/clusters/east`), 404);
  const { text } = await people.as('admin', 'GET', `${base}/clusters/east`);
  assert.match(text, /"provider":"metal"/);
  assert.ok(!/c2VjcmV0|secret-token/.test(text), text);
});

test('a cluster is opened to a workspace and closed to it: its members see it, others do not', async () => {
  assert.equal(await grants('ann', 'east', { workspace: 'w1', op: 'add' }), 403);
  assert.equal(await grants('admin', 'east', { workspace: 'none', op: 'add' }), 404);
  assert.equal(await grants('admin', 'east', { workspace: 'w1', op: 'add' }), 200);
  await eventually('ben sees it', async () => (await listed('ben')).join() === 'east,host');
  assert.deepEqual(await ofWorkspace('ann', 'w1'), ['east', 'host']);
  assert.deepEqual(await ofWorkspace('dan', 'w2'), ['host']);
  assert.deepEqual([await listed('cat'), await listed('dan')], [['host'], ['host']]);
  assert.equal(await people.status('dan', 'GET', `${tenant}/workspaces/w1/clusters`), 403);
  assert.equal(await grants('admin', 'east', { workspace: 'w1', op: 'remove' }), 200);
  await eventually('it is closed again', async () => (await listed('ben')).join() === 'host');
});

test('a cluster is granted to somebody, and to its members; it is public by a label', async () => {
  const annotate = (value: string | null) =>
    people.done('admin', 'PATCH', `${iam}/users/cat`, {
      metadata: { annotations: { 'iam.kubesphere.io/granted-clusters': value } },
    });
  await annotate('["east"]');
  await eventually('cat sees it', async () => (await listed('cat')).join() === 'east,host');
  await annotate(null);
  await eventually('cat does not', async () => (await listed('cat')).join() === 'host');
  const visibility = (value: string | null) => ({ labels: { 'cluster.kubesphere.io/visibility': value } });
  assert.equal(await patch('ann', 'east', visibility('public')), 403);
  assert.equal(await patch('admin', 'east', visibility('public')), 200);
  await eventually(
    'everybody sees it',
    async () => (await listed('cat')).length === 2 && (await listed('dan')).length === 2,
  );
  assert.equal(await patch('admin', 'east', visibility(null)), 200);
  await eventually('nobody sees it', async () => (await listed('cat')).length === 1);
});

test('a workspace does not place itself, by change or by birth', async () => {
  const spec = { placement: { clusters: [{ name: 'east' }] } };
  assert.equal(await people.status('ann', 'PATCH', `${tenant}/workspaces/w1`, { spec }), 403);
  const selects = { placement: { clusterSelector: { matchLabels: { region: 'east' } } } };
  assert.equal(await people.status('ann', 'PATCH', `${tenant}/workspaces/w1`, { spec: selects }), 403);
  await people.create('eve', 'platform-self-provisioner');
  const made = (name: string, given: object) =>
    people.status('eve', 'POST', `${tenant}/workspaces`, { metadata: { name }, spec: given });
  assert.equal(await made('w3', spec), 403);
  assert.equal(await made('w3', { placement: { clusters: [{ name: 'host' }] } }), 200, 'what is public anyway');
  assert.equal(await people.status('admin', 'PATCH', `${tenant}/workspaces/w1`, { spec: selects }), 200);
  await eventually('by its labels', async () => (await listed('ben')).join() === 'east,host');
});

test('where the host is closed to a workspace, it makes no projects there and takes none in', async () => {
  await people.project('ann', 'w1', 'p1');
  const visibility = (value: string | null) => ({ labels: { 'cluster.kubesphere.io/visibility': value } });
  assert.equal(await patch('admin', 'host', visibility(null)), 200);
  await eventually('dan sees no cluster', async () => (await listed('dan')).length === 0);
  const refused = await people.as('dan', 'POST', `${tenant}/workspaces/w2/namespaces`, { metadata: { name: 'p2' } });
  assert.equal(refused.status, 403);
  assert.match(refused.text, /is not open to the workspace \\"w2\\"/);
  assert.equal(await people.status('admin', 'PUT', `${tenant}/namespaces/p1/workspace`, { workspace: 'w2' }), 403);
  assert.equal(await people.status('ann', 'GET', '/api/v1/namespaces/p1/configmaps'), 200, 'what is there goes on');
  await people.done('admin', 'POST', `${iam}/clustermembers`, [{ username: 'cat', roleRef: 'cluster-viewer' }]);
  await eventually('its members see it', async () => (await listed('cat')).includes('host'));
  assert.equal(await grants('admin', 'host', { workspace: 'w2', op: 'add' }), 200);
  await eventually(
    'w2 makes projects again',
    async () =>
      (await people.status('dan', 'POST', `${tenant}/workspaces/w2/namespaces`, { metadata: { name: 'p2' } })) === 200,
  );
  assert.equal(await patch('admin', 'host', visibility('public')), 200);
});

test('labels are made, put on clusters, renamed, taken off and removed; clusters carry their ids', async () => {
  const made = (await people.done('admin', 'POST', `${base}/labels`, [
    { key: 'stage', value: 'prod' },
    { key: 'stage', value: 'test' },
  ])) as unknown as { metadata: { name: string } }[];
  const [prod = '', test = ''] = made.map(({ metadata }) => metadata.name);
  assert.equal(await people.status('admin', 'POST', `${base}/labels`, [{ key: 'stage', value: 'prod' }]), 409);
  assert.equal(await people.status('ann', 'POST', `${base}/labels`, [{ key: 'a', value: 'b' }]), 403);
  const marks = async () => {
    const { metadata } = await cluster.client.get<KubeObject>(platformResources.clusters, 'east');
    return Object.keys(metadata.labels ?? {}).filter(key => key.startsWith('label.cluster.kubesphere.io/'));
  };
  const bind = (labels: string[], clusters: string[]) =>
    people.status('admin', 'POST', `${base}/labelbindings`, { labels, clusters });
  assert.equal(await bind([prod, 'none'], ['east']), 404);
  assert.equal(await bind([prod], ['nowhere']), 404);
  assert.equal(await bind([prod, test], ['east', 'host']), 200);
  await eventually('the cluster carries both', async () => (await marks()).length === 2);
  const renamed = await people.done('admin', 'PUT', `${base}/labels/${test}`, { key: 'stage', value: 'staging' });
  assert.deepEqual((renamed as unknown as { spec: { clusters: string[] } }).spec.clusters, ['east', 'host']);
  assert.equal(await people.status('admin', 'PUT', `${base}/labels/${test}`, { key: 'stage', value: 'prod' }), 409);
  const groups = (await people.done('admin', 'GET', `${base}/labels`)) as Record<string, { value: string }[]>;
  assert.deepEqual(groups['stage']!.map(({ value }) => value).sort(), ['prod', 'staging']);
  await people.done('admin', 'PUT', `${base}/labels/${test}?action=unbind`, { clusters: ['east'] });
  await eventually('one is taken off', async () => (await marks()).join() === `label.cluster.kubesphere.io/${prod}`);
  await people.done('admin', 'DELETE', `${base}/labels`, [prod, test]);
  await eventually('none is left', async () => (await marks()).length === 0);
});

const placements: [string, object | undefined, Record<string, string>, boolean][] = [
  ['nowhere', undefined, {}, false],
  ['public', undefined, { 'cluster.kubesphere.io/visibility': 'public' }, true],
  ['another visibility', undefined, { 'cluster.kubesphere.io/visibility': 'private' }, false],
  ['by name', { clusters: [{ name: 'c' }] }, {}, true],
  ['another by name', { clusters: [{ name: 'd' }] }, {}, false],
  ['an empty selector', { clusterSelector: {} }, { a: 'b' }, false],
  ['a selector that fits', { clusterSelector: { matchLabels: { a: 'b' } } }, { a: 'b' }, true],
  ['a selector that does not', { clusterSelector: { matchLabels: { a: 'c' } } }, { a: 'b' }, false],
  [
    'a selector that nobody can read',
    { clusterSelector: { matchExpressions: [{ key: 'a', operator: '?' }] } },
    { a: 'b' },
    false,
  ],
];
for (const [what, placement, labels, expected] of placements)
  test(`a workspace and a cluster: ${what}`, () => {
    const template = { metadata: {}, spec: { ...(placement && { placement }) } } as WorkspaceTemplate;
    assert.equal(isOpenTo({ metadata: { name: 'c', labels } }, template), expected);
  });
