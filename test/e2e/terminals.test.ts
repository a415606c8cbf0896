/** Shells and files of real containers through the platform, as its console asks for them; what is kept of a shell, and who is told. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readBody } from '@orrery/http';
import { handshake, openSocket, type TestSocket } from '@orrery/platform-server/testing/platform';
import { createCluster, eventually, startCluster, type Cluster } from './support/cluster.ts';
import { busyboxImage, kubectlImage } from './support/images.ts';
import { callerOf, type Answer, type Caller } from './support/platform.ts';
import { reachInto, type Reach } from './support/reach.ts';

const iam = '/kapis/iam.kubesphere.io/v1beta1';
const tenant = '/kapis/tenant.kubesphere.io/v1beta1';
const terminals = '/kapis/terminal.kubesphere.io/v1alpha2';
const recordings = '/kapis/terminal.orrery.io/v1alpha1/recordings';
const file = `${terminals}/namespaces/shop/pods/box/file`;
const password = 'Chosen-by-0neself';
const folder = mkdtempSync(join(tmpdir(), 'orrery-terminals-'));
const tools = 'registry.invalid/tools/kubectl:1';

let cluster: Cluster;
let reach: Reach;
let caller: Caller;
let origin: string;
let node: string;
const tokens: Record<string, string> = {};

const call = (who: string, method: string, path: string, body?: unknown): Promise<Answer> =>
  caller.call(method, path, { token: tokens[who]!, ...(body !== undefined && { body }) });

async function must(who: string, method: string, path: string, body?: unknown): Promise<Answer> {
  const answer = await call(who, method, path, body);
  ok(answer.status < 300, `${method} ${path} ${answer.status} ${answer.text}`);
  return answer;
}

const pod = `
apiVersion: v1
kind: Pod
metadata: {name: box, namespace: shop}
spec:
  terminationGracePeriodSeconds: 0
  containers: [{name: main, image: busybox:1.35, command: [sleep, "100000"], env: [{name: COLOUR, value: blue}]}]
`;

before(async () => {
  cluster = createCluster();
  const printed = await startCluster(cluster);
  for (const archive of [busyboxImage(folder), kubectlImage(folder, cluster.kubectlPath, tools)]) {
    const { code, stderr } = await cluster.orrery('image', 'import', archive);
    equal(code, 0, stderr);
  }
  origin = /Console (https:\/\/\S+) /.exec(printed)![1]!;
  reach = await reachInto(cluster, Number(new URL(origin).port));
  const ca = readFileSync(join(cluster.dataDir, 'server/pki/ca.crt'), 'utf8');
  caller = callerOf({ url: `https://127.0.0.1:${reach.port}`, ca });
  const first = /first log-in: admin with password (\S+)/.exec(printed)![1]!;
  tokens['admin'] = (await caller.tokens('admin', first)).access_token;
  await must('admin', 'PUT', `${iam}/users/admin/password`, { currentPassword: first, password });
  tokens['admin'] = (await caller.tokens('admin', password)).access_token;
  await must('admin', 'POST', `${tenant}/workspaces`, { metadata: { name: 'acme' }, spec: {} });
  await must('admin', 'POST', `${tenant}/workspaces/acme/namespaces`, { metadata: { name: 'shop' } });
  for (const [name, role] of [
    ['ann', 'operator'],
    ['vera', 'viewer'],
  ] as const) {
    await must('admin', 'POST', `${iam}/users`, { metadata: { name }, spec: { password } });
    await must('admin', 'POST', `${iam}/workspaces/acme/workspacemembers`, [
      { username: name, roleRef: 'acme-regular' },
    ]);
    await must('admin', 'POST', `${iam}/namespaces/shop/namespacemembers`, [{ username: name, roleRef: role }]);
    tokens[name] = (await caller.tokens(name, password)).access_token;
  }
  // The default account of a project comes a moment after it.
  await eventually('the pod is taken', () => cluster.kubectlWith(pod, 'apply', '-f', '-'));
  await cluster.kubectl('wait', '--for=condition=Ready', 'pod/box', '-n', 'shop', '--timeout=120s');
  node = await cluster.kubectl('get', 'nodes', '-o', 'jsonpath={.items[0].metadata.name}');
});

after(async () => {
  caller?.close();
  await reach?.close();
  await cluster?.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** curl in the cluster's network, which sends files as a browser does. */
