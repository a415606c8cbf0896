/** Terminals on nodes and with kubectl, recordings and files, over HTTP. What stands in for containers runs real programs of this machine. */
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { asUser } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { readBody, type Handler, type Request } from '@orrery/http';
import {
  acceptRemoteCommand,
  commandStreamsOf,
  exitStatus,
  failureStatus,
  type RemoteCommand,
} from '@orrery/http/node';
import { systemClock } from '@orrery/machinery/clock';
import type { KubeObject } from '@orrery/machinery/meta';
import { ensureInstalled, platformUser } from '../install/manifest.ts';
import {
  firstPassword,
  handshake,
  openSocket,
  startCluster,
  startPlatform,
  type TestCluster,
  type TestPlatform,
  type TestSocket,
} from '../testing/platform.ts';
import { succeeds as eventually } from '../testing/people.ts';

const iam = '/kapis/iam.kubesphere.io/v1beta1';
const tenant = '/kapis/tenant.kubesphere.io/v1beta1';
const terminals = '/kapis/terminal.kubesphere.io/v1alpha2';
const recordings = '/kapis/terminal.orrery.io/v1alpha1/recordings';
const file = `${terminals}/namespaces/p1/pods/web/file`;
const password = 'Pa55word-long';
const folder = mkdtempSync(join(tmpdir(), 'orrery-files-'));

const started: { pod: string; command: string[]; user: unknown; groups: unknown }[] = [];

/** Behind the API server, instead of a node: programs as they are. A shell is one that echoes. */
const withContainers =
  (cluster: Handler): Handler =>
  async (request: Request) => {
    const [path = '', query = ''] = request.target.split('?');
    const pod = /\/pods\/([^/]+)\/exec$/.exec(path)?.[1];
    if (!pod) return cluster(request);
    const command = new URLSearchParams(query).getAll('command');
    started.push({
      pod,
      command,
      user: request.headers['impersonate-user'],
      groups: request.headers['impersonate-group'],
    });
    const run = commandStreamsOf(request.target).tty ? echo : (remote: RemoteCommand) => program(remote, command);
    return acceptRemoteCommand(request, commandStreamsOf(request.target), run, { clock: systemClock });
  };

function echo(remote: RemoteCommand): void {
  const say = (text: string) => remote.stdout!.write(new TextEncoder().encode(text));
  say('$ ');
  remote.stdin!.onData(bytes => {
    const typed = new TextDecoder().decode(bytes);
    if (typed === 'exit') return remote.finish(exitStatus(0));
    // A password is typed without being shown.
    if (!typed.startsWith('secret')) say(typed.toUpperCase());
  });
}

function program(remote: RemoteCommand, [name = '', ...args]: string[]): void {
  const child = spawn(name, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.on('error', () => remote.finish(failureStatus('error executing command in container', `no ${name}`)));
  child.stdin.on('error', () => {});
  remote.stdin?.onData(bytes => void child.stdin.write(bytes));
  remote.stdin?.onEnd(() => child.stdin.end());
  if (!remote.stdin) child.stdin.end();
  child.stdout.on('data', (bytes: Buffer) => void remote.stdout?.write(bytes));
  child.stderr.on('data', (bytes: Buffer) => void remote.stderr?.write(bytes));
  remote.onClose(() => child.kill());
  child.on('close', code => remote.finish(exitStatus(code ?? 1)));
}

let cluster: TestCluster;
let platform: TestPlatform;
const tokens: Record<string, string> = {};

async function must(method: string, target: string, body?: unknown): Promise<void> {
  const answer = await platform.call(method, target, { token: tokens['admin'], body });
  assert.ok(answer.status < 300, `${method} ${target} ${answer.status} ${answer.text}`);
}

before(async () => {
  cluster = await startCluster({ controllers: true });
  await ensureInstalled(cluster.client);
  platform = await startPlatform(cluster, {
    cluster: withContainers(asUser(cluster.handler, platformUser)),
  });
  tokens['admin'] = await platform.logIn('admin', firstPassword);
  await must('PUT', `${iam}/users/admin/password`, { currentPassword: firstPassword, password });
  for (const workspace of ['w1', 'w2']) {
    await must('POST', `${tenant}/workspaces`, { metadata: { name: workspace }, spec: {} });
    await must('POST', `${tenant}/workspaces/${workspace}/namespaces`, {
      metadata: { name: workspace.replace('w', 'p') },
    });
  }
  for (const [username, workspace, roleRef] of [
    ['ann', 'w1', 'operator'],
    ['boss', 'w1', 'admin'],
    ['bob', 'w1', 'viewer'],
    ['eve', 'w2', 'admin'],
  ] as const) {
    await must('POST', `${iam}/users`, { metadata: { name: username }, spec: { password } });
    await must('POST', `${iam}/workspaces/${workspace}/workspacemembers`, [
      { username, roleRef: `${workspace}-regular` },
    ]);
    await must('POST', `${iam}/namespaces/${workspace.replace('w', 'p')}/namespacemembers`, [{ username, roleRef }]);
    tokens[username] = await platform.logIn(username, password);
  }
});
after(async () => {
  await platform.close();
  await cluster.close();
  rmSync(folder, { recursive: true, force: true });
});

const get = (who: string, target: string) => platform.call('GET', target, { token: tokens[who] });
const open = async (who: string, target: string): Promise<TestSocket> =>
  openSocket(await platform.ask('GET', target, { token: tokens[who], headers: handshake }));
async function output(socket: TestSocket, end: string): Promise<void> {
  let text = '';
  while (!text.endsWith(end)) text += (await socket.next<{ Data: string }>(({ Op }) => Op === 'stdout')).Data;
}

interface Shown {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly user: string; readonly kind: string; readonly node?: string };
  readonly status: {
    readonly state: string;
    readonly reason?: string;
    readonly hash: string;
    readonly intact?: boolean;
  };
}
const listed = async (who: string, query = '') => (await get(who, `${recordings}?${query}`)).body['items'] as Shown[];

