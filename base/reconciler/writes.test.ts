/** The writes of controllers, against the real API server. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { createApiServer, type ApiServer } from '@orrery/apiserver';
import { createClient, type Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { ConfigMap, Deployment } from '@orrery/kinds/types';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import type { KubeObject } from '@orrery/machinery/meta';
import { seededRandom } from '@orrery/machinery/random';
import { isReason, orUndefined } from '@orrery/machinery/status';
import { createMemoryStore } from '@orrery/store/memory';
import { createOrUpdate, ensureFinalizer, patchStatus, removeFinalizer, withController } from './writes.ts';

const store = createMemoryStore({ clock: systemClock });
const random = seededRandom(1);
let server: ApiServer;
let client: Client;
/** Method and path of each write. */
let writes: string[] = [];
const context = () => ({ client, clock: systemClock, random });

before(async () => {
  server = await createApiServer({ store, clock: systemClock, random, log: silentLog });
  await server.ready;
  const user = { name: 'admin', groups: ['system:masters'] };
  client = createClient(request => {
    if (request.method !== 'GET') writes.push(`${request.method} ${request.target.split('?', 1)[0]}`);
    return server.handler({ ...request, user });
  });
  await client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'w' } });
});

beforeEach(() => void (writes = []));

after(async () => {
  await server.close();
  await store.close();
});

const configMap = (name: string, data: Record<string, string> = {}): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'w' },
  data,
});
const read = (name: string) => client.get<ConfigMap>(resources.configmaps, name, { namespace: 'w' });
const touch = (name: string, data: Record<string, string>) =>
  client.patch(resources.configmaps, name, 'merge', { data }, { namespace: 'w' });

test('a finalizer is added once and holds the object until it is removed', async () => {
  const created = await client.create(resources.configmaps, configMap('held'));
  const held = await ensureFinalizer(context(), resources.configmaps, created, 'orrery.test/a');
  assert.deepEqual(held.metadata.finalizers, ['orrery.test/a']);
  writes = [];
  assert.equal(await ensureFinalizer(context(), resources.configmaps, held, 'orrery.test/a'), held);
  assert.deepEqual(writes, [], 'what is there is not written');
  const two = await ensureFinalizer(context(), resources.configmaps, held, 'orrery.test/b');
  await client.delete(resources.configmaps, 'held', { namespace: 'w' });
  const deleting = await read('held');
  assert.ok(deleting.metadata.deletionTimestamp);
  await assert.rejects(
    removeFinalizer(context(), resources.configmaps, two, 'orrery.test/a'),
    (error: unknown) => isReason(error, 'Conflict'),
    'never from an old copy',
  );
  const one = await removeFinalizer(context(), resources.configmaps, deleting, 'orrery.test/a');
  assert.deepEqual(one!.metadata.finalizers, ['orrery.test/b']);
  await removeFinalizer(context(), resources.configmaps, one!, 'orrery.test/b');
  assert.equal(await orUndefined(read('held')), undefined);
  assert.equal(
    await removeFinalizer(context(), resources.configmaps, one!, 'orrery.test/b'),
    undefined,
    'gone is fine',
  );
});

test('a status is written when it differs, and computed anew when somebody was faster', async () => {
  const deployment: Deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd', namespace: 'w' },
    spec: {
      selector: { matchLabels: { a: 'b' } },
      template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  };
  const old = await client.create(resources.deployments, deployment);
  await client.patch(
    resources.deployments,
    'd',
    'merge',
    { metadata: { labels: { faster: 'yes' } } },
    { namespace: 'w' },
  );
  const asked: (string | undefined)[] = [];
  const statusOf = (object: Deployment) => {
    asked.push(object.metadata.labels?.['faster']);
    return { ...object.status, replicas: asked.length, observedGeneration: 1 };
  };
  const written = await patchStatus(context(), resources.deployments, old, statusOf);
  assert.deepEqual(asked, [undefined, 'yes']);
  assert.equal(written.status?.replicas, 2);
  writes = [];
  const same = await patchStatus(context(), resources.deployments, written, ({ status }) => ({ ...status }));
  assert.equal(same, written);
  assert.deepEqual(writes, []);
});

test('an object is created, left alone, and updated', async () => {
  const wanted = (data: Record<string, string>) => (found: ConfigMap | undefined) =>
    found ? { ...found, data } : configMap('made', data);
  const key = { name: 'made', namespace: 'w' };
  const outcome = async (data: Record<string, string>) =>
    (await createOrUpdate(context(), resources.configmaps, key, wanted(data))).outcome;
  assert.equal(await outcome({ a: '1' }), 'created');
  assert.equal(await outcome({ a: '1' }), 'unchanged');
  assert.equal(writes.length, 1);
  assert.equal(await outcome({ a: '2' }), 'updated');
  assert.equal((await read('made')).data?.['a'], '2');
});

test('an update that meets another is made again on what that left', async () => {
  await client.create(resources.configmaps, configMap('race', { count: '1' }));
  let rounds = 0;
  const meeting = {
    ...context(),
    client: {
      ...client,
      update: async <T extends KubeObject>(...call: Parameters<typeof client.update<T>>) => {
        if (rounds++ === 0) await touch('race', { other: 'kept', count: '5' });
        return client.update<T>(...call);
      },
    },
  };
  const increment = (found: ConfigMap | undefined) => ({
    ...found!,
    data: { ...found!.data, count: String(Number(found!.data!['count']) + 1) },
  });
  const { object } = await createOrUpdate(meeting, resources.configmaps, { name: 'race', namespace: 'w' }, increment);
  assert.deepEqual(object.data, { count: '6', other: 'kept' });
  assert.equal(rounds, 2);
});

test('what is wanted may not be another object', async () => {
  await assert.rejects(
    createOrUpdate(context(), resources.configmaps, { name: 'a', namespace: 'w' }, () => configMap('b')),
    /another name or namespace than w\/a/,
  );
  assert.deepEqual(writes, []);
});

test('an owner that controls is set once, never against another, never across namespaces', async () => {
  const owner = await client.create(resources.configmaps, configMap('owner'));
  const rival = await client.create(resources.configmaps, configMap('rival'));
  const owned = withController(withController(configMap('owned'), owner), owner);
  const { name, uid } = owner.metadata;
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name, uid, controller: true, blockOwnerDeletion: true };
  assert.deepEqual(owned.metadata.ownerReferences, [reference]);
  assert.throws(() => withController(owned, rival), /controlled by ConfigMap owner already/);
  const elsewhere = { ...configMap('x'), metadata: { name: 'x', namespace: 'other' } };
  assert.throws(() => withController(elsewhere, owner), /cannot own an object outside/);
  const namespace = await client.get(resources.namespaces, 'w');
  assert.equal(withController(configMap('x'), namespace).metadata.ownerReferences?.[0]?.kind, 'Namespace');
});
