import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';
import * as grpc from '@grpc/grpc-js';
import type { Probe } from '@orrery/kinds/types';
import { systemClock } from '@orrery/machinery/clock';
import { container } from '../pods/fixtures.ts';
import { RuntimeError, type Runtime } from '../runtime/types.ts';
import { portNumber } from './http.ts';
import { createProber } from './prober.ts';
import { afterProbe, initialState, type ProbeKind } from './state.ts';

suite('thresholds', () => {
  type Outcome = 's' | 'f';
  const verdicts = { s: 'success', f: 'failure' } as const;
  const rows: [string, ProbeKind, Probe, string, string][] = [
    ['readiness begins as failed and follows at once', 'readiness', { failureThreshold: 1 }, 'sfs', 'sfs'],
    ['three failures in a row', 'readiness', { failureThreshold: 3 }, 'sffsfff', 'sssssss'.slice(0, 6) + 'f'],
    ['two successes in a row', 'readiness', { successThreshold: 2, failureThreshold: 1 }, 'ssfss', 'fsffs'],
    ['liveness begins as passed', 'liveness', { failureThreshold: 2 }, 'ffs', 'sfs'],
    ['the default is three failures', 'liveness', {}, 'fff', 'ssf'],
  ];
  for (const [name, kind, probe, outcomes, wanted] of rows) {
    test(name, () => {
      let state = initialState(kind);
      const seen = [...outcomes].map(outcome => {
        state = afterProbe(kind, probe, state, verdicts[outcome as Outcome]);
        return state.verdict[0];
      });
      assert.equal(seen.join(''), wanted);
    });
  }
  test('a container that failed for good is left alone', () => {
    assert.equal(afterProbe('liveness', { failureThreshold: 1 }, initialState('liveness'), 'failure').onHold, true);
    assert.equal(afterProbe('readiness', { failureThreshold: 1 }, initialState('readiness'), 'failure').onHold, false);
  });
});