/** The recording of the terminal that ended last, once it is whole. */
const last = (who: string, query: string): Promise<Shown> =>
  eventually(async () => {
    const [first] = await listed(who, query);
    assert.equal(first?.status.state, 'ended');
    return first!;
  });

test('every terminal is recorded as it was seen; what was typed unseen is nowhere', async () => {
  const socket = await open('ann', `${terminals}/namespaces/p1/pods/web/exec?container=c1&shell=sh`);
  await output(socket, '$ ');
  socket.send({ Op: 'resize', Rows: 30, Cols: 100 });
  socket.send({ Op: 'stdin', Data: 'ls' });
  await output(socket, 'LS');
  socket.send({ Op: 'stdin', Data: 'secret-password' });
  socket.send({ Op: 'stdin', Data: '\u001b]52;c;aGk=\u0007done' });
  await output(socket, 'DONE');
  socket.send({ Op: 'stdin', Data: 'exit' });
  assert.equal(await socket.closed, 1000);
  const { metadata, spec, status } = await last('ann', 'kind=pod');
  assert.deepEqual(
    [spec, status.reason],
    [{ user: 'ann', kind: 'pod', namespace: 'p1', pod: 'web', container: 'c1' }, 'the shell ended'],
  );
  const one = (await get('ann', `${recordings}/${metadata.name}`)).body as never as Shown;
  assert.deepEqual([one.status.intact, one.status.hash.length], [true, 64]);
  const answer = await platform.ask('GET', `${recordings}/${metadata.name}/cast`, { token: tokens['ann'] });
  const cast = { headers: answer.headers, text: new TextDecoder().decode(await readBody(answer.body)) };
  assert.match(String(cast.headers['content-type']), /^application\/x-asciicast/);
  assert.equal((JSON.parse(cast.text.split('\n')[0]!) as { version: number }).version, 2);
  assert.ok(cast.text.includes('"$ "') && cast.text.includes('LS') && cast.text.includes('100x30'));
  assert.ok(!cast.text.toLowerCase().includes('secret-password'));
  assert.ok(
    !cast.text.includes('52;c') && cast.text.includes('DONE'),
    'C5 nothing of a recording reaches the clipboard',
  );
});

