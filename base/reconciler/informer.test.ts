import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { silentLog } from '@orrery/machinery/log';
import { keyOf, type KubeObject } from '@orrery/machinery/meta';
import { seededRandom } from '@orrery/machinery/random';
import { expired } from '@orrery/machinery/status';
import { createContext } from './context.ts';
import { allSynced, createInformerFactory, startInformer, withoutManagedFields } from './informer.ts';
import { ownedBy, watchOf } from './sources.ts';
import { createQueue } from './queue.ts';
import { createLittleServer } from './testing/little-server.ts';
import { createManualClock } from '@orrery/machinery/manual-clock';
import type { Change } from './types.ts';

function setUp(pageSize?: number) {
  const server = createLittleServer();
  const clock = createManualClock();
  const stop = new AbortController();
  const factory = createInformerFactory({
    client: createClient(server.handler),
    clock,
    random: seededRandom(1),
    log: silentLog,
    signal: stop.signal,
    pageSize,
  });
  return { server, clock, factory, stop };
}

const pods = '/api/v1/namespaces/a/pods';
const names = (objects: KubeObject[]) => objects.map(keyOf).sort();

function told(change: Change<KubeObject>): string {
  if (!change.after) return `-${keyOf(change.before!)}`;
  return `${change.before ? '~' : '+'}${keyOf(change.after)}`;
}

test('the cache follows creates, updates and deletes, and tells of them in order', async () => {
  const { server, clock, factory, stop } = setUp();
  server.put(`${pods}/one`);
  const informer = factory.of(resources.pods);
  const changes: string[] = [];
  informer.onChange(change => changes.push(told(change)));
  assert.equal(informer.hasSynced(), false);
  await informer.synced;
  assert.deepEqual(changes, ['+a/one'], 'handlers have seen the first list when it is synced');
  await clock.settle();
  server.put(`${pods}/two`);
  server.put(`${pods}/one`, { changed: true });
  server.remove(`${pods}/two`);
  await clock.settle();
  assert.deepEqual(changes, ['+a/one', '+a/two', '~a/one', '-a/two']);
  assert.deepEqual(names(informer.list()), ['a/one']);
  assert.equal((informer.get('a/one') as KubeObject & { changed: boolean }).changed, true);
  stop.abort();
});

test('a handler that comes late is told of what is there; one that left is told nothing', async () => {
  const { server, clock, factory, stop } = setUp();
  server.put(`${pods}/one`);
  const informer = factory.of(resources.pods);
  await informer.synced;
  const changes: string[] = [];
  const leave = informer.onChange(change => changes.push(told(change)));
  assert.deepEqual(changes, ['+a/one']);
  leave();
  await clock.settle();
  server.put(`${pods}/two`);
  await clock.settle();
  assert.deepEqual(changes, ['+a/one']);
  stop.abort();
});

test('a handler that throws does not keep the others from a change', async () => {
  const { server, factory, stop } = setUp();
  server.put(`${pods}/one`);
  const informer = factory.of(resources.pods);
  informer.onChange(() => {
    throw new Error('broken handler');
  });
  let seen = 0;
  informer.onChange(() => seen++);
  await informer.synced;
  assert.equal(seen, 1);
  stop.abort();
});

test('objects are frozen whole, and items of a list get their kind back', async () => {
  const { server, factory, stop } = setUp();
  server.put(`${pods}/one`, { spec: { containers: [{ name: 'c' }] } });
  const informer = factory.of<KubeObject & { spec: { containers: { name: string }[] } }>(resources.pods);
  await informer.synced;
  const one = informer.get('a/one')!;
  assert.equal(one.kind, 'Thing');
  assert.equal(one.apiVersion, 'v1');
  assert.throws(() => (one.spec.containers[0]!.name = 'x'), TypeError);
  assert.throws(() => one.spec.containers.push({ name: 'x' }), TypeError);
  stop.abort();
});

