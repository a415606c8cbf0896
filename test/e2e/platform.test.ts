/** The platform as a user starts it: a process of its own, a guest on a cluster that it knows by kubeconfig only. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { equal, match, notEqual, ok } from 'node:assert/strict';
import { createCluster, eventually, launcher, startCluster, type Cluster } from './support/cluster.ts';

const folder = mkdtempSync(join(tmpdir(), 'orrery-platform-'));
const newPassword = 'A-longer-Pa55word';
let cluster: Cluster;
let platform: ChildProcess;
let url: string;
let printed = '';

before(async () => {
  cluster = createCluster();
  await startCluster(cluster, '--simulate', '1', '--no-platform');
  await startPlatform();
});

after(async () => {
  platform.kill('SIGKILL');
  await cluster.remove();
  rmSync(folder, { recursive: true });
});

const inNetwork = (...command: string[]): [string, string[]] => [
  'nsenter',
  [`--net=/run/netns/${cluster.namespace}`, ...command],
];

async function startPlatform(...options: string[]): Promise<void> {
  printed = '';
  const kubeconfig = join(cluster.dataDir, 'kubeconfig');
  platform = spawn(...inNetwork(launcher, 'platform', '--kubeconfig', kubeconfig, '--port', '0', ...options), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  platform.stdout!.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  url = await eventually('the platform answers', async () => /answers at (\S+)/.exec(printed)?.[1]);
}

async function call(
  method: string,
  path: string,
  token?: string,
  body?: object,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const args = ['-s', '-o', join(folder, 'body'), '-w', '%{http_code}', '-X', method, `${url}${path}`];
  if (token) args.push('-H', `Authorization: Bearer ${token}`);
  if (body) args.push('-H', 'Content-Type: application/json', '-d', JSON.stringify(body));
  const { stdout } = await cluster.inside('curl', ...args);
  const text = (await cluster.inside('cat', join(folder, 'body'))).stdout;
  return { status: Number(stdout), body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : {} };
}

async function logIn(username: string, password: string): Promise<string> {
  const form = new URLSearchParams({
    grant_type: 'password',
    client_id: 'kubesphere',
    client_secret: 'kubesphere',
    username,
    password,
  });
  const { stdout } = await cluster.inside('curl', '-s', '-d', form.toString(), `${url}/oauth/token`);
  return (JSON.parse(stdout) as { access_token: string }).access_token;
}

test('the first password is printed once, and the first log-in must change it', async () => {
  const [, user, password] = /first log-in: (\S+) with password (\S+)/.exec(printed)!;
  equal(user, 'admin');
  const token = await logIn(user, password!);
  const refused = await call('GET', '/kapis/tenant.kubesphere.io/v1beta1/workspaces', token);
  equal(refused.status, 403);
  const changed = await call('PUT', '/kapis/iam.kubesphere.io/v1beta1/users/admin/password', token, {
    currentPassword: password,
    password: newPassword,
  });
  ok(changed.status < 300, JSON.stringify(changed.body));
});

test('a workspace and a project are made, and the project is a namespace of the cluster', async () => {
  const token = await logIn('admin', newPassword);
  const tenant = '/kapis/tenant.kubesphere.io/v1beta1';
  const made = await call('POST', `${tenant}/workspaces`, token, { metadata: { name: 'team' }, spec: {} });
  ok(made.status < 300, JSON.stringify(made.body));
  const project = await call('POST', `${tenant}/workspaces/team/namespaces`, token, { metadata: { name: 'shop' } });
  ok(project.status < 300, JSON.stringify(project.body));
  match(await cluster.kubectl('get', 'namespace', 'shop', '--show-labels'), /kubesphere\.io\/workspace=team/);
});

test('a second start knows the password and prints none', async () => {
  const ended = new Promise<number | null>(resolve => platform.once('exit', resolve));
  platform.kill('SIGTERM');
  equal(await ended, 0);
  await startPlatform();
  ok(!printed.includes('first log-in'));
  notEqual(await logIn('admin', newPassword), undefined);
});

test('beyond loopback it needs a certificate, and says so', async () => {
  const { code, stderr } = await new Promise<{ code: number | null; stderr: string }>(resolve => {
    const child = spawn(...inNetwork(launcher, 'platform', '--bind-address', '0.0.0.0'), {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let stderr = '';
    child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.once('close', code => resolve({ code, stderr }));
  });
  equal(code, 2);
  match(stderr, /without --tls-cert and --tls-key the platform listens on loopback only/);
});

test('taken out it leaves nothing of its own, and the project stays', async () => {
  const ended = new Promise(resolve => platform.once('exit', resolve));
  platform.kill('SIGTERM');
  await ended;
  const { code, stdout } = await cluster.inside(
    launcher,
    'platform',
    'uninstall',
    '--kubeconfig',
    join(cluster.dataDir, 'kubeconfig'),
  );
  equal(code, 0);
  match(stdout, /^removed/);
  equal((await cluster.kubectl('get', 'crd', '-o', 'name')).trim(), '');
  match(await cluster.kubectl('get', 'namespace', 'shop', '-o', 'name'), /namespace\/shop/);
});
