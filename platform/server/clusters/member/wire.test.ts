/** The way to a member: where it leads, what comes back by it, and how long anybody waits. */
import assert from 'node:assert/strict';
import { test, type TestContext } from 'node:test';
import { readBody, type Handler } from '@orrery/http';
import { acceptWebSocket, serve } from '@orrery/http/node';
import { createAuthority } from '@orrery/http/testing/certificates';
import { systemClock, type Clock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { createEgress, type Egress } from '../../egress/egress.ts';
import { egressPolicy } from '../../egress/policy.ts';
import { handshake, openSocket } from '../../testing/platform.ts';
import { look } from './probe.ts';
import { createWire, type Wire } from './wire.ts';

interface Given {
  readonly handler: Handler;
  readonly allow?: readonly string[];
  readonly clock?: Clock;
}

async function setUp(t: TestContext, { handler, allow = ['127.0.0.1'], clock = systemClock }: Given) {
  const authority = await createAuthority();
  const asked: string[] = [];
  const front = await serve({
    tls: await authority.issue('member'),
    handler: request => {
      asked.push(`${request.method} ${request.target} ${String(request.headers['authorization'])}`);
      return handler(request);
    },
    clock: systemClock,
    log: silentLog,
  });
  const egress: Egress = createEgress({
    clock: systemClock,
    log: silentLog,
    policy: () => Promise.resolve(egressPolicy({ allow, onlyListed: false })),
    resolve: () => Promise.resolve(['127.0.0.1']),
  });
  let failures = 0;
  const access = { server: `https://localhost:${front.port}`, ca: authority.cert, token: 't' };
  const wire: Wire = createWire({ name: 'east', access, egress, clock, failed: () => failures++ });
  t.after(async () => {
    wire.close();
    await front.close(0);
  });
  return { wire, asked, failures: () => failures };
}

const get = (target: string) => ({
  method: 'GET',
  target,
  headers: {},
  body: new Uint8Array(0),
  signal: new AbortController().signal,
});
const answering: Handler = () =>
  Promise.resolve({
    status: 200,
    headers: {
      'content-type': 'application/json',
      'set-cookie': 'token=stolen',
      'clear-site-data': '"*"',
      location: 'https://elsewhere',
      'audit-id': 'a',
    },
    body: new TextEncoder().encode('{}'),
  });

test('it leads nowhere that the rules of the platform do not allow, whatever name stands for it', async t => {
  const { wire, asked } = await setUp(t, { handler: answering, allow: [] });
  await assert.rejects(wire.handler(get('/api')), { code: 503 });
  const sight = await look(wire, systemClock);
  assert.equal('reason' in sight && sight.reason, 'NoAnswer');
  assert.deepEqual(asked, []);
});

test('of an answer only what is of it comes back, and nothing that a browser acts on', async t => {
  const { wire, asked } = await setUp(t, { handler: answering });
  const { headers, body } = await wire.handler(get('/api'));
  assert.equal(new TextDecoder().decode(await readBody(body)), '{}');
  assert.deepEqual([headers['content-type'], headers['audit-id']], ['application/json', 'a']);
  for (const name of ['set-cookie', 'clear-site-data', 'location']) assert.equal(headers[name], undefined, name);
  assert.deepEqual(asked, ['GET /api Bearer t']);
});

test('what is no Kubernetes is not taken for one', async t => {
  const { wire } = await setUp(t, { handler: answering });
  const sight = await look(wire, systemClock);
  assert.equal('reason' in sight && sight.reason, 'NoAnswer');
});

test('a stream is handed on both ways', async t => {
  const echo: Handler = request =>
    Promise.resolve(acceptWebSocket(request, [], socket => socket.onMessage(message => void socket.send(message))));
  const { wire } = await setUp(t, { handler: echo });
  const socket = openSocket(await wire.handler({ ...get('/exec'), headers: handshake }));
  socket.send({ hello: 'east' });
  assert.deepEqual(await socket.next(), { hello: 'east' });
  socket.connection.close(1000, '');
  await socket.closed;
});

test('when it is closed nobody is left waiting, not even for the name of the server', async () => {
  const egress = { place: () => new Promise<never>(() => {}) };
  const access = { server: 'https://east', token: 't' };
  const wire = createWire({ name: 'east', access, egress, clock: createManualClock(0), failed: () => {} });
  const asked = wire.handler(get('/api'));
  wire.close();
  await assert.rejects(asked, { code: 503, message: /"east" cannot be reached/ });
  await assert.rejects(wire.direct(get('/api')), { code: 503, message: /it was removed/ });
});

test('while it is known to be away nobody waits, and nothing is asked', async t => {
  const { wire, asked } = await setUp(t, { handler: answering });
  wire.setAway('it sleeps');
  await assert.rejects(wire.handler(get('/api')), { code: 503, message: /"east" cannot be reached: it sleeps/ });
  assert.deepEqual(asked, []);
  wire.setAway(undefined);
  assert.equal((await wire.handler(get('/api'))).status, 200);
});

test('who never answers is waited for so long and no longer, and looked at again', async t => {
  const reached = Promise.withResolvers<void>();
  const clock = createManualClock();
  const handler: Handler = () => {
    reached.resolve();
    return new Promise(() => {});
  };
  const { wire, failures } = await setUp(t, { handler, clock });
  const asking = assert.rejects(wire.handler(get('/api')), { code: 503 });
  await reached.promise;
  await clock.advance(20_000);
  await asking;
  assert.equal(failures(), 1);
});