test('long lists are read in pages', async () => {
  const { server, factory, stop } = setUp(2);
  for (const name of ['a', 'b', 'c', 'd', 'e']) server.put(`${pods}/${name}`);
  const informer = factory.of(resources.pods);
  await informer.synced;
  assert.equal(informer.list().length, 5);
  assert.equal(server.requests.filter(line => line.includes('limit=2')).length, 3);
  stop.abort();
});

test('a page whose continue token expired is followed by one whole list', async () => {
  const { server, factory, stop } = setUp(2);
  for (const name of ['a', 'b', 'c']) server.put(`${pods}/${name}`);
  server.intercept = request => {
    if (!request.target.includes('continue=')) return undefined;
    server.put(`${pods}/z`);
    server.compact();
    return undefined;
  };
  const informer = factory.of(resources.pods);
  await informer.synced;
  assert.deepEqual(names(informer.list()), ['a/a', 'a/b', 'a/c', 'a/z']);
  stop.abort();
});

test('indexes and namespaces', async () => {
  const { server, clock, factory, stop } = setUp();
  type Bound = KubeObject & { node: string };
  server.put('/api/v1/namespaces/a/pods/one', { node: 'n1' });
  server.put('/api/v1/namespaces/b/pods/two', { node: 'n1' });
  const informer = factory.of<Bound>(resources.pods);
  informer.addIndex('node', pod => [pod.node]);
  await informer.synced;
  assert.deepEqual(names(informer.byIndex('node', 'n1')), ['a/one', 'b/two']);
  assert.deepEqual(names(informer.list('b')), ['b/two']);
  await clock.settle();
  server.put('/api/v1/namespaces/a/pods/one', { node: 'n2' });
  server.remove('/api/v1/namespaces/b/pods/two');
  await clock.settle();
  assert.deepEqual(names(informer.byIndex('node', 'n1')), []);
  assert.deepEqual(names(informer.byIndex('node', 'n2')), ['a/one']);
  informer.addIndex('late', pod => [pod.metadata.name!]);
  assert.deepEqual(names(informer.byIndex('late', 'one')), ['a/one']);
  assert.deepEqual(informer.list('b'), []);
  assert.throws(() => informer.byIndex('none', 'x'), /no index "none"/);
  stop.abort();
});

test('a watch that ends is continued from the last revision, bookmarks included, without a list', async () => {
  const { server, clock, factory, stop } = setUp();
  server.put(`${pods}/one`);
  const informer = factory.of(resources.pods);
  await informer.synced;
  await clock.settle();
  server.put('/api/v1/nodes/unrelated');
  server.bookmark();
  await clock.settle();
  server.endWatches();
  server.compact();
  server.put(`${pods}/two`);
  await clock.advance(5000);
  assert.deepEqual(names(informer.list()), ['a/one', 'a/two']);
  assert.equal(server.requests.filter(line => !line.includes('watch=true')).length, 1);
  stop.abort();
});

test('410 on watch leads to a new list that finds what was missed, deletions too', async () => {
  const { server, clock, factory, stop } = setUp();
  for (const name of ['stays', 'changes', 'goes', 'reborn']) server.put(`${pods}/${name}`);
  const informer = factory.of(resources.pods);
  await informer.synced;
  await clock.settle();
  const changes: string[] = [];
  informer.onChange(change => changes.push(told(change)));
  changes.length = 0;
  server.endWatches({ type: 'ERROR', object: expired('too old resource version').toStatus() });
  server.put(`${pods}/changes`, { changed: true });
  server.remove(`${pods}/goes`);
  server.remove(`${pods}/reborn`);
  server.put(`${pods}/reborn`);
  server.put(`${pods}/new`);
  await clock.advance(5000);
  assert.deepEqual(changes.sort(), ['+a/new', '+a/reborn', '-a/goes', '-a/reborn', '~a/changes']);
  assert.deepEqual(names(informer.list()), ['a/changes', 'a/new', 'a/reborn', 'a/stays']);
  stop.abort();
});