async function curl(who: string, path: string, ...args: string[]): Promise<{ code: string; body: string }> {
  const at = join(folder, 'answer');
  const { stdout, stderr, code } = await cluster.inside(
    ...(['curl', '-sSk', '-o', at, '-w', '%{http_code}', '-H', `Authorization: Bearer ${tokens[who]}`] as const),
    ...args,
    `${origin}${path}`,
  );
  equal(code, 0, stderr);
  return { code: stdout, body: readFileSync(at, 'latin1') };
}

const open = async (who: string, path: string): Promise<TestSocket> =>
  openSocket(await caller.ask('GET', path, { token: tokens[who]!, headers: handshake }));

/** Types a line, and reads until the screen shows what is expected. */
async function type(socket: TestSocket, line: string, expected: RegExp): Promise<string> {
  if (line !== '') socket.send({ Op: 'stdin', Data: `${line}\n` });
  let screen = '';
  const patience = AbortSignal.timeout(60_000);
  const tooLong = new Promise<never>((_, reject) =>
    patience.addEventListener('abort', () => reject(new Error(`${expected} never came: ${JSON.stringify(screen)}`))),
  );
  while (!expected.test(screen)) {
    const frame = await Promise.race([socket.next<{ Data: string }>(({ Op }) => Op === 'stdout'), tooLong]);
    screen += frame.Data;
  }
  return screen;
}

const prompt = /[#$] /;

interface Recording {
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, string>>;
  readonly status: {
    readonly state: string;
    readonly reason?: string;
    readonly hash: string;
    readonly intact?: boolean;
  };
}

/** The latest of somebody's recordings, when it has ended. */
const ended = (who: string, kind: string): Promise<Recording> =>
  eventually(`the recording of ${kind} has ended`, async () => {
    const { body } = await must(who, 'GET', `${recordings}?kind=${kind}`);
    const [latest] = body['items'] as Recording[];
    return latest?.status.state === 'ended' && latest;
  });

const inBox = (...command: string[]): Promise<string> => cluster.kubectl('exec', '-n', 'shop', 'box', '--', ...command);

/** Nothing runs in the container any more beside its own process and the question itself. */
const nothingLeft = (): Promise<boolean> =>
  eventually('the tools have ended', async () => {
    const left = (await inBox('ps', '-o', 'comm,args')).split('\n').filter(line => /^(tar|cat|head|sh) /.test(line));
    if (left.length > 0) throw new Error(`there is still ${left.join(', ')}`);
    return true;
  });

test('a shell in a container answers, knows its size, and ends with its program', async () => {
  const socket = await open('ann', `${terminals}/namespaces/shop/pods/box/exec?container=main`);
  await type(socket, '', prompt);
  socket.send({ Op: 'resize', Rows: 31, Cols: 97 });
  await eventually('the size is known', async () => /31 97/.test(await type(socket, 'stty size', /\d+ \d+\r\n/)));
  await type(socket, 'echo "it is $COLOUR"', /it is blue/);
  socket.send({ Op: 'stdin', Data: 'exit\n' });
  equal(await socket.closed, 1000);
  await nothingLeft();
});

test('who may only look on gets no shell', async () => {
  const { status } = await caller.ask('GET', `${terminals}/namespaces/shop/pods/box/exec?container=main`, {
    ...{ token: tokens['vera']!, headers: handshake },
  });
  equal(status, 403);
});

test('what was on the screen is kept and stands in the audit; those it is no business of know nothing of it', async () => {
  const { metadata, spec, status } = await ended('ann', 'pod');
  deepEqual(spec, { user: 'ann', kind: 'pod', namespace: 'shop', pod: 'box', container: 'main' });
  equal(status.reason, 'the shell ended');
  const one = (await must('ann', 'GET', `${recordings}/${metadata.name}`)).body as unknown as Recording;
  equal(one.status.intact, true);
  const cast = await caller.ask('GET', `${recordings}/${metadata.name}/cast`, { token: tokens['ann']! });
  equal(cast.status, 200);
  const text = new TextDecoder().decode(await readBody(cast.body));
  const [head, ...events] = text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as unknown);
  equal((head as { version: number }).version, 2);
  const screen = (events as [number, string, string][]).filter(([, kind]) => kind === 'o').map(([, , shown]) => shown);
  match(screen.join(''), /it is blue/);
  equal((await call('vera', 'GET', `${recordings}/${metadata.name}`)).status, 404);
  await eventually('the audit tells of it', async () => {
    const { status: code, text: told } = await call(
      'admin',
      'GET',
      '/kapis/tenant.kubesphere.io/v1alpha2/auditing/events?operation=query&size=200',
    );
    return code === 200 && told.includes(status.hash);
  });
});

