import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asUser } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { ensureInstalled, platformUser } from '../install/manifest.ts';
import {
  firstPassword,
  startCluster,
  startPlatform,
  type TestCluster,
  type TestPlatform,
} from '../testing/platform.ts';
import { succeeds as eventually } from '../testing/people.ts';
import { changesBetween } from './changes.ts';
import { planDrain } from './drain-plan.ts';
import { anew, revisionsWith, type Job } from './jobs.ts';
import { sameTemplate } from './revisions.ts';

const changes: [string, unknown, unknown, object[]][] = [
  ['nothing', { a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }, []],
  ['a value', { image: 'a' }, { image: 'b' }, [{ path: '/image', before: 'a', after: 'b' }]],
  ['something new', {}, { a: { b: 1 } }, [{ path: '/a', after: { b: 1 } }]],
  ['something gone', { 'a/b': 1 }, {}, [{ path: '/a~1b', before: 1 }]],
  [
    'items by name, whatever their order',
    { list: [{ name: 'a', v: 1 }, { name: 'b' }] },
    { list: [{ name: 'b' }, { name: 'a', v: 2 }, { name: 'c' }] },
    [
      { path: '/list/0/v', before: 1, after: 2 },
      { path: '/list/2', after: { name: 'c' } },
    ],
  ],
  ['items by place', { list: ['a', 'b'] }, { list: ['a'] }, [{ path: '/list/1', before: 'b' }]],
  [
    'names that are the prototype’s',
    JSON.parse('{"__proto__":1}'),
    { constructor: 2 },
    [
      { path: '/__proto__', before: 1 },
      { path: '/constructor', after: 2 },
    ],
  ],
];
for (const [name, from, to, expected] of changes)
  test(`what changed: ${name}`, () => assert.deepEqual(changesBetween(from, to), expected));

test('templates that say the same are the same', () => {
  assert.ok(sameTemplate({ metadata: { labels: {} }, spec: {} }, { metadata: {} }));
  assert.ok(!sameTemplate({ metadata: { labels: { a: 'b' } } }, { metadata: {} }));
});

const pod = (name: string, more: object = {}, metadata: object = {}): KubeObject =>
  ({ metadata: { namespace: 'p', name, ...metadata }, spec: {}, status: { phase: 'Running' }, ...more }) as KubeObject;
const owned = (kind: string) => ({
  ownerReferences: [{ apiVersion: 'v1', kind, name: 'o', uid: 'u', controller: true }],
});
const pods = {
  set: pod('set', {}, owned('ReplicaSet')),
  daemon: pod('daemon', {}, owned('DaemonSet')),
  mirror: pod('mirror', {}, { annotations: { 'kubernetes.io/config.mirror': 'x' } }),
  alone: pod('alone'),
  local: pod('local', { spec: { volumes: [{ emptyDir: {} }] } }, owned('ReplicaSet')),
  over: pod('over', { status: { phase: 'Succeeded' }, spec: { volumes: [{ emptyDir: {} }] } }),
};
const plans: [string, (keyof typeof pods)[], object, string[], string[], RegExp | undefined][] = [
  ['what is made anew', ['set', 'over'], {}, ['set', 'over'], [], undefined],
  ['what would be back at once stays', ['daemon', 'mirror'], {}, [], ['daemon', 'mirror'], undefined],
  ['what nobody makes anew', ['alone'], {}, ['alone'], [], /declare no controller.*p\/alone/],
  ['by force', ['alone'], { force: true }, ['alone'], [], undefined],
  ['what has data on the node', ['local'], {}, ['local'], [], /local storage.*p\/local/],
  ['with its data', ['local'], { deleteEmptyDirData: true }, ['local'], [], undefined],
];
for (const [name, given, wish, evicted, skipped, problem] of plans)
  test(`a drain: ${name}`, () => {
    const names = (list: readonly KubeObject[]) => list.map(({ metadata }) => metadata.name);
    const plan = planDrain(
      given.map(key => pods[key]),
      wish,
    );
    assert.deepEqual([names(plan.evicted), names(plan.skipped)], [evicted, skipped]);
    if (problem) assert.match(plan.problems.join(), problem);
    else assert.deepEqual(plan.problems, []);
  });