suite('probing', () => {
  const statuses: Record<string, number> = { '/ok': 200, '/moved': 302, '/bad': 500, '/notfound': 404 };
  const server = createServer((request, response) => {
    const url = request.url ?? '';
    if (url === '/slow') return;
    if (url === '/redirect-away') response.setHeader('location', 'http://192.0.2.1/');
    if (url === '/redirect') response.setHeader('location', '/bad');
    response.statusCode = url.startsWith('/redirect') ? 302 : (statuses[url] ?? 200);
    response.end(url === '/agent' ? String(request.headers['user-agent']) : 'body');
  });
  let port = 0;
  let closed = 0;
  before(async () => {
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
    const other = net.createServer();
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve));
    closed = (other.address() as AddressInfo).port;
    await new Promise(resolve => other.close(resolve));
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const runtime = {
    execSync: async (_: string, command: readonly string[]) => {
      if (command[0] === 'hang') throw new RuntimeError('deadlineExceeded', 'timed out');
      if (command[0] === 'broken') throw new RuntimeError('unknown', 'no such file');
      return { exitCode: command[0] === 'true' ? 0 : 1, stdout: Buffer.from('out'), stderr: Buffer.from('err') };
    },
  } as unknown as Runtime;
  const prober = createProber(runtime, systemClock);
  const run = (probe: Probe) =>
    prober(probe, {
      containerId: 'c',
      container: container('a', { ports: [{ name: 'web', containerPort: port }] }),
      podIp: '127.0.0.1',
    });

  const http =
    (path: string, more = {}): (() => Probe) =>
    () => ({ httpGet: { port, path, ...more } });
  const rows: [string, () => Probe, string, RegExp][] = [
    ['http 200', http('/ok'), 'success', /body/],
    ['http says who it is', http('/agent'), 'success', /^kube-probe\/1\.34$/],
    ['http 500', http('/bad'), 'failure', /^HTTP probe failed with statuscode: 500$/],
    ['http follows redirects on its host', http('/redirect'), 'failure', /statuscode: 500/],
    ['http takes a redirect elsewhere as success', http('/redirect-away'), 'success', /terminated redirects/],
    ['http by port name', () => ({ httpGet: { port: 'web', path: '/ok' } }), 'success', /body/],
    [
      'http refused',
      () => ({ httpGet: { port: closed } }),
      'failure',
      /^Get "http:\/\/127\.0\.0\.1:\d+\/": dial tcp 127\.0\.0\.1:\d+: connect: connection refused$/,
    ],
    ['http too slow', http('/slow'), 'failure', /context deadline exceeded/],
    ['tcp open', () => ({ tcpSocket: { port } }), 'success', /^$/],
    [
      'tcp refused',
      () => ({ tcpSocket: { port: closed } }),
      'failure',
      /^dial tcp 127\.0\.0\.1:\d+: connect: connection refused$/,
    ],
    ['unknown port name', () => ({ tcpSocket: { port: 'nope' } }), 'unknown', /couldn't find port: nope/],
    ['exec 0', () => ({ exec: { command: ['true'] } }), 'success', /outerr/],
    ['exec 1', () => ({ exec: { command: ['false'] } }), 'failure', /outerr/],
    [
      'exec too slow',
      () => ({ exec: { command: ['hang', 'x'] } }),
      'failure',
      /^command timed out: "hang x" timed out after 1s$/,
    ],
    ['exec impossible', () => ({ exec: { command: ['broken'] } }), 'unknown', /no such file/],
    [
      'grpc refused',
      () => ({ grpc: { port: closed } }),
      'failure',
      /failed to connect service|did not complete within 1s/,
    ],
  ];
  for (const [name, probe, verdict, output] of rows) {
    test(name, async () => {
      const outcome = await run(probe());
      assert.equal(outcome.verdict, verdict, outcome.output);
      assert.match(outcome.output, output);
    });
  }
  test('grpc: the answer of the health service counts', async () => {
    const health = new grpc.Server();
    const answers: Record<string, number> = { '': 1, sick: 2 };
    const method = {
      path: '/grpc.health.v1.Health/Check',
      requestStream: false,
      responseStream: false,
      requestSerialize: (bytes: Buffer) => bytes,
      requestDeserialize: (bytes: Buffer) => bytes,
      responseSerialize: (bytes: Buffer) => bytes,
      responseDeserialize: (bytes: Buffer) => bytes,
    };
    health.addService(
      { check: method },
      {
        check: (call: grpc.ServerUnaryCall<Buffer, Buffer>, done: grpc.sendUnaryData<Buffer>) => {
          const service = call.request.subarray(2).toString();
          const status = answers[service];
          if (status === undefined) done({ code: grpc.status.NOT_FOUND, details: 'unknown service' });
          else done(null, Buffer.from([0x08, status]));
        },
      },
    );
    const bound = promisify(health.bindAsync.bind(health));
    const grpcPort = await bound('127.0.0.1:0', grpc.ServerCredentials.createInsecure());
    try {
      assert.deepEqual(await run({ grpc: { port: grpcPort } }), { verdict: 'success', output: 'service healthy' });
      assert.deepEqual(await run({ grpc: { port: grpcPort, service: 'sick' } }), {
        verdict: 'failure',
        output: 'service unhealthy (responded with "NOT_SERVING")',
      });
      assert.match((await run({ grpc: { port: grpcPort, service: 'other' } })).output, /unknown service/);
    } finally {
      health.forceShutdown();
    }
  });

  test('ports: numbers, names, digits, nonsense', () => {
    assert.equal(portNumber(80, {}), 80);
    assert.equal(portNumber('80', {}), 80);
    assert.throws(() => portNumber(0, {}), /invalid port number/);
    assert.throws(() => portNumber('x', {}), /couldn't find port/);
  });
});
