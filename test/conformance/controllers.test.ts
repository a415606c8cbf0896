/** ReplicationControllers and disruption budgets, and the nodes that the rest needs. */
import assert from 'node:assert/strict';
import { resources } from '@orrery/client/resources';
import { area, at, conformance, eventually, listAt, refused, type Thing } from './support/suite.ts';
import { controllerOf } from './support/workloads.ts';

const { nodes, poddisruptionbudgets, pods, replicationcontrollers, resourcequotas } = resources;

area('controllers', () => {
  conformance(
    '[sig-apps] ReplicationController should get and update a ReplicationController scale [Conformance]',
    async ({ client, namespace }) => {
      const scale = { namespace, subresource: 'scale' };
      await client.create(replicationcontrollers, controllerOf('it', 1), { namespace });
      const read = await client.get<Thing>(replicationcontrollers, 'it', scale);
      assert.equal(at(read, 'spec', 'replicas'), 1, 'the scale is read');
      assert.equal(read.kind, 'Scale', 'as a scale');
      const written = structuredClone(read);
      written.spec = { replicas: 2 };
      // Whatever the controller wrote of its status in between.
      delete written.metadata.resourceVersion;
      const updated = await client.update<Thing>(replicationcontrollers, written, scale);
      assert.equal(at(updated, 'spec', 'replicas'), 2, 'the scale is updated');
      const controller = await client.get<Thing>(replicationcontrollers, 'it', { namespace });
      assert.equal(at(controller, 'spec', 'replicas'), 2, 'and the controller has it');
      await eventually('the pods follow', async () => (await client.list(pods, { namespace })).items.length === 2);
    },
  );

  conformance(
    '[sig-apps] ReplicationController should release no longer matching pods [Conformance]',
    async ({ client, namespace }) => {
      const { metadata } = await client.create(replicationcontrollers, controllerOf('it', 1), { namespace });
      const pod = await eventually('the pod is created', async () => {
        return (await client.list(pods, { namespace })).items[0];
      });
      assert.equal(pod.metadata.ownerReferences?.[0]?.uid, metadata.uid, 'it belongs to the controller');
      const patch = { metadata: { labels: { name: 'elsewhere' } } };
      await client.patch(pods, pod.metadata.name!, 'strategic', patch, { namespace });
      await eventually('a pod that matches no longer is released', async () => {
        const released = await client.get(pods, pod.metadata.name!, { namespace });
        return (released.metadata.ownerReferences ?? []).length === 0;
      });
      await eventually('and another one takes its place', async () => {
        const { items } = await client.list(pods, { namespace, labelSelector: 'name=it' });
        return items.length === 1;
      });
    },
  );

  conformance(
    '[sig-apps] ReplicationController should surface a failure condition on a common issue like exceeded quota [Conformance]',
    async ({ client, namespace }) => {
      await client.create(resourcequotas, { metadata: { name: 'two' }, spec: { hard: { pods: '2' } } } as Thing, {
        namespace,
      });
      await eventually('the quota is at work', async () => {
        const quota = await client.get<Thing>(resourcequotas, 'two', { namespace });
        return at(quota, 'status', 'hard', 'pods') === '2';
      });
      await client.create(replicationcontrollers, controllerOf('it', 3), { namespace });
      const failure = async () => {
        const read = await client.get<Thing>(replicationcontrollers, 'it', { namespace });
        return listAt(read, 'status', 'conditions').find(({ type }) => type === 'ReplicaFailure');
      };
      const told = await eventually('more pods than the quota allows are told of', failure);
      assert.equal(told.reason, 'FailedCreate', 'as creation that failed');
      assert.match(String(told.message), /exceeded quota: two/, 'because of the quota');
      const patch = { spec: { replicas: 2 } };
      await client.patch(replicationcontrollers, 'it', 'merge', patch, { namespace });
      await eventually('with fewer replicas nothing fails', async () => (await failure()) === undefined);
    },
  );

  const budget = (name: string, labels: Record<string, string>): Thing => ({
    metadata: { name, labels },
    spec: { minAvailable: 1, selector: { matchLabels: { foo: 'bar' } } },
  });

  conformance('[sig-apps] DisruptionController should create a PodDisruptionBudget [Conformance]', async c => {
    const { client, namespace } = c;
    const place = { namespace };
    await client.create(poddisruptionbudgets, budget('it', {}), place);
    const processed = async (minAvailable: unknown) => {
      const read = await client.get<Thing>(poddisruptionbudgets, 'it', place);
      assert.equal(at(read, 'spec', 'minAvailable'), minAvailable);
      return at(read, 'status', 'observedGeneration') === read.metadata.generation && read;
    };
    const created = await eventually('a created budget is taken up', () => processed(1));
    const changed = structuredClone(created);
    changed.spec = { ...(created.spec as object), minAvailable: 2 };
    await eventually('an update succeeds', async () => {
      const current = await client.get(poddisruptionbudgets, 'it', place);
      changed.metadata.resourceVersion = current.metadata.resourceVersion;
      return client.update(poddisruptionbudgets, changed, place);
    });
    await eventually('an updated budget is taken up', () => processed(2));
    await client.patch(poddisruptionbudgets, 'it', 'strategic', { spec: { minAvailable: '50%' } }, place);
    await eventually('a patched budget is taken up', () => processed('50%'));
    await client.delete(poddisruptionbudgets, 'it', place);
    await refused(client.get(poddisruptionbudgets, 'it', place), 404, 'a deleted one is gone');
  });

  conformance(
    '[sig-apps] DisruptionController Listing PodDisruptionBudgets for all namespaces should list and delete a collection of PodDisruptionBudgets [Conformance]',
    async ({ client, namespace, unique, anotherNamespace }) => {
      const other = await anotherNamespace();
      const labelSelector = `of=${unique}`;
      for (const name of ['one', 'two'])
        await client.create(poddisruptionbudgets, budget(name, { of: unique }), { namespace });
      await client.create(poddisruptionbudgets, budget('three', { of: unique }), { namespace: other });
      const all = await client.list(poddisruptionbudgets, { labelSelector });
      assert.equal(all.items.length, 3, 'those of all namespaces are listed');
      assert.equal((await client.list(poddisruptionbudgets, { namespace })).items.length, 2, 'and those of one');
      await client.deleteCollection(poddisruptionbudgets, { namespace, labelSelector });
      const left = await client.list(poddisruptionbudgets, { labelSelector });
      assert.deepEqual(
        left.items.map(({ metadata }) => metadata.name),
        ['three'],
        'deletion of many takes those of the namespace',
      );
    },
  );

  conformance(
    '[sig-architecture] Conformance Tests should have at least two untainted nodes [Conformance]',
    async ({ client }) => {
      const { items } = await client.list<Thing>(nodes);
      const untainted = items.filter(
        node =>
          at(node, 'spec', 'unschedulable') !== true &&
          !listAt(node, 'spec', 'taints').some(({ effect }) => effect === 'NoSchedule' || effect === 'NoExecute') &&
          listAt(node, 'status', 'conditions').some(({ type, status }) => type === 'Ready' && status === 'True'),
      );
      assert.ok(untainted.length >= 2, 'two nodes take any pod');
    },
  );

  conformance('[sig-node] Node Lifecycle should run through the lifecycle of a node [Conformance]', async c => {
    const { client, unique: name } = c;
    c.atEnd(() => client.delete(nodes, name));
    const spec = { unschedulable: true };
    await client.create(nodes, { metadata: { name }, spec, status: { phase: 'Pending' } } as Thing);
    assert.equal((await client.get(nodes, name)).metadata.name, name, 'a created node is read by its name');
    const patched = await client.patch(nodes, name, 'merge', { metadata: { labels: { [name]: 'patched' } } });
    assert.equal(patched.metadata.labels?.[name], 'patched', 'a patch brings a label');
    const { items } = await client.list(nodes, { labelSelector: `${name}=patched` });
    assert.equal(items.length, 1, 'by which it alone is listed');
    const updated = await eventually('an update succeeds', async () => {
      const current = structuredClone(await client.get<Thing>(nodes, name));
      current.metadata.labels = { ...current.metadata.labels, [name]: 'updated' };
      return client.update(nodes, current);
    });
    assert.equal(updated.metadata.labels?.[name], 'updated', 'with its label');
    await client.delete(nodes, name);
    await eventually('a deleted node is gone', () => refused(client.get(nodes, name), 404, 'it is gone'));
  });
});
