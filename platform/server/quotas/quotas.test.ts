import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import type { Handler } from '@orrery/http';
import { serve, type HttpServer } from '@orrery/http/node';
import { createAuthority } from '@orrery/http/testing/certificates';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import type { KubeObject } from '@orrery/machinery/meta';
import { platformResources, type WorkspaceQuota } from '@orrery/platform-kinds';
import { eventually, startPeople, tenant, type People } from '../testing/people.ts';
import { startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';
import { configurationName, configurations, webhookConfiguration } from './admission.ts';
import type { AdmissionPlace } from '../install/admission.ts';
import { growth, kindsOf, lacking, read, scopeProblem, unknownNames, unsaid, usageIn, written } from './usage.ts';

const hard = { 'requests.cpu': '2', pods: '3', 'count/deployments.apps': '1' };
test('a quota is about the kinds that it names', () => {
  assert.deepEqual(
    kindsOf(hard).map(({ resource }) => resource),
    ['pods', 'deployments'],
  );
  assert.deepEqual(unknownNames({ ...hard, 'count/dragons.example.com': '1' }), ['count/dragons.example.com']);
});

const rooms: [string, Record<string, string>, Record<string, string>, string[]][] = [
  ['there is room to the last bit', { 'requests.cpu': '1500m', pods: '2' }, { 'requests.cpu': '500m', pods: '1' }, []],
  ['a thousandth too much', { 'requests.cpu': '1500m' }, { 'requests.cpu': '501m' }, ['requests.cpu']],
  ['too much of two', { 'requests.cpu': '2', pods: '3' }, { 'requests.cpu': '1', pods: '1' }, ['pods', 'requests.cpu']],
  ['nothing wanted of what is full', { pods: '3' }, { 'requests.cpu': '1' }, []],
];
for (const [what, used, wanted, expected] of rooms)
  test(`room: ${what}`, () => assert.deepEqual(lacking(hard, read(used), read(wanted)), expected));

test('an object that grows asks for the difference, one that shrinks for nothing; silence is told', () => {
  const more = growth(read({ 'requests.cpu': '1', pods: '1' }), read({ 'requests.cpu': '1500m', pods: '1' }));
  assert.deepEqual(written({ 'requests.cpu': '2' }, more), { 'requests.cpu': '500m' });
  assert.equal(growth(read({ pods: '2' }), read({ pods: '1' })).size, 0);
  assert.deepEqual(unsaid(hard, read({ pods: '1' })), ['requests.cpu']);
});

const pod = (spec: object): KubeObject =>
  ({ metadata: { name: 'p' }, spec: { containers: [{ name: 'c', ...spec }] } }) as unknown as KubeObject;
const podKind = { group: '', version: 'v1', resource: 'pods' };
const [best, burst] = [pod({}), pod({ resources: { requests: { cpu: '1' } } })];
const scoped: [string, object, [boolean, boolean]][] = [
  ['no scope', {}, [true, true]],
  ['what asks for nothing', { scopes: ['BestEffort'] }, [true, false]],
  ['what asks for something', { scopes: ['NotBestEffort'] }, [false, true]],
  ['what has an end', { scopes: ['Terminating'] }, [false, false]],
  [
    'a class',
    { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }] } },
    [false, false],
  ],
];
for (const [what, scopes, expected] of scoped)
  test(`a quota with scopes counts ${what}`, () => {
    const limited = quotaOf('w', { pods: '1' });
    const one = { ...limited, spec: { ...limited.spec, quota: { hard: { pods: '1' }, ...scopes } } };
    assert.deepEqual(
      [best, burst].map(object => usageIn(one, podKind, object, 0).size > 0),
      expected,
    );
  });