test('a server that is away is asked again with growing pauses, and the cache catches up', async () => {
  const { server, clock, factory, stop } = setUp();
  let away = true;
  const at: number[] = [];
  server.intercept = () => {
    at.push(clock.monotonic());
    if (away) throw new Error('connect ECONNREFUSED');
    return undefined;
  };
  const informer = factory.of(resources.pods);
  await clock.advance(60_000);
  assert.equal(informer.hasSynced(), false);
  const pauses = at.slice(1).map((time, i) => time - at[i]!);
  pauses.forEach((pause, i) => {
    const base = Math.min(800 * 2 ** i, 30_000);
    assert.ok(pause >= base && pause <= 2 * base, `pause ${i} is ${pause} ms`);
  });
  away = false;
  server.put(`${pods}/one`);
  await clock.advance(60_000);
  assert.deepEqual(names(informer.list()), ['a/one']);
  stop.abort();
});

test('a server that closes watches at once is not asked in a busy loop', async () => {
  const { server, clock, factory, stop } = setUp();
  server.intercept = request =>
    request.target.includes('watch=true')
      ? { status: 200, headers: {}, body: { start: sink => sink.end() } }
      : undefined;
  await factory.of(resources.pods).synced;
  await clock.advance(10_000);
  assert.ok(server.requests.length < 10, `${server.requests.length} requests in ten seconds`);
  stop.abort();
});

test('who waits for a cache that is ended before it is filled is not left waiting', async () => {
  const { server, factory, stop } = setUp();
  server.intercept = () => new Promise(() => {});
  const [pods, nodes] = [factory.of(resources.pods), factory.of(resources.nodes)];
  const waiting = [pods.synced, factory.synced(), allSynced(pods, nodes)];
  // Nobody has to wait for this one.
  factory.of(resources.services);
  stop.abort();
  for (const one of waiting)
    await assert.rejects(one, { code: 503, message: /the cache of (pods|nodes) was ended before it was filled/ });
  assert.equal(pods.hasSynced(), false);
  await assert.rejects(factory.of(resources.secrets).synced, { code: 503 }, 'also when it came too late');
});

test('one informer per resource and filter; filters go to the server', async () => {
  const { server, factory, stop } = setUp();
  assert.equal(factory.of(resources.pods), factory.of({ group: '', version: 'v1', resource: 'pods' }));
  const filter = { namespace: 'a', labelSelector: 'x=y', fieldSelector: 'spec.nodeName=n1' };
  assert.notEqual(factory.of(resources.pods), factory.of(resources.pods, filter));
  await factory.synced();
  assert.ok(server.requests.includes(`GET ${pods}?labelSelector=x%3Dy&fieldSelector=spec.nodeName%3Dn1&limit=250`));
  stop.abort();
});

test('the end of the factory ends its watches', async () => {
  const { server, clock, factory, stop } = setUp();
  await factory.of(resources.pods).synced;
  await clock.settle();
  assert.equal(server.watchers, 1);
  stop.abort();
  await clock.settle();
  assert.equal(server.watchers, 0);
  assert.equal(clock.alarms, 0);
});

test('sources wake the right keys', async () => {
  const { server, clock, factory, stop } = setUp();
  const owned = (owner: string) => ({
    metadata: {
      ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: owner, uid: owner, controller: true }],
    },
  });
  const informer = factory.of(resources.pods);
  await informer.synced;
  await clock.settle();
  const queue = createQueue(clock);
  const taken = () => {
    const keys: string[] = [];
    for (let key = queue.take(); key !== undefined; key = queue.take()) {
      keys.push(key);
      queue.done(key);
    }
    return keys.sort();
  };
  ownedBy(informer, { group: 'apps', kind: 'ReplicaSet' }).start(queue);
  ownedBy(informer, { group: 'other', kind: 'ReplicaSet' }).start(queue);
  ownedBy(informer, 'Job').start(queue);
  server.put(`${pods}/one`, owned('first'));
  await clock.settle();
  assert.deepEqual(taken(), ['a/first']);
  server.put(`${pods}/one`, owned('second'));
  await clock.settle();
  assert.deepEqual(taken(), ['a/first', 'a/second']);
  server.remove(`${pods}/one`);
  await clock.settle();
  assert.deepEqual(taken(), ['a/second']);
  server.put(`${pods}/stray`);
  await clock.settle();
  assert.deepEqual(taken(), []);
  watchOf(informer).start(queue);
  assert.deepEqual(taken(), ['a/stray']);
  stop.abort();
});