test('the runs of a Job in KubeSphere’s words', () => {
  const job = (uid: string, more: object, revisions?: string): Job =>
    ({
      metadata: { name: 'j', uid, creationTimestamp: 't0', ...(revisions && { annotations: { revisions } }) },
      spec: { completions: 2 },
      ...more,
    }) as Job;
  const first = revisionsWith(job('u1', {}))!;
  assert.deepEqual(JSON.parse(first), { 1: { status: 'running', desire: 2, uid: 'u1', 'start-time': 't0' } });
  assert.equal(revisionsWith(job('u1', {}, first)), undefined);
  const done = { status: { succeeded: 2, completionTime: 't1', conditions: [{ type: 'Complete', status: 'True' }] } };
  const second = revisionsWith(job('u1', done, first))!;
  assert.deepEqual(JSON.parse(second)[1], {
    status: 'completed',
    succeed: 2,
    desire: 2,
    uid: 'u1',
    'start-time': 't0',
    'completion-time': 't1',
  });
  const failed = { status: { failed: 1, conditions: [{ type: 'Failed', status: 'True', reason: 'R', message: 'M' }] } };
  const third = JSON.parse(revisionsWith(job('u2', failed, second))!) as Record<string, { reasons: string[] }>;
  assert.deepEqual([Object.keys(third), third[2]!.reasons], [['1', '2'], ['R']]);
  assert.equal(revisionsWith(job('u3', {}, 'not ours')), undefined);
  assert.equal(revisionsWith(job('u3', {}, '[1]')), undefined);
});

test('a Job anew has nothing of what its controller added', () => {
  const job = {
    metadata: {
      name: 'j',
      namespace: 'p',
      uid: 'u',
      resourceVersion: '1',
      labels: { own: 'x', 'controller-uid': 'u' },
    },
    spec: {
      completions: 2,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } },
      template: { metadata: { labels: { own: 'y', 'batch.kubernetes.io/job-name': 'j' } }, spec: { containers: [] } },
    },
    status: { succeeded: 1 },
  } as Job;
  assert.deepEqual(anew(job), {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'j', namespace: 'p', labels: { own: 'x' }, annotations: {} },
    spec: { completions: 2, template: { metadata: { labels: { own: 'y' } }, spec: { containers: [] } } },
  });
});

const iam = '/kapis/iam.kubesphere.io/v1beta1';
const tenant = '/kapis/tenant.kubesphere.io/v1beta1';
const own = '/kapis/operations.orrery.io/v1alpha1';
const password = 'Pa55word-long';

let cluster: TestCluster;
let platform: TestPlatform;
const tokens: Record<string, string> = {};
const call = (who: string, method: string, target: string, body?: unknown) =>
  platform.call(method, target, { token: tokens[who], body });

async function must(who: string, method: string, target: string, body?: unknown): Promise<Record<string, unknown>> {
  const answer = await call(who, method, target, body);
  assert.ok(answer.status < 300, `${method} ${target} ${answer.status} ${answer.text}`);
  return answer.body;
}

before(async () => {
  cluster = await startCluster({ controllers: true });
  await ensureInstalled(cluster.client);
  platform = await startPlatform(cluster, { cluster: asUser(cluster.handler, platformUser) });
  tokens['admin'] = await platform.logIn('admin', firstPassword);
  await must('admin', 'PUT', `${iam}/users/admin/password`, { currentPassword: firstPassword, password });
  await must('admin', 'POST', `${tenant}/workspaces`, { metadata: { name: 'w1' }, spec: {} });
  await must('admin', 'POST', `${tenant}/workspaces/w1/namespaces`, { metadata: { name: 'p1' } });
  for (const [username, roleRef] of [
    ['ann', 'operator'],
    ['bob', 'viewer'],
  ] as const) {
    await must('admin', 'POST', `${iam}/users`, { metadata: { name: username }, spec: { password } });
    await must('admin', 'POST', `${iam}/workspaces/w1/workspacemembers`, [{ username, roleRef: 'w1-regular' }]);
    await must('admin', 'POST', `${iam}/namespaces/p1/namespacemembers`, [{ username, roleRef }]);
    tokens[username] = await platform.logIn(username, password);
  }
});
after(async () => {
  await platform.close();
  await cluster.close();
});

type Workload = KubeObject & {
  spec: {
    replicas?: number;
    template: { metadata: { annotations?: Record<string, string> }; spec: { containers: { image: string }[] } };
  };
};
const template = (image: string) => ({
  metadata: { labels: { app: 'x' } },
  spec: { containers: [{ name: 'c', image }] },
});
const workload = (kind: string, name: string) =>
  ({
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace: 'p1' },
    spec: {
      selector: { matchLabels: { app: 'x' } },
      template: template('web:1'),
      ...(kind !== 'DaemonSet' && { replicas: 1 }),
      ...(kind === 'StatefulSet' && { serviceName: 'x' }),
    },
  }) as KubeObject;