const scopeProblems: [string, object, string | undefined][] = [
  ['nothing', { hard: { configmaps: '1' } }, undefined],
  ['pods', { hard: { pods: '1', 'requests.cpu': '1' }, scopes: ['NotBestEffort'] }, undefined],
  ['a scope that there is not', { hard: { pods: '1' }, scopes: ['Sometimes'] }, 'spec.quota.scopes'],
  ['what is no pod', { hard: { services: '1' }, scopes: ['Terminating'] }, 'spec.quota.hard[services]'],
  ['amounts of what asks for none', { hard: { cpu: '1' }, scopes: ['BestEffort'] }, 'spec.quota.hard[cpu]'],
];
for (const [what, limits, field] of scopeProblems)
  test(`scopes over ${what}: ${field ?? 'fine'}`, () => {
    const limited = quotaOf('w', {});
    assert.equal(scopeProblem({ ...limited, spec: { ...limited.spec, quota: limits } })?.field, field);
  });

test('the cluster asks at an address, or by a Service that leads to the platform', () => {
  const of = (place: AdmissionPlace) => {
    const made = webhookConfiguration([quotaOf('w1', { pods: '1' })], place, '/admission/x');
    return (made as never as { webhooks: { clientConfig: object }[] }).webhooks[0]!.clientConfig;
  };
  const caBundle = Buffer.from('CA').toString('base64');
  assert.deepEqual(of({ url: 'https://platform.test:30880', certificateAuthority: 'CA' }), {
    url: 'https://platform.test:30880/admission/x',
    caBundle,
  });
  const service = { namespace: 'kubesphere-system', name: 'orrery-platform', port: 443 };
  assert.deepEqual(of({ service, certificateAuthority: 'CA' }), {
    service: { ...service, path: '/admission/x' },
    caBundle,
  });
});

function quotaOf(workspace: string, limits: Record<string, string>): WorkspaceQuota {
  return {
    metadata: { name: workspace },
    spec: { selector: { 'kubesphere.io/workspace': workspace }, quota: { hard: limits } },
  };
}
test('the cluster asks about projects of workspaces with quotas alone, and about what those count', () => {
  const place = { url: 'https://platform.test', certificateAuthority: 'CA' };
  assert.equal(webhookConfiguration([], place, '/x'), undefined);
  const { webhooks } = webhookConfiguration(
    [quotaOf('w2', { pods: '1' }), quotaOf('w1', { configmaps: '1' })],
    place,
    '/x',
  ) as never as {
    webhooks: {
      namespaceSelector: { matchExpressions: object[] };
      rules: { resources: string[] }[];
      failurePolicy: string;
    }[];
  };
  assert.deepEqual(webhooks[0]!.namespaceSelector.matchExpressions, [
    { key: 'kubesphere.io/workspace', operator: 'In', values: ['w1', 'w2'] },
  ]);
  assert.deepEqual(
    webhooks[0]!.rules.flatMap(({ resources }) => resources),
    ['pods', 'pods/resize', 'configmaps'],
  );
  assert.equal(webhooks[0]!.failurePolicy, 'Fail');
});

let cluster: TestCluster;
let platform: TestPlatform;
let people: People;
let server: HttpServer;
let current: Handler | undefined;
const all = `${tenant}/workspaces/w1/resourcequotas`;
const quota = (limits: Record<string, string>) => ({ metadata: { name: 'w1' }, spec: { quota: { hard: limits } } });
const used = async () =>
  (await cluster.client.get<WorkspaceQuota>(platformResources.workspaceQuotas, 'w1')).status?.total?.used;
const makes = (project: string, name: string, who = 'ann') =>
  people.as(who, 'POST', `/api/v1/namespaces/${project}/configmaps`, { metadata: { name } });
const asked = async () =>
  (await cluster.client.list<KubeObject>(configurations)).items.some(
    ({ metadata }) => metadata.name === configurationName,
  );

