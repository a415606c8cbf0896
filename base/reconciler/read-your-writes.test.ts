/** Writes that wait for caches, against the real API server. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createApiServer, type ApiServer } from '@orrery/apiserver';
import { createClient, type Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { Handler } from '@orrery/http';
import type { ConfigMap } from '@orrery/kinds/types';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { seededRandom } from '@orrery/machinery/random';
import { createMemoryStore } from '@orrery/store/memory';
import { createInformerFactory } from './informer.ts';
import { readYourWrites } from './read-your-writes.ts';

const store = createMemoryStore({ clock: systemClock });
const random = seededRandom(1);
const ending = new AbortController();
let server: ApiServer;
let transport: Handler;
let plain: Client;

before(async () => {
  server = await createApiServer({ store, clock: systemClock, random, log: silentLog });
  await server.ready;
  const user = { name: 'admin', groups: ['system:masters'] };
  transport = request => server.handler({ ...request, user });
  plain = createClient(transport);
  await plain.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'w' } });
});

after(async () => {
  ending.abort();
  await server.close();
  await store.close();
});

const configMap = (name: string): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'w' },
  data: { a: '1' },
});
const inW = { namespace: 'w' };

/** A client whose cache of ConfigMaps hears of changes only after `delayMs`: never when that is infinite. */
async function late(delayMs: number, clock = systemClock) {
  const log = silentLog;
  const slow: Client = {
    ...plain,
    async *watch(resource, options) {
      for await (const event of plain.watch(resource, options)) {
        if (delayMs === Infinity) continue;
        await systemClock.sleep(delayMs);
        yield event as never;
      }
    },
  };
  const informers = createInformerFactory({ client: slow, clock: systemClock, random, log, signal: ending.signal });
  const cache = informers.of<ConfigMap>(resources.configmaps);
  await cache.synced;
  return { cache, client: readYourWrites({ client: plain, informers, clock }) };
}

test('what is created, replaced, patched and deleted is in the cache, and out of it, when the answer comes', async () => {
  const { cache, client } = await late(20);
  const created = await client.create(resources.configmaps, configMap('one'));
  assert.equal(cache.get('w/one')?.metadata.uid, created.metadata.uid);
  const replaced = await client.update(resources.configmaps, { ...created, data: { a: '2' } });
  assert.equal(cache.get('w/one')?.metadata.resourceVersion, replaced.metadata.resourceVersion);
  await client.patch(resources.configmaps, 'one', 'merge', { data: { a: '3' } }, inW);
  assert.equal(cache.get('w/one')?.data?.['a'], '3');
  await client.delete(resources.configmaps, 'one', inW);
  assert.equal(cache.get('w/one'), undefined);
});

test('what a finalizer holds is seen to go, and its end is not waited for', async () => {
  const { cache, client } = await late(20);
  const held = configMap('held');
  await client.create(resources.configmaps, { ...held, metadata: { ...held.metadata, finalizers: ['orrery.test/a'] } });
  await client.delete(resources.configmaps, 'held', inW);
  assert.ok(cache.get('w/held')?.metadata.deletionTimestamp);
  await client.patch(resources.configmaps, 'held', 'merge', { metadata: { finalizers: null } }, inW);
  await client.create(resources.configmaps, configMap('held'));
  await client.delete(resources.configmaps, 'held', inW);
  assert.equal(cache.get('w/held'), undefined);
});

test('nobody waits for dry runs, nor for what no cache follows', async () => {
  const clock = createManualClock();
  const { client } = await late(Infinity, clock);
  await client.create(resources.configmaps, configMap('dry'), { dryRun: true });
  await client.create(resources.secrets, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', namespace: 'w' } });
  await client.delete(resources.secrets, 's', inW);
  assert.equal(clock.alarms, 0);
});

test('a cache that hears nothing holds a write up for a second, not for ever', async () => {
  const clock = createManualClock();
  const { cache, client } = await late(Infinity, clock);
  let isAnswered = false;
  const writing = client.create(resources.configmaps, configMap('unheard')).then(() => (isAnswered = true));
  while (clock.alarms === 0) await systemClock.sleep(1);
  await clock.advance(999);
  assert.equal(isAnswered, false);
  await clock.advance(1);
  await writing;
  assert.equal(cache.get('w/unheard'), undefined);
  assert.equal(clock.alarms, 0);
});

test('a write that is refused is refused at once', async () => {
  const clock = createManualClock();
  const { client } = await late(Infinity, clock);
  await assert.rejects(client.delete(resources.configmaps, 'nothing', inW), { code: 404 });
  assert.equal(clock.alarms, 0);
});
