/** DaemonSets and StatefulSets against the real API server in process. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createApiServer, type ApiServer } from '@orrery/apiserver';
import { resources } from '@orrery/client/resources';
import type { DaemonSet, Pod, StatefulSet } from '@orrery/kinds/types';
import { systemClock } from '@orrery/machinery/clock';
import { createLog, silentLog } from '@orrery/machinery/log';
import { seededRandom } from '@orrery/machinery/random';
import { createMemoryStore } from '@orrery/store/memory';
import { targetNode } from './daemonset/pods.ts';
import { startTestControlPlane, type TestControlPlane } from './testing.ts';

let server: ApiServer;
let plane: TestControlPlane;
const store = createMemoryStore({ clock: systemClock });
const log = process.env['CONTROLLERS_LOG'] ? createLog(systemClock, line => console.log(line), 'debug') : silentLog;

before(async () => {
  server = await createApiServer({ store, clock: systemClock, random: seededRandom(1), log: silentLog });
  await server.ready;
  plane = startTestControlPlane(server.handler, { log });
  await plane.client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'w' } });
  await plane.addNode('node-1', { disk: 'ssd' });
  await plane.addNode('node-2');
});

after(async () => {
  await plane.stop();
  await server.close();
  await store.close();
});

const pods = async (app: string): Promise<Pod[]> =>
  (await plane.client.list<Pod>(resources.pods, { namespace: 'w', labelSelector: `app=${app}` })).items;
const template = (app: string, image: string) => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: 'c', image }] },
});
const image = (value: string) => ({ spec: { template: { spec: { containers: [{ name: 'c', image: value }] } } } });
const images = async (app: string) => (await pods(app)).map(pod => pod.spec.containers[0]!.image);

test('a DaemonSet has a pod on every suiting node, and rolls', async () => {
  const spec = { selector: { matchLabels: { app: 'd' } }, template: template('d', 'i:1') };
  await plane.client.create(resources.daemonsets, {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'd', namespace: 'w' },
    spec,
  } as DaemonSet);
  const ready = (count: number) =>
    plane.eventually(`${count} available`, async () => {
      const { status, metadata } = await plane.client.get<DaemonSet>(resources.daemonsets, 'd', { namespace: 'w' });
      return (
        status?.numberAvailable === count &&
        status.updatedNumberScheduled === count &&
        status.observedGeneration === metadata.generation &&
        status
      );
    });
  await ready(2);
  assert.deepEqual((await pods('d')).map(targetNode).sort(), ['node-1', 'node-2']);
  await plane.client.patch(resources.daemonsets, 'd', 'strategic', image('i:2'), { namespace: 'w' });
  await ready(2);
  assert.deepEqual(await images('d'), ['i:2', 'i:2']);
  const revisions = await plane.client.list(resources.controllerrevisions, { namespace: 'w' });
  assert.deepEqual(revisions.items.map(item => (item as { revision?: number }).revision).sort(), [1, 2]);
  await plane.addNode('node-3');
  await ready(3);
  await plane.client.patch(
    resources.daemonsets,
    'd',
    'merge',
    { spec: { template: { spec: { nodeSelector: { disk: 'ssd' } } } } },
    { namespace: 'w' },
  );
  await ready(1);
  assert.deepEqual((await pods('d')).map(targetNode), ['node-1']);
});

test('a StatefulSet makes its pods in order, with claims that stay', async () => {
  const claim = {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  };
  const spec = {
    replicas: 3,
    serviceName: 's',
    selector: { matchLabels: { app: 's' } },
    template: template('s', 'i:1'),
    volumeClaimTemplates: [claim],
  };
  await plane.client.create(resources.statefulsets, {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 's', namespace: 'w' },
    spec,
  } as StatefulSet);
  const settled = (replicas: number) =>
    plane.eventually(`${replicas} of the present revision`, async () => {
      const { status, metadata } = await plane.client.get<StatefulSet>(resources.statefulsets, 's', { namespace: 'w' });
      const done =
        status?.readyReplicas === replicas &&
        status.replicas === replicas &&
        status.currentRevision === status.updateRevision;
      return (
        done &&
        status.observedGeneration === metadata.generation &&
        (status.updatedReplicas ?? 0) === replicas &&
        status
      );
    });
  await settled(3);
  const made = await pods('s');
  assert.deepEqual(made.map(({ metadata }) => metadata.name).sort(), ['s-0', 's-1', 's-2']);
  const [first] = made.filter(({ metadata }) => metadata.name === 's-0');
  assert.equal(first!.spec.hostname, 's-0');
  assert.equal(first!.spec.subdomain, 's');
  assert.equal(first!.metadata.labels?.['apps.kubernetes.io/pod-index'], '0');
  assert.deepEqual(
    first!.spec.volumes?.filter(({ name }) => name === 'data'),
    [{ name: 'data', persistentVolumeClaim: { claimName: 'data-s-0' } }],
  );
  const order = [...made].sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion));
  assert.equal(order.length, 3);

  await plane.client.patch(resources.statefulsets, 's', 'strategic', image('i:2'), { namespace: 'w' });
  await settled(3);
  assert.deepEqual(await images('s'), ['i:2', 'i:2', 'i:2']);

  await plane.client.patch(resources.statefulsets, 's', 'merge', { spec: { replicas: 1 } }, { namespace: 'w' });
  await settled(1);
  assert.deepEqual(
    (await pods('s')).map(({ metadata }) => metadata.name),
    ['s-0'],
  );
  const claims = await plane.client.list(resources.persistentvolumeclaims, { namespace: 'w' });
  assert.deepEqual(claims.items.map(({ metadata }) => metadata.name).sort(), ['data-s-0', 'data-s-1', 'data-s-2']);
});

test('a partition keeps the lower ordinals back', async () => {
  const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: 1 } };
  const spec = {
    replicas: 2,
    serviceName: 'p',
    selector: { matchLabels: { app: 'p' } },
    template: template('p', 'i:1'),
    updateStrategy,
  };
  await plane.client.create(resources.statefulsets, {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'p', namespace: 'w' },
    spec,
  } as StatefulSet);
  const ready = () =>
    plane.eventually(
      'both are ready',
      async () =>
        (await plane.client.get<StatefulSet>(resources.statefulsets, 'p', { namespace: 'w' })).status?.readyReplicas ===
        2,
    );
  await ready();
  await plane.client.patch(resources.statefulsets, 'p', 'strategic', image('i:2'), { namespace: 'w' });
  const byName = async () =>
    Object.fromEntries(
      (await pods('p')).map(({ metadata, spec: { containers } }) => [metadata.name, containers[0]!.image]),
    );
  await plane.eventually('the upper one is new', async () => (await byName())['p-1'] === 'i:2');
  await ready();
  await plane.client.delete(resources.pods, 'p-0', { namespace: 'w' });
  await plane.eventually('the lower one is back', async () => (await byName())['p-0'] !== undefined);
  assert.equal((await byName())['p-0'], 'i:1', 'with the template it had');
});
