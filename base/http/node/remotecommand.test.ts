import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { systemClock } from '@orrery/machinery/clock';
import { header } from '../headers.ts';
import { createDuplexPair } from '../pair.ts';
import { readBody } from '../body.ts';
import type { Request } from '../types.ts';
import { runCommand } from '../testing/commands.ts';
import {
  bytes,
  collect,
  requestOf,
  text,
  upgraded,
  upgradeHeaders,
  upgradeRequest,
  type Framing,
} from '../testing/upgrades.ts';
import {
  acceptRemoteCommand,
  commandStreamsOf,
  createSpdySession,
  createWebSocket,
  exitCodeOf,
  exitStatus,
  failCommand,
  openRemoteCommand,
  relayCommand,
  type CommandStreams,
  type RemoteCommand,
} from './index.ts';

interface Given extends Partial<CommandStreams> {
  framing: Framing;
  protocol: string;
  run?: (command: RemoteCommand) => void;
}

function start(words: readonly string[], given: Given) {
  const streams = { stdin: true, stdout: true, stderr: true, tty: false, ...given };
  const request = upgradeRequest(given.framing, '/exec', given.protocol ? [given.protocol] : []);
  const run = given.run ?? ((command: RemoteCommand) => runCommand(words, command));
  const response = acceptRemoteCommand(request, streams, run, { clock: systemClock });
  const wire = upgraded(response);
  return openRemoteCommand(wire, { ...streams, protocol: given.protocol, framing: given.framing, clock: systemClock });
}

const spdyVersions = ['v4.channel.k8s.io', 'v3.channel.k8s.io', 'v2.channel.k8s.io', 'channel.k8s.io', ''];
const socketVersions = [
  'v5.channel.k8s.io',
  'v4.channel.k8s.io',
  'v4.base64.channel.k8s.io',
  'channel.k8s.io',
  'base64.channel.k8s.io',
  '',
];
const ways: Given[] = [
  ...spdyVersions.map(protocol => ({ framing: 'SPDY/3.1' as const, protocol })),
  ...socketVersions.map(protocol => ({ framing: 'websocket' as const, protocol })),
];

for (const way of ways) {
  const name = `${way.framing} ${way.protocol || '(no protocol named)'}`;
  const hasStatus = /^v[45]/.test(way.protocol);

  test(`${name}: output, error output and success`, async () => {
    const command = start(['say', 'to stdout', 'to stderr'], way);
    const outputs = await Promise.all([collect(command.stdout), collect(command.stderr), command.status]);
    assert.deepEqual(outputs.slice(0, 2), ['to stdout', 'to stderr']);
    assert.equal(exitCodeOf(outputs[2]), 0);
  });

  test(`${name}: the exit code, as a Status from version 4 on, before as a text`, async () => {
    const status = await start(['exit', '3'], way).status;
    assert.equal(status.status, 'Failure');
    assert.equal(status.message, 'command terminated with non-zero exit code: exit status 3');
    assert.equal(exitCodeOf(status), hasStatus ? 3 : undefined);
    if (hasStatus) assert.equal(status.reason, 'NonZeroExitCode');
  });

  test(`${name}: a command that cannot be started`, async () => {
    const run = (command: RemoteCommand) =>
      failCommand(command, 'error executing command in container', new Error('no such file'));
    const status = await start([], { ...way, run }).status;
    assert.equal(status.message, 'Internal error occurred: error executing command in container: no such file');
    assert.equal(status.code, hasStatus ? 500 : undefined);
  });

  test(`${name}: a megabyte of output arrives whole before the status`, async () => {
    const command = start(['yes', '1000000'], way);
    let size = 0;
    command.stdout!.onData(piece => (size += piece.length));
    await command.status;
    assert.equal(size, 1_000_000);
  });

  if (way.framing === 'SPDY/3.1' || way.protocol.startsWith('v5'))
    test(`${name}: the end of stdin reaches the command`, async () => {
      const command = start(['cat'], way);
      const output = collect(command.stdout);
      command.stdin!.write(bytes('one '));
      command.stdin!.write(bytes('two'));
      command.stdin!.end();
      assert.equal(await output, 'one two');
      assert.equal(exitCodeOf(await command.status), 0);
    });

  if (!['v2.channel.k8s.io', 'channel.k8s.io', ''].includes(way.protocol) || way.framing === 'websocket')
    test(`${name}: sizes of the terminal`, async () => {
      const command = start(['size'], { ...way, tty: true, stderr: false });
      const output = collect(command.stdout);
      command.resize({ width: 80, height: 24 });
      command.resize({ width: 200, height: 50 });
      await new Promise(resolve => command.stdout!.onData(resolve as never));
      command.stdin!.write(bytes('q'));
      assert.equal(exitCodeOf(await command.status), 0);
      void output;
    });

  test(`${name}: the command learns that its client is gone`, async () => {
    let gone: Promise<void> | undefined;
    const run = (command: RemoteCommand) => void (gone = new Promise(resolve => command.onClose(resolve)));
    const command = start([], { ...way, run });
    void command.status.catch(() => {});
    await new Promise(setImmediate);
    command.close();
    await gone;
  });
}

