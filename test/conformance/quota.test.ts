/** Quotas: what they count, when they let go of it, and what they refuse. */
import assert from 'node:assert/strict';
import { resources, type KnownResource } from '@orrery/client/resources';
import { assertHas } from './support/lifecycle.ts';
import { area, at, conformance, eventually, refused, type Case, type Thing } from './support/suite.ts';
import { controllerOf, podOf, workloadOf } from './support/workloads.ts';

const { configmaps, pods, replicasets, replicationcontrollers, resourcequotas, secrets, services } = resources;
type Counts = Record<string, string>;

const quotaOf = (name: string, hard: Counts, scopes?: readonly string[]): Thing => ({
  metadata: { name },
  spec: { hard, ...(scopes && { scopes }) },
});

/** Waits until the quota says that so much is used. */
const used = ({ client, namespace }: Case, name: string, wanted: Counts, demand: string) =>
  eventually(demand, async () => {
    const quota = await client.get<Thing>(resourcequotas, name, { namespace });
    assertHas(at(quota, 'status', 'used'), wanted, demand);
    return quota;
  });

async function createQuota(c: Case, quota: Thing): Promise<void> {
  await c.client.create(resourcequotas, quota, { namespace: c.namespace });
  const name = quota.metadata.name!;
  const hard = at(quota, 'spec', 'hard') as Counts;
  const shown = await eventually('the status is calculated', async () => {
    const read = await c.client.get<Thing>(resourcequotas, name, { namespace: c.namespace });
    return at(read, 'status', 'used') !== undefined && read;
  });
  assert.deepEqual(at(shown, 'status', 'hard'), hard, 'the status shows what is allowed');
  assert.deepEqual(
    Object.keys(at(shown, 'status', 'used') as Counts).toSorted(),
    Object.keys(hard).toSorted(),
    'and what is used of it',
  );
}

/** An object of the kind is counted while it is there. */
async function life(c: Case, resource: KnownResource, object: Thing, taken: Counts, free: Counts, hard: Counts) {
  const { client, namespace } = c;
  await createQuota(c, quotaOf('it', hard));
  await used(c, 'it', free, 'at first nothing is taken');
  await client.create(resource, object, { namespace });
  await used(c, 'it', taken, 'creation is captured');
  await client.delete(resource, object.metadata.name!, { namespace, propagationPolicy: 'Background' });
  await used(c, 'it', free, 'deletion releases it');
}

