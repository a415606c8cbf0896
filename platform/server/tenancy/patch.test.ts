import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { reservedChange } from '../access/marks.ts';
import {
  firstPassword,
  startCluster,
  startPlatform,
  type TestCluster,
  type TestPlatform,
} from '../testing/platform.ts';

const iam = '/kapis/iam.kubesphere.io/v1beta1';
const tenant = '/kapis/tenant.kubesphere.io/v1beta1';
const password = 'Pa55word-long';
const mergePatch = { 'content-type': 'application/merge-patch+json' };

let cluster: TestCluster;
let platform: TestPlatform;
const tokens: Record<string, string> = {};

interface Shown {
  metadata: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: Record<string, unknown>;
  status?: Record<string, unknown>;
}
const call = (who: string, method: string, target: string, body?: unknown) =>
  platform.call(method, target, {
    token: tokens[who],
    body,
    ...(method === 'PATCH' && { headers: mergePatch }),
  });
async function ask(who: string, method: string, target: string, body?: unknown): Promise<Shown> {
  const answer = await call(who, method, target, body);
  assert.ok(answer.status < 300, `${method} ${target} ${answer.status} ${answer.text}`);
  return answer.body as unknown as Shown;
}

before(async () => {
  cluster = await startCluster();
  platform = await startPlatform(cluster);
  tokens['admin'] = await platform.logIn('admin', firstPassword);
  await ask('admin', 'PUT', `${iam}/users/admin/password`, { currentPassword: firstPassword, password });
  for (const name of ['owner', 'lead', 'viewer']) {
    await ask('admin', 'POST', `${iam}/users`, {
      metadata: { name, labels: { team: 'a' } },
      spec: { password, email: `${name}@example.com` },
    });
    tokens[name] = await platform.logIn(name, password);
  }
  const spec = { template: { spec: { manager: 'owner' } } };
  await ask('admin', 'POST', `${tenant}/workspaces`, { metadata: { name: 'w1', labels: { team: 'a' } }, spec });
  await ask('owner', 'POST', `${tenant}/workspaces/w1/namespaces`, { metadata: { name: 'p1', labels: { team: 'a' } } });
  for (const [username, roleRef] of [
    ['lead', 'admin'],
    ['viewer', 'viewer'],
  ] as const) {
    await ask('owner', 'POST', `${iam}/workspaces/w1/workspacemembers`, [{ username, roleRef: 'w1-regular' }]);
    await ask('owner', 'POST', `${iam}/namespaces/p1/namespacemembers`, [{ username, roleRef }]);
  }
});
after(async () => {
  await platform.close();
  await cluster.close();
});

test('for v1alpha3 a workspace is what is made of its template, to whom the template shows', async () => {
  type Made = Shown & { kind: string; items: (Shown & { metadata: { name: string } })[]; totalItems: number };
  const older = '/kapis/tenant.kubesphere.io/v1alpha3';
  const made = (await ask('owner', 'GET', `${older}/workspaces/w1`)) as Made;
  assert.deepEqual([made.kind, made.spec['manager']], ['Workspace', 'owner']);
  assert.equal(((await ask('owner', 'GET', `${older}/workspacetemplates/w1`)) as Made).kind, 'WorkspaceTemplate');
  for (const [who, names] of [
    ['owner', ['w1']],
    ['admin', ['w1', 'system-workspace']],
  ] as const) {
    const { items, totalItems } = (await ask(who, 'GET', `${older}/workspaces?sortBy=name`)) as Made;
    assert.deepEqual(
      items.map(({ metadata }) => metadata.name),
      names,
    );
    assert.equal(totalItems, names.length);
  }
  assert.deepEqual(
    [
      (await call('viewer', 'GET', `${older}/workspaces/system-workspace`)).status,
      (await call('admin', 'GET', `${older}/workspaces/nope`)).status,
    ],
    [403, 404],
  );
});

test('a workspace: a patch changes what it names, and null removes', async () => {
  const path = `${tenant}/workspaces/w1`;
  const { metadata, spec } = await ask('owner', 'PATCH', path, {
    metadata: { labels: { team: null, tier: 'gold' }, annotations: { 'kubesphere.io/alias-name': 'One' } },
    spec: { template: { spec: { networkIsolation: true } } },
  });
  assert.deepEqual(metadata.labels, { tier: 'gold' });
  assert.deepEqual(metadata.annotations, { 'kubesphere.io/alias-name': 'One', 'kubesphere.io/creator': 'admin' });
  assert.deepEqual(spec, { template: { spec: { manager: 'owner', networkIsolation: true } } });
  const creator = { metadata: { annotations: { 'kubesphere.io/creator': null } } };
  assert.equal((await ask('owner', 'PATCH', path, creator)).metadata.annotations!['kubesphere.io/creator'], 'admin');
  assert.equal((await call('viewer', 'PATCH', path, {})).status, 403);
  assert.equal(
    (await call('owner', 'PATCH', path, { spec: { template: { spec: { manager: 'nobody' } } } })).status,
    422,
  );
});

