/** The example of the README at work: the real API server and the real controllers, in one process. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createApiServer, type ApiServer } from '@orrery/apiserver';
import { createClient, type Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { runControllers } from '@orrery/controllers';
import type { Pod, ReplicaSet } from '@orrery/kinds/types';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { seededRandom } from '@orrery/machinery/random';
import { createContext, createManager, type Lease, type Manager } from '@orrery/reconciler';
import { createMemoryStore } from '@orrery/store/memory';
import { planPodCount, podCount } from './pod-count.ts';

const store = createMemoryStore({ clock: systemClock });
const common = { clock: systemClock, log: silentLog };
const stopping = new AbortController();
let server: ApiServer;
let client: Client;
let controllers: Promise<void>;
/** Method and target of what the example asked of the server. */
const requests: string[] = [];

before(async () => {
  server = await createApiServer({ ...common, store, random: seededRandom(1) });
  await server.ready;
  client = createClient(server.handler, { user: { name: 'admin', groups: ['system:masters'] } });
  controllers = runControllers(createContext({ ...common, client, random: seededRandom(2), signal: stopping.signal }), {
    rootCertificates: 'pem',
    apiServer: { addresses: ['192.0.2.1'], port: 6443 },
    serviceAddresses: ['10.96.0.1'],
  });
  for (const name of ['kube-system', 'w']) {
    await client
      .create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
      .catch(() => undefined);
  }
});

after(async () => {
  stopping.abort();
  await controllers;
  await server.close();
  await store.close();
});

interface Replica {
  readonly manager: Manager;
  stop(): Promise<void>;
}

function startReplica(seed: number, leaderElection?: { lease: string; identity: string }): Replica {
  const manager = createManager({
    ...common,
    name: 'pod-count',
    transport: request => {
      requests.push(`${request.method} ${request.target}`);
      return server.handler({ ...request, user: { name: 'pod-count', groups: ['system:masters'] } });
    },
    random: seededRandom(seed),
    leaderElection: leaderElection && {
      ...leaderElection,
      // Longer than any machine stands still: who leads is to change by a stop alone.
      leaseDurationMs: 120_000,
      renewDeadlineMs: 100_000,
      retryPeriodMs: 20,
    },
  });
  manager.add(podCount);
  const stop = new AbortController();
  const ended = manager.start(stop.signal);
  return { manager, stop: () => (stop.abort(), ended) };
}

async function eventually(what: string, ask: () => Promise<boolean> | boolean): Promise<void> {
  for (let attempt = 0; attempt < 2_000; attempt++) {
    if (await ask()) return;
    await systemClock.sleep(10);
  }
  assert.fail(`did not happen: ${what}`);
}

const read = (name: string) => client.get<ReplicaSet>(resources.replicasets, name, { namespace: 'w' });
const labelOf = async (name: string) => (await read(name)).metadata.labels?.['pod-count'];
const counts = (name: string, count: string) =>
  eventually(`${name} counts ${count}`, async () => (await labelOf(name)) === count);
const change = (name: string, patch: object) =>
  client.patch(resources.replicasets, name, 'merge', patch, { namespace: 'w' });

const create = (name: string, replicas: number) =>
  client.create<ReplicaSet>(resources.replicasets, {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, namespace: 'w' },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
    },
  });

test('the plan: only a wrong label is worth a write, only controlled pods count', () => {
  const replicaSet = (label?: string) =>
    ({ metadata: { name: 'r', uid: 'u', labels: label ? { 'pod-count': label } : undefined } }) as ReplicaSet;
  const pod = (uid: string, controller: boolean) =>
    ({
      metadata: { ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'r', uid, controller }] },
    }) as Pod;
  const pods = [pod('u', true), pod('u', true), pod('u', false), pod('other', true), { metadata: {} } as Pod];
  const right = { metadata: { labels: { 'pod-count': '2' } } };
  assert.deepEqual(planPodCount(replicaSet(), pods), right);
  assert.deepEqual(planPodCount(replicaSet('3'), pods), right);
  assert.equal(planPodCount(replicaSet('2'), pods), undefined);
  assert.deepEqual(planPodCount(replicaSet(), []), { metadata: { labels: { 'pod-count': '0' } } });
});

