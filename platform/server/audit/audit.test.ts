/** The trail on a whole platform: who did what, who sees it, what proves it, what comes after a restart. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { platformResources, systemNamespace } from '@orrery/platform-kinds';
import type { AuditEvent } from '@orrery/platform-contract/features';
import { eventually, iam, password, startPeople, type People } from '../testing/people.ts';
import { startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';
import { segmentLabel } from './objects.ts';
import type { AuditRule } from './rules/policy.ts';

const path = '/kapis/tenant.kubesphere.io/v1alpha2/auditing/events';
const proof = '/kapis/auditing.orrery.io/v1alpha1/verification';
const take = '/kapis/auditing.orrery.io/v1alpha1/events';
const webhookToken = 'a-token-of-the-webhook-0001';

let cluster: TestCluster;
let platform: TestPlatform;
let people: People;

interface Found {
  readonly total: number;
  readonly records: AuditEvent[];
}

async function search(who: string, query = 'size=1000'): Promise<Found> {
  return (await people.done(who, 'GET', `${path}?${query}`))['query'] as Found;
}
const lines = ({ records }: Found): string[] =>
  records.map(({ user, verb, objectRef, responseStatus }) =>
    [user.username, verb, objectRef?.resource, objectRef?.name, responseStatus?.code].join(' '),
  );

before(async () => {
  cluster = await startCluster();
  platform = await startPlatform(cluster);
  people = await startPeople(platform);
  for (const name of ['ann', 'bob', 'eve']) await people.create(name);
  await people.workspace('w1', 'ann');
  await people.workspace('w2', 'eve');
  await people.project('ann', 'w1', 'p1');
  await people.project('ann', 'w1', 'p2');
  await people.project('eve', 'w2', 'q1');
  await people.invite('ann', 'w1', 'bob', 'w1-regular');
  await people.done('ann', 'POST', `${iam}/namespaces/p1/members`, [{ username: 'bob', roleRef: 'operator' }]);
  await eventually('bob may write in p1', async () => {
    const made = await people.as('bob', 'POST', '/api/v1/namespaces/p1/configmaps', { metadata: { name: 'settings' } });
    return made.status === 201 || made.status === 409;
  });
  await people.done('ann', 'POST', '/api/v1/namespaces/p2/secrets', {
    metadata: { name: 'key' },
    stringData: { word: 'open-sesame' },
  });
  assert.equal(await people.status('bob', 'DELETE', '/api/v1/namespaces/p1/configmaps/settings'), 200);
  assert.equal(await people.status('eve', 'DELETE', '/api/v1/namespaces/p1/configmaps/settings'), 403);
  assert.equal(
    await people.status('eve', 'POST', '/api/v1/namespaces/q1/configmaps', { metadata: { name: 'own' } }),
    201,
  );
});
after(async () => {
  await platform.close();
  await cluster.close();
});

test('who changed what is found, with his address, his client and the answer; who only looked is not', async () => {
  const { records } = await search('admin', 'objectref_name_filter=settings&verb_filter=delete&user_filter=bob');
  assert.equal(records.length, 1);
  const [{ verb, user, objectRef, responseStatus, userAgent, Workspace, Cluster }] = records as [AuditEvent];
  assert.deepEqual(
    { verb, user: user.username, objectRef, code: responseStatus?.code, userAgent, Workspace, Cluster },
    {
      verb: 'delete',
      user: 'bob',
      objectRef: { resource: 'configmaps', namespace: 'p1', name: 'settings', apiVersion: 'v1' },
      code: 200,
      userAgent: 'test/1',
      Workspace: 'w1',
      Cluster: 'host',
    },
  );
  assert.deepEqual((await search('admin', 'verb_filter=get,list,watch')).records, []);
});

test('what was made by the native API is told by its name, given or generated; what was refused by the name that was wished', async () => {
  const target = '/api/v1/namespaces/p1/configmaps';
  const made = (await people.done('ann', 'POST', target, { metadata: { generateName: 'made-' } })) as unknown as {
    metadata: { name: string };
  };
  assert.equal(await people.status('ann', 'POST', target, { metadata: { name: made.metadata.name } }), 409);
  assert.equal(await people.status('eve', 'POST', target, { metadata: { name: 'mine' } }), 403);
  const all = lines(await search('admin', 'verb_filter=create&objectref_resource_filter=configmaps&size=1000'));
  for (const expected of [
    'bob create configmaps settings 201',
    `ann create configmaps ${made.metadata.name} 201`,
    `ann create configmaps ${made.metadata.name} 409`,
    'eve create configmaps mine 403',
  ])
    assert.ok(all.includes(expected), `${expected}: ${all.join(', ')}`);
});

test('what was refused is there, with who was refused; log-ins and log-outs too', async () => {
  const all = lines(await search('admin'));
  assert.ok(all.includes('eve delete configmaps settings 403'), all.join('\n'));
  assert.ok(all.includes('bob login users bob 200'));
  const wrong = {
    grant_type: 'password',
    client_id: 'kubesphere',
    client_secret: 'kubesphere',
    username: 'bob',
    password: 'wrong-Passw0rd',
  };
  assert.notEqual((await platform.call('POST', '/oauth/token', { form: wrong, from: '192.0.2.77' })).status, 200);
  const [failed] = (
    await search('admin', 'verb_filter=login&response_status_filter=Failure&source_ip_search=192.0.2.7')
  ).records;
  assert.equal(failed?.user.username, 'bob');
  const token = await platform.logIn('eve', password);
  await platform.call('GET', '/oauth/logout', { token });
  assert.equal((await search('admin', 'verb_filter=logout&user_filter=eve')).total, 1);
  await people.moveTo(platform);
});

test('P2 records, numbers and statistics are of what one may see: other workspaces and projects leave no trace', async () => {
  const seen = await search('eve');
  assert.ok(seen.records.length > 0);
  for (const { Workspace } of seen.records) assert.equal(Workspace, 'w2');
  assert.equal(seen.total, seen.records.length);
  const ofBob = await search('bob');
  assert.ok(ofBob.total > 0);
  for (const { objectRef, Workspace } of ofBob.records)
    assert.deepEqual([objectRef?.namespace, Workspace], ['p1', 'w1']);
  const ofAnn = new Set((await search('ann')).records.map(({ Workspace }) => Workspace));
  assert.deepEqual([...ofAnn], ['w1']);
  const numbers = async (who: string, query: string) => people.done(who, 'GET', `${path}?${query}`);
  const none = { statistics: { resources: 0, events: 0 } };
  assert.deepEqual(await numbers('eve', 'operation=statistics&workspace_filter=w1'), none);
  assert.deepEqual(await numbers('bob', 'operation=statistics&objectref_namespace_search=p2'), none);
  const empty = { histogram: { total: 0, buckets: [] } };
  assert.deepEqual(await numbers('eve', 'operation=histogram&objectref_name_search=settings'), empty);
});

test('P2 a name that was somebody else’s before shows nothing of the time before', async () => {
  const old = await search('admin', 'workspace_filter=w2&size=1');
  assert.ok(old.total > 0);
  await people.create('new');
  // The record is older than the workspace that has the name now.
  const stored = await cluster.client.list<KubeObject>({
    group: 'tenant.kubesphere.io',
    version: 'v1beta1',
    resource: 'workspacetemplates',
  });
  assert.ok(stored.items.some(({ metadata }) => metadata.name === 'w2'));
  const token = `Bearer ${webhookToken}`;
  await secret(cluster.client);
  const body = {
    kind: 'EventList',
    items: [
      {
        stage: 'ResponseComplete',
        verb: 'delete',
        auditID: 'old',
        user: { username: 'ghost' },
        objectRef: { resource: 'pods', namespace: 'p1', name: 'ancient' },
        requestReceivedTimestamp: '2020-01-01T00:00:00Z',
        stageTimestamp: '2020-01-01T00:00:00Z',
      },
    ],
  };
  assert.equal((await platform.call('POST', take, { body, headers: { authorization: token } })).status, 200);
  assert.equal((await search('admin', 'objectref_name_filter=ancient')).total, 1);
  for (const who of ['ann', 'bob']) assert.equal((await search(who, 'objectref_name_filter=ancient')).total, 0);
});

async function secret(client: Client): Promise<void> {
  await client.create(resources.secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'orrery-audit-webhook', namespace: systemNamespace },
    stringData: { token: webhookToken },
  } as KubeObject);
}

test('O1 the webhook takes records from the cluster alone, and nobody speaks there as the audit itself', async () => {
  const item = {
    stage: 'ResponseComplete',
    verb: 'lose-records',
    user: { username: 'orrery:audit' },
    objectRef: { resource: 'pods', namespace: 'q1', name: 'line\nbreak' },
    requestObject: { lost: 7 },
  };
  const list = { kind: 'EventList', items: [item] };
  for (const authorization of ['', 'Bearer ', 'Bearer wrong', `Basic ${webhookToken}`]) {
    const headers = { authorization };
    assert.equal((await platform.call('POST', take, { body: list, headers })).status, 401, authorization);
  }
  const headers = { authorization: `Bearer ${webhookToken}` };
  assert.equal((await platform.call('POST', take, { raw: '{"items":[]}', headers })).status, 400);
  assert.equal((await platform.call('POST', take, { body: list, headers })).status, 200);
  const [taken] = (await search('eve', 'objectref_name_search=break')).records;
  assert.equal(taken?.user.username, 'cluster:orrery:audit');
  assert.equal((await people.done('admin', 'GET', proof))['lost'], 0);
});

test('L7 nothing that is secret stands in a record, whatever the level', async () => {
  await cluster.client.create(resources.configmaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kubesphere-config', namespace: systemNamespace },
    data: { 'kubesphere.yaml': 'auditing:\n  level: RequestResponse\n' },
  } as KubeObject);
  const template = {
    metadata: { labels: { app: 'a' } },
    spec: { containers: [{ name: 'c', image: 'i:1', env: [{ name: 'DB_PASSWORD', value: 'hunter-22' }] }] },
  };
  const deployment = (name: string) => ({
    metadata: { name },
    spec: { selector: { matchLabels: { app: 'a' } }, template },
  });
  let made = 0;
  await eventually('bodies are recorded', async () => {
    await people.done('ann', 'POST', '/apis/apps/v1/namespaces/p2/deployments', deployment(`d${made++}`));
    const { records } = await search('ann', 'objectref_resource_filter=deployments&sort=desc&size=1');
    return records[0]?.responseObject !== undefined;
  });
  await people.done('ann', 'POST', '/api/v1/namespaces/p2/secrets', {
    metadata: { name: 'k2' },
    stringData: { word: 'open-sesame' },
  });
  await people.done('admin', 'POST', `${iam}/users`, {
    metadata: { name: 'zoe' },
    spec: { password: 'Zoe-Passw0rd-77' },
  });
  await people.status('ann', 'GET', '/api/v1/namespaces/q1/secrets?token=in-the-address');
  const text = JSON.stringify(await search('admin'));
  for (const word of ['hunter-22', 'open-sesame', 'Zoe-Passw0rd-77', 'in-the-address', password, webhookToken])
    assert.ok(!text.includes(word), word);
  const [last] = (await search('admin', 'objectref_name_filter=zoe&verb_filter=create')).records;
  assert.deepEqual((last?.requestObject as { spec?: unknown })?.spec, { password: '[omitted]' });
});

test('rules say what is kept and what is alerted of; their objects are told what became of them', async () => {
  const ruleOf = (type: string, condition: string, more: object = {}) => ({
    apiVersion: 'auditing.kubesphere.io/v1alpha1',
    kind: 'Rule',
    metadata: { name: `${type}-rule`, namespace: systemNamespace, labels: { type } },
    spec: {
      rules: [{ name: `${type} of a test`, type: 'rule', condition, enable: true, priority: 'WARNING', ...more }],
    },
  });
  const put = (rule: object) => cluster.client.create(platformResources.auditRules, rule as KubeObject);
  const state = async (name: string) => {
    const rule = await cluster.client.get<AuditRule>(platformResources.auditRules, name, {
      namespace: systemNamespace,
    });
    return rule.status;
  };
  const output = '${User.Username} made ${ObjectRef.Resource}';
  await put(ruleOf('alerting', 'ObjectRef.Resource = "services" and Verb = "create"', { output }));
  await put(ruleOf('archiving', 'ObjectRef.Resource = "services"'));
  for (const name of ['alerting-rule', 'archiving-rule'])
    await eventually(`${name} is accepted`, async () => (await state(name))?.state === 'Accepted');
  const make = (resource: string, name: string, more: object = {}) =>
    people.done('ann', 'POST', `/api/v1/namespaces/p1/${resource}`, { metadata: { name }, ...more });
  const ofMaps = async () => (await search('admin', 'objectref_resource_filter=configmaps&verb_filter=create')).total;
  const before = await ofMaps();
  await make('configmaps', 'unheard');
  await make('services', 'heard', { spec: { ports: [{ port: 80 }] } });
  const found = await search('admin', 'objectref_resource_filter=services');
  assert.equal(found.total, 1);
  assert.match(found.records[0]!.annotations!['auditing.kubesphere.io/alerts']!, /"output":"ann made services"/);
  assert.equal(await ofMaps(), before);
  const slip = ruleOf('archiving', 'Verb is "create"');
  await put({ ...slip, metadata: { ...slip.metadata, name: 'typo' } });
  await eventually('a slip is told in words', async () =>
    /rules\[0\] \(archiving of a test\): /.test((await state('typo'))?.message ?? ''),
  );
  await make('configmaps', 'kept-again');
  assert.equal(await ofMaps(), before + 1);
  for (const name of ['archiving-rule', 'alerting-rule', 'typo'])
    await cluster.client.delete(platformResources.auditRules, name, { namespace: systemNamespace });
});

test('after a restart everything is there, and chains hold; whoever changes one record is found', async () => {
  const before = await search('admin');
  await platform.close();
  platform = await startPlatform(cluster);
  await people.moveTo(platform);
  const now = new Set((await search('admin')).records.map(({ auditID }) => auditID));
  for (const { auditID } of before.records) assert.ok(now.has(auditID), auditID);
  const whole = await people.done('admin', 'GET', proof);
  assert.deepEqual([whole['intact'], (whole['chains'] as unknown[]).length, whole['problem']], [true, 2, undefined]);
  assert.equal(await people.status('ann', 'GET', proof), 403);
  const segments = await cluster.client.list<KubeObject>(resources.secrets, {
    namespace: systemNamespace,
    labelSelector: `${segmentLabel}=segment`,
  });
  const oldest = segments.items.map(({ metadata }) => metadata.name!).toSorted()[0]!;
  await cluster.client.delete(resources.secrets, oldest, { namespace: systemNamespace });
  const broken = await people.done('admin', 'GET', proof);
  assert.equal(broken['intact'], false);
});

test('switched off, nothing is recorded and nothing is asked for', async () => {
  const without = await startPlatform(cluster, { off: ['audit'] });
  try {
    const token = await without.logIn('admin', password);
    assert.equal((await without.call('GET', path, { token })).status, 404);
  } finally {
    await without.close();
  }
});
