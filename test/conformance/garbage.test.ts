/** What becomes of dependents when their owner is deleted. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { resources } from '@orrery/client/resources';
import type { OwnerReference } from '@orrery/machinery/meta';
import { area, conformance, eventually, refused, type Case } from './support/suite.ts';
import { controllerOf, podOf, workloadOf } from './support/workloads.ts';

const { deployments, pods, replicasets, replicationcontrollers } = resources;

/** The controller, once it has all its pods. */
async function controllerWithPods({ client, namespace }: Case, name: string, replicas: number) {
  const created = await client.create(replicationcontrollers, controllerOf(name, replicas), { namespace });
  const items = await eventually('the pods are created', async () => {
    const list = await client.list(pods, { namespace, labelSelector: `name=${name}` });
    return list.items.length === replicas && list.items;
  });
  return { uid: created.metadata.uid!, items };
}

async function deploymentWithSet({ client, namespace }: Case) {
  const place = { namespace };
  await client.create(deployments, workloadOf('it', 2), place);
  const set = await eventually(
    'the replica set is created',
    async () => (await client.list(replicasets, place)).items[0],
  );
  await eventually('its pods too', async () => (await client.list(pods, place)).items.length === 2);
  return set;
}

area('garbage collection', () => {
  conformance(
    '[sig-api-machinery] Garbage collector should delete pods created by rc when not orphaning [Conformance]',
    async c => {
      const { client, namespace } = c;
      await controllerWithPods(c, 'it', 2);
      await client.delete(replicationcontrollers, 'it', { namespace, propagationPolicy: 'Background' });
      await eventually('the pods go with their controller', async () => {
        return (await client.list(pods, { namespace })).items.length === 0;
      });
      await refused(client.get(replicationcontrollers, 'it', { namespace }), 404, 'which is gone');
    },
  );

  conformance(
    '[sig-api-machinery] Garbage collector should orphan pods created by rc if delete options say so [Serial] [Conformance]',
    async c => {
      const { client, namespace } = c;
      const { uid } = await controllerWithPods(c, 'it', 10);
      await client.delete(replicationcontrollers, 'it', { namespace, propagationPolicy: 'Orphan' });
      await eventually('the controller goes', () =>
        refused(client.get(replicationcontrollers, 'it', { namespace }), 404, 'it is gone'),
      );
      await sleep(1500);
      const { items } = await client.list(pods, { namespace });
      assert.equal(items.length, 10, 'its pods stay');
      for (const { metadata } of items) {
        assert.equal(metadata.deletionTimestamp, undefined, 'none of them is being deleted');
        assert.ok(!metadata.ownerReferences?.some(owner => owner.uid === uid), 'and none names it as owner');
      }
    },
  );

  conformance(
    '[sig-api-machinery] Garbage collector should delete RS created by deployment when not orphaning [Conformance]',
    async c => {
      const { client, namespace } = c;
      await deploymentWithSet(c);
      await client.delete(deployments, 'it', { namespace, propagationPolicy: 'Background' });
      await eventually('the replica set goes', async () => {
        return (await client.list(replicasets, { namespace })).items.length === 0;
      });
      await eventually('and its pods', async () => (await client.list(pods, { namespace })).items.length === 0);
    },
  );

  conformance(
    '[sig-api-machinery] Garbage collector should orphan RS created by deployment when deleteOptions.PropagationPolicy is Orphan [Conformance]',
    async c => {
      const { client, namespace } = c;
      const set = await deploymentWithSet(c);
      await client.delete(deployments, 'it', { namespace, propagationPolicy: 'Orphan' });
      await eventually('the deployment goes', () =>
        refused(client.get(deployments, 'it', { namespace }), 404, 'it is gone'),
      );
      await sleep(1500);
      const orphan = await client.get(replicasets, set.metadata.name!, { namespace });
      assert.equal(orphan.metadata.deletionTimestamp, undefined, 'the replica set stays');
      assert.deepEqual(orphan.metadata.ownerReferences ?? [], [], 'without an owner');
      const left = (await client.list(pods, { namespace })).items;
      assert.equal(left.filter(({ metadata }) => !metadata.deletionTimestamp).length, 2, 'and so do its pods');
    },
  );

  conformance(
    '[sig-api-machinery] Garbage collector should keep the rc around until all its pods are deleted if the deleteOptions says so [Serial] [Conformance]',
    async c => {
      const { client, namespace } = c;
      await controllerWithPods(c, 'it', 10);
      const gonePods = await c.follow(pods, { namespace });
      const goneControllers = await c.follow(replicationcontrollers, { namespace });
      await client.delete(replicationcontrollers, 'it', { namespace, propagationPolicy: 'Foreground' });
      const marked = await goneControllers.until(
        ({ object }) => object.metadata.deletionTimestamp !== undefined,
        'the controller is marked first',
      );
      assert.ok(marked.object.metadata.finalizers?.includes('foregroundDeletion'), 'and held by a finalizer');
      const last = await goneControllers.until(({ type }) => type === 'DELETED', 'then it goes');
      const deletions = await eventually('all pods go', async () => {
        const events = gonePods.events.filter(({ type }) => type === 'DELETED');
        return events.length === 10 && events;
      });
      for (const event of deletions) {
        if (event.type === 'ERROR') continue;
        const revision = Number(event.object.metadata.resourceVersion);
        assert.ok(revision < Number(last.object.metadata.resourceVersion), 'every pod goes before its controller');
      }
    },
  );

  conformance(
    "[sig-api-machinery] Garbage collector should not delete dependents that have both valid owner and owner that's waiting for dependents to be deleted [Serial] [Conformance]",
    async c => {
      const { client, namespace } = c;
      const { items } = await controllerWithPods(c, 'leaving', 10);
      const { uid } = await controllerWithPods(c, 'staying', 0);
      const owner = { apiVersion: 'v1', kind: 'ReplicationController', name: 'staying', uid };
      const shared = items.slice(0, 5).map(({ metadata }) => metadata.name!);
      for (const name of shared)
        await client.patch(pods, name, 'strategic', { metadata: { ownerReferences: [owner] } }, { namespace });
      await client.delete(replicationcontrollers, 'leaving', { namespace, propagationPolicy: 'Foreground' });
      await eventually('the deleted controller goes', () =>
        refused(client.get(replicationcontrollers, 'leaving', { namespace }), 404, 'it is gone'),
      );
      const left = (await client.list(pods, { namespace })).items;
      assert.deepEqual(
        left.map(({ metadata }) => metadata.name).toSorted(),
        shared.toSorted(),
        'the pods with another owner stay, the others go',
      );
      for (const { metadata } of left) {
        assert.equal(metadata.deletionTimestamp, undefined, 'none of them is being deleted');
        assert.deepEqual(
          metadata.ownerReferences?.map(reference => reference.name),
          ['staying'],
          'and each has only the owner that is left',
        );
      }
    },
  );

  conformance(
    '[sig-api-machinery] Garbage collector should not be blocked by dependency circle [Conformance]',
    async c => {
      const { client, namespace } = c;
      const made = [];
      for (const name of ['pod1', 'pod2', 'pod3']) made.push(await client.create(pods, podOf(name), { namespace }));
      const owners = [made[2]!, made[0]!, made[1]!];
      for (const [index, name] of ['pod1', 'pod2', 'pod3'].entries()) {
        const { metadata } = owners[index]!;
        const reference: OwnerReference = {
          ...{ apiVersion: 'v1', kind: 'Pod', name: metadata.name!, uid: metadata.uid! },
          ...{ controller: true, blockOwnerDeletion: true },
        };
        await client.patch(pods, name, 'merge', { metadata: { ownerReferences: [reference] } }, { namespace });
      }
      await client.delete(pods, 'pod1', { namespace, propagationPolicy: 'Foreground' });
      await eventually('all three go', async () => (await client.list(pods, { namespace })).items.length === 0);
    },
  );
});