const content = Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * 7919) % 251));

test('files go into a container as they are, and the tool that takes them ends', async () => {
  writeFileSync(join(folder, 'data.bin'), content);
  writeFileSync(join(folder, 'note with spaces.txt'), 'hello\n');
  const sent = await curl(
    ...(['ann', `${file}?container=main&path=/tmp`] as const),
    ...['-F', `f=@${join(folder, 'data.bin')}`, '-F', `g=@${join(folder, 'note with spaces.txt')}`],
  );
  equal(sent.code, '200', sent.body);
  const digest = execFileSync('sha256sum', [join(folder, 'data.bin')], { encoding: 'utf8' }).split(' ')[0];
  match(await inBox('sha256sum', '/tmp/data.bin'), new RegExp(`^${digest} `));
  equal(await inBox('cat', '/tmp/note with spaces.txt'), 'hello\n');
  await nothingLeft();
});

test('a large file goes in pieces, each after what is there', async () => {
  const piece = (offset: number, until: number) => {
    writeFileSync(join(folder, 'piece'), content.subarray(offset, until));
    return curl(
      ...(['ann', `${file}?container=main&path=/tmp/pieces&offset=${offset}`] as const),
      ...['-H', 'Content-Type: application/octet-stream', '--data-binary', `@${join(folder, 'piece')}`],
    );
  };
  equal((await piece(0, 100_000)).code, '200');
  equal((await piece(200_000, 300_000)).code, '409', 'what comes before is not there yet');
  equal((await piece(100_000, 300_000)).code, '200');
  equal(await inBox('cmp', '/tmp/pieces', '/tmp/data.bin'), '');
  await nothingLeft();
});

test('folders come out as archives, single files as they are', async () => {
  await inBox(
    'sh',
    '-c',
    'mkdir -p /tmp/out/deep && cp /tmp/data.bin /tmp/out/deep/ && ln -s /etc/passwd /tmp/out/link',
  );
  equal((await curl('ann', `${file}?container=main&path=/tmp/out`)).code, '200');
  const unpacked = join(folder, 'unpacked');
  mkdirSync(unpacked);
  execFileSync('tar', ['-x', '-f', join(folder, 'answer'), '-C', unpacked]);
  deepEqual(readFileSync(join(unpacked, 'out/deep/data.bin')), content);
  equal(
    execFileSync('find', [unpacked, '-type', 'l'], { encoding: 'utf8' }),
    '',
    'a link leads out of what was asked for',
  );
  equal((await curl('ann', `${file}?container=main&path=/tmp/data.bin&raw=true`)).code, '200');
  deepEqual(readFileSync(join(folder, 'answer')), content);
  equal((await curl('ann', `${file}?container=main&path=/tmp/none&raw=true`)).code, '404');
  equal((await curl('vera', `${file}?container=main&path=/tmp/out`)).code, '403');
  await nothingLeft();
});