for (const [kind, resource] of [
  ['Deployment', 'deployments'],
  ['StatefulSet', 'statefulsets'],
  ['DaemonSet', 'daemonsets'],
] as const)
  test(`${resource}: revisions, what is different, and back`, async () => {
    const name = `back-${resource}`;
    const at = `${own}/namespaces/p1/${resource}/${name}`;
    await cluster.client.create(resources[resource], workload(kind, name));
    interface Item {
      revision: number;
      current: boolean;
      images: string[];
    }
    const list = async () => (await must('bob', 'GET', `${at}/revisions`))['items'] as Item[];
    const seen = async () => (await list()).map(({ revision, current, images }) => [revision, current, images[0]]);
    await eventually(async () => assert.deepEqual(await seen(), [[1, true, 'web:1']]));
    const change = { spec: { template: template('web:2') } };
    await cluster.client.patch(resources[resource], name, 'merge', change, { namespace: 'p1' });
    await eventually(async () =>
      assert.deepEqual(await seen(), [
        [2, true, 'web:2'],
        [1, false, 'web:1'],
      ]),
    );
    const { changes, to } = (await must('bob', 'GET', `${at}/revisions/1/diff`)) as never as Record<string, unknown>;
    assert.deepEqual(
      [changes, to],
      [[{ path: '/spec/containers/0/image', before: 'web:1', after: 'web:2' }], undefined],
    );
    assert.deepEqual((await must('bob', 'GET', `${at}/revisions/2/diff?to=2`))['changes'], []);
    const older = `/kapis/resources.kubesphere.io/v1alpha2/namespaces/p1/${resource}/${name}/revisions`;
    const keeper = await must('bob', 'GET', `${older}/1`);
    assert.ok((keeper['metadata'] as { name: string }).name.startsWith(name));
    for (const [target, status] of [
      [`${at}/revisions/9/diff`, 404],
      [`${at}/revisions/x/diff`, 400],
      [`${older}/7`, 404],
      [`${at}x/revisions`, 404],
    ] as const)
      assert.equal((await call('bob', 'GET', target)).status, status, target);

    assert.equal((await call('bob', 'POST', `${at}/rollback`, {})).status, 403);
    const back = (await must('ann', 'POST', `${at}/rollback`, {})) as never as Workload;
    assert.equal(back.spec.template.spec.containers[0]!.image, 'web:1');
    await eventually(async () => assert.deepEqual((await seen())[0], [3, true, 'web:1']));
    await must('ann', 'POST', `${at}/rollback`, { revision: 3 });
    assert.equal((await call('ann', 'POST', `${at}/rollback`, { revision: 77 })).status, 404);

    assert.equal((await call('bob', 'POST', `${at}/restart`)).status, 403);
    const again = (await must('ann', 'POST', `${at}/restart`)) as never as Workload;
    assert.match(again.spec.template.metadata.annotations!['kubectl.kubernetes.io/restartedAt']!, /^\d{4}-/);
    if (resource === 'daemonsets') return;
    assert.equal((await call('bob', 'PUT', `${at}/scale`, { replicas: 3 })).status, 403);
    await must('ann', 'PUT', `${at}/scale`, { replicas: 3 });
    const now = await cluster.client.get<Workload>(resources[resource], name, { namespace: 'p1' });
    assert.equal(now.spec.replicas, 3);
    assert.equal((await call('ann', 'PUT', `${at}/scale`, { replicas: -1 })).status, 400);
  });

test('a Job runs again, and remembers how it went before', async () => {
  const job = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'once', namespace: 'p1' },
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'x' }] } } },
  } as KubeObject;
  await cluster.client.create(resources.jobs, job);
  const look = () => cluster.client.get<Job>(resources.jobs, 'once', { namespace: 'p1' });
  const runs = async () =>
    Object.values(
      JSON.parse((await look()).metadata.annotations!['revisions']!) as Record<string, { status: string }>,
    ).map(({ status }) => status);
  await eventually(async () => assert.deepEqual(await runs(), ['running']));
  const target = '/kapis/operations.kubesphere.io/v1alpha2/namespaces/p1/jobs/once';
  const before = await look();
  assert.equal((await call('bob', 'POST', `${target}?action=rerun`)).status, 403);
  assert.equal((await call('ann', 'POST', `${target}?action=dance`)).status, 400);
  assert.equal((await call('ann', 'POST', `${target}?action=rerun&resourceVersion=1`)).status, 409);
  assert.deepEqual(await must('ann', 'POST', `${target}?action=rerun`), { message: 'success' });
  const after = await look();
  assert.notEqual(after.metadata.uid, before.metadata.uid);
  await eventually(async () => assert.deepEqual(await runs(), ['unfinished', 'running']));
  assert.equal((await call('ann', 'POST', `${target}x?action=rerun`)).status, 404);
});

