/** Figures of the platform: what is counted, and what never stands in them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { becomes, startPeople, tenant, type People } from '../testing/people.ts';
import { startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';

let cluster: TestCluster;
let platform: TestPlatform;
let people: People;

before(async () => {
  cluster = await startCluster();
  platform = await startPlatform(cluster);
  people = await startPeople(platform);
  await people.create('someone-secret');
  await people.workspace('place-secret', 'someone-secret');
});
after(async () => {
  await platform.close();
  await cluster.close();
});

const read = async (path = '/metrics') => (await platform.call('GET', path)).text;

/** The value of a series; undefined where there is none. */
const valueOf = async (series: string): Promise<number | undefined> => {
  const line = (await read()).split('\n').find(text => text.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
};

test('requests are counted and timed by verb, group, version, resource and code, as in KubeSphere', async () => {
  const labels = 'verb="list",group="tenant.kubesphere.io",version="v1beta1",resource="workspaces"';
  const before = (await valueOf(`ks_server_request_total{${labels},code="200"}`)) ?? 0;
  assert.equal(await people.status('admin', 'GET', `${tenant}/workspaces`), 200);
  await becomes(() => valueOf(`ks_server_request_total{${labels},code="200"}`), before + 1);
  assert.ok(((await valueOf(`ks_server_request_duration_seconds_count{${labels}}`)) ?? 0) > before);
  assert.equal(await people.status('admin', 'GET', '/api/v1/pods'), 200);
  const native = 'verb="list",group="",version="v1",resource="pods",code="200"';
  await becomes(async () => (await valueOf(`ks_server_request_total{${native}}`)) !== undefined, true);
});

test('what nobody knows makes no series: anybody could make any number', async () => {
  for (const path of ['/apis/made.up/v7/things', '/kapis/made.up/v7/things', '/made-up', '/api/v1/madeups'])
    await people.status('someone-secret', 'GET', path);
  assert.doesNotMatch(await read(), /made.?up|v7/);
});

test('log-ins, builds, features and the process are told', async () => {
  await assert.rejects(platform.logIn('someone-secret', 'wrong-Passw0rd'));
  const text = await read();
  assert.match(text, /orrery_login_total\{type="[A-Za-z]+",result="success"\} [1-9]/);
  assert.match(text, /orrery_login_total\{type="[A-Za-z]+",result="failure"\} [1-9]/);
  assert.match(text, /kubernetes_build_info\{git_version="v[^"]+"\} 1/);
  assert.match(text, /orrery_feature_on\{name="tenancy"\} 1/);
  assert.match(text, /controller_runtime_reconcile_total\{controller="[-a-z]+",result="success"\} \d/);
  for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'process_start_time_seconds'])
    assert.ok((await valueOf(`${name}{}`))! > 0, name);
  await becomes(async () => ((await valueOf('orrery_audit_records_total{}')) ?? 0) > 0, true);
});

test('P2 no label holds a name of a person, a workspace or a project', async () => {
  assert.equal(await people.status('admin', 'GET', `${tenant}/workspaces/place-secret`), 200);
  assert.equal(
    await people.status('admin', 'GET', '/apis/rbac.authorization.k8s.io/v1/namespaces/none-secret/roles'),
    200,
  );
  assert.doesNotMatch(await read(), /secret"/);
  for (const line of (await read()).split('\n').filter(text => text !== ''))
    assert.match(line, /^(# (HELP|TYPE) [a-z_]+ .*|[a-z_]+\{([a-z_]+="[^"]*",?)*\} [-+.e\d]+)$/);
});

test('it is for whoever asks, at the paths of both generations, in the form that scrapers expect', async () => {
  for (const path of ['/metrics', '/kapis/metrics']) {
    const { status, headers } = await platform.call('GET', path);
    assert.deepEqual([status, headers['content-type']], [200, 'text/plain; version=0.0.4; charset=utf-8']);
  }
});
