import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asUser } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { streamPath } from '@orrery/platform-contract';
import { ensureInstalled, platformUser } from '../install/manifest.ts';
import {
  firstPassword,
  handshake,
  openSocket,
  startCluster,
  startPlatform,
  type TestCluster,
  type TestPlatform,
} from '../testing/platform.ts';
import { succeeds as eventually } from '../testing/people.ts';
import { countOf } from './counts.ts';

const iam = '/kapis/iam.kubesphere.io/v1beta1';
const tenant = '/kapis/tenant.kubesphere.io/v1beta1';
const own = '/kapis/overview.orrery.io/v1alpha1';
const password = 'Pa55word-long';

let cluster: TestCluster;
let platform: TestPlatform;
const tokens: Record<string, string> = {};

async function ask(who: string, method: string, target: string, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await platform.call(method, target, { token: tokens[who], body });
  assert.ok(answer.status < 300, `${method} ${target} ${answer.status} ${answer.text}`);
  return answer.body;
}
const counts = async (who: string, path: string) =>
  (await ask(who, 'GET', `${own}${path}`))['counts'] as Record<string, unknown>;

before(async () => {
  cluster = await startCluster({ controllers: true });
  await ensureInstalled(cluster.client);
  // As it runs in a cluster of its own: with no right more than it needs.
  platform = await startPlatform(cluster, { cluster: asUser(cluster.handler, platformUser) });
  tokens['admin'] = await platform.logIn('admin', firstPassword);
  await ask('admin', 'PUT', `${iam}/users/admin/password`, { currentPassword: firstPassword, password });
  for (const name of ['owner', 'member', 'stranger']) {
    await ask('admin', 'POST', `${iam}/users`, { metadata: { name }, spec: { password } });
    tokens[name] = await platform.logIn(name, password);
  }
  for (const workspace of ['w1', 'w2']) {
    const spec = { template: { spec: { manager: workspace === 'w1' ? 'owner' : 'admin' } } };
    await ask('admin', 'POST', `${tenant}/workspaces`, { metadata: { name: workspace }, spec });
    for (const part of ['a', 'b'])
      await ask('admin', 'POST', `${tenant}/workspaces/${workspace}/namespaces`, {
        metadata: { name: `${workspace}-${part}` },
      });
  }
  await ask('admin', 'POST', `${iam}/workspaces/w1/workspacemembers`, [{ username: 'member', roleRef: 'w1-regular' }]);
  await ask('admin', 'POST', `${iam}/namespaces/w1-a/namespacemembers`, [{ username: 'member', roleRef: 'viewer' }]);
  for (const namespace of ['w1-a', 'w1-b', 'w2-a'])
    await cluster.client.create(resources.services, {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'web', namespace },
      spec: { ports: [{ port: 80 }] },
    } as never);
  await cluster.client.create(resources.nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } });
});
after(async () => {
  await platform.close();
  await cluster.close();
});

test('the platform in numbers, each user his own', async () => {
  await eventually(async () => {
    const all = await counts('admin', '/platform');
    assert.deepEqual(
      [all['users'], all['nodes'], all['services']],
      [{ total: 4 }, { total: 1, states: { warning: 1 } }, { total: 4 }],
      'three Services, and the API server itself',
    );
    assert.deepEqual(all['projects'], { total: 9 }, 'four, and what the system runs in');
    assert.deepEqual(all['pods'], { total: 0, states: {} });
    const owner = await counts('owner', '/platform');
    assert.deepEqual(
      [owner['workspaces'], owner['projects'], owner['services']],
      [{ total: 1 }, { total: 2 }, { total: 2 }],
    );
    assert.deepEqual([owner['users'], owner['nodes']], [undefined, undefined]);
    assert.deepEqual((await counts('member', '/platform'))['services'], { total: 1 });
  });
  assert.deepEqual(await counts('stranger', '/platform'), { workspaces: { total: 0 }, projects: { total: 0 } });
});

test('a workspace in numbers: members and projects as far as one sees them', async () => {
  await eventually(async () => {
    const owner = await counts('owner', '/workspaces/w1');
    assert.deepEqual(
      [owner['projects'], owner['members'], owner['services']],
      [{ total: 2 }, { total: 2 }, { total: 2 }],
    );
    const member = await counts('member', '/workspaces/w1');
    assert.deepEqual(
      [member['projects'], member['members'], member['services']],
      [{ total: 1 }, { total: 2 }, { total: 1 }],
    );
    assert.deepEqual((await counts('admin', '/workspaces/w2'))['services'], { total: 1 });
  });
  for (const [who, path] of [
    ['stranger', '/workspaces/w1'],
    ['owner', '/workspaces/w2'],
    ['stranger', '/namespaces/w1-a'],
    ['member', '/namespaces/w1-b'],
  ] as const)
    assert.equal((await platform.call('GET', `${own}${path}`, { token: tokens[who] })).status, 403, `${who} ${path}`);
});