before(async () => {
  // Somebody else's cluster: reached over a socket with a token, and it reaches the platform by TLS.
  cluster = await startCluster({ remote: true });
  const authority = await createAuthority();
  const tls = await authority.issue('platform');
  const handler: Handler = async request => (current ? current(request) : { status: 503, headers: {} });
  server = await serve({ handler, tls, host: '127.0.0.1', port: 0, clock: systemClock, log: silentLog });
  const admission = { url: `https://127.0.0.1:${server.port}`, certificateAuthority: authority.cert };
  platform = await startPlatform(cluster, { admission });
  current = platform.handler;
  people = await startPeople(platform);
  for (const name of ['ann', 'dan']) await people.create(name);
  await people.workspace('w1', 'ann');
  await people.workspace('w2', 'dan');
  for (const name of ['p1', 'p2']) await people.project('ann', 'w1', name);
  await people.project('dan', 'w2', 'p9');
});
after(async () => {
  await platform.close();
  await server.close();
  await cluster.close();
});

test('who is limited sees the limit, and does not set it', async () => {
  const body = quota({ configmaps: '4' });
  assert.equal(await people.status('ann', 'POST', all, body), 403);
  assert.equal(await people.status('admin', 'POST', all, quota({ 'count/dragons.example.com': '1' })), 422);
  assert.equal(
    await people.status('admin', 'POST', all, quota({ configmaps: 'many' })),
    422,
    'the cluster checks amounts',
  );
  await people.done('admin', 'POST', all, body);
  assert.equal(await people.status('ann', 'GET', `${all}/w1`), 200);
  assert.equal(await people.status('ann', 'PUT', `${all}/w1`, quota({ configmaps: '100' })), 403);
  assert.equal(await people.status('ann', 'DELETE', `${all}/w1`), 403);
  assert.equal(await people.status('dan', 'GET', `${all}/w1`), 403);
  assert.equal(await people.status('dan', 'GET', `${all.replace('w1', 'w2')}/w1`), 404);
  assert.equal(
    await people.status('ann', 'GET', '/apis/quota.kubesphere.io/v1alpha2/resourcequotas'),
    403,
    'nor natively',
  );
  await eventually('what is used is told', async () => (await used())?.['configmaps'] !== undefined);
  await eventually('the cluster asks', asked);
});

test('the limit holds over all projects together, however many ask at once', async () => {
  const before = Number((await used())!['configmaps']);
  await people.done('admin', 'PUT', `${all}/w1`, quota({ configmaps: String(before) }));
  // The server of the cluster follows its configurations a moment later.
  await eventually('the cluster asks', async () => {
    const probe = { metadata: { name: 'probe' } };
    return (await people.status('ann', 'POST', '/api/v1/namespaces/p1/configmaps?dryRun=All', probe)) === 403;
  });
  await people.done('admin', 'PUT', `${all}/w1`, quota({ configmaps: String(before + 3) }));
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) => makes(index % 2 === 0 ? 'p1' : 'p2', `c${index}`)),
  );
  const made = answers.filter(({ status }) => status === 201).length;
  assert.equal(made, 3, answers.map(({ status, text }) => `${status} ${text}`).join('\n'));
  const refused = answers.find(({ status }) => status !== 201)!;
  assert.equal(refused.status, 403);
  assert.match(
    refused.text,
    /exceeded quota: w1 of the workspace w1, requested: configmaps=1, used: configmaps=\d+, limited: configmaps=\d+/,
  );
  assert.equal((await makes('p9', 'free', 'dan')).status, 201, 'others are not asked about');
  assert.equal((await makes('p1', 'by-admin', 'admin')).status, 403, 'whoever asks');
});

test('what goes makes room; what is used is told per project', async () => {
  const { items } = await cluster.client.list<KubeObject>(resources.configmaps, { namespace: 'p1' });
  const own = items.filter(({ metadata }) => /^c\d$/.test(metadata.name!));
  for (const { metadata } of own)
    await people.done('ann', 'DELETE', `/api/v1/namespaces/p1/configmaps/${metadata.name}`);
  if (own.length === 0) await people.done('ann', 'DELETE', `/api/v1/namespaces/p2/configmaps/c1`);
  await eventually('there is room', async () => (await makes('p2', 'again')).status === 201);
  await eventually('the status agrees', async () => {
    const found = (await people.done('ann', 'GET', `${all}/w1`)) as never as WorkspaceQuota;
    const inProjects = found.status!.namespaces!.reduce((total, one) => total + Number(one.used!['configmaps']), 0);
    const real = await Promise.all(
      ['p1', 'p2'].map(
        async namespace => (await cluster.client.list(resources.configmaps, { namespace })).items.length,
      ),
    );
    return inProjects === real[0]! + real[1]! && Number(found.status!.total!.used!['configmaps']) === inProjects;
  });
});

