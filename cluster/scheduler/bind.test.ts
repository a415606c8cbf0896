/** What becomes of a binding whose answer does not come, against the real API server. */
import { test, type TestContext } from 'node:test';
import { deepEqual, equal } from 'node:assert/strict';
import { createApiServer } from '@orrery/apiserver';
import { createClient } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { Handler } from '@orrery/http';
import type { Node, Pod } from '@orrery/kinds/types';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { keyOf } from '@orrery/machinery/meta';
import { seededRandom } from '@orrery/machinery/random';
import { StatusError } from '@orrery/machinery/status';
import { createContext } from '@orrery/reconciler';
import { createMemoryStore } from '@orrery/store';
import { bind } from './bind.ts';
import { createCache } from './cache.ts';
import { plugins } from './plugins.ts';
import { createQueue } from './queue.ts';
import { node, pod } from './testing/objects.ts';

/** What happens to a request to bind: `handle` lets it through. */
type Way = (handle: () => Promise<unknown>) => Promise<void>;

async function scheduler(t: TestContext, ...ways: Way[]) {
  const ending = new AbortController();
  const common = { clock: systemClock, random: seededRandom(1), log: silentLog };
  const api = await createApiServer({ ...common, store: createMemoryStore({ clock: systemClock }) });
  t.after(async () => {
    ending.abort();
    await api.close();
  });
  const admin = { name: 'admin', groups: ['system:masters'] };
  const client = createClient(api.handler, { user: admin });
  await client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  await client.create<Node>(resources.nodes, { apiVersion: 'v1', kind: 'Node', ...node('n') });
  const created = await client.create<Pod>(resources.pods, { apiVersion: 'v1', kind: 'Pod', ...pod('a') });
  const cache = createCache();
  /** Whether the pod counted, at each request to bind it. */
  const counted: boolean[] = [];
  const handler: Handler = async request => {
    if (!request.target.includes('/binding')) return api.handler(request);
    counted.push(cache.isAssumed(keyOf(created)));
    const way = ways.shift();
    await way?.(() => api.handler(request));
    return api.handler(request);
  };
  const context = createContext({
    ...common,
    client: createClient(handler, { user: admin }),
    signal: ending.signal,
  });
  const queue = createQueue(systemClock, plugins, () => {});
  queue.add(created);
  queue.pop();
  cache.setNode(node('n'));
  cache.assume(created, 'n');
  return {
    ...{ cache, queue, client, created, counted },
    bind: () => bind({ context, cache, queue }, created, 'n'),
    nodeOfPod: async () => (await client.get<Pod>(resources.pods, 'a', { namespace: 'default' })).spec.nodeName,
  };
}

const lostThere: Way = () => Promise.reject(new Error('the connection ended'));
const lostBack: Way = async handle => {
  await handle();
  throw new Error('the connection ended');
};
const notWell: Way = () => Promise.reject(new StatusError(503, 'ServiceUnavailable', 'not now'));
const refused: Way = () => Promise.reject(new StatusError(403, 'Forbidden', 'not you'));

const rows: [what: string, ways: Way[], requests: number, bound: boolean][] = [
  ['goes well', [], 1, true],
  ['is lost on its way', [lostThere], 2, true],
  ['is done and its answer lost', [lostBack], 2, true],
  ['is done, its answer lost, and the next one too', [lostBack, lostThere], 3, true],
  ['meets a server that is not well', [notWell], 2, true],
  ['is refused', [refused], 1, false],
];
for (const [what, ways, requests, bound] of rows)
  test(`a binding that ${what}: the pod counts until that is certain`, async t => {
    const given = await scheduler(t, ...ways);
    await given.bind();
    deepEqual(given.counted, Array<boolean>(requests).fill(true));
    equal(await given.nodeOfPod(), bound ? 'n' : undefined);
    equal(given.cache.isAssumed(keyOf(given.created)), bound, 'a bound pod counts until the caches show it');
  });

test('what became of a pod that is gone says nothing of another one by its name', async t => {
  const given = await scheduler(t, lostThere);
  const { client, cache, created } = given;
  await client.delete(resources.pods, 'a', { namespace: 'default', gracePeriodSeconds: 0 });
  const next = await client.create<Pod>(resources.pods, { apiVersion: 'v1', kind: 'Pod', ...pod('a') });
  cache.removePod(keyOf(created));
  cache.assume(next, 'n');
  await given.bind();
  equal(await given.nodeOfPod(), undefined);
  equal(cache.isAssumed(keyOf(next)), true);
});
