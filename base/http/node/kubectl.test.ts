/** The streaming protocols against the client that matters most. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { notFound } from '@orrery/machinery/status';
import { jsonAnswer, statusAnswer } from '../answers.ts';
import { createAuthority } from '../testing/certificates.ts';
import { answerPort, runCommand } from '../testing/commands.ts';
import type { Handler, Request } from '../types.ts';
import { acceptPortForward, acceptRemoteCommand, commandStreamsOf, serve, type HttpServer } from './index.ts';

const hasKubectl = (() => {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();
/** `script` lends a program a terminal. */
const noTerminals = hasScript() ? false : 'script is not installed';

function hasScript(): boolean {
  try {
    execFileSync('script', ['-qec', 'true', '/dev/null'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const skip = hasKubectl ? false : 'kubectl is not installed';

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'default', uid: 'u' },
  spec: { containers: [{ name: 'c', image: 'i', stdin: true }] },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
};

const podResource = { name: 'pods', singularName: 'pod', namespaced: true, kind: 'Pod', verbs: ['get', 'list'] };

/** As much of an API as kubectl looks at before it streams. */
const documents: Record<string, object> = {
  '/api': { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] },
  '/apis': { kind: 'APIGroupList', apiVersion: 'v1', groups: [] },
  '/api/v1': { kind: 'APIResourceList', groupVersion: 'v1', resources: [podResource] },
  '/api/v1/namespaces/default/pods/web': pod,
};

const upgrades: string[] = [];

const handler: Handler = async request => {
  const [path = '', query = ''] = request.target.split('?');
  if (documents[path]) return jsonAnswer(200, documents[path]);
  if (!path.startsWith('/api/v1/namespaces/default/pods/web/'))
    return statusAnswer(notFound({ group: '', resource: path }).toStatus());
  upgrades.push(describe(request));
  const clock = systemClock;
  if (path.endsWith('/portforward')) return acceptPortForward(request, answerPort, { clock });
  const words = path.endsWith('/attach') ? ['cat'] : new URLSearchParams(query).getAll('command');
  return acceptRemoteCommand(request, commandStreamsOf(request.target), command => runCommand(words, command), {
    clock,
  });
};

const describe = ({ headers }: Request): string =>
  `${headers['upgrade']} ${headers['sec-websocket-protocol'] ?? headers['x-stream-protocol-version']}`.split(',')[0]!;

let server: HttpServer;
let folder: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'orrery-kubectl-'));
  const authority = await createAuthority();
  const identity = await authority.issue('localhost');
  server = await serve({ handler, tls: identity, host: '127.0.0.1', clock: systemClock, log: silentLog });
  writeFileSync(join(folder, 'ca.crt'), authority.cert);
  writeFileSync(
    join(folder, 'config'),
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'c',
      clusters: [
        { name: 'c', cluster: { server: `https://127.0.0.1:${server.port}`, 'certificate-authority': 'ca.crt' } },
      ],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      users: [{ name: 'u', user: { token: 't' } }],
    }),
  );
});

after(async () => {
  await server.close(0);
  rmSync(folder, { recursive: true });
});

function kubectl(words: readonly string[], env: Record<string, string>): ChildProcessWithoutNullStreams {
  return spawn('kubectl', words, {
    env: { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: join(folder, 'config'), ...env },
  });
}

interface Outcome {
  code: number | null;
  stdout: string;
  stderr: string;
}

function run(words: readonly string[], env: Record<string, string>, input?: Buffer | string): Promise<Outcome> {
  const child = kubectl(words, env);
  const outcome: Outcome = { code: null, stdout: '', stderr: '' };
  child.stdout.setEncoding('latin1').on('data', text => (outcome.stdout += text));
  child.stderr.setEncoding('latin1').on('data', text => (outcome.stderr += text));
  child.stdin.on('error', () => {}).end(input);
  return new Promise(resolve => child.once('close', code => resolve({ ...outcome, code })));
}

/**
 * The first message of a connection is empty, as upstream's servers send it: a kubectl that has not made its streams yet says in its log that it
 * belongs to none.
 */
const early = /^E\d{4} .* Unknown stream id \d+, discarding message\n/gm;