test('the label follows the pods as they come and go, and heals when changed by hand', async () => {
  const replica = startReplica(3);
  await create('follow', 2);
  await counts('follow', '2');
  await change('follow', { spec: { replicas: 5 } });
  await counts('follow', '5');
  await change('follow', { spec: { replicas: 1 } });
  await counts('follow', '1');
  await change('follow', { metadata: { labels: { 'pod-count': '77' } } });
  await counts('follow', '1');
  await change('follow', { metadata: { labels: { 'pod-count': null } } });
  await counts('follow', '1');
  await change('follow', { spec: { replicas: 0 } });
  await counts('follow', '0');
  await replica.stop();
});

test('a pod that is released is counted no longer, the one that takes its place is', async () => {
  const replica = startReplica(4);
  await create('release', 2);
  await counts('release', '2');
  const { items } = await client.list<Pod>(resources.pods, { namespace: 'w', labelSelector: 'app=release' });
  const name = items[0]!.metadata.name!;
  // The ReplicaSet lets go of what no longer matches, and makes another pod in its place.
  await client.patch(resources.pods, name, 'merge', { metadata: { labels: { app: 'nobody' } } }, { namespace: 'w' });
  await eventually('the pod is released', async () => {
    const pod = await client.get<Pod>(resources.pods, name, { namespace: 'w' });
    return (pod.metadata.ownerReferences ?? []).length === 0;
  });
  await counts('release', '2');
  await replica.stop();
});

test('what happened while nobody looked is made good after a restart, and then nothing more is written', async () => {
  const first = startReplica(5);
  await create('restart', 3);
  await counts('restart', '3');
  await first.stop();
  await change('restart', { spec: { replicas: 4 }, metadata: { labels: { 'pod-count': '9' } } });
  await eventually('the pods are there', async () => (await read('restart')).status?.replicas === 4);
  assert.equal(await labelOf('restart'), '9', 'nobody counts now');
  requests.length = 0;
  const second = startReplica(6);
  await counts('restart', '4');
  await change('restart', { metadata: { annotations: { touched: 'yes' } } });
  const seen = () => second.manager.context.informers.of<ReplicaSet>(resources.replicasets).get('w/restart');
  await eventually('the touch is seen', () => seen()?.metadata.annotations?.['touched'] === 'yes');
  await second.stop();
  const writes = requests.filter(request => !request.startsWith('GET ') && request.includes('/restart'));
  assert.equal(writes.length, 1, writes.join('\n'));
});

test('of two managers one works; the other takes over when it stops', async () => {
  const lease = 'pod-count';
  const holder = async () =>
    (await client.get<Lease>(resources.leases, lease, { namespace: 'kube-system' })).spec?.holderIdentity;
  const one = startReplica(7, { lease, identity: 'one' });
  await eventually('one leads', () => one.manager.leading);
  const two = startReplica(8, { lease, identity: 'two' });
  const isReady = async () => {
    const request = { method: 'GET', target: '/readyz', headers: {}, body: new Uint8Array(0) };
    return (await two.manager.handler({ ...request, signal: new AbortController().signal })).status === 200;
  };
  await eventually('two is ready, though it does not lead', isReady);
  await create('handover', 2);
  await counts('handover', '2');
  assert.equal(await holder(), 'one');
  assert.equal(two.manager.leading, false);
  await one.stop();
  assert.equal(one.manager.leading, false);
  await change('handover', { metadata: { labels: { 'pod-count': 'wrong' } } });
  await counts('handover', '2');
  assert.equal(await holder(), 'two');
  await two.stop();
  assert.equal(await holder(), '', 'the lease is left to the next at once');
});

test('a pod alone wakes its owner: counted when it comes, is let go, or goes, with no other controller about', async () => {
  stopping.abort();
  await controllers;
  const replica = startReplica(9);
  const { kind, apiVersion, metadata } = await create('alone', 0);
  await counts('alone', '0');
  const ownerReferences = [
    { kind: kind!, apiVersion: apiVersion!, name: 'alone', uid: metadata.uid!, controller: true },
  ];
  for (const name of ['alone-1', 'alone-2']) {
    await client.create<Pod>(resources.pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'w', ownerReferences },
      spec: { containers: [{ name: 'c', image: 'i' }] },
    });
  }
  await counts('alone', '2');
  await client.patch(resources.pods, 'alone-1', 'merge', { metadata: { ownerReferences: null } }, { namespace: 'w' });
  await counts('alone', '1');
  await client.delete(resources.pods, 'alone-2', { namespace: 'w', gracePeriodSeconds: 0 });
  await counts('alone', '0');
  await replica.stop();
});
