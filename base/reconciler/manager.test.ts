import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resources } from '@orrery/client/resources';
import { silentLog } from '@orrery/machinery/log';
import { createManualClock, type ManualClock } from '@orrery/machinery/manual-clock';
import { seededRandom } from '@orrery/machinery/random';
import { buildController } from './builder.ts';
import type { Lease } from './election.ts';
import { createManager, type Manager, type ManagerSettings, type Runnable } from './manager.ts';
import { createLittleServer, type LittleServer } from './testing/little-server.ts';
import { aborted } from './together.ts';
import type { ComponentContext } from './types.ts';

interface World {
  readonly server: LittleServer;
  readonly clock: ManualClock;
  /** What happened, in order. */
  readonly events: string[];
  manager(settings?: Partial<ManagerSettings>): Manager;
}

function createWorld(): World {
  const server = createLittleServer();
  const clock = createManualClock();
  let seed = 0;
  return {
    server,
    clock,
    events: [],
    manager: settings =>
      createManager({ transport: server.handler, clock, random: seededRandom(++seed), log: silentLog, ...settings }),
  };
}

/** A runnable that notes its beginning and its end. */
const noting = (events: string[], name: string, everywhere: boolean, endMs = 0, clock?: ManualClock): Runnable => ({
  name,
  everywhere,
  async run({ signal }) {
    events.push(`${name} begins`);
    await aborted(signal);
    if (endMs > 0) await clock!.sleep(endMs);
    events.push(`${name} ends`);
  },
});

/** A controller of config maps that notes keys under its name. */
const controller = (events: string[], name: string) => (context: ComponentContext) =>
  buildController(context, name)
    .for(resources.configmaps)
    .reconcile(async key => void events.push(`${name} ${key}`));

async function ask(manager: Manager, target: string): Promise<[number, string]> {
  const { status, body } = await manager.handler({
    method: 'GET',
    target,
    headers: {},
    body: new Uint8Array(0),
    signal: new AbortController().signal,
  });
  return [status, new TextDecoder().decode(body as Uint8Array)];
}

const configMap = (name: string) => `/api/v1/namespaces/w/configmaps/${name}`;
const leasePath = '/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/l';
const holder = (server: LittleServer) => (server.objects.get(leasePath) as Lease | undefined)?.spec?.holderIdentity;

test('controllers of one manager share informers and work until it is stopped', async () => {
  const { server, clock, events, manager } = createWorld();
  server.put(configMap('a'));
  const one = manager();
  one.add(controller(events, 'first'));
  one.add(controller(events, 'second'));
  assert.equal(server.requests.length, 0, 'nothing is asked before the start');
  const stop = new AbortController();
  const ended = one.start(stop.signal);
  await clock.settle();
  assert.deepEqual(events, ['first w/a', 'second w/a']);
  assert.equal(server.requests.filter(request => request.includes('limit=')).length, 1, 'one list for both');
  assert.equal(one.leading, true);
  stop.abort();
  await ended;
  server.put(configMap('b'));
  await clock.settle();
  assert.deepEqual(events, ['first w/a', 'second w/a']);
  assert.equal(server.watchers, 0, 'no watch is left');
  assert.equal(one.leading, false);
});

test('the end comes in order: what the leader does, the Lease, what runs everywhere', async () => {
  const { server, clock, events, manager } = createWorld();
  const one = manager({ leaderElection: { lease: 'l', identity: 'one' } });
  one.addRunnable(noting(events, 'webhooks', true));
  one.addRunnable(noting(events, 'sweeper', false, 100, clock));
  server.intercept = request => {
    if (request.method !== 'PUT') return undefined;
    const lease = JSON.parse(new TextDecoder().decode(request.body)) as Lease;
    if (lease.spec?.holderIdentity === '') events.push('released');
    return undefined;
  };
  const stop = new AbortController();
  const ended = one.start(stop.signal);
  await clock.settle();
  assert.deepEqual(events.splice(0), ['webhooks begins', 'sweeper begins']);
  stop.abort();
  await clock.advance(99);
  assert.deepEqual(events, [], 'the Lease is ours while the sweeper still sweeps');
  await clock.advance(1);
  await ended;
  assert.deepEqual(events, ['sweeper ends', 'released', 'webhooks ends']);
});

test('who does not lead runs what runs everywhere, is ready, and takes over', async () => {
  const { server, clock, events, manager } = createWorld();
  server.put(configMap('a'));
  const begin = async (identity: string) => {
    const one = manager({ leaderElection: { lease: 'l', identity } });
    one.add(controller(events, identity));
    one.addRunnable(noting(events, `${identity} server`, true));
    const stop = new AbortController();
    const ended = one.start(stop.signal);
    await clock.settle();
    return { manager: one, stop: () => (stop.abort(), ended) };
  };
  const one = await begin('one');
  const two = await begin('two');
  assert.deepEqual(events.splice(0), ['one server begins', 'one w/a', 'two server begins']);
  assert.deepEqual([one.manager.leading, two.manager.leading], [true, false]);
  assert.deepEqual((await ask(two.manager, '/readyz'))[0], 200);
  assert.match((await ask(two.manager, '/metrics'))[1], /leader_election_master_status\{name="l"\} 0/);
  assert.match((await ask(one.manager, '/metrics'))[1], /leader_election_master_status\{name="l"\} 1/);
  await one.stop();
  assert.equal(holder(server), '');
  await clock.advance(5_000);
  assert.equal(holder(server), 'two');
  assert.deepEqual(events, ['one server ends', 'two w/a']);
  assert.equal(two.manager.leading, true);
  await two.stop();
});