test('the trail tells who opened a terminal and how it ended, with the hash of its recording; strangers read nothing of it', async () => {
  const { metadata, status } = await last('ann', 'kind=pod');
  const trail = async (who: string, verb: string) => {
    const path = '/kapis/tenant.kubesphere.io/v1alpha2/auditing/events';
    const query = `verb_filter=${verb}&user_filter=ann&objectref_name_filter=web`;
    const { body } = await get(who, `${path}?${query}`);
    return (
      body['query'] as { records: { Workspace: string; message?: string; annotations?: Record<string, string> }[] }
    ).records;
  };
  const [opened] = await trail('admin', 'open-terminal');
  assert.equal(opened?.Workspace, 'w1');
  const closed = await eventually(async () => {
    const found = (await trail('admin', 'close-terminal')).find(
      ({ annotations }) => annotations?.['audit.orrery.io/recording'] === metadata.name,
    );
    assert.ok(found);
    return found;
  });
  assert.equal(closed.annotations?.['audit.orrery.io/recording-hash'], status.hash);
  assert.ok((await trail('boss', 'open-terminal')).length > 0, 'who may look into the project reads it');
  assert.deepEqual(await trail('eve', 'open-terminal'), []);
});

test('P2 recordings are for who was there, and for who may look into the project; nobody else knows of them', async () => {
  const { metadata } = await last('ann', 'kind=pod');
  assert.equal((await listed('boss')).length, 1);
  assert.equal((await listed('admin', 'user=ann')).length, 1);
  for (const who of ['bob', 'eve']) {
    assert.deepEqual((await get(who, recordings)).body, { items: [], totalItems: 0 });
    for (const query of [
      'user=ann',
      'namespace=p1',
      'sortBy=user',
      'fieldSelector=spec.user=ann',
      'labelSelector=a!=b',
    ])
      assert.equal((await listed(who, query)).length, 0, query);
    for (const path of ['', '/cast']) {
      const there = await get(who, `${recordings}/${metadata.name}${path}`);
      const absent = await get(who, `${recordings}/${'0'.repeat(32)}${path}`);
      assert.deepEqual(
        [there.status, there.text.replaceAll(metadata.name, '*')],
        [404, absent.text.replaceAll('0'.repeat(32), '*')],
      );
    }
    const gone = await platform.call('DELETE', `${recordings}/${metadata.name}`, { token: tokens[who] });
    assert.equal(gone.status, 403);
  }
  assert.equal((await platform.call('DELETE', `${recordings}/${metadata.name}`, { token: tokens['ann'] })).status, 403);
});

test('C5 a recording that somebody changed says so; one that is deleted is gone whole', async () => {
  const { metadata } = await last('ann', 'kind=pod');
  const name = `terminal-${metadata.name}-1`;
  const place = { namespace: 'kubesphere-system' };
  const { data } = await cluster.client.get<KubeObject & { data: { chunk: string } }>(resources.secrets, name, place);
  const forged = Buffer.from(data.chunk, 'base64');
  forged[20] = (forged[20]! + 1) % 256;
  await cluster.client.patch(resources.secrets, name, 'merge', { data: { chunk: forged.toString('base64') } }, place);
  const one = (await get('ann', `${recordings}/${metadata.name}`)).body as never as Shown;
  assert.equal(one.status.intact, false);
  await must('DELETE', `${recordings}/${metadata.name}`);
  assert.equal((await get('admin', `${recordings}/${metadata.name}`)).status, 404);
  await assert.rejects(cluster.client.get(resources.secrets, name, place), { code: 404 });
});

/** What a kubelet would say of a pod of ours. */
const runs = (name: string) =>
  cluster.client.patch(
    resources.pods,
    name,
    'merge',
    { status: { phase: 'Running' } },
    { namespace: 'kubesphere-system', subresource: 'status' },
  );
const helperPods = async (kind: string) =>
  (
    await cluster.client.list<KubeObject & { spec: Record<string, unknown> }>(resources.pods, {
      namespace: 'kubesphere-system',
      labelSelector: `platform.orrery.io/terminal=${kind}`,
    })
  ).items;

