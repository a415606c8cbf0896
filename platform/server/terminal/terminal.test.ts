import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { chunksOf, type Handler, type Request, type Response } from '@orrery/http';
import {
  acceptRemoteCommand,
  commandStreamsOf,
  exitStatus,
  failureStatus,
  type CommandStatus,
  type RemoteCommand,
} from '@orrery/http/node';
import { systemClock } from '@orrery/machinery/clock';
import { terminalLimits } from '@orrery/platform-contract';
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
import { isMissing } from './frames.ts';

const iam = '/kapis/iam.kubesphere.io/v1beta1';
const tenant = '/kapis/tenant.kubesphere.io/v1beta1';
const exec = '/kapis/terminal.kubesphere.io/v1alpha2/namespaces/p1/pods/web/exec';
const password = 'Pa55word-long';

/** What stands behind the API server instead of a node: programs by name. Everything before it is real. */
const programs: Record<string, (command: RemoteCommand) => void> = {};
const started: { name: string; target: string; user: unknown }[] = [];
let written: ((line: string) => void) | undefined;
const logOf = (user: string): Response => ({
  status: 200,
  headers: { 'content-type': 'text/plain' },
  body: {
    start(sink) {
      written = line => void sink.write(new TextEncoder().encode(`${user} ${line}\n`));
      written('0');
    },
  },
});
const withPrograms =
  (cluster: Handler): Handler =>
  async (request: Request) => {
    const [path = '', query = ''] = request.target.split('?');
    if (path.endsWith('/pods/web/log')) return logOf(String(request.headers['impersonate-user']));
    if (!path.endsWith('/pods/web/exec')) return cluster(request);
    const name = new URLSearchParams(query).get('command') ?? '';
    started.push({ name, target: request.target, user: request.headers['impersonate-user'] });
    const run = programs[name];
    return acceptRemoteCommand(
      request,
      commandStreamsOf(request.target),
      run ??
        (command => command.finish(failureStatus('error executing command in container', `no "${name}" in $PATH`))),
      { clock: systemClock },
    );
  };

const echo = (command: RemoteCommand) => {
  const say = (text: string) => command.stdout!.write(new TextEncoder().encode(text));
  say('$ ');
  command.onResize(({ width, height }) => say(`[${width}x${height}]`));
  command.stdin!.onData(bytes => {
    const text = new TextDecoder().decode(bytes);
    if (text === 'exit') command.finish(exitStatus(127));
    else say(text.toUpperCase());
  });
};

let cluster: TestCluster;
let platform: TestPlatform;
const tokens: Record<string, string> = {};

async function must(method: string, target: string, body?: unknown): Promise<void> {
  const answer = await platform.call(method, target, { token: tokens['admin'], body });
  assert.ok(answer.status < 300, `${method} ${target} ${answer.status} ${answer.text}`);
}

before(async () => {
  cluster = await startCluster({ controllers: true });
  platform = await startPlatform(cluster, { cluster: withPrograms(cluster.forPlatform) });
  tokens['admin'] = await platform.logIn('admin', firstPassword);
  await must('PUT', `${iam}/users/admin/password`, { currentPassword: firstPassword, password });
  await must('POST', `${tenant}/workspaces`, { metadata: { name: 'w1' }, spec: {} });
  await must('POST', `${tenant}/workspaces/w1/namespaces`, { metadata: { name: 'p1' } });
  for (const [username, roleRef] of [
    ['ann', 'operator'],
    ['bob', 'viewer'],
    ['cid', 'operator'],
  ] as const) {
    await must('POST', `${iam}/users`, { metadata: { name: username }, spec: { password } });
    await must('POST', `${iam}/workspaces/w1/workspacemembers`, [{ username, roleRef: 'w1-regular' }]);
    await must('POST', `${iam}/namespaces/p1/namespacemembers`, [{ username, roleRef }]);
    tokens[username] = await platform.logIn(username, password);
  }
});
after(async () => {
  await platform.close();
  await cluster.close();
});

async function open(who: string, query = ''): Promise<TestSocket> {
  started.length = 0;
  return openSocket(await platform.ask('GET', `${exec}${query}`, { token: tokens[who], headers: handshake }));
}
/** Reads output until it ends as wanted. */
async function output(socket: TestSocket, end: string): Promise<void> {
  let text = '';
  while (!text.endsWith(end)) text += (await socket.next<{ Data: string }>(({ Op }) => Op === 'stdout')).Data;
}