test('a leader that loses its Lease stops its controllers, and works again when it leads again', async () => {
  const { server, clock, events, manager } = createWorld();
  server.put(configMap('a'));
  const one = manager({ leaderElection: { lease: 'l', identity: 'one' } });
  one.add(controller(events, 'c'));
  const stop = new AbortController();
  const ended = one.start(stop.signal);
  await clock.settle();
  server.intercept = ({ target }) => (target.includes('/leases') ? Promise.reject(new Error('cut')) : undefined);
  await clock.advance(12_000);
  assert.equal(one.leading, false);
  server.put(configMap('b'));
  await clock.settle();
  assert.deepEqual(events.splice(0), ['c w/a']);
  server.intercept = undefined;
  await clock.advance(5_000);
  assert.equal(one.leading, true);
  assert.deepEqual(events, ['c w/a', 'c w/b']);
  stop.abort();
  await ended;
});

for (const everywhere of [true, false]) {
  test(`a runnable that fails ${everywhere ? 'anywhere' : 'at the leader'} ends the manager in order, with its error`, async () => {
    const { server, clock, events, manager } = createWorld();
    const one = manager({ leaderElection: { lease: 'l', identity: 'one' } });
    const fail = () => clock.sleep(1_000).then(() => Promise.reject(new Error('the disk is full')));
    one.addRunnable({ name: 'failing', everywhere, run: fail });
    one.addRunnable(noting(events, 'leader', false));
    one.addRunnable(noting(events, 'server', true));
    const ended = assert.rejects(one.start(new AbortController().signal), /the disk is full/);
    await clock.advance(1_000);
    await ended;
    assert.deepEqual(events.sort(), ['leader begins', 'leader ends', 'server begins', 'server ends']);
    assert.equal(holder(server), '');
  });
}

test('an end that takes too long is an error that names who hangs', async () => {
  const { clock, manager } = createWorld();
  const one = manager({ graceMs: 5_000 });
  one.addRunnable({ name: 'stubborn', run: () => new Promise(() => {}) });
  one.addRunnable({ name: 'brief', run: async () => {} });
  const stop = new AbortController();
  const ended = assert.rejects(one.start(stop.signal), /did not end within 5 s: stubborn$/);
  await clock.advance(60_000);
  stop.abort();
  await clock.advance(5_000);
  await ended;
});

test('a manager starts once, and is complete when it starts', async () => {
  const { clock, manager } = createWorld();
  const one = manager();
  const stop = new AbortController();
  const ended = one.start(stop.signal);
  await clock.settle();
  assert.throws(() => one.add({ name: 'late', sources: [], reconcile: async () => {} }), /has started/);
  assert.throws(() => one.addRunnable(noting([], 'late', true)), /has started/);
  await assert.rejects(one.start(stop.signal), /has started/);
  stop.abort();
  await ended;
});

test('a manager that is stopped before its caches synced ends', async () => {
  const { server, clock, events, manager } = createWorld();
  server.intercept = () => Promise.reject(new Error('no connection'));
  const one = manager();
  one.add(controller(events, 'c'));
  const stop = new AbortController();
  const ended = one.start(stop.signal);
  await clock.advance(10_000);
  assert.equal((await ask(one, '/readyz'))[0], 500);
  assert.equal((await ask(one, '/healthz'))[0], 200);
  stop.abort();
  await ended;
  assert.deepEqual(events, []);
});

test('health: named checks, reasons withheld, exclusions, other paths', async () => {
  const { clock, manager } = createWorld();
  let problem: string | undefined;
  const one = manager({
    health: {
      live: { disk: () => problem },
      ready: { peer: async () => Promise.reject(new Error('secret address refused')) },
    },
  });
  const stop = new AbortController();
  const ended = one.start(stop.signal);
  await clock.settle();
  assert.deepEqual(await ask(one, '/healthz'), [200, 'ok']);
  assert.deepEqual(await ask(one, '/livez?verbose'), [200, '[+]ping ok\n[+]disk ok\nlivez check passed\n']);
  const unready = '[+]ping ok\n[+]informer-sync ok\n[-]peer failed: reason withheld\nreadyz check failed\n';
  assert.deepEqual(await ask(one, '/readyz'), [500, unready]);
  assert.deepEqual(await ask(one, '/readyz?exclude=peer'), [200, 'ok']);
  assert.deepEqual(await ask(one, '/readyz/informer-sync'), [200, 'ok']);
  problem = 'full';
  assert.deepEqual((await ask(one, '/healthz/disk'))[0], 500);
  for (const path of ['/', '/healthz/none', '/readyz/a/b', '/metrics/x', '/healthz/toString']) {
    assert.equal((await ask(one, path))[0], 404, path);
  }
  stop.abort();
  await ended;
});
