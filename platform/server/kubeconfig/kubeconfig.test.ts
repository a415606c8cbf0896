/** A downloaded kubeconfig with real kubectl: the rights of the console, no more, no less, and no longer. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import type { Handler } from '@orrery/http';
import { serve, type HttpServer } from '@orrery/http/node';
import { createAuthority } from '@orrery/http/testing/certificates';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { parse } from 'yaml';
import { iam, password, startPeople, succeeds as eventually, tenant, type People } from '../testing/people.ts';
import { startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';
import { kubeconfigOf } from './document.ts';

const folder = mkdtempSync(join(tmpdir(), 'orrery-kubeconfig-'));
const pathOf = (user: string) => `/kapis/resources.kubesphere.io/v1alpha2/users/${user}/kubeconfig`;

let cluster: TestCluster;
let platform: TestPlatform;
let people: People;
let front: HttpServer;

before(async () => {
  cluster = await startCluster();
  const handler = Promise.withResolvers<Handler>();
  const authority = await createAuthority();
  front = await serve({
    tls: await authority.issue('platform'),
    handler: async request => (await handler.promise)(request),
    clock: systemClock,
    log: silentLog,
  });
  platform = await startPlatform(cluster, {
    issuer: `https://127.0.0.1:${front.port}`,
    settings: { certificateAuthority: authority.cert },
  });
  handler.resolve(platform.handler);
  people = await startPeople(platform);
  for (const name of ['ann', 'ben', 'cat']) await people.create(name);
  await people.workspace('w1', 'ann');
  await people.project('ann', 'w1', 'p1');
  await people.invite('ann', 'w1', 'ben', 'w1-regular');
  await people.done('ann', 'POST', `${iam}/namespaces/p1/members`, [{ username: 'ben', roleRef: 'viewer' }]);
  await people.done('ann', 'POST', '/api/v1/namespaces/p1/configmaps', { metadata: { name: 'c' } });
});
after(async () => {
  await front.close(0);
  await platform.close();
  await cluster.close();
  rmSync(folder, { recursive: true, force: true });
});

async function download(user: string): Promise<string> {
  const { status, text, headers } = await people.as(user, 'GET', pathOf(user));
  assert.equal(status, 200, text);
  assert.match(String(headers['content-disposition']), /kubeconfig-/);
  return text;
}

const tokenIn = (text: string): string =>
  (parse(text) as { users: { user: { token: string } }[] }).users[0]!.user.token;

let files = 0;
/** kubectl with this kubeconfig and nothing of this machine's. */
function kubectlWith(text: string) {
  const file = join(folder, `config-${files++}`);
  writeFileSync(file, text, { mode: 0o600 });
  return (...args: string[]): Promise<{ code: number; out: string }> =>
    new Promise(resolve =>
      execFile(
        'kubectl',
        args,
        { env: { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: file } },
        (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, out: `${stdout}${stderr}` }),
      ),
    );
}

const questions: { verb: string; resource: string; group?: string; namespace?: string }[] = [
  { verb: 'get', resource: 'pods', namespace: 'p1' },
  { verb: 'create', resource: 'deployments', group: 'apps', namespace: 'p1' },
  { verb: 'delete', resource: 'configmaps', namespace: 'p1' },
  { verb: 'create', resource: 'rolebindings', group: 'rbac.authorization.k8s.io', namespace: 'p1' },
  { verb: 'list', resource: 'nodes' },
];

test('kubectl is answered as the console is, whoever asks', async () => {
  for (const who of ['admin', 'ann', 'ben', 'cat']) {
    const kubectl = kubectlWith(await download(who));
    const { answers } = (await people.done(who, 'POST', `${iam}/accessreviews`, { questions })) as {
      answers?: { allowed: boolean }[];
    };
    const said = await Promise.all(
      questions.map(async ({ verb, resource, group, namespace }) => {
        const what = group ? `${resource}.${group}` : resource;
        const { out } = await kubectl('auth', 'can-i', verb, what, ...(namespace ? ['-n', namespace] : []));
        return /^yes$/m.test(out);
      }),
    );
    assert.deepEqual(
      said,
      answers!.map(({ allowed }) => allowed),
      who,
    );
  }
});