test('what is typed goes in, what is written comes out, as the user', async () => {
  programs['sh'] = echo;
  const socket = await open('ann', '?container=c1&shell=sh');
  await output(socket, '$ ');
  socket.send({ Op: 'resize', Rows: 24, Cols: 80 });
  await output(socket, '[80x24]');
  socket.send({ Op: 'stdin', Data: 'grüße 🌍' });
  await output(socket, 'GRÜSSE 🌍');
  socket.send({ Op: 'unknown', Data: 'x' });
  assert.deepEqual(
    started.map(({ name, user }) => [name, user]),
    [['sh', 'ann']],
  );
  const query = new URLSearchParams(started[0]!.target.split('?')[1]);
  assert.deepEqual(Object.fromEntries(query), {
    command: 'sh',
    container: 'c1',
    stdin: 'true',
    stdout: 'true',
    tty: 'true',
  });
  socket.send({ Op: 'stdin', Data: 'exit' });
  assert.equal(await socket.closed, 1000);
});

test('letters that arrive in two halves are shown whole', async () => {
  const [first, second] = [new TextEncoder().encode('a🌍').slice(0, 3), new TextEncoder().encode('a🌍').slice(3)];
  let goOn = () => {};
  programs['sh'] = command => {
    command.stdout!.write(first);
    goOn = () => {
      command.stdout!.write(second);
      command.finish(exitStatus(0));
    };
  };
  const socket = await open('ann', '?shell=sh');
  assert.equal((await socket.next<{ Data: string }>()).Data, 'a');
  goOn();
  assert.equal((await socket.next<{ Data: string }>()).Data, '🌍');
  assert.equal(await socket.closed, 1000);
});

test('without a shell bash is tried, then sh; what was typed meanwhile is not lost', async () => {
  programs['sh'] = echo;
  delete programs['bash'];
  const socket = await open('ann');
  socket.send({ Op: 'resize', Rows: 30, Cols: 100 });
  await output(socket, '[100x30]');
  socket.send({ Op: 'stdin', Data: 'ls' });
  await output(socket, 'LS');
  assert.deepEqual(
    started.map(({ name }) => name),
    ['bash', 'sh'],
  );
  socket.connection.destroy();

  programs['bash'] = command => command.finish(exitStatus(126));
  const again = await open('ann');
  await output(again, '$ ');
  again.connection.destroy();

  programs['bash'] = command => command.stdin!.onData(() => command.finish(exitStatus(127)));
  const early = await open('ann');
  early.send({ Op: 'stdin', Data: 'ls' });
  await output(early, 'LS');
  early.connection.destroy();

  programs['bash'] = echo;
  const bash = await open('ann');
  await output(bash, '$ ');
  bash.send({ Op: 'stdin', Data: 'exit' });
  assert.equal(await bash.closed, 1000, 'a shell that was used and ends with 127 is over');
  assert.deepEqual(
    started.map(({ name }) => name),
    ['bash'],
  );
});

const ends: [string, CommandStatus, boolean, boolean][] = [
  ['success', exitStatus(0), false, false],
  ['an exit code', exitStatus(1), false, false],
  ['not found, at once', exitStatus(127), false, true],
  ['not found, by what was typed', exitStatus(127), true, false],
  ['not started at all', failureStatus('error', 'x'), true, true],
];
for (const [name, status, used, expected] of ends)
  test(`the shell is missing? ${name}: ${expected}`, () => assert.equal(isMissing(status, used), expected));

test('what went wrong is told where the user looks', async () => {
  const none = await open('ann', '?shell=zsh');
  assert.match((await none.next<{ Data: string }>(({ Op }) => Op === 'toast')).Data, /no "zsh" in \$PATH/);
  await none.closed;
  const target = exec.replace('web', 'absent');
  const absent = openSocket(await platform.ask('GET', target, { token: tokens['ann'], headers: handshake }));
  assert.match((await absent.next<{ Data: string }>(({ Op }) => Op === 'toast')).Data, /pods "absent" not found/);
  await absent.closed;
});

const handshakes: [string, string, Record<string, string>, number][] = [
  ['a viewer', 'bob', handshake, 403],
  ['nobody', '', handshake, 401],
  ['a request that is no WebSocket', 'ann', {}, 400],
];
for (const [name, who, headers, status] of handshakes)
  test(`${name} gets ${status}`, async () =>
    assert.equal((await platform.call('GET', exec, { token: tokens[who], headers })).status, status));