test('a pod that says nothing of what is limited is refused', async () => {
  await people.done('admin', 'PUT', `${all}/w1`, quota({ 'requests.cpu': '1' }));
  const pod = (requests?: object) => ({
    metadata: { generateName: 'p-' },
    spec: { containers: [{ name: 'c', image: 'i', ...(requests && { resources: { requests } }) }] },
  });
  await people.done('ann', 'POST', '/api/v1/namespaces/p1/serviceaccounts', { metadata: { name: 'default' } });
  const post = (body: object) => people.as('ann', 'POST', '/api/v1/namespaces/p1/pods', body);
  await eventually('the cluster asks about pods', async () => {
    const answer = await people.as('ann', 'POST', '/api/v1/namespaces/p1/pods?dryRun=All', pod());
    return answer.status === 403 && /must specify requests.cpu/.test(answer.text);
  });
  assert.equal((await post(pod({ cpu: '700m' }))).status, 201);
  assert.equal((await post(pod({ cpu: '400m' }))).status, 403);
  assert.equal((await post(pod({ cpu: '300m' }))).status, 201);
});

test('a quota with a scope counts pods in it, and lets all others be', async () => {
  const scoped = { metadata: { name: 'w1' }, spec: { quota: { hard: { pods: '0' }, scopes: ['Terminating'] } } };
  await people.done('admin', 'PUT', `${all}/w1`, scoped);
  const post = (spec: object) =>
    people.status('ann', 'POST', '/api/v1/namespaces/p1/pods?dryRun=All', {
      metadata: { generateName: 's-' },
      spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
    });
  await eventually('what has an end is refused', async () => (await post({ activeDeadlineSeconds: 60 })) === 403);
  assert.equal(await post({}), 201);
  await eventually('nothing is counted of what has none', async () => (await used())?.['pods'] === '0');
});

test('nothing is limited to less than none, by routes and natively', async () => {
  for (const pods of ['-1', -1]) {
    const { status, text } = await people.as('admin', 'PUT', `${all}/w1`, {
      metadata: { name: 'w1' },
      spec: { quota: { hard: { pods } } },
    });
    assert.equal(status, 422);
    assert.match(text, /spec\.quota\.hard\[pods\]: must be greater than or equal to 0/);
  }
  const own = '/apis/quota.kubesphere.io/v1alpha2/resourcequotas/w1';
  assert.equal(await people.patch('admin', own, { spec: { quota: { hard: { pods: '-1' } } } }), 422);
});

test('nobody else is heard where the cluster asks, and without the platform only limited projects wait', async () => {
  const review = { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: { uid: 'u' } };
  for (const path of ['/admission/workspace-quotas', '/admission/x/workspace-quotas'])
    assert.equal((await platform.call('POST', path, { body: review })).status, 404, path);
  current = undefined;
  assert.equal(
    (
      await cluster.client.create<KubeObject>(resources.configmaps, {
        metadata: { name: 'free-2', namespace: 'p9' },
      } as never)
    ).metadata.name,
    'free-2',
  );
  const pod = {
    metadata: { name: 'x', namespace: 'p1' },
    spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu: '1m' } } }] },
  };
  await assert.rejects(cluster.client.create(resources.pods, pod as never), /quotas\.platform\.orrery\.io/);
  current = platform.handler;
  await people.done('admin', 'DELETE', `${all}/w1`);
  await eventually('the cluster asks no more', async () => !(await asked()));
});