test('a node’s shell sees the node’s own files and processes, as its root, and leaves no pod', async () => {
  equal((await call('ann', 'GET', `${terminals}/nodes/${node}/exec`)).status, 403);
  const socket = await open('admin', `${terminals}/nodes/${node}/exec`);
  await type(socket, '', prompt);
  await type(socket, 'echo "I am $(id -u)"', /I am 0/);
  await type(socket, `test -e ${cluster.dataDir}/kubeconfig && echo found-"it"`, /found-it/);
  await type(socket, `kill -0 ${process.pid} && echo runs-"here"`, /runs-here/);
  socket.send({ Op: 'stdin', Data: 'exit\n' });
  equal(await socket.closed, 1000);
  const { spec } = await ended('admin', 'node');
  equal(spec['node'], node);
  await eventually('its pod is gone', async () => !(await helpers()).includes('node'));
});

const helpers = (): Promise<string> =>
  cluster.kubectl('get', 'pods', '-n', 'kubesphere-system', '-l', 'platform.orrery.io/terminal', '-o', 'name');

test('a kubectl terminal holds the credentials of its user and is his alone; without an image it says what to set', async () => {
  const refused = await caller.call('GET', `${terminals}/users/ann/kubectl`, {
    token: tokens['ann']!,
    headers: handshake,
  });
  equal(refused.status, 409, refused.text);
  match(refused.text, /terminal\.kubectl\.image/);
  const config = { data: { 'kubesphere.yaml': `terminal:\n  kubectl:\n    image: ${tools}\n` } };
  await cluster.kubectl(
    'create',
    'configmap',
    'kubesphere-config',
    '-n',
    'kubesphere-system',
    '--dry-run=client',
    '-o',
    'name',
  );
  const known = await cluster.tryKubectl('get', 'configmap', 'kubesphere-config', '-n', 'kubesphere-system');
  if (known.code !== 0) await cluster.kubectl('create', 'configmap', 'kubesphere-config', '-n', 'kubesphere-system');
  await cluster.kubectl(
    ...[
      'patch',
      'configmap',
      'kubesphere-config',
      '-n',
      'kubesphere-system',
      '--type=merge',
      '-p',
      JSON.stringify(config),
    ],
  );
  const socket = await eventually('the terminal opens', () => open('ann', `${terminals}/users/ann/kubectl`), 120);
  await type(socket, '', prompt);
  await type(socket, 'kubectl version --client', /Client Version/);
  await type(socket, `kubectl config view -o jsonpath='{.users[0].name}'; echo " is who I am"`, /ann.* is who I am/);
  await type(socket, 'kubectl get pods -n shop -o name', /pod\/box\r\n/);
  await type(socket, 'kubectl get nodes', /nodes is forbidden: User "ann" cannot list/);
  socket.send({ Op: 'stdin', Data: 'exit\n' });
  equal(await socket.closed, 1000);
  const recording = await ended('ann', 'kubectl');
  await eventually('the audit tells of it', async () => {
    const { text } = await call(
      'admin',
      'GET',
      '/kapis/tenant.kubesphere.io/v1alpha2/auditing/events?operation=query&size=200',
    );
    return text.includes(recording.status.hash);
  });
  await eventually('its pod is gone', async () => (await helpers()) === '');
  equal(
    (await caller.call('GET', `${terminals}/users/ann/kubectl`, { token: tokens['vera']!, headers: handshake })).status,
    403,
  );
  const another = await eventually('it opens again', () => open('ann', `${terminals}/users/ann/kubectl`), 120);
  await type(another, '', prompt);
  await must('admin', 'PATCH', `${iam}/users/ann`, { status: { state: 'Disabled' } });
  ok((await another.closed) !== undefined, 'who may no longer log in has no terminal either');
  await eventually('its pod is gone too', async () => (await helpers()) === '');
});
