import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { silentLog } from '@orrery/machinery/log';
import { createManualClock } from '@orrery/machinery/manual-clock';
import type { OwnerReference } from '@orrery/machinery/meta';
import { seededRandom } from '@orrery/machinery/random';
import { buildController, type ControllerBuilder } from './builder.ts';
import { createContext } from './context.ts';
import { runController } from './controller.ts';
import { generationChanged, isUpdate, labelsChanged, ofNamespace } from './predicates.ts';
import { createTrigger } from './sources.ts';
import { createLittleServer, type LittleServer } from './testing/little-server.ts';

type Begin = ReturnType<typeof buildController>;

/** A controller that notes its keys, over a server that the test writes to. */
async function start(
  describe: (begin: Begin) => ControllerBuilder,
  prepare: (server: LittleServer) => void = () => {},
) {
  const server = createLittleServer();
  prepare(server);
  const clock = createManualClock();
  const stop = new AbortController();
  const common = { clock, random: seededRandom(1), log: silentLog, signal: stop.signal };
  const context = createContext({ ...common, client: createClient(server.handler) });
  let keys: string[] = [];
  const options = describe(buildController(context, 'built')).reconcile(async key => void keys.push(key));
  const ended = runController(options, context);
  await clock.settle();
  return {
    server,
    options,
    /** The keys reconciled since the last time. */
    async woken() {
      await clock.settle();
      const seen = keys;
      keys = [];
      return seen.sort();
    },
    async stop() {
      stop.abort();
      server.endWatches();
      await ended;
    },
  };
}

const replicaSet = (name: string, namespace = 'w') => `/apis/apps/v1/namespaces/${namespace}/replicasets/${name}`;
const pod = (name: string) => `/api/v1/namespaces/w/pods/${name}`;
const owner = (
  name: string,
  change: Partial<OwnerReference> = {},
): { metadata: { ownerReferences: OwnerReference[] } } => ({
  metadata: {
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name, uid: name, controller: true, ...change }],
  },
});

test('objects of the main kind wake themselves', async () => {
  const world = await start(
    begin => begin.for(resources.replicasets),
    server => server.put(replicaSet('old')),
  );
  assert.deepEqual(await world.woken(), ['w/old']);
  world.server.put(replicaSet('new'));
  assert.deepEqual(await world.woken(), ['w/new']);
  world.server.remove(replicaSet('old'));
  assert.deepEqual(await world.woken(), ['w/old']);
  await world.stop();
});

test('what is owned wakes its controlling owner, and the former one', async () => {
  const world = await start(begin => begin.for(resources.replicasets).owns(resources.pods));
  world.server.put(pod('p'), owner('one'));
  assert.deepEqual(await world.woken(), ['w/one']);
  world.server.put(pod('p'), owner('two'));
  assert.deepEqual(await world.woken(), ['w/one', 'w/two']);
  world.server.remove(pod('p'));
  assert.deepEqual(await world.woken(), ['w/two']);
  await world.stop();
});

const strangers: [string, object][] = [
  ['another kind', owner('x', { kind: 'StatefulSet' })],
  ['another group', owner('x', { apiVersion: 'example.org/v1' })],
  ['an owner that does not control', owner('x', { controller: false })],
  ['nobody', {}],
];
for (const [name, object] of strangers) {
  test(`a pod owned by ${name} wakes nobody`, async () => {
    const world = await start(begin => begin.for(resources.replicasets).owns(resources.pods));
    world.server.put(pod('p'), object);
    assert.deepEqual(await world.woken(), []);
    await world.stop();
  });
}

test('every owner is woken where that is asked for', async () => {
  const world = await start(begin => begin.for(resources.replicasets).owns(resources.pods, { everyOwner: true }));
  world.server.put(pod('p'), owner('x', { controller: false }));
  assert.deepEqual(await world.woken(), ['w/x']);
  await world.stop();
});

test('other kinds wake the keys that are named', async () => {
  const world = await start(begin =>
    begin.for(resources.replicasets).watches(resources.namespaces, ({ after }) => [`${after!.metadata.name}/all`]),
  );
  world.server.put('/api/v1/namespaces/n');
  assert.deepEqual(await world.woken(), ['n/all']);
  await world.stop();
});

test('a predicate of a kind concerns that kind, a common one all', async () => {
  const world = await start(begin =>
    begin
      .for(resources.replicasets, { when: generationChanged })
      .owns(resources.pods, { when: isUpdate })
      .when(ofNamespace('w')),
  );
  const set = (generation: number, more: object = {}) => ({ metadata: { generation, ...more } });
  world.server.put(replicaSet('r'), set(1));
  world.server.put(replicaSet('r', 'elsewhere'), set(1));
  assert.deepEqual(await world.woken(), ['w/r']);
  world.server.put(replicaSet('r'), set(1, { labels: { a: 'b' } }));
  assert.deepEqual(await world.woken(), []);
  world.server.put(replicaSet('r'), set(2));
  assert.deepEqual(await world.woken(), ['w/r']);
  world.server.put(pod('p'), owner('r'));
  assert.deepEqual(await world.woken(), []);
  world.server.put(pod('p'), owner('r'));
  assert.deepEqual(await world.woken(), ['w/r']);
  await world.stop();
});

test('other sources wake too, and concurrency is passed on', async () => {
  const trigger = createTrigger();
  const world = await start(begin => begin.for(resources.replicasets).wokenBy(trigger).concurrency(4));
  trigger.add('by/hand');
  assert.deepEqual(await world.woken(), ['by/hand']);
  assert.equal(world.options.concurrency, 4);
  assert.equal(world.options.name, 'built');
  await world.stop();
});

test('a filter is left to the server', async () => {
  const world = await start(begin =>
    begin.for(resources.replicasets, { filter: { namespace: 'w', labelSelector: 'a=b' }, when: labelsChanged }),
  );
  assert.match(world.server.requests[0]!, /\/namespaces\/w\/replicasets\?.*labelSelector=a%3Db/);
  await world.stop();
});

test('a builder is a value: what is added to one is not added to another', async () => {
  const trigger = createTrigger();
  const world = await start(begin => {
    const common = begin.for(resources.replicasets);
    common.wokenBy(trigger);
    return common;
  });
  assert.equal(world.options.sources.length, 1);
  await world.stop();
});
