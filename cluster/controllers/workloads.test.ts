/** Controllers at work against the real API server in process. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createApiServer, type ApiServer } from '@orrery/apiserver';
import { resources } from '@orrery/client/resources';
import type { Deployment, Endpoints, EndpointSlice, Pod, ReplicaSet, Service } from '@orrery/kinds/types';
import { systemClock } from '@orrery/machinery/clock';
import { createLog, silentLog } from '@orrery/machinery/log';
import { seededRandom } from '@orrery/machinery/random';
import { createMemoryStore } from '@orrery/store/memory';
import { startTestControlPlane, type TestControlPlane } from './testing.ts';

let server: ApiServer;
let plane: TestControlPlane;
const store = createMemoryStore({ clock: systemClock });
const log = process.env['CONTROLLERS_LOG'] ? createLog(systemClock, line => console.log(line), 'debug') : silentLog;

before(async () => {
  server = await createApiServer({ store, clock: systemClock, random: seededRandom(1), log: silentLog });
  await server.ready;
  plane = startTestControlPlane(server.handler, {
    log,
    podRanges: ['10.42.0.0/16'],
    becomesReady: pod => pod.metadata.labels?.['ready'] !== 'no',
  });
  for (const name of ['default', 'w']) {
    await plane.client
      .create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
      .catch(() => {});
  }
  await plane.addNode('node-1', { 'topology.kubernetes.io/zone': 'z1' });
});

after(async () => {
  await plane.stop();
  await server.close();
  await store.close();
});

const deployment = (name: string, image = 'i:1', replicas = 3, labels: Record<string, string> = {}): Deployment => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace: 'w', labels: { app: name } },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name, ...labels } },
      spec: { containers: [{ name: 'c', image, ports: [{ name: 'http', containerPort: 8080 }] }] },
    },
  },
});

const pods = async (app: string): Promise<Pod[]> =>
  (await plane.client.list<Pod>(resources.pods, { namespace: 'w', labelSelector: `app=${app}` })).items;
const replicaSets = async (app: string): Promise<ReplicaSet[]> =>
  (await plane.client.list<ReplicaSet>(resources.replicasets, { namespace: 'w', labelSelector: `app=${app}` })).items;
const read = (name: string) => plane.client.get<Deployment>(resources.deployments, name, { namespace: 'w' });

const available = (name: string, replicas: number) =>
  plane.eventually(`${name} has ${replicas} of its present template`, async () => {
    const { status, metadata } = await read(name);
    const done = status?.observedGeneration === metadata.generation && status?.updatedReplicas === replicas;
    return done && status?.replicas === replicas && status.availableReplicas === replicas;
  });

test('a Deployment comes up, rolls, rolls back and scales', async () => {
  await plane.client.create(resources.deployments, deployment('web'));
  await available('web', 3);
  const [first] = await replicaSets('web');
  const names = (await pods('web')).map(pod => pod.metadata.name!);
  assert.equal(names.length, 3);
  for (const name of names) assert.ok(name.startsWith(`${first!.metadata.name}-`), name);

  const image = (value: string) => ({ spec: { template: { spec: { containers: [{ name: 'c', image: value }] } } } });
  await plane.client.patch(resources.deployments, 'web', 'strategic', image('i:2'), { namespace: 'w' });
  await available('web', 3);
  assert.deepEqual(
    (await pods('web')).map(pod => pod.spec.containers[0]!.image),
    ['i:2', 'i:2', 'i:2'],
  );
  assert.equal((await read('web')).metadata.annotations?.['deployment.kubernetes.io/revision'], '2');

  await plane.client.patch(resources.deployments, 'web', 'strategic', image('i:1'), { namespace: 'w' });
  await available('web', 3);
  const sets = await replicaSets('web');
  assert.equal(sets.length, 2, 'the first ReplicaSet serves again');
  assert.equal((await read('web')).metadata.annotations?.['deployment.kubernetes.io/revision'], '3');

  await plane.client.patch(resources.deployments, 'web', 'merge', { spec: { replicas: 5 } }, { namespace: 'w' });
  await available('web', 5);
});

test('a pod that is deleted is replaced, and counted only once', async () => {
  await plane.client.create(resources.deployments, deployment('again', 'i:1', 2));
  await available('again', 2);
  const [victim] = await pods('again');
  await plane.client.delete(resources.pods, victim!.metadata.name!, { namespace: 'w' });
  await plane.eventually('another pod takes its place', async () => {
    const now = await pods('again');
    return (
      now.length === 2 && now.every(pod => pod.metadata.uid !== victim!.metadata.uid && pod.status?.phase === 'Running')
    );
  });
  const events = await plane.client.list(resources.events, { namespace: 'w' });
  const made = events.items.filter(
    event => (event as { reason?: string }).reason === 'SuccessfulCreate' && JSON.stringify(event).includes('"again-'),
  );
  assert.equal(made.length, 3, 'as many creations as pods ever were');
});

test('a ReplicaSet adopts what it selects and lets go of what it no longer does', async () => {
  const orphan = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'orphan', namespace: 'w', labels: { app: 'adopt' } },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  };
  await plane.client.create(resources.pods, orphan);
  const { spec } = deployment('adopt', 'i', 1);
  const replicaSet = {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'adopt', namespace: 'w' },
    spec: { replicas: 1, selector: spec.selector, template: spec.template },
  };
  await plane.client.create(resources.replicasets, replicaSet);
  await plane.eventually('the orphan is adopted', async () => {
    const pod = await plane.client.get(resources.pods, 'orphan', { namespace: 'w' });
    return pod.metadata.ownerReferences?.[0]?.name === 'adopt';
  });
  await plane.client.patch(
    resources.pods,
    'orphan',
    'merge',
    { metadata: { labels: { app: 'other' } } },
    { namespace: 'w' },
  );
  await plane.eventually('the stranger is released and replaced', async () => {
    const pod = await plane.client.get(resources.pods, 'orphan', { namespace: 'w' });
    const owned = await pods('adopt');
    return !pod.metadata.ownerReferences?.length && owned.length === 1;
  });
});

// This server allocates nothing, so both fields are given.
const headless = { clusterIP: 'None', clusterIPs: ['None'] };

test('endpoints follow pods: ready ones are ready, named ports are resolved', async () => {
  const service = (name: string, spec: Partial<Service['spec']>): Service => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'w', labels: { team: 't' } },
    spec: {
      selector: { app: name },
      ports: [{ name: 'web', port: 80, targetPort: 'http' }],
      ...spec,
    } as Service['spec'],
  });
  await plane.client.create(resources.services, service('shop', { ...headless, ipFamilies: ['IPv4'] }));
  await plane.client.create(resources.deployments, deployment('shop', 'i', 2));
  await plane.client.create(resources.deployments, {
    ...deployment('shop-bad', 'i', 1),
    spec: { ...deployment('shop', 'i', 1, { ready: 'no', bad: 'y' }).spec, selector: { matchLabels: { bad: 'y' } } },
  });
  const slice = await plane.eventually('three endpoints, two of them ready', async () => {
    const found = await plane.client.list<EndpointSlice>(resources.endpointslices, {
      namespace: 'w',
      labelSelector: 'kubernetes.io/service-name=shop',
    });
    const [only] = found.items;
    const ready = only?.endpoints?.filter(endpoint => endpoint.conditions?.ready).length;
    return found.items.length === 1 && only?.endpoints?.length === 3 && ready === 2 && only;
  });
  assert.equal(slice.metadata.labels?.['endpointslice.kubernetes.io/managed-by'], 'endpointslice-controller.k8s.io');
  assert.equal(slice.metadata.labels?.['team'], 't');
  assert.equal(slice.metadata.labels?.['service.kubernetes.io/headless'], '');
  assert.deepEqual(slice.ports, [{ name: 'web', port: 8080, protocol: 'TCP' }]);
  assert.equal(slice.endpoints[0]!.zone, 'z1');
  assert.equal(slice.endpoints[0]!.nodeName, 'node-1');
  await plane.eventually('Endpoints agree', async () => {
    const found = await plane.client.get<Endpoints>(resources.endpoints, 'shop', { namespace: 'w' });
    const [subset] = found.subsets ?? [];
    return subset?.addresses?.length === 2 && subset.notReadyAddresses?.length === 1;
  });
  await plane.client.delete(resources.services, 'shop', { namespace: 'w' });
  await plane.eventually('the Endpoints go with the Service', async () => {
    const { items } = await plane.client.list(resources.endpoints, { namespace: 'w' });
    return items.every(item => item.metadata.name !== 'shop');
  });
});

test('Endpoints made by hand are mirrored', async () => {
  const metadata = { name: 'outside', namespace: 'w' };
  await plane.client.create(resources.services, {
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: { ...headless, ports: [{ port: 80 }] },
  } as Service);
  const subsets = [{ addresses: [{ ip: '192.0.2.10' }], ports: [{ port: 80, protocol: 'TCP' }] }];
  await plane.client.create(resources.endpoints, {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata,
    subsets,
  } as Endpoints);
  const slice = await plane.eventually('a mirrored slice', async () => {
    const found = await plane.client.list<EndpointSlice>(resources.endpointslices, {
      namespace: 'w',
      labelSelector: 'kubernetes.io/service-name=outside',
    });
    return found.items[0];
  });
  assert.equal(
    slice.metadata.labels?.['endpointslice.kubernetes.io/managed-by'],
    'endpointslicemirroring-controller.k8s.io',
  );
  assert.deepEqual(slice.endpoints, [{ addresses: ['192.0.2.10'], conditions: { ready: true } }]);
});

test('every namespace gets its service account and the root CA', async () => {
  await plane.eventually('default service account', () =>
    plane.client.get(resources.serviceaccounts, 'default', { namespace: 'w' }),
  );
  await plane.eventually('root CA', () =>
    plane.client.get(resources.configmaps, 'kube-root-ca.crt', { namespace: 'w' }),
  );
  await plane.client.delete(resources.configmaps, 'kube-root-ca.crt', { namespace: 'w' });
  await plane.eventually('the root CA returns', () =>
    plane.client.get(resources.configmaps, 'kube-root-ca.crt', { namespace: 'w' }),
  );
});

test('kubernetes.default points at the API server', async () => {
  const service = await plane.eventually('the Service', () =>
    plane.client.get<Service>(resources.services, 'kubernetes', { namespace: 'default' }),
  );
  assert.equal(service.spec.clusterIP, '10.96.0.1');
  const endpoints = await plane.eventually('its Endpoints', () =>
    plane.client.get<Endpoints>(resources.endpoints, 'kubernetes', { namespace: 'default' }),
  );
  assert.deepEqual(endpoints.subsets, [
    { addresses: [{ ip: '192.0.2.1' }], ports: [{ name: 'https', port: 6443, protocol: 'TCP' }] },
  ]);
  const slice = await plane.eventually('its slice', () =>
    plane.client.get<EndpointSlice>(resources.endpointslices, 'kubernetes', { namespace: 'default' }),
  );
  assert.deepEqual(slice.endpoints, [{ addresses: ['192.0.2.1'], conditions: { ready: true } }]);
});

test('nodes get their share of the pod range', async () => {
  await plane.addNode('node-2');
  const ranges = await plane.eventually('both nodes have a range', async () => {
    const { items } = await plane.client.list(resources.nodes);
    const found = items.map(item => (item as { spec?: { podCIDR?: string } }).spec?.podCIDR);
    return found.every(Boolean) && found.length === 2 && found;
  });
  assert.deepEqual([...ranges].sort(), ['10.42.0.0/24', '10.42.1.0/24']);
});