test('a node’s shell is a pod of its own, for who may, as himself; it goes with the terminal', async () => {
  await cluster.client.create(resources.nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } });
  const target = `${terminals}/nodes/n1/exec`;
  for (const who of ['ann', 'boss', 'eve'])
    assert.equal((await platform.call('GET', target, { token: tokens[who], headers: handshake })).status, 403, who);
  const refused = () => platform.call('GET', target, { token: tokens['admin'], headers: handshake });
  await eventually(async () => assert.match((await refused()).text, /not ready/));
  const ready = { conditions: [{ type: 'Ready', status: 'True' }], nodeInfo: { architecture: 'amd64' } };
  const status = (more: object) =>
    cluster.client.patch(resources.nodes, 'n1', 'merge', { status: { ...ready, ...more } }, { subresource: 'status' });
  await status({});
  await eventually(async () => assert.match((await refused()).text, /terminal\.node\.image/));
  assert.equal(
    (await platform.call('GET', `${terminals}/nodes/n9/exec`, { token: tokens['admin'], headers: handshake })).status,
    404,
  );
  // Said each time, as a kubelet does: nobody hears of the node otherwise, and then it is not ready before long.
  const shell = () =>
    eventually(async () => {
      await status({ images: [{ names: ['orrery.invalid/pause:1'], sizeBytes: 1 }] });
      const answer = await platform.ask('GET', target, { token: tokens['admin'], headers: handshake });
      assert.equal(answer.status, 101);
      return openSocket(answer);
    });
  (await shell()).connection.destroy();
  await eventually(async () => assert.equal((await helperPods('node')).length, 0));

  const socket = await shell();
  const [pod] = await helperPods('node');
  const { spec, metadata } = pod!;
  assert.match(metadata.name!, /^n1-shell-access-[0-9a-f]{8}$/);
  assert.deepEqual(
    [spec['nodeName'], spec['hostPID'], spec['automountServiceAccountToken'], spec['restartPolicy']],
    ['n1', true, false, 'Never'],
  );
  const [container] = spec['containers'] as {
    image: string;
    securityContext: object;
    volumeMounts: { readOnly: boolean }[];
  }[];
  assert.deepEqual(
    [container!.image, container!.securityContext],
    ['orrery.invalid/pause:1', { privileged: true, runAsUser: 0, runAsGroup: 0 }],
  );
  assert.ok(container!.volumeMounts.slice(1).every(({ readOnly }) => readOnly));
  await runs(metadata.name!);
  await output(socket, '$ ');
  const command = started.at(-1)!;
  assert.deepEqual([command.pod, command.command.at(0), command.command.at(-1)], [metadata.name, 'sh', 'bash']);
  assert.deepEqual([command.user, String(command.groups).includes('orrery:service')], ['admin', true]);
  socket.connection.close();
  await eventually(async () => assert.equal((await helperPods('node')).length, 0));
  const recorded = await last('admin', 'kind=node&sortBy=createTime');
  assert.deepEqual([recorded.spec.user, recorded.spec.node], ['admin', 'n1']);
  assert.deepEqual(await listed('boss', 'kind=node'), [], 'what was done on nodes is not the project’s');
});

test('a kubectl terminal has the user’s own kubeconfig, and nobody else’s; without an image it says what is missing', async () => {
  const target = (user: string) => `${terminals}/users/${user}/kubectl`;
  const none = await platform.call('GET', target('ann'), { token: tokens['ann'], headers: handshake });
  assert.deepEqual([none.status, /terminal\.kubectl\.image/.test(none.text)], [409, true]);
  for (const who of ['ann', 'admin'])
    assert.equal((await platform.call('GET', target('bob'), { token: tokens[who], headers: handshake })).status, 403);
  await cluster.client.create(resources.configmaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kubesphere-config', namespace: 'kubesphere-system' },
    data: { 'kubesphere.yaml': 'terminal: {kubectl: {image: "tools:1"}}' },
  } as never);
  const socket = await eventually(async () => open('ann', target('ann')));
  const [pod] = await helperPods('kubectl');
  const { metadata, spec } = pod!;
  assert.match(metadata.name!, /^kubectl-ann-/);
  assert.equal((spec['containers'] as { image: string }[])[0]!.image, 'tools:1');
  const place = { namespace: 'kubesphere-system' };
  const secret = await cluster.client.get<KubeObject & { data: { config: string } }>(
    resources.secrets,
    metadata.name!,
    place,
  );
  const config = Buffer.from(secret.data.config, 'base64').toString();
  assert.match(config, /current-context: ann@host/);
  const credential = /token: (\S+)/.exec(config)![1]!;
  const uses = async () => (await platform.call('GET', '/clusters/host/version', { token: credential })).status;
  assert.equal(await uses(), 200);
  await runs(metadata.name!);
  await output(socket, '$ ');
  socket.connection.close();
  await eventually(async () => assert.equal((await helperPods('kubectl')).length, 0));
  await eventually(async () =>
    assert.rejects(cluster.client.get(resources.secrets, metadata.name!, place), { code: 404 }),
  );
  await eventually(async () => assert.equal(await uses(), 401, 'its credential ends with it'));
});