test('a slow reader holds the command back', async () => {
  for (const way of [ways[0]!, ways[spdyVersions.length]!]) {
    let written = 0;
    const run = ({ stdout, finish }: RemoteCommand) => {
      const piece = new Uint8Array(64 * 1024);
      const fill = () => {
        while (written < 400) {
          written++;
          if (!stdout!.write(piece)) return;
        }
        finish(exitStatus(0));
      };
      stdout!.onDrain(fill);
      fill();
    };
    const command = start([], { ...way, run });
    let size = 0;
    command.stdout!.pause();
    command.stdout!.onData(piece => (size += piece.length));
    for (let turn = 0; turn < 300; turn++) await new Promise(setImmediate);
    assert.ok(written < 250, `${way.framing}: ${written} pieces were written although nobody read`);
    command.stdout!.resume();
    await command.status;
    assert.equal(size, 400 * 64 * 1024);
  }
});

test('a WebSocket client hears first that its command stands, and nothing before', async () => {
  const cases: [Partial<CommandStreams>, number][] = [
    [{}, 1],
    [{ stdout: false }, 2],
    [{ stdout: false, stderr: false }, 3],
  ];
  for (const [given, channel] of cases) {
    const standing = Promise.withResolvers<RemoteCommand>();
    const streams = { stdin: true, stdout: true, stderr: true, tty: false, ...given };
    const request = upgradeRequest('websocket', '/exec', ['v5.channel.k8s.io']);
    const wire = upgraded(acceptRemoteCommand(request, streams, standing.resolve, { clock: systemClock }));
    const socket = createWebSocket(wire, { role: 'client' });
    const heard: number[][] = [];
    socket.onMessage(message => void heard.push([...message.subarray(0, 2)]));
    const command = await standing.promise;
    await new Promise(setImmediate);
    assert.deepEqual(heard, []);
    command.ready();
    command.stdout?.write(bytes('x'));
    command.finish(exitStatus(0));
    await new Promise<void>(resolve => socket.onClose(() => resolve()));
    assert.deepEqual(heard[0], [channel]);
    assert.deepEqual(heard.slice(1, -1), streams.stdout ? [[1, 'x'.charCodeAt(0)]] : []);
    assert.equal(heard.at(-1)![0], 3);
  }
});

test('a relay passes everything on, whatever is spoken on either side', async () => {
  const inner = start(['cat'], ways[0]!);
  const outer = start([], { ...ways[spdyVersions.length]!, run: command => relayCommand(command, inner) });
  const output = collect(outer.stdout);
  outer.stdin!.write(bytes('through two hops'));
  outer.stdin!.end();
  assert.equal(await output, 'through two hops');
  assert.equal(exitCodeOf(await outer.status), 0);
  const failing = start(['exit', '42'], ways[0]!);
  const status = await start([], { ...ways[spdyVersions.length]!, run: command => relayCommand(command, failing) })
    .status;
  assert.equal(exitCodeOf(status), 42);
});

