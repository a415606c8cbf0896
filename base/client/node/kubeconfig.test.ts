import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { inClusterConfig, loadKubeconfig, parseKubeconfig } from './index.ts';

function folderOf(t: TestContext, files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

const config = (user: string, cluster = '') => `
apiVersion: v1
kind: Config
current-context: main
clusters:
- name: here
  cluster: { server: "https://10.0.0.1:6443", certificate-authority-data: ${base64('CA')} ${cluster} }
contexts:
- name: main
  context: { cluster: here, user: me, namespace: shop }
- name: bare
  context: { cluster: here, user: nobody }
users:
- name: me
  user: { ${user} }
`;

test('server, CA, namespace and context', async () => {
  const access = await parseKubeconfig(config('token: abc', ', tls-server-name: kube, insecure-skip-tls-verify: true'));
  assert.equal(access.connect.server, 'https://10.0.0.1:6443');
  assert.equal(access.connect.ca, 'CA');
  assert.equal(access.connect.serverName, 'kube');
  assert.equal(access.connect.insecureSkipTlsVerify, true);
  assert.equal(access.namespace, 'shop');
  assert.equal(access.context, 'main');
  const bare = await parseKubeconfig(config('token: abc'), { context: 'bare' });
  assert.equal(bare.namespace, 'default');
  assert.deepEqual(await bare.connect.credentials!.current(), {});
});

const users: [string, string, object][] = [
  ['token', 'token: abc', { token: 'abc' }],
  [
    'certificate',
    `client-certificate-data: ${base64('CERT')}, client-key-data: ${base64('KEY')}`,
    { cert: 'CERT', key: 'KEY' },
  ],
  ['name and password', 'username: u, password: p', { basic: { username: 'u', password: 'p' } }],
];

for (const [what, user, credential] of users)
  test(`credentials: ${what}`, async () => {
    const { connect } = await parseKubeconfig(config(user));
    assert.deepEqual(await connect.credentials!.current(), credential);
  });

test('impersonation becomes headers', async () => {
  const { connect } = await parseKubeconfig(
    config('token: a, as: jane, as-uid: u1, as-groups: [a, b], as-user-extra: { "example.com/Scopes": [x] }'),
  );
  assert.deepEqual(connect.headers, {
    'impersonate-user': 'jane',
    'impersonate-uid': 'u1',
    'impersonate-group': ['a', 'b'],
    'impersonate-extra-example.com%2Fscopes': ['x'],
  });
});

test('paths are relative to the file; a token file is read again after a minute and after a 401', async t => {
  const folder = folderOf(t, {
    'sub/config': config('tokenFile: ../token').replace(
      `certificate-authority-data: ${base64('CA')}`,
      'certificate-authority: ca.crt',
    ),
    'sub/ca.crt': 'CA from a file',
    token: 'one\n',
  });
  const clock = createManualClock();
  const { connect } = await loadKubeconfig({ path: join(folder, 'sub/config'), clock });
  assert.equal(connect.ca, 'CA from a file');
  const token = async () => (await connect.credentials!.current()).token;
  assert.equal(await token(), 'one');
  writeFileSync(join(folder, 'token'), 'two');
  assert.equal(await token(), 'one');
  await clock.advance(60_000);
  assert.equal(await token(), 'two');
  writeFileSync(join(folder, 'token'), 'three');
  connect.credentials!.expire();
  assert.equal(await token(), 'three');
});

test('a certificate in a file is read again too', async t => {
  const folder = folderOf(t, {
    config: config('client-certificate: tls.crt, client-key: tls.key'),
    'tls.crt': 'CERT 1',
    'tls.key': 'KEY 1',
  });
  const clock = createManualClock();
  const { connect } = await loadKubeconfig({ path: join(folder, 'config'), clock });
  assert.deepEqual(await connect.credentials!.current(), { cert: 'CERT 1', key: 'KEY 1' });
  writeFileSync(join(folder, 'tls.crt'), 'CERT 2');
  writeFileSync(join(folder, 'tls.key'), 'KEY 2');
  await clock.advance(60_000);
  assert.deepEqual(await connect.credentials!.current(), { cert: 'CERT 2', key: 'KEY 2' });
});

test('a token file that is missing is told when the file is loaded', async t => {
  const folder = folderOf(t, { config: config('tokenFile: nowhere') });
  await assert.rejects(loadKubeconfig({ path: join(folder, 'config') }), { code: 'ENOENT' });
});

test('several files are merged: the first to name something wins, missing ones are passed over', async t => {
  const folder = folderOf(t, {
    one: config('token: first'),
    two: config('token: second').replaceAll('main', 'other'),
  });
  const env = { KUBECONFIG: ['one', 'missing', 'two'].map(name => join(folder, name)).join(delimiter) };
  const access = await loadKubeconfig({ env });
  assert.equal(access.context, 'main');
  assert.equal((await access.connect.credentials!.current()).token, 'first');
  assert.equal((await loadKubeconfig({ env, context: 'other' })).context, 'other');
});

test('without KUBECONFIG it is the file in the home directory', async t => {
  const home = folderOf(t, { '.kube/config': config('token: home') });
  assert.equal((await loadKubeconfig({ env: { HOME: home } })).context, 'main');
  await assert.rejects(loadKubeconfig({ env: { HOME: join(home, 'none') } }), { code: 'ENOENT' });
});

const faults: [string, string, RegExp, string?][] = [
  ['no current context', 'apiVersion: v1', /no current context/],
  ['an unknown context', config('token: a'), /context "nope" does not exist/, 'nope'],
  [
    'a context without its cluster',
    config('token: a').replace('name: here', 'name: there'),
    /cluster "here" of context "main"/,
  ],
  ['a proxy', config('token: a', ', proxy-url: "http://proxy"'), /proxy-url is not supported/],
  ['an auth provider', config('auth-provider: { name: gcp }'), /auth-provider/],
  [
    'an exec of an old version',
    config('exec: { command: x, apiVersion: client.authentication.k8s.io/v1alpha1 }'),
    /invalid apiVersion/,
  ],
];

for (const [what, text, message, context] of faults)
  test(`refused: ${what}`, () => assert.rejects(parseKubeconfig(text, { context }), message));

/** A credential program that counts its runs and prints `status`. */
const program = (status: string) => `#!/bin/sh
n=$(($(cat "$COUNT" 2>/dev/null || echo 0) + 1))
echo $n > "$COUNT"
echo "$KUBERNETES_EXEC_INFO" > "$COUNT.info"
cat <<END
{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":${status}}
END
`;

const execConfig = (folder: string) =>
  config(
    `exec: { apiVersion: client.authentication.k8s.io/v1, command: ./login, provideClusterInfo: true, env: [{ name: COUNT, value: ${folder}/count }] }`,
  );

test('exec credentials are asked for once, again when they expire, and again after a 401', async t => {
  const folder = folderOf(t, {
    login: program('{"token":"t'.concat('$n","expirationTimestamp":"2025-01-01T01:00:00Z"}')),
  });
  chmodSync(join(folder, 'login'), 0o755);
  writeFileSync(join(folder, 'config'), execConfig(folder));
  const clock = createManualClock(Date.UTC(2025, 0, 1));
  const { connect } = await loadKubeconfig({ path: join(folder, 'config'), clock, env: { PATH: process.env['PATH'] } });
  const token = async () => (await connect.credentials!.current()).token;
  assert.deepEqual(await Promise.all([token(), token()]), ['t1', 't1']);
  assert.equal(await token(), 't1');
  connect.credentials!.expire();
  assert.equal(await token(), 't2');
  await clock.advance(3_600_000);
  assert.equal(await token(), 't3');
  const { readFileSync } = await import('node:fs');
  const info = JSON.parse(readFileSync(join(folder, 'count.info'), 'utf8'));
  assert.equal(info.spec.cluster.server, 'https://10.0.0.1:6443');
  assert.equal(info.spec.interactive, false);
});

test('an exec program that fails or prints nothing useful is named', async t => {
  for (const [body, message] of [
    ['#!/bin/sh\nexit 3\n', /login failed with exit code 3/],
    ['#!/bin/sh\necho hello\n', /did not print an ExecCredential/],
    [program('{}'), /didn't return a token or cert\/key pair/],
  ] as const) {
    const folder = folderOf(t, { login: body });
    chmodSync(join(folder, 'login'), 0o755);
    writeFileSync(join(folder, 'config'), execConfig(folder));
    const { connect } = await loadKubeconfig({ path: join(folder, 'config'), env: { PATH: process.env['PATH'] } });
    await assert.rejects(connect.credentials!.current(), message);
  }
});

test('in a pod the service account is used; elsewhere there is none', async t => {
  const folder = folderOf(t, { token: 'tok', 'ca.crt': 'CA', namespace: 'shop\n' });
  assert.equal(await inClusterConfig({ folder, env: {} }), undefined);
  const access = await inClusterConfig({
    folder,
    env: { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' },
  });
  assert.equal(access!.connect.server, 'https://[fd00::1]:443');
  assert.equal(access!.namespace, 'shop');
  assert.equal((await access!.connect.credentials!.current()).token, 'tok');
  const env = { KUBERNETES_SERVICE_HOST: '10.96.0.1' };
  assert.equal(await inClusterConfig({ folder: join(folder, 'none'), env }), undefined);
});