area('quotas', () => {
  conformance(
    '[sig-api-machinery] ResourceQuota should create a ResourceQuota and ensure its status is promptly calculated. [Conformance]',
    async c => {
      await createQuota(c, quotaOf('it', { pods: '5', services: '3', resourcequotas: '1', cpu: '1' }));
      await used(c, 'it', { pods: '0', services: '0', resourcequotas: '1', cpu: '0' }, 'the status says what is used');
    },
  );

  conformance(
    '[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a configMap. [Conformance]',
    async c => {
      const before = await eventually('the certificates are published', async () => {
        const { items } = await c.client.list(configmaps, { namespace: c.namespace });
        return items.length > 0 && items.length;
      });
      const [free, taken] = [{ configmaps: String(before) }, { configmaps: String(before + 1) }];
      await life(c, configmaps, { metadata: { name: 'one' } }, taken, free, { configmaps: '10' });
    },
  );

  conformance(
    '[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a secret. [Conformance]',
    c =>
      life(
        c,
        secrets,
        { metadata: { name: 'one' }, data: { a: btoa('b') } },
        { secrets: '1', resourcequotas: '1' },
        { secrets: '0', resourcequotas: '1' },
        { secrets: '10', resourcequotas: '1' },
      ),
  );

  conformance(
    '[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a service. [Conformance]',
    async c => {
      const { client, namespace } = c;
      const hard = { services: '2', 'services.nodeports': '1', 'services.loadbalancers': '1' };
      const port = (type: string) => ({ spec: { type, selector: { a: 'b' }, ports: [{ port: 80 }] } });
      await createQuota(c, quotaOf('it', hard));
      await client.create(services, { metadata: { name: 'plain' }, ...port('ClusterIP') }, { namespace });
      await client.create(services, { metadata: { name: 'open' }, ...port('NodePort') }, { namespace });
      await used(c, 'it', { services: '2', 'services.nodeports': '1' }, 'services and their node ports are captured');
      const third = client.create(services, { metadata: { name: 'third' }, ...port('ClusterIP') }, { namespace });
      const { message } = await refused(third, 403, 'one more than allowed is refused');
      assert.match(message, /exceeded quota: it, requested: services=1, used: services=2, limited: services=2/);
      for (const name of ['plain', 'open']) await client.delete(services, name, { namespace });
      await used(c, 'it', { services: '0', 'services.nodeports': '0' }, 'deletion releases them');
    },
  );

  conformance(
    '[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a replica set. [Conformance]',
    c => {
      const name = 'count/replicasets.apps';
      return life(c, replicasets, workloadOf('one', 0), { [name]: '1' }, { [name]: '0' }, { [name]: '5' });
    },
  );

  conformance(
    '[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a replication controller. [Conformance]',
    c => {
      const name = 'replicationcontrollers';
      return life(c, replicationcontrollers, controllerOf('one', 0), { [name]: '1' }, { [name]: '0' }, { [name]: '5' });
    },
  );

  conformance(
    '[sig-api-machinery] ResourceQuota should create a ResourceQuota and capture the life of a pod. [Conformance]',
    async c => {
      const { client, namespace } = c;
      const extended = 'example.com/dongle';
      const hard = {
        ...{ pods: '5', cpu: '1', memory: '500Mi', 'requests.ephemeral-storage': '50Gi' },
        [`requests.${extended}`]: '3',
      };
      await createQuota(c, quotaOf('it', hard));
      const requests = { cpu: '500m', memory: '252Mi', 'ephemeral-storage': '30Gi', [extended]: '2' };
      const first = podOf('first', { requests, limits: { [extended]: '2' } });
      await client.create(pods, first, { namespace });
      const taken = {
        ...{ pods: '1', cpu: '500m', memory: '252Mi', 'requests.ephemeral-storage': '30Gi' },
        [`requests.${extended}`]: '2',
      };
      await used(c, 'it', taken, 'what the pod requests is captured');
      const large = podOf('large', { requests: { cpu: '600m', memory: '100Mi', 'ephemeral-storage': '30Gi' } });
      const { message } = await refused(client.create(pods, large, { namespace }), 403, 'more than is left is refused');
      assert.match(message, /exceeded quota: it/, 'because of the quota');
      const dongles = podOf('dongles', {
        requests: { cpu: '100m', memory: '1Mi', 'ephemeral-storage': '1Gi', [extended]: '2' },
        limits: { [extended]: '2' },
      });
      await refused(client.create(pods, dongles, { namespace }), 403, 'also of an extended resource');
      const change = { spec: { containers: [{ name: 'pause', resources: { requests: { cpu: '100m' } } }] } };
      await refused(
        client.patch(pods, 'first', 'strategic', change, { namespace }),
        422,
        'a pod cannot change what it requests',
      );
      await used(c, 'it', taken, 'so that the count stays');
      await client.delete(pods, 'first', { namespace, gracePeriodSeconds: 0 });
      const free = { pods: '0', cpu: '0', memory: '0', [`requests.${extended}`]: '0' };
      await used(c, 'it', free, 'deletion releases it');
    },
  );

  conformance(
    '[sig-api-machinery] ResourceQuota should verify ResourceQuota with terminating scopes. [Conformance]',
    async c => {
      const hard = {
        pods: '5',
        'requests.cpu': '1',
        'requests.memory': '500Mi',
        'limits.cpu': '2',
        'limits.memory': '1Gi',
      };
      await createQuota(c, quotaOf('terminating', hard, ['Terminating']));
      await createQuota(c, quotaOf('lasting', hard, ['NotTerminating']));
      const size = { requests: { cpu: '500m', memory: '200Mi' }, limits: { cpu: '1', memory: '400Mi' } };
      const taken = {
        ...{ pods: '1', 'requests.cpu': '500m', 'requests.memory': '200Mi' },
        ...{ 'limits.cpu': '1', 'limits.memory': '400Mi' },
      };
      await scoped(c, podOf('lasts', size), taken, 'lasting', 'terminating');
      const deadline = podOf('ends', { ...size, spec: { activeDeadlineSeconds: 3600 } });
      await scoped(c, deadline, taken, 'terminating', 'lasting');
    },
  );

  conformance(
    '[sig-api-machinery] ResourceQuota should verify ResourceQuota with best effort scope. [Conformance]',
    async c => {
      await createQuota(c, quotaOf('effort', { pods: '5' }, ['BestEffort']));
      await createQuota(c, quotaOf('sure', { pods: '5' }, ['NotBestEffort']));
      await scoped(c, podOf('plain'), { pods: '1' }, 'effort', 'sure');
      await scoped(c, podOf('sized', { requests: { cpu: '100m' } }), { pods: '1' }, 'sure', 'effort');
    },
  );

  conformance(
    '[sig-api-machinery] ResourceQuota should be able to update and delete ResourceQuota. [Conformance]',
    async ({ client, namespace }) => {
      const place = { namespace };
      const hardOf = async () => at(await client.get<Thing>(resourcequotas, 'it', place), 'spec', 'hard');
      const created = await client.create(resourcequotas, quotaOf('it', { cpu: '1', memory: '500Mi' }), place);
      assert.deepEqual(at(created, 'spec', 'hard'), { cpu: '1', memory: '500Mi' }, 'it is created with its limits');
      await client.update(resourcequotas, quotaOf('it', { cpu: '2', memory: '1Gi' }), place);
      assert.deepEqual(await hardOf(), { cpu: '2', memory: '1Gi' }, 'an update changes them');
      await client.delete(resourcequotas, 'it', place);
      await refused(client.get(resourcequotas, 'it', place), 404, 'a deleted one is not there');
    },
  );

  conformance(
    '[sig-api-machinery] ResourceQuota should manage the lifecycle of a ResourceQuota [Conformance]',
    async ({ client, namespace, unique }) => {
      const place = { namespace };
      const labelSelector = `quota=${unique}`;
      const quota = quotaOf('it', { cpu: '1', memory: '500Mi' });
      await client.create(resourcequotas, { ...quota, metadata: { name: 'it', labels: { quota: unique } } }, place);
      assert.equal((await client.list(resourcequotas, { labelSelector })).items.length, 1, 'it is found among all');
      const patch = { metadata: { labels: { patched: 'true' } }, spec: { hard: { memory: '750Mi' } } };
      const patched = await client.patch<Thing>(resourcequotas, 'it', 'strategic', patch, place);
      assert.deepEqual(
        [patched.metadata.labels?.patched, at(patched, 'spec', 'hard', 'memory')],
        ['true', '750Mi'],
        'the patch is in what it answers',
      );
      await client.deleteCollection(resourcequotas, { namespace, labelSelector });
      assert.deepEqual((await client.list(resourcequotas, { labelSelector })).items, [], 'it is deleted by its label');
    },
  );

  conformance(
    '[sig-api-machinery] ResourceQuota should apply changes to a resourcequota status [Conformance]',
    async c => {
      const { client, namespace } = c;
      const place = { namespace };
      const status = { namespace, subresource: 'status' };
      const settled = (wanted: Counts, demand: string) =>
        eventually(demand, async () => {
          const read = await client.get<Thing>(resourcequotas, 'it', status);
          assert.deepEqual(at(read, 'status', 'hard'), wanted);
          return read;
        });
      const first = { cpu: '500m', memory: '500Mi' };
      await client.create(resourcequotas, quotaOf('it', first), place);
      await settled(first, 'the status has the limits of the spec');
      const follower = await c.follow(resourcequotas, place);
      const hardSeen = (cpu: string, demand: string) =>
        follower.until(({ object }) => at(object, 'status', 'hard', 'cpu') === cpu, demand);
      const updated = await eventually('the status is updated', async () => {
        const current = structuredClone(await client.get<Thing>(resourcequotas, 'it', place));
        current.status = { ...(current.status as object), hard: { cpu: '9', memory: '9Mi' } };
        return client.update<Thing>(resourcequotas, current, status);
      });
      assert.deepEqual(at(updated, 'status', 'hard'), { cpu: '9', memory: '9Mi' }, 'with the new values');
      await hardSeen('9', 'which are seen');
      await settled(first, 'then the status has the limits of the spec again');
      const second = { cpu: '1', memory: '1Gi' };
      const patched = await client.patch<Thing>(resourcequotas, 'it', 'merge', { spec: { hard: second } }, place);
      assert.deepEqual(at(patched, 'spec', 'hard'), second, 'the spec is patched');
      await settled(second, 'and the status follows');
      const third = { hard: { cpu: '8', memory: '8Mi' } };
      const again = await client.patch<Thing>(resourcequotas, 'it', 'merge', { status: third, spec: third }, status);
      assert.deepEqual(at(again, 'status', 'hard'), third.hard, 'the status is patched');
      assert.deepEqual(at(again, 'spec', 'hard'), second, 'by which the spec is not changed');
      await settled(second, 'and the status has the limits of the spec again');
    },
  );
});

/** The pod is counted by one quota and not by the other. */
async function scoped(c: Case, pod: Thing, taken: Counts, counting: string, other: string): Promise<void> {
  const { client, namespace } = c;
  await client.create(pods, pod, { namespace });
  await used(c, counting, taken, `the pod is captured by ${counting}`);
  await used(c, other, { pods: '0' }, `and not by ${other}`);
  await client.delete(pods, pod.metadata.name!, { namespace, gracePeriodSeconds: 0 });
  await used(c, counting, { pods: '0' }, 'deletion releases it');
}