test('a project in numbers, kept current by the delta stream', async () => {
  await eventually(async () => assert.deepEqual((await counts('member', '/namespaces/w1-a'))['members'], { total: 2 }));
  const socket = openSocket(await platform.ask('GET', streamPath, { token: tokens['member'], headers: handshake }));
  socket.send({ op: 'subscribe', id: 'n', route: 'overview.project', path: { namespace: 'w1-a' } });
  const first = await socket.next<{ object: { counts: Record<string, unknown> } }>();
  assert.deepEqual(first.object.counts['deployments'], { total: 0, states: {} });
  const selector = { matchLabels: { app: 'x' } };
  const template = { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'c', image: 'x' }] } };
  await cluster.client.create(resources.deployments, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'w1-a' },
    spec: { replicas: 1, selector, template },
  } as never);
  const wanted = { deployments: { total: 1, states: { updating: 1 } }, pods: { total: 1, states: { Pending: 1 } } };
  await socket.next(({ object }) => {
    const { deployments, pods } = (object as { counts: Record<string, unknown> }).counts;
    return JSON.stringify({ deployments, pods }) === JSON.stringify(wanted);
  });
  socket.connection.destroy();
});

test('counting by state leaves out what has none', () => {
  const objects = ['a', 'b', ''].map(name => ({ apiVersion: 'v1', kind: 'X', metadata: { name } }));
  assert.deepEqual(countOf(objects), { total: 3 });
  assert.deepEqual(
    countOf(objects, ({ metadata }) => metadata.name),
    { total: 3, states: { a: 1, b: 1 } },
  );
});

test('the host is the one cluster, and everybody who is logged in knows it', async () => {
  const clusters = '/kapis/cluster.kubesphere.io/v1alpha1/clusters';
  const { items, totalItems } = await ask('stranger', 'GET', clusters);
  const [host] = items as { metadata: { name: string; uid?: string }; status: Record<string, unknown> }[];
  assert.deepEqual([totalItems, host!.metadata.name], [1, 'host']);
  const { kubernetesVersion, nodeCount, conditions } = host!.status;
  assert.match(String(kubernetesVersion), /^v1\.34/);
  assert.equal(nodeCount, 1);
  const ready = (conditions as { type: string; status: string }[]).map(({ type, status }) => `${type} ${status}`);
  assert.deepEqual(ready, ['Initialized True', 'Ready True', 'NodesReady False']);
  assert.deepEqual(await ask('stranger', 'GET', `${clusters}/host`), host);
  assert.deepEqual((await ask('stranger', 'GET', `${tenant}/clusters?name=ho`))['totalItems'], 1);
  assert.equal((await platform.call('GET', `${clusters}/c9`, { token: tokens['admin'] })).status, 404);
});

test('KubeSphere’s numbers, each user his own: metrics, quotas, what is abnormal, components', async () => {
  const lists = '/kapis/resources.kubesphere.io';
  await cluster.client.create(resources.resourcequotas, {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'q', namespace: 'w1-a' },
    spec: { hard: { 'count/pods': '5' } },
  } as never);
  type Metric = { metric_name: string; data: { result: { value: number[] }[] } };
  const numbers = async (who: string, target: string) =>
    Object.fromEntries(
      ((await ask(who, 'GET', target))['results'] as Metric[]).map(({ metric_name, data }) => [
        metric_name,
        data.result[0]!.value[1],
      ]),
    );
  const owner = await numbers('owner', `${lists}/v1alpha3/metrics`);
  assert.deepEqual([owner['cluster_service_count'], owner['cluster_clusterrole_count']], [2, undefined]);
  assert.equal((await numbers('stranger', `${lists}/v1alpha3/metrics`))['cluster_service_count'], undefined);
  assert.equal((await numbers('member', `${lists}/v1alpha3/namespaces/w1-a/metrics`))['namespace_service_count'], 1);
  assert.deepEqual(await numbers('stranger', `${tenant}/metrics`), {
    platform_workspace_count: 0,
    platform_cluster_count: 1,
  });
  const workspace = await numbers('owner', `${tenant}/workspaces/w1/metrics`);
  assert.deepEqual(workspace, {
    workspace_namespace_count: 2,
    workspace_workspacerolebinding_count: 2,
    workspace_workspacerole_count: 4,
  });
  await eventually(async () => {
    const { data } = (await ask('member', 'GET', `${lists}/v1alpha2/namespaces/w1-a/quotas`)) as never as {
      data: { hard: object; used: Record<string, string> };
    };
    assert.deepEqual([data.hard, data.used['count/services']], [{ 'count/pods': '5' }, '1']);
  });
  const abnormal = await ask('member', 'GET', `${lists}/v1alpha2/namespaces/w1-a/abnormalworkloads`);
  assert.deepEqual((abnormal['data'] as Record<string, number>)['deployments'], 1, 'made by the test before');
  assert.deepEqual((await ask('stranger', 'GET', `${lists}/v1alpha2/abnormalworkloads`))['data'], {});
  for (const path of ['quotas', 'abnormalworkloads', 'metrics'])
    assert.equal(
      (
        await platform.call('GET', `${lists}/${path === 'metrics' ? 'v1alpha3' : 'v1alpha2'}/namespaces/w1-a/${path}`, {
          token: tokens['stranger'],
        })
      ).status,
      403,
    );
  const health = await ask('admin', 'GET', `${lists}/v1alpha2/componenthealth`);
  assert.deepEqual(health['nodeStatus'], { totalNodes: 1, healthyNodes: 0 });
  assert.equal((await platform.call('GET', `${lists}/v1alpha3/components`, { token: tokens['owner'] })).status, 403);
  assert.equal((await platform.call('GET', `${lists}/v1alpha3/components/x`, { token: tokens['admin'] })).status, 404);
});