test('cookies count from our own pages only; a shell is the name of a program', async () => {
  const cookie = `token=${tokens['ann']}`;
  const ask = (origin: string) => platform.ask('GET', exec, { headers: { ...handshake, cookie, origin } });
  assert.equal((await ask('https://evil.test')).status, 403);
  openSocket(await ask('https://platform.test')).connection.destroy();
  const odd = `${exec}?shell=${encodeURIComponent('sh -c reboot')}`;
  assert.equal((await platform.call('GET', odd, { token: tokens['ann'], headers: handshake })).status, 400);
});

const broken: [string, string | Uint8Array, number][] = [
  ['no JSON', 'ls', 1008],
  ['no text', new Uint8Array([1]), 1008],
  ['no data', '{"Op":"stdin"}', 1008],
  ['an endless screen', '{"Op":"resize","Rows":1,"Cols":1000000}', 1008],
  ['too much at once', JSON.stringify({ Op: 'stdin', Data: 'x'.repeat(terminalLimits.frameBytesMax) }), 1009],
];
for (const [name, message, code] of broken)
  test(`a frame that is none ends the terminal: ${name}`, async () => {
    const socket = await open('ann', '?shell=sh');
    socket.sendRaw(message);
    assert.equal(await socket.closed, code);
  });

test('a browser that goes takes its shell along', async () => {
  const [runs, gone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  programs['sh'] = command => {
    command.onClose(() => gone.resolve());
    runs.resolve();
  };
  const socket = await open('ann', '?shell=sh');
  // Asked for it is before it runs: who goes then takes nothing along.
  await runs.promise;
  socket.connection.close();
  await gone.promise;
});

test('output that nobody reads holds the program back', async () => {
  let written = 0;
  const chunk = new Uint8Array(64 * 1024).fill(120);
  programs['sh'] = command => {
    const write = () => {
      while (written < 64 << 20 && command.stdout!.write(chunk)) written += chunk.length;
    };
    command.stdout!.onDrain(write);
    write();
  };
  const socket = await open('ann', '?shell=sh');
  socket.connection.pause();
  let before = -1;
  while (before !== written || written === 0) {
    before = written;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  assert.ok(written < 16 << 20, `${written} bytes were taken`);
  socket.connection.destroy();
});

test('a terminal ends with the right to it and with its session, and not with another right', async () => {
  programs['sh'] = echo;
  const target = `${exec}?shell=sh`;
  const socket = openSocket(await platform.ask('GET', target, { token: tokens['cid'], headers: handshake }));
  await output(socket, '$ ');
  await must('POST', `${tenant}/workspaces/w1/namespaces`, { metadata: { name: 'p2' } });
  await must('POST', `${iam}/namespaces/p2/namespacemembers`, [{ username: 'cid', roleRef: 'viewer' }]);
  await must('DELETE', `${iam}/namespaces/p2/namespacemembers/cid`);
  socket.send({ Op: 'stdin', Data: 'still' });
  await output(socket, 'STILL');
  await must('PUT', `${iam}/namespaces/p1/namespacemembers/cid`, { username: 'cid', roleRef: 'viewer' });
  assert.match(
    (await socket.next<{ Data: string }>(({ Op }) => Op === 'toast')).Data,
    /right to this terminal is gone/,
  );
  await socket.closed;
  const own = await open('ann', '?shell=sh');
  await output(own, '$ ');
  await platform.call('GET', '/oauth/logout', { token: tokens['ann'] });
  await own.closed;
});

test('a log is followed through the native API with the cookie, line by line, until the session ends', async () => {
  const token = await platform.logIn('bob', password);
  const answer = await platform.ask('GET', '/api/v1/namespaces/p1/pods/web/log?container=c&follow=true&tailLines=10', {
    headers: { cookie: `token=${token}` },
  });
  assert.deepEqual([answer.status, answer.headers['content-type']], [200, 'text/plain']);
  const lines = chunksOf(answer.body)[Symbol.asyncIterator]();
  const next = async () => new TextDecoder().decode((await lines.next()).value as Uint8Array);
  assert.equal(await next(), 'bob 0\n');
  written!('1');
  assert.equal(await next(), 'bob 1\n');
  await platform.call('GET', '/oauth/logout', { token });
  await assert.rejects(next(), 'a log that breaks off is not taken for its end');
});