test('a project: its admin names and labels it, and cannot move it or loosen what holds it', async () => {
  const path = `${tenant}/workspaces/w1/namespaces/p1`;
  const { metadata } = await ask('lead', 'PATCH', path, {
    metadata: { labels: { team: null, tier: 'gold' }, annotations: { 'kubesphere.io/description': 'First' } },
  });
  assert.equal(metadata.labels!['team'], undefined);
  assert.equal(metadata.labels!['kubesphere.io/workspace'], 'w1');
  assert.equal(metadata.annotations!['kubesphere.io/description'], 'First');
  assert.equal(metadata.annotations!['kubesphere.io/creator'], 'owner');
  const put = await ask('owner', 'PUT', path, { metadata: { labels: { team: 'b' } } });
  assert.deepEqual([put.metadata.labels!['tier'], put.metadata.labels!['team']], ['gold', 'b']);
  for (const change of [
    { labels: { 'kubesphere.io/workspace': 'w2' } },
    { labels: { 'kubesphere.io/workspace': null } },
    { labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } },
    { annotations: { 'scheduler.alpha.kubernetes.io/node-selector': 'a=b' } },
  ]) {
    const refused = await call('lead', 'PATCH', path, { metadata: change });
    assert.equal(refused.status, 422, JSON.stringify(change));
    assert.match(refused.text, /only administrators of the cluster/);
  }
  const born = { metadata: { name: 'p2', labels: { 'pod-security.kubernetes.io/enforce': 'privileged' } } };
  assert.equal((await call('owner', 'POST', `${tenant}/workspaces/w1/namespaces`, born)).status, 422);
  assert.equal((await call('viewer', 'PATCH', path, {})).status, 403);
  assert.equal((await call('lead', 'PATCH', `${tenant}/workspaces/w2/namespaces/p1`, {})).status, 404);
  assert.equal((await call('lead', 'PATCH', '/api/v1/namespaces/p1', {})).status, 403, 'natively he has no such right');
  const byName = await ask('viewer', 'GET', `${tenant}/namespaces/p1`);
  assert.equal(byName.metadata.annotations!['kubesphere.io/description'], 'First');
  assert.equal(
    (await call('admin', 'GET', `${tenant}/workspaces/w1/namespaces/default`)).status,
    404,
    'no project of it',
  );
});

test('an account: a patch keeps what it does not name, and never touches password and name', async () => {
  const path = `${iam}/users/viewer`;
  const { metadata, spec, status } = await ask('admin', 'PATCH', path, {
    metadata: { name: 'other', labels: { team: null } },
    spec: { lang: 'zh', password: 'another-Passw0rd' },
  });
  assert.deepEqual(spec, { email: 'viewer@example.com', lang: 'zh' });
  assert.deepEqual([metadata.labels ?? {}, status!['state']], [{}, 'Active']);
  assert.ok(await platform.logIn('viewer', password));
  const disabled = await ask('admin', 'PATCH', path, { status: { state: 'Disabled' } });
  assert.equal(disabled.status!['state'], 'Disabled');
  await ask('admin', 'PATCH', path, { status: { state: 'Active' } });
  assert.equal((await call('lead', 'PATCH', `${iam}/users/lead`, {})).status, 403);
  const greater = { metadata: { annotations: { 'iam.kubesphere.io/globalrole': 'none' } } };
  assert.equal((await call('admin', 'PATCH', path, greater)).status, 422);
});

test('everybody keeps his own profile, and nothing beyond it', async () => {
  const mine = await ask('lead', 'PATCH', `${iam}/profile`, { lang: 'zh-CN', email: 'lead@example.org' });
  assert.deepEqual(mine.spec, { email: 'lead@example.org', lang: 'zh-CN' });
  assert.deepEqual((await ask('lead', 'GET', `${iam}/profile`)).spec, mine.spec);
  assert.equal((await call('lead', 'PATCH', `${iam}/profile`, { groups: ['system:masters'] })).status, 400);
  assert.equal((await call('lead', 'PATCH', `${iam}/profile`, { email: 'owner@example.com' })).status, 422);
  assert.equal((await call('lead', 'PATCH', `${iam}/profile`, { email: 'nonsense' })).status, 422);
  assert.ok(await platform.logIn('lead@example.org', password));
});

test('a patch is JSON that merges; other kinds of patches are refused', async () => {
  const patch = (type: string) =>
    platform.call('PATCH', `${iam}/profile`, { token: tokens['owner'], body: {}, headers: { 'content-type': type } });
  assert.equal((await patch('application/json')).status, 200);
  assert.equal((await patch('application/json-patch+json')).status, 415);
});

const marks: [string, Parameters<typeof reservedChange>, string | undefined][] = [
  ['nothing', [{}, {}], undefined],
  ['own labels', [{ labels: { a: '1' } }, { labels: { 'example.com/a': '2' } }], undefined],
  ['a reserved label that stays', [{ labels: { 'k8s.io/a': '1' } }, { labels: { 'k8s.io/a': '1' } }], undefined],
  ['a reserved label that goes', [{ labels: { 'k8s.io/a': '1' } }, {}], 'metadata.labels[k8s.io/a]'],
  ['a name that only ends alike', [{}, { labels: { 'notk8s.io/a': '1' } }], undefined],
  ['below a reserved domain', [{}, { annotations: { 'x.orrery.io/a': '1' } }], 'metadata.annotations[x.orrery.io/a]'],
  ['for people', [{}, { annotations: { 'kubesphere.io/alias-name': 'x' } }], undefined],
];
for (const [name, given, expected] of marks)
  test(`marks: ${name}`, () => assert.equal(reservedChange(...given), expected));
