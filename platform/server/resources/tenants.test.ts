/** Attacks on lists: what a tenant sees of another by asking in every way that lists can be asked. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asUser } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { ensureInstalled, platformUser } from '../install/manifest.ts';
import {
  firstPassword,
  startCluster,
  startPlatform,
  type TestCluster,
  type TestPlatform,
} from '../testing/platform.ts';
import { succeeds } from '../testing/people.ts';

const iam = '/kapis/iam.kubesphere.io/v1beta1';
const tenant = '/kapis/tenant.kubesphere.io/v1beta1';
const lists = '/kapis/resources.kubesphere.io';
const password = 'Pa55word-long';
/** Stands in every object of the other tenant, and in no answer. */
const mark = 'theirs-7f3a';

let cluster: TestCluster;
let platform: TestPlatform;
const tokens: Record<string, string> = {};

async function must(method: string, target: string, body?: unknown): Promise<void> {
  const answer = await platform.call(method, target, { token: tokens['admin'], body });
  assert.ok(answer.status < 300, `${method} ${target} ${answer.status} ${answer.text}`);
}

/** A pod needs the service account that its project gets a moment later. */
const created = (resource: 'pods' | 'services', object: object) =>
  succeeds(() => cluster.client.create(resources[resource], object as never));

before(async () => {
  cluster = await startCluster({ controllers: true });
  await ensureInstalled(cluster.client);
  platform = await startPlatform(cluster, { cluster: asUser(cluster.handler, platformUser) });
  tokens['admin'] = await platform.logIn('admin', firstPassword);
  await must('PUT', `${iam}/users/admin/password`, { currentPassword: firstPassword, password });
  for (const [workspace, user, project] of [
    ['w1', 'ann', 'mine'],
    ['w2', 'eve', mark],
  ] as const) {
    await must('POST', `${iam}/users`, { metadata: { name: user }, spec: { password } });
    tokens[user] = await platform.logIn(user, password);
    const spec = { template: { spec: { manager: user } } };
    await must('POST', `${tenant}/workspaces`, { metadata: { name: workspace }, spec });
    await must('POST', `${tenant}/workspaces/${workspace}/namespaces`, { metadata: { name: project } });
    for (const resource of ['pods', 'services'] as const)
      await created(resource, {
        apiVersion: 'v1',
        kind: resource === 'pods' ? 'Pod' : 'Service',
        metadata: { name: `web-${project}`, namespace: project, labels: { app: 'web', of: project } },
        spec: resource === 'pods' ? { containers: [{ name: 'c', image: `x/${project}` }] } : { ports: [{ port: 80 }] },
      } as never);
  }
  await cluster.client.create(resources.nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: `node-${mark}` } });
});
after(async () => {
  await platform.close();
  await cluster.close();
});

const ask = (target: string) => platform.call('GET', target, { token: tokens['ann'] });

const places = [
  `${lists}/v1alpha3/pods`,
  `${lists}/v1alpha3/services`,
  `${lists}/v1alpha3/namespaces`,
  `${lists}/v1alpha2/pods`,
  '/kapis/apps/v1/deployments',
  `${tenant}/namespaces`,
  `${tenant}/workspaces`,
  `${lists}/v1alpha3/metrics`,
  `${lists}/v1alpha2/quotas`,
  `${lists}/v1alpha2/abnormalworkloads`,
];

/** What is asked for, beside nothing: places of others, selectors, orders and pages that could reach around the tenant. */
const wishes = [
  '',
  `namespace=${mark}`,
  'namespace=*',
  'namespace=',
  `namespace=mine&namespace=${mark}`,
  `name=${mark}`,
  `names=web-${mark},web-mine`,
  'labelSelector=app=web',
  `labelSelector=of=${mark}`,
  'labelSelector=of!=mine',
  'labelSelector=of notin (mine)',
  `labelSelector=kubesphere.io/workspace=w2`,
  'label=app',
  `fieldSelector=metadata.namespace=${mark}`,
  'fieldSelector=metadata.namespace!=mine',
  `ownerReference=x&ownerKind=Workspace`,
  'sortBy=metadata.namespace',
  'sortBy=__proto__',
  'sortBy=status&ascending=true&limit=1&page=1',
  'page=1&limit=1000000',
  `conditions=namespace=${mark}`,
  `conditions=name~${mark}`,
  'paging=limit=-1,page=0&orderBy=namespace&reverse=true',
  `workspace=w2&cluster=host`,
  'serviceName=web-mine',
  `nodeName=node-${mark}`,
];

for (const place of places)
  test(`P2 P3 ${place} shows a tenant his own, however he asks`, async () => {
    for (const wish of wishes) {
      const { status, text, body } = await ask(`${place}?${wish.replaceAll(' ', '%20')}`);
      assert.ok(status === 200 || status === 400, `${wish} ${status} ${text}`);
      // What he asked for stands in errors; what there is does not.
      const told = status === 400 ? '' : text;
      assert.ok(!told.includes(mark), `${wish}: ${told}`);
      const total = Number(body['totalItems'] ?? body['total_count'] ?? 0);
      assert.ok(total <= 1, `${wish}: ${total} are counted`);
    }
  });

test('P2 numbers of overviews are the tenant’s own', async () => {
  const { body } = await ask('/kapis/overview.orrery.io/v1alpha1/platform');
  const counts = body['counts'] as Record<string, { total: number } | undefined>;
  assert.deepEqual(
    [counts['pods'], counts['projects'], counts['workspaces'], counts['nodes'], counts['users'], body['room']].map(
      found => (found as { total?: number } | undefined)?.total,
    ),
    [1, 1, 1, undefined, undefined, undefined],
  );
});

test('P2 whether a thing of others is there cannot be told', async () => {
  const there = [
    `${lists}/v1alpha3/namespaces/${mark}/pods/web-${mark}`,
    `${lists}/v1alpha3/namespaces/${mark}/pods`,
    `${lists}/v1alpha3/nodes/node-${mark}`,
    `/kapis/apps/v1/namespaces/${mark}/deployments`,
    `${lists}/v1alpha2/namespaces/${mark}/quotas`,
    `${lists}/v1alpha2/namespaces/${mark}/pods`,
    `/kapis/operations.orrery.io/v1alpha1/namespaces/${mark}/deployments/web/revisions`,
    `/kapis/operations.orrery.io/v1alpha1/nodes/node-${mark}/drain`,
    `/kapis/terminal.kubesphere.io/v1alpha2/namespaces/${mark}/pods/web-${mark}/file?path=/etc/hosts`,
  ];
  for (const target of there) {
    const absent = target.replaceAll(mark, 'absent-0000');
    const [one, other] = await Promise.all([ask(target), ask(absent)]);
    assert.deepEqual(
      [one.status, one.text.replaceAll(mark, '*')],
      [403, other.text.replaceAll('absent-0000', '*')],
      target,
    );
  }
});
