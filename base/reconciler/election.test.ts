import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '@orrery/client';
import { silentLog } from '@orrery/machinery/log';
import { seededRandom } from '@orrery/machinery/random';
import { createContext } from './context.ts';
import { runWithLeaderElection, type Lease } from './election.ts';
import { createLittleServer, type LittleServer } from './testing/little-server.ts';
import { createManualClock, type ManualClock } from '@orrery/machinery/manual-clock';

const path = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/scheduler';

/** A candidate whose connection can be cut. */
function candidate(server: LittleServer, clock: ManualClock, identity: string) {
  const stop = new AbortController();
  const state = { leading: false, terms: 0, cut: false };
  const client = createClient(request =>
    state.cut ? Promise.reject(new Error('connection refused')) : server.handler(request),
  );
  const ctx = createContext({
    client,
    clock,
    random: seededRandom(identity.length),
    log: silentLog,
    signal: stop.signal,
  });
  const ended = runWithLeaderElection(
    ctx,
    'scheduler',
    async signal => {
      state.leading = true;
      state.terms++;
      await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }));
      state.leading = false;
    },
    { identity },
  );
  return { state, stop: () => stop.abort(), ended };
}

const leaseOf = (server: LittleServer) => (server.objects.get(path) as Lease | undefined)?.spec;

test('the first candidate leads, writes the Lease as upstream does, and renews it', async () => {
  const server = createLittleServer();
  const clock = createManualClock(Date.UTC(2025, 0, 1));
  const one = candidate(server, clock, 'one');
  await clock.settle();
  assert.deepEqual(leaseOf(server), {
    holderIdentity: 'one',
    leaseDurationSeconds: 15,
    acquireTime: '2025-01-01T00:00:00.000000Z',
    renewTime: '2025-01-01T00:00:00.000000Z',
    leaseTransitions: 0,
  });
  await clock.advance(6_000);
  assert.equal(leaseOf(server)?.renewTime, '2025-01-01T00:00:06.000000Z');
  assert.equal(leaseOf(server)?.acquireTime, '2025-01-01T00:00:00.000000Z');
  const events = [...server.objects.values()].filter(object => object.kind === 'Event') as unknown as {
    message: string;
  }[];
  assert.deepEqual(
    events.map(event => event.message),
    ['one became leader'],
  );
  one.stop();
  await one.ended;
  assert.equal(leaseOf(server)?.holderIdentity, '', 'released at the end');
});

test('never two at a time: a cut leader stops before another starts, and may lead again later', async () => {
  const server = createLittleServer();
  const clock = createManualClock();
  const one = candidate(server, clock, 'one');
  await clock.settle();
  const three = candidate(server, clock, 'three');
  await clock.advance(60_000);
  assert.deepEqual([one.state.leading, three.state.leading], [true, false]);
  one.state.cut = true;
  let handedOver = 0;
  for (let second = 0; second < 40; second++) {
    await clock.advance(1_000);
    assert.ok(!(one.state.leading && three.state.leading), `two leaders after ${second} s`);
    if (!handedOver && three.state.leading) handedOver = second;
  }
  assert.ok(handedOver >= 12 && handedOver <= 25, `handed over after ${handedOver} s`);
  assert.equal(leaseOf(server)?.leaseTransitions, 1);
  one.state.cut = false;
  three.stop();
  await three.ended;
  await clock.advance(10_000);
  assert.deepEqual([one.state.leading, one.state.terms], [true, 2]);
  one.stop();
  await one.ended;
});

test('a hanging server does not keep a leader leading', async () => {
  const server = createLittleServer();
  const clock = createManualClock();
  const one = candidate(server, clock, 'one');
  await clock.settle();
  server.intercept = () => new Promise(() => {});
  await clock.advance(12_000);
  assert.equal(one.state.leading, false);
  one.stop();
  server.intercept = undefined;
  await one.ended;
});

test('a leader that stops while it renews gives the Lease up, though it never learns that its renewal arrived', async () => {
  const server = createLittleServer();
  const clock = createManualClock();
  const one = candidate(server, clock, 'one');
  await clock.settle();
  server.intercept = request => {
    if (request.method !== 'PUT') return undefined;
    server.intercept = undefined;
    return server.handler(request).then(() => new Promise<never>(() => {}));
  };
  await clock.advance(2_000);
  assert.equal(server.intercept, undefined, 'it renews');
  one.stop();
  await one.ended;
  assert.equal(leaseOf(server)?.holderIdentity, '');
});

test('a failing run gives the Lease up and passes its error on', async () => {
  const server = createLittleServer();
  const clock = createManualClock();
  const client = createClient(server.handler);
  const ctx = createContext({
    client,
    clock,
    random: seededRandom(1),
    log: silentLog,
    signal: new AbortController().signal,
  });
  await assert.rejects(
    runWithLeaderElection(ctx, 'scheduler', () => Promise.reject(new Error('broken'))),
    /broken/,
  );
  assert.equal(leaseOf(server)?.holderIdentity, '');
});
