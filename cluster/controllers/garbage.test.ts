/** Deletion against the real API server in process: owners and dependents, namespaces. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createApiServer, type ApiServer } from '@orrery/apiserver';
import { resources } from '@orrery/client/resources';
import type { Namespace } from '@orrery/kinds/types';
import { systemClock } from '@orrery/machinery/clock';
import { createLog, silentLog } from '@orrery/machinery/log';
import type { KubeObject, OwnerReference } from '@orrery/machinery/meta';
import { orUndefined } from '@orrery/machinery/status';
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
  plane = startTestControlPlane(server.handler, { log });
  for (const name of ['g', 'h']) {
    await plane.client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  await plane.addNode('node-1');
});

after(async () => {
  await plane.stop();
  await server.close();
  await store.close();
});

const reference = (owner: KubeObject, more: Partial<OwnerReference> = {}): OwnerReference => ({
  apiVersion: owner.apiVersion!,
  kind: owner.kind!,
  name: owner.metadata.name!,
  uid: owner.metadata.uid!,
  ...more,
});

/** ConfigMaps make the plainest owners and dependents. */
const make = (name: string, owners: OwnerReference[] = [], namespace = 'g', finalizers?: string[]) =>
  plane.client.create(resources.configmaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name,
      namespace,
      ...(owners.length > 0 && { ownerReferences: owners }),
      ...(finalizers && { finalizers }),
    },
  });

const find = (name: string, namespace = 'g') =>
  orUndefined(plane.client.get(resources.configmaps, name, { namespace }));
const gone = (name: string, namespace = 'g') =>
  plane.eventually(`${name} is gone`, async () => (await find(name, namespace)) === undefined);
const remove = (name: string, propagationPolicy: 'Background' | 'Foreground' | 'Orphan') =>
  plane.client.delete(resources.configmaps, name, { namespace: 'g', propagationPolicy });
/** Long enough for the collector to have looked at everything: a marker made now is collected. */
const settled = async (marker: string) => {
  const owner = await make(`${marker}-owner`);
  await make(marker, [reference(owner)]);
  await remove(`${marker}-owner`, 'Background');
  await gone(marker);
};

test('in the background dependents follow their owner, down the whole line', async () => {
  const a = await make('bg-a');
  const b = await make('bg-b', [reference(a)]);
  await make('bg-c', [reference(b)]);
  await remove('bg-a', 'Background');
  assert.equal(await find('bg-a'), undefined, 'the owner goes at once');
  await gone('bg-b');
  await gone('bg-c');
});

test('in the foreground the owner waits for dependents that block it', async () => {
  const a = await make('fg-a');
  await make('fg-b', [reference(a, { blockOwnerDeletion: true })], 'g', ['example.com/hold']);
  await make('fg-free', [reference(a)]);
  await remove('fg-a', 'Foreground');
  const dependent = await plane.eventually('the dependent is being deleted', async () => {
    const found = await find('fg-b');
    return found?.metadata.deletionTimestamp && found;
  });
  await settled('fg-marker');
  assert.deepEqual((await find('fg-a'))?.metadata.finalizers, ['foregroundDeletion'], 'the owner still waits');
  assert.deepEqual(dependent.metadata.finalizers, ['example.com/hold']);
  await plane.client.patch(
    resources.configmaps,
    'fg-b',
    'merge',
    { metadata: { finalizers: null } },
    { namespace: 'g' },
  );
  await gone('fg-b');
  await gone('fg-a');
  await gone('fg-free');
});

test('orphans lose their owner and stay', async () => {
  const a = await make('or-a');
  await make('or-b', [reference(a)]);
  await remove('or-a', 'Orphan');
  await gone('or-a');
  await plane.eventually(
    'the dependent has no owner',
    async () => !(await find('or-b'))?.metadata.ownerReferences?.length,
  );
  await settled('or-marker');
  assert.ok(await find('or-b'));
});