test('a CronJob is paused, goes on, and runs when one asks for it', async () => {
  await cluster.client.create(resources.cronjobs, {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'nightly', namespace: 'p1' },
    spec: {
      schedule: '0 0 29 2 *',
      jobTemplate: {
        metadata: { labels: { of: 'nightly' } },
        spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'x' }] } } },
      },
    },
  } as never);
  const at = `${own}/namespaces/p1/cronjobs/nightly`;
  const suspended = async (suspend: boolean) =>
    ((await must('ann', 'PUT', `${at}/suspend`, { suspend }))['spec'] as { suspend: boolean }).suspend;
  assert.deepEqual([await suspended(true), await suspended(false)], [true, false]);
  const { metadata } = (await must('ann', 'POST', `${at}/run`)) as never as KubeObject;
  assert.match(metadata.name!, /^nightly-[0-9a-f]{8}$/);
  assert.deepEqual([metadata.labels!['of'], metadata.ownerReferences![0]!.name], ['nightly', 'nightly']);
  for (const [method, path] of [
    ['PUT', 'suspend'],
    ['POST', 'run'],
  ] as const)
    assert.equal(
      (await call('bob', method, `${at}/${path}`, method === 'PUT' ? { suspend: true } : undefined)).status,
      403,
    );
});

test('a node is drained as far as budgets let it; it can be told how far, and stopped', async () => {
  await cluster.client.create(resources.nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } });
  const named = async (name: string, labels: Record<string, string>, metadata: object) =>
    cluster.client.create(resources.pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'p1', labels, ...metadata },
      spec: { nodeName: 'n1', terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: 'x' }] },
    } as never);
  await named('alone', {}, {});
  await named('kept', { app: 'kept' }, {});
  await cluster.client.patch(
    resources.pods,
    'kept',
    'merge',
    { status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] } },
    { namespace: 'p1', subresource: 'status' },
  );
  await cluster.client.create(resources.poddisruptionbudgets, {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'kept', namespace: 'p1' },
    spec: { maxUnavailable: 0, selector: { matchLabels: { app: 'kept' } } },
  } as never);
  const at = `${own}/nodes/n1`;
  assert.equal((await call('ann', 'POST', `${at}/drain`, { force: true })).status, 403);
  assert.equal((await call('ann', 'PUT', `${at}/cordon`, { cordoned: true })).status, 403);
  assert.equal((await call('admin', 'GET', `${at}/drain`)).status, 404);
  const refused = await call('admin', 'POST', `${at}/drain`, {});
  assert.deepEqual([refused.status, /p1\/alone, p1\/kept/.test(refused.text)], [422, true]);
  const node = async () =>
    (await cluster.client.get<KubeObject & { spec?: { unschedulable?: boolean } }>(resources.nodes, 'n1')).spec;
  assert.notEqual((await node())?.unschedulable, true, 'what cannot be drained is left as it is');

  const begun = await call('admin', 'POST', `${at}/drain`, { force: true, gracePeriodSeconds: 0 });
  assert.deepEqual([begun.status, begun.body['state'], begun.body['user']], [202, 'Running', 'admin']);
  assert.equal((await node())?.unschedulable, true);
  assert.equal((await call('admin', 'POST', `${at}/drain`, { force: true })).status, 409);
  const states = async () => {
    const { pods: all } = (await must('admin', 'GET', `${at}/drain`)) as never as {
      pods: { name: string; state: string }[];
    };
    return all.map(({ name, state }) => `${name} ${state}`).toSorted();
  };
  await eventually(async () => assert.deepEqual(await states(), ['alone Gone', 'kept Blocked']));
  assert.deepEqual((await must('admin', 'DELETE', `${at}/drain`))['state'], 'Cancelled');
  assert.equal((await call('admin', 'DELETE', `${at}/drain`)).status, 409);
  assert.equal((await cluster.client.get(resources.pods, 'kept', { namespace: 'p1' })).metadata.name, 'kept');

  await cluster.client.delete(resources.poddisruptionbudgets, 'kept', { namespace: 'p1' });
  await must('admin', 'POST', `${at}/drain`, { force: true, gracePeriodSeconds: 0 });
  await eventually(async () => assert.equal((await must('admin', 'GET', `${at}/drain`))['state'], 'Done'));
  await must('admin', 'PUT', `${at}/cordon`, { cordoned: false });
  assert.notEqual((await node())?.unschedulable, true);
});