const kinds: [string, Record<string, string>, string, string][] = [
  ['WebSocket', {}, 'websocket v5.channel.k8s.io', 'websocket SPDY/3.1+portforward.k8s.io'],
  [
    'SPDY',
    { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' },
    'SPDY/3.1 v5.channel.k8s.io',
    'SPDY/3.1 portforward.k8s.io',
  ],
];

for (const [name, env, execUpgrade, forwardUpgrade] of kinds) {
  test(`kubectl exec over ${name}: both outputs and success`, { skip }, async () => {
    upgrades.length = 0;
    const outcome = await run(['exec', 'web', '--', 'say', 'out', 'err'], env);
    assert.deepEqual(
      { ...outcome, stderr: outcome.stderr.replace(early, '') },
      { code: 0, stdout: 'out', stderr: 'err' },
    );
    assert.equal(upgrades.length, 1);
    assert.ok(upgrades[0]!.split(' ')[0] === execUpgrade.split(' ')[0], upgrades[0]);
  });

  test(`kubectl exec over ${name}: the exit code`, { skip }, async () => {
    const outcome = await run(['exec', 'web', '--', 'exit', '7'], env);
    assert.equal(outcome.code, 7);
    assert.match(outcome.stderr, /command terminated with exit code 7/);
  });

  test(`kubectl exec -i over ${name}: stdin to its end, and back`, { skip }, async () => {
    const input = Buffer.alloc(3_000_000, 'abcdefg');
    const outcome = await run(['exec', '-i', 'web', '--', 'cat'], env, input);
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.ok(outcome.stdout === input.toString('latin1'), `${outcome.stdout.length} bytes came back`);
  });

  test(`kubectl exec over ${name}: much output`, { skip }, async () => {
    const outcome = await run(['exec', 'web', '--', 'yes', '20000000'], env);
    assert.deepEqual([outcome.code, outcome.stdout.length], [0, 20_000_000]);
  });

  test(`kubectl attach -i over ${name}`, { skip }, async () => {
    const outcome = await run(['attach', '-i', 'web'], env, 'attached');
    assert.equal(outcome.code, 0, outcome.stderr);
    assert.match(outcome.stdout, /attached/);
  });

  test(`kubectl exec -it over ${name}: a terminal and its size`, { skip: skip || noTerminals }, async () => {
    const inTerminal = 'stty rows 33 cols 111; kubectl exec -it web -- size';
    const child = spawn('script', ['-qec', inTerminal, '/dev/null'], {
      env: { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: join(folder, 'config'), SHELL: '/bin/sh', ...env },
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', text => {
      output += text;
      if (output.includes('111x33')) child.stdin.write('q');
    });
    const code = await new Promise(resolve => child.once('close', resolve));
    child.stdin.destroy();
    assert.equal(code, 0, output);
    assert.match(output, /111x33/);
  });

  test(`kubectl port-forward over ${name}`, { skip }, async () => {
    upgrades.length = 0;
    const child = kubectl(['port-forward', 'pod/web', ':7', ':19', ':99'], env);
    let output = '';
    const waiting = new Set<() => void>();
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', text => {
        output += text;
        for (const wake of waiting) wake();
        waiting.clear();
      });
    const ended = new Promise(resolve => child.once('close', resolve));
    const localPort = async (port: number) => {
      for (;;) {
        const match = new RegExp(`127\\.0\\.0\\.1:(\\d+) -> ${port}\\n`).exec(output);
        if (match) return Number(match[1]);
        assert.equal(child.exitCode, null, output);
        await new Promise<void>(resolve => waiting.add(resolve));
      }
    };
    const talk = async (port: number, words: string) => {
      const socket = connectSocket({ host: '127.0.0.1', port: await localPort(port), allowHalfOpen: true });
      let received = '';
      socket.on('data', piece => (received += piece.toString('latin1')));
      socket.end(words);
      await new Promise(resolve => socket.once('close', resolve));
      return received;
    };
    try {
      assert.deepEqual(await Promise.all([talk(7, 'one'), talk(7, 'two')]), ['ONE', 'TWO']);
      assert.equal((await talk(19, '')).length, 1 << 20);
      assert.equal(upgrades[0], forwardUpgrade);
    } finally {
      child.kill();
      await ended;
    }
  });
}

test('the test pod stays what kubectl expects', { skip }, async () => {
  const outcome = await run(['get', 'pod', 'web', '-o', 'name'], {});
  assert.equal(outcome.stdout, 'pod/web\n');
  assert.ok(readFileSync(join(folder, 'config')).length > 0);
});