test('one living owner is enough; those that are gone are forgotten', async () => {
  const [a, b] = [await make('two-a'), await make('two-b')];
  await make('two-c', [reference(a, { blockOwnerDeletion: true }), reference(b)]);
  await remove('two-a', 'Foreground');
  await gone('two-a');
  const dependent = await plane.eventually('only the living owner is left', async () => {
    const found = await find('two-c');
    return found?.metadata.ownerReferences?.length === 1 && found;
  });
  assert.equal(dependent.metadata.ownerReferences![0]!.name, 'two-b');
  assert.equal(dependent.metadata.deletionTimestamp, undefined);
});

test('owners in a circle do not hold each other up', async () => {
  const names = ['circle-1', 'circle-2', 'circle-3'];
  const made = [];
  for (const name of names) made.push(await make(name));
  for (const [index, name] of names.entries()) {
    const owner = reference(made[(index + 2) % 3]!, { blockOwnerDeletion: true });
    await plane.client.patch(
      resources.configmaps,
      name,
      'merge',
      { metadata: { ownerReferences: [owner] } },
      { namespace: 'g' },
    );
  }
  await settled('circle-marker');
  await remove('circle-1', 'Foreground');
  for (const name of names) await gone(name);
});

test('an owner that never was is as good as gone; a uid counts, not a name', async () => {
  const a = await make('uid-a');
  await make('uid-b', [reference(a, { uid: '00000000-0000-4000-8000-000000000000' })]);
  await gone('uid-b');
  assert.ok(await find('uid-a'));
});

test('an owner in another namespace is none, and that is said', async () => {
  const foreign = await make('far-a', [], 'h');
  await make('far-b', [reference(foreign)]);
  await gone('far-b');
  await plane.eventually('an event tells why', async () => {
    const { items } = await plane.client.list(resources.events, { namespace: 'g' });
    return items.some(event => (event as { reason?: string }).reason === 'OwnerRefInvalidNamespace');
  });
});

test('a Deployment takes its ReplicaSets and pods along', async () => {
  const labels = { app: 'gone' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const spec = { replicas: 2, selector: { matchLabels: labels }, template };
  const metadata = { name: 'gone', namespace: 'g' };
  await plane.client.create(resources.deployments, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec,
  } as KubeObject);
  const pods = () => plane.client.list(resources.pods, { namespace: 'g', labelSelector: 'app=gone' });
  await plane.eventually('two pods', async () => (await pods()).items.length === 2);
  await plane.client.delete(resources.deployments, 'gone', { namespace: 'g', propagationPolicy: 'Background' });
  await plane.eventually('no pods', async () => (await pods()).items.length === 0);
  const sets = await plane.client.list(resources.replicasets, { namespace: 'g' });
  assert.deepEqual(sets.items, []);
});

test('a namespace goes when it is empty: pods first, then the rest', async () => {
  const name = 'doomed';
  await plane.client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await make('keep', [], name);
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'held', namespace: name, finalizers: ['example.com/hold'] },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  };
  await plane.eventually('the pod is made', () => plane.client.create(resources.pods, pod));
  await plane.client.delete(resources.namespaces, name);
  const namespace = await plane.eventually('the namespace says what remains', async () => {
    const found = await plane.client.get<Namespace>(resources.namespaces, name);
    return (
      found.status?.conditions?.some(
        ({ type, status }) => type === 'NamespaceFinalizersRemaining' && status === 'True',
      ) && found
    );
  });
  const message = (type: string) => namespace.status?.conditions?.find(condition => condition.type === type)?.message;
  assert.equal(namespace.status?.phase, 'Terminating');
  assert.equal(message('NamespaceContentRemaining'), 'Some resources are remaining: pods. has 1 resource instances');
  assert.equal(
    message('NamespaceFinalizersRemaining'),
    'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
  );
  assert.equal(message('NamespaceDeletionDiscoveryFailure'), 'All resources successfully discovered');
  assert.ok(await find('keep', name), 'what pods may need stays until they are gone');
  await plane.client.patch(resources.pods, 'held', 'merge', { metadata: { finalizers: null } }, { namespace: name });
  await plane.eventually(
    'the namespace is gone',
    async () => !(await orUndefined(plane.client.get(resources.namespaces, name))),
  );
  assert.equal(await find('keep', name), undefined);
});