test('kubectl works with it in the cluster that it names, and knows its version', async () => {
  const kubectl = kubectlWith(await download('ann'));
  const made = await kubectl('create', 'configmap', 'by-kubectl', '-n', 'p1');
  assert.equal(made.code, 0, made.out);
  assert.match((await kubectl('get', 'configmaps', '-n', 'p1', '-o', 'name')).out, /configmap\/by-kubectl/);
  assert.match((await kubectl('get', '--raw', '/version')).out, /"gitVersion": ?"v1\.34/);
  assert.equal((await kubectl('config', 'current-context')).out.trim(), 'ann@host');
  const writers = cluster.audit.filter(
    ({ verb, requestURI }) => verb === 'create' && requestURI.includes('/p1/configmaps'),
  );
  assert.ok(
    writers.some(({ impersonatedUser }) => impersonatedUser?.username === 'ann'),
    'in the cluster’s records he stands himself',
  );
});

test('who is removed from a project is refused at once', async () => {
  const text = await download('ben');
  const kubectl = kubectlWith(text);
  assert.equal((await kubectl('get', 'configmaps', '-n', 'p1')).code, 0);
  await people.done('ann', 'DELETE', `${iam}/workspaces/w1/workspacemembers/ben`);
  const { code, out } = await kubectl('get', 'configmaps', '-n', 'p1');
  assert.equal(code, 1);
  assert.match(out, /Forbidden/);
});

const native = '/clusters/host/api/v1/namespaces';
const uses = async (token: string, target = `${native}/p1/configmaps`) =>
  (await platform.call('GET', target, { token })).status;

test('it opens the cluster’s API and nothing else, and is for oneself', async () => {
  const token = tokenIn(await download('ann'));
  assert.equal(await uses(token), 200);
  for (const target of [pathOf('ann'), `${iam}/users/ann`, `${tenant}/workspaces`, `${iam}/users/ann/sessions`])
    assert.equal(await uses(token, target), 403, target);
  assert.equal((await people.as('admin', 'GET', pathOf('ann'))).status, 403);
  assert.equal(await uses(`${token.slice(0, -1)}${token.endsWith('0') ? '1' : '0'}`), 401);
  const id = token.split('.')[1]!;
  assert.equal(await uses(`kubeconfig.${id}.`), 401);
  assert.equal(await uses(`kubeconfig.${id}.${'0'.repeat(64)}`), 401);
  assert.equal((await platform.call('GET', native, { headers: { cookie: `token=${token}` } })).status, 401);
});

test('a log-out leaves it; taking it back, another password, and the end of the account end it', async () => {
  const [first, second] = [tokenIn(await download('cat')), tokenIn(await download('cat'))];
  const mine = `${native}?limit=1`;
  const works = async (token: string) => (await uses(token, mine)) === 403;
  await platform.call('GET', '/oauth/logout', { token: await platform.logIn('cat', password) });
  await people.moveTo(platform);
  assert.deepEqual([await works(first), await works(second)], [true, true]);
  assert.equal(await people.status('ben', 'DELETE', pathOf('cat')), 403);
  await people.done('cat', 'DELETE', pathOf('cat'));
  assert.deepEqual([await uses(first, mine), await uses(second, mine)], [401, 401]);
  const third = tokenIn(await download('cat'));
  const spec = { currentPassword: password, password: 'An0ther-password' };
  await people.done('cat', 'PUT', `${iam}/users/cat/password`, spec);
  assert.equal(await uses(third, mine), 401);
  const fourth = tokenIn(await download('cat'));
  assert.ok(await works(fourth));
  await people.done('admin', 'DELETE', `${iam}/users/cat`);
  assert.equal(await uses(fourth, mine), 401);
});

test('pods are led where they reach the platform, or told that nobody knows where', async () => {
  const serverFor = async (platform: TestPlatform, whom: string): Promise<string> => {
    const token = await platform.logIn('ann', password);
    const { status, text } = await platform.call('GET', `${pathOf('ann')}?for=${whom}`, { token });
    if (status !== 200) return `${status} ${text}`;
    return (parse(text) as { clusters: { cluster: { server: string } }[] }).clusters[0]!.cluster.server;
  };
  assert.match(await serverFor(platform, 'people'), /^https:\/\/127\.0\.0\.1:\d+\/clusters\/host$/);
  assert.match(await serverFor(platform, 'pods'), /^409 .*kubeconfig\.podServer/s);
  const podServer = 'https://192.0.2.10:30880';
  const elsewhere = await startPlatform(cluster, { issuer: 'https://127.0.0.1:1', settings: { podServer } });
  assert.equal(await serverFor(elsewhere, 'pods'), `${podServer}/clusters/host`);
  assert.equal(await serverFor(elsewhere, 'people'), 'https://127.0.0.1:1/clusters/host');
  const reachable = await startPlatform(cluster, { issuer: 'https://platform.example.com' });
  assert.equal(await serverFor(reachable, 'pods'), 'https://platform.example.com/clusters/host');
  await cluster.client.create(resources.configmaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kubesphere-config', namespace: 'kubesphere-system' },
    data: { 'kubesphere.yaml': 'kubeconfig: {podServer: "https://platform.svc"}' },
  } as never);
  for (const one of [platform, elsewhere, reachable])
    await eventually(async () => assert.equal(await serverFor(one, 'pods'), 'https://platform.svc/clusters/host'));
  await cluster.client.delete(resources.configmaps, 'kubesphere-config', { namespace: 'kubesphere-system' });
  await elsewhere.close();
  await reachable.close();
});

test('twenty are good at a time, the newest of them', async () => {
  const tokens: string[] = [];
  for (let made = 0; made < 21; made++) tokens.push(tokenIn(await download('ann')));
  const good = await Promise.all(tokens.map(async token => (await uses(token)) === 200));
  assert.deepEqual(good, [false, ...Array.from({ length: 20 }, () => true)]);
});

test('one context for each cluster, the first is the current one; who vouches is named', () => {
  const text = kubeconfigOf({
    user: 'ann',
    token: 't',
    clusters: ['host', 'east'],
    server: 'https://platform.test/',
    certificateAuthority: 'PEM',
  });
  const config = parse(text) as Record<string, never>;
  assert.deepEqual(config['contexts'], [
    { name: 'ann@host', context: { cluster: 'host', user: 'ann' } },
    { name: 'ann@east', context: { cluster: 'east', user: 'ann' } },
  ]);
  assert.equal(config['current-context'], 'ann@host');
  assert.deepEqual((config['clusters'] as unknown as { cluster: object }[])[1]!.cluster, {
    server: 'https://platform.test/clusters/east',
    'certificate-authority-data': Buffer.from('PEM').toString('base64'),
  });
});