test('what is kept of objects may be less than all of them, and changes are still seen', async () => {
  const { server, clock, stop } = setUp();
  server.put(`${pods}/one`, { large: 'x' });
  const informer = startInformer<KubeObject & { size?: number }>(
    resources.pods,
    {},
    {
      client: createClient(server.handler),
      clock,
      random: seededRandom(1),
      log: silentLog,
      signal: stop.signal,
      transform: object => ({
        metadata: object.metadata,
        size: String((object as { large?: string }).large).length,
      }),
    },
  );
  await informer.synced;
  await clock.settle();
  assert.deepEqual(Object.keys(informer.get('a/one')!), ['metadata', 'size']);
  server.put(`${pods}/one`, { large: 'xxx' });
  await clock.settle();
  assert.equal(informer.get('a/one')!.size, 3);
  server.remove(`${pods}/one`);
  await clock.settle();
  assert.deepEqual(informer.list(), []);
  stop.abort();
});

test('who cleans up and counts has whose an object is and no more, in one cache; where all of it is kept, in that one', async () => {
  const { server, factory, stop } = setUp();
  const metadata = {
    labels: { app: 'web' },
    finalizers: ['x/y'],
    ownerReferences: [{ uid: 'u', kind: 'K', name: 'n' }],
  };
  server.put(`${pods}/one`, { metadata, spec: { nodeName: 'n' } } as never);
  const lean = factory.metadata(resources.pods);
  assert.equal(factory.metadata(resources.pods), lean);
  await factory.synced();
  const [object] = lean.list();
  assert.deepEqual(Object.keys(object!).sort(), ['apiVersion', 'kind', 'metadata']);
  const kept = ['finalizers', 'name', 'namespace', 'ownerReferences', 'resourceVersion', 'uid'];
  assert.deepEqual(Object.keys(object!.metadata).sort(), kept);
  assert.deepEqual(factory.running(resources.pods), [], 'writes are not waited for by it');
  const whole = factory.of(resources.nodes);
  assert.equal(factory.metadata(resources.nodes), whole);
  stop.abort();
});

test('what says who wrote which field is left out where that is asked for; all else is as it was, and stored objects keep it', async () => {
  const { server, stop } = setUp();
  const managedFields = [{ manager: 'm', operation: 'Update' as const }];
  server.put(`${pods}/one`, { metadata: { labels: { app: 'web' }, managedFields } } as never);
  const { informers } = createContext({
    client: createClient(server.handler),
    clock: createManualClock(),
    random: seededRandom(1),
    log: silentLog,
    signal: stop.signal,
    transform: withoutManagedFields,
  });
  const informer = informers.of(resources.pods);
  await informer.synced;
  const [object] = informer.list();
  assert.deepEqual(object!.metadata.labels, { app: 'web' });
  assert.equal('managedFields' in object!.metadata, false);
  assert.deepEqual(server.objects.get(`${pods}/one`)!.metadata.managedFields, managedFields);
  stop.abort();
});

test('a handler of what comes next is told of nothing that is there', async () => {
  const { server, clock, factory, stop } = setUp();
  server.put(`${pods}/one`);
  const informer = factory.of(resources.pods);
  await informer.synced;
  const changes: string[] = [];
  const end = informer.onNext(change => changes.push(told(change)));
  server.put(`${pods}/two`);
  await clock.settle();
  end();
  server.put(`${pods}/three`);
  await clock.settle();
  assert.deepEqual(changes, ['+a/two']);
  stop.abort();
});