const fetched = async (who: string, query: string) => {
  const answer = await platform.ask('GET', `${file}?${query}`, { token: tokens[who] });
  return { status: answer.status, headers: answer.headers, bytes: Buffer.from(await readBody(answer.body)) };
};

test('C4 files come out of a container whole and without what leads elsewhere', async () => {
  const from = join(folder, 'out');
  mkdirSync(join(from, 'deep'), { recursive: true });
  writeFileSync(join(from, 'plain.txt'), 'hello\n');
  writeFileSync(join(from, 'deep', '-rf ; touch x'), 'odd name');
  writeFileSync(join(from, 'large'), Buffer.alloc(3_000_000, 'x'));
  symlinkSync('/etc/passwd', join(from, 'link'));
  const raw = await fetched('ann', `path=${encodeURIComponent(join(from, 'plain.txt'))}&raw=true`);
  assert.deepEqual([raw.status, raw.bytes.toString()], [200, 'hello\n']);
  assert.match(String(raw.headers['content-disposition']), /^attachment; filename="plain.txt"/);
  const whole = await fetched('ann', `path=${encodeURIComponent(from)}`);
  assert.deepEqual([whole.status, whole.headers['content-type']], [200, 'application/x-tar']);
  writeFileSync(join(folder, 'whole.tar'), whole.bytes);
  const { stdout } = await promisify(execFile)('tar', ['-tf', join(folder, 'whole.tar')]);
  assert.deepEqual(stdout.trim().split('\n').toSorted(), [
    'out/',
    'out/deep/',
    'out/deep/-rf ; touch x',
    'out/large',
    'out/plain.txt',
  ]);
  assert.equal(started.at(-1)!.user, 'ann');
  assert.equal((await fetched('bob', 'path=/etc/hosts')).status, 403);
  assert.equal((await fetched('ann', `path=${join(folder, 'absent')}&raw=true`)).status, 404);
  assert.equal((await fetched('ann', `path=${join(folder, 'absent')}`)).status, 404);
  for (const path of ['etc/hosts', '/etc/../etc/hosts', '/', '/a%00b'])
    assert.equal((await fetched('ann', `path=${path}`)).status, 400, path);
});

const send = (who: string, query: string, type: string, raw: string) =>
  platform.call('POST', `${file}?${query}`, { token: tokens[who], raw, headers: { 'content-type': type } });

test('C4 files go into a container by name, never beside the folder; large ones in pieces', async () => {
  const into = join(folder, 'in');
  mkdirSync(into);
  const formOf = (name: string) =>
    `--B\r\nContent-Disposition: form-data; name="f"; filename="${name}"\r\n\r\ncontent\r\n--B--\r\n`;
  const type = 'multipart/form-data; boundary=B';
  assert.equal((await send('ann', `path=${into}`, type, formOf('new.txt'))).status, 200);
  assert.equal(readFileSync(join(into, 'new.txt'), 'utf8'), 'content');
  for (const name of ['../evil', '/etc/evil', '..'])
    assert.equal((await send('ann', `path=${into}`, type, formOf(name))).status, 400, name);
  assert.equal((await send('bob', `path=${into}`, type, formOf('x'))).status, 403);
  assert.equal((await send('ann', `path=${into}/absent`, type, formOf('x'))).status, 404);
  assert.equal((await send('ann', `path=${into}`, 'text/plain', 'x')).status, 415);

  const bytes = 'application/octet-stream';
  const path = `path=${encodeURIComponent(`${into}/$(touch x); "pieces"`)}`;
  const pieces = join(into, '$(touch x); "pieces"');
  assert.equal((await send('ann', path, bytes, 'one ')).status, 200);
  assert.equal((await send('ann', `${path}&offset=4`, bytes, 'two')).status, 200);
  assert.equal(readFileSync(pieces, 'utf8'), 'one two');
  assert.equal((await send('ann', `${path}&offset=4`, bytes, 'again')).status, 409);
  assert.equal((await send('ann', `${path}&offset=200000000`, bytes, 'x')).status, 413);
  assert.equal((await send('ann', path, bytes, '')).status, 200);
  assert.equal(readFileSync(pieces, 'utf8'), '');
});
