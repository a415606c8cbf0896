/** The scheduler against the real API server, in process. */
import { after, before, test } from 'node:test';
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { createApiServer, type ApiServer } from '@orrery/apiserver';
import { createClient, type Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { Event, Node, Pod } from '@orrery/kinds/types';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { seededRandom } from '@orrery/machinery/random';
import { isReason } from '@orrery/machinery/status';
import { createContext } from '@orrery/reconciler';
import { createMemoryStore } from '@orrery/store';
import { startScheduler } from './scheduler.ts';
import { asking, node, pod } from './testing/objects.ts';

const ending = new AbortController();
let api: ApiServer;
let client: Client;

before(async () => {
  const common = { clock: systemClock, random: seededRandom(1), log: silentLog };
  api = await createApiServer({ ...common, store: createMemoryStore({ clock: systemClock }) });
  client = createClient(api.handler, { user: { name: 'admin', groups: ['system:masters'] } });
  await client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  await startScheduler(createContext({ ...common, client, signal: ending.signal }));
});
after(async () => {
  ending.abort();
  await api.close();
});

async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (let left = 400; left > 0; left--) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await systemClock.sleep(10);
  }
  throw new Error('it did not happen');
}

async function addNode(name: string, cpu: string): Promise<void> {
  const { status, ...plain } = node(name, { allocatable: { cpu } });
  const created = await client.create<Node>(resources.nodes, { apiVersion: 'v1', kind: 'Node', ...plain });
  await client.update(resources.nodes, { ...created, status }, { subresource: 'status' });
}

const create = (wanted: Pod) => client.create<Pod>(resources.pods, { apiVersion: 'v1', kind: 'Pod', ...wanted });
const get = (name: string) => client.get<Pod>(resources.pods, name, { namespace: 'default' });
const nodeOf = (name: string) => eventually(async () => (await get(name)).spec.nodeName || undefined);
const eventOf = (name: string, reason: string) =>
  eventually(async () => {
    const { items } = await client.list<Event>(resources.events, { namespace: 'default', limit: 500 });
    return items.find(event => event.involvedObject.name === name && event.reason === reason)?.message;
  });

test('without nodes a pod waits and says why', async () => {
  await create(pod('early'));
  equal(await eventOf('early', 'FailedScheduling'), 'no nodes available to schedule pods');
  const condition = await eventually(async () =>
    (await get('early')).status?.conditions?.find(each => each.type === 'PodScheduled'),
  );
  deepEqual([condition.status, condition.reason], ['False', 'Unschedulable']);
});

test('a node that comes takes it, and the event says so', async () => {
  await addNode('a', '2');
  equal(await nodeOf('early'), 'a');
  equal(await eventOf('early', 'Scheduled'), 'Successfully assigned default/early to a');
  const condition = (await get('early')).status?.conditions?.find(each => each.type === 'PodScheduled');
  equal(condition?.status, 'True');
});

test('many pods at once never exceed what a node has', async () => {
  await Promise.all(
    Array.from({ length: 6 }, (_, at) =>
      create(pod(`crowd-${at}`, { ...asking('500m'), terminationGracePeriodSeconds: 0 })),
    ),
  );
  const placed = await eventually(async () => {
    const { items } = await client.list<Pod>(resources.pods, { namespace: 'default', limit: 500 });
    const crowd = items.filter(each => each.metadata.name!.startsWith('crowd-'));
    const waiting = crowd.filter(each =>
      each.status?.conditions?.some(condition => condition.reason === 'Unschedulable'),
    );
    const bound = crowd.filter(each => each.spec.nodeName);
    return waiting.length + bound.length === 6 ? bound : undefined;
  });
  equal(placed.length, 4);
});

test('room that is freed is used', async () => {
  const { items } = await client.list<Pod>(resources.pods, { namespace: 'default', limit: 500 });
  const waiting = items
    .filter(each => each.metadata.name!.startsWith('crowd-') && !each.spec.nodeName)
    .map(each => each.metadata.name!);
  const bound = items.find(each => each.metadata.name!.startsWith('crowd-') && each.spec.nodeName)!;
  await client.delete(resources.pods, bound.metadata.name!, { namespace: 'default', gracePeriodSeconds: 0 });
  await eventually(async () =>
    (await Promise.all(waiting.map(get))).some(each => each.spec.nodeName) ? true : undefined,
  );
});

test('a more important pod ends a less important one', async () => {
  await create(pod('vital', { ...asking('500m'), priority: 1000 }));
  equal(await nodeOf('vital'), 'a');
  const { items } = await client.list<Event>(resources.events, { namespace: 'default', limit: 500 });
  match(items.find(event => event.reason === 'Preempted')?.message ?? '', /^Preempted by pod \S+ on node a$/);
});

test('a pod of another scheduler is left alone', async () => {
  await create(pod('foreign', { schedulerName: 'other' }));
  await addNode('b', '2');
  await create(pod('ours'));
  await nodeOf('ours');
  ok(!(await get('foreign')).spec.nodeName);
});

test('pods of one service are spread over the nodes', async () => {
  await addNode('c', '2');
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'crew', namespace: 'default' },
    spec: { selector: { app: 'crew' }, ports: [{ port: 80 }] },
  };
  await client.create(resources.services, service);
  for (let at = 0; at < 2; at++) {
    await create(pod(`crew-${at}`, {}, { app: 'crew' }));
    await nodeOf(`crew-${at}`);
  }
  const nodes = await Promise.all([0, 1].map(at => nodeOf(`crew-${at}`)));
  equal(new Set(nodes).size, 2);
});

test('a pod that is deleted while it waits is forgotten', async () => {
  await create(pod('huge', asking('64')));
  match(
    await eventOf('huge', 'FailedScheduling'),
    /^0\/3 nodes are available: 3 Insufficient cpu\. no new claims to deallocate, preemption: 0\/3 nodes are available: 3 /,
  );
  await client.delete(resources.pods, 'huge', { namespace: 'default', gracePeriodSeconds: 0 });
  await eventually(async () => {
    try {
      await get('huge');
      return undefined;
    } catch (error) {
      return isReason(error, 'NotFound') ? true : undefined;
    }
  });
});