test('a relay whose far side breaks says so', async () => {
  const [wire, far] = createDuplexPair();
  const streams = { stdin: true, stdout: true, stderr: true, tty: false };
  const inner = openRemoteCommand(wire, { ...streams, protocol: 'v4.channel.k8s.io', clock: systemClock });
  const outer = start([], { ...ways[0]!, run: command => relayCommand(command, inner) });
  far.destroy();
  assert.match((await outer.status).message!, /the connection ended before the command/);
});

const refusals: [string, Request, Partial<CommandStreams>, number, RegExp][] = [
  ['no upgrade', requestOf('POST', '/exec', {}), {}, 400, /missing upgrade headers/],
  [
    'another protocol',
    requestOf('POST', '/exec', { connection: 'upgrade', upgrade: 'h2c' }),
    {},
    400,
    /missing upgrade/,
  ],
  [
    'SPDY sub-protocols unknown',
    upgradeRequest('SPDY/3.1', '/exec', ['v9', 'v8']),
    {},
    403,
    /client supports \[v9 v8\], server accepts \[v4/,
  ],
  ['WebSocket sub-protocols unknown', upgradeRequest('websocket', '/exec', ['v9']), {}, 400, /v9/],
  ['WebSocket by POST', { ...upgradeRequest('websocket', '/exec', []), method: 'POST' }, {}, 400, /handshake/],
  [
    'WebSocket of another version',
    requestOf('GET', '/exec', { ...upgradeHeaders('websocket', []), 'sec-websocket-version': '8' }),
    {},
    400,
    /version/,
  ],
  [
    'no stream at all',
    upgradeRequest('SPDY/3.1', '/exec', []),
    { stdin: false, stdout: false, stderr: false },
    400,
    /at least 1 of stdin, stdout, stderr/,
  ],
];

for (const [what, request, streams, code, message] of refusals)
  test(`refused: ${what}`, async () => {
    const all = { stdin: true, stdout: true, stderr: true, tty: false, ...streams };
    const response = acceptRemoteCommand(request, all, () => assert.fail('must not run'), { clock: systemClock });
    assert.equal(response.status, code);
    assert.match(text(await readBody(response.body)), message);
  });

test("the client's order of protocols decides", () => {
  const answer = (framing: Framing, protocols: string[]) => {
    const all = { stdin: true, stdout: true, stderr: true, tty: false };
    const { headers } = acceptRemoteCommand(upgradeRequest(framing, '/', protocols), all, () => {}, {
      clock: systemClock,
    });
    return header(headers, framing === 'websocket' ? 'sec-websocket-protocol' : 'x-stream-protocol-version');
  };
  assert.equal(answer('websocket', ['v5.channel.k8s.io', 'v4.channel.k8s.io']), 'v5.channel.k8s.io');
  assert.equal(answer('websocket', ['x', 'v4.channel.k8s.io', 'v5.channel.k8s.io']), 'v4.channel.k8s.io');
  assert.equal(
    answer('SPDY/3.1', ['v5.channel.k8s.io', 'v4.channel.k8s.io', 'v3.channel.k8s.io']),
    'v4.channel.k8s.io',
  );
});

test('a SPDY client that does not open its streams within 30 s is cut off', async () => {
  const clock = createManualClock();
  const all = { stdin: true, stdout: true, stderr: true, tty: false };
  const wire = upgraded(
    acceptRemoteCommand(upgradeRequest('SPDY/3.1', '/', []), all, () => assert.fail('must not run'), { clock }),
  );
  const session = createSpdySession(wire, { role: 'client', clock });
  session.open({ streamtype: 'error' });
  await clock.advance(29_999);
  assert.equal(session.closed, false);
  await clock.advance(1);
  assert.equal(session.closed, true);
});

test('streams of the query', () => {
  const table: [string, CommandStreams][] = [
    ['/x?stdin=true&stdout=true&stderr=true', { stdin: true, stdout: true, stderr: true, tty: false }],
    ['/x?input=1&output=1&error=1&tty=1', { stdin: true, stdout: true, stderr: false, tty: true }],
    ['/x?stdout=1&stdin=false', { stdin: false, stdout: true, stderr: false, tty: false }],
    ['/x', { stdin: false, stdout: false, stderr: false, tty: false }],
  ];
  for (const [target, streams] of table) assert.deepEqual(commandStreamsOf(target), streams);
});
