/** Namespaces, their status and finalizers, and what goes with them. */
import assert from 'node:assert/strict';
import { resources } from '@orrery/client/resources';
import { area, at, conformance, eventually, refused, type Thing } from './support/suite.ts';

const { namespaces, services, configmaps } = resources;

area('namespaces', () => {
  conformance('[sig-api-machinery] Namespaces [Serial] should patch a Namespace [Conformance]', async c => {
    const name = await c.anotherNamespace();
    await c.client.patch(namespaces, name, 'strategic', { metadata: { labels: { testLabel: 'testValue' } } });
    const read = await c.client.get(namespaces, name);
    assert.equal(read.metadata.labels?.testLabel, 'testValue', 'the patched namespace has the new label');
  });

  conformance(
    '[sig-api-machinery] Namespaces [Serial] should apply an update to a Namespace [Conformance]',
    async c => {
      const updated = await eventually('updating succeeds', async () => {
        const current = structuredClone(await c.client.get(namespaces, c.namespace));
        current.metadata.labels = { ...current.metadata.labels, updated: 'yes' };
        return c.client.update(namespaces, current);
      });
      assert.equal(updated.metadata.labels?.updated, 'yes', 'the updated namespace has the new label');
    },
  );

  conformance(
    '[sig-api-machinery] Namespaces [Serial] should apply changes to a namespace status [Conformance]',
    async ({ client, namespace }) => {
      const status = { subresource: 'status' };
      const read = await client.get<Thing>(namespaces, namespace, status);
      assert.equal(at(read, 'status', 'phase'), 'Active', 'a namespace is active');
      const conditions = [{ type: 'StatusPatch', status: 'True', reason: 'E2E', message: 'Patched' }];
      const patch = { metadata: { annotations: { patched: 'true' } }, status: { conditions } };
      const patched = await client.patch<Thing>(namespaces, namespace, 'merge', patch, status);
      assert.equal(at(patched, 'status', 'conditions', 0, 'type'), 'StatusPatch', 'the patched condition is there');
      assert.equal(patched.metadata.annotations?.patched, 'true', 'so is the annotation that came with it');
      const updated = await eventually('updating the status succeeds', async () => {
        const current = structuredClone(await client.get<Thing>(namespaces, namespace, status));
        const added = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Updated' };
        current.status = { ...(current.status as object), conditions: [added] };
        return client.update<Thing>(namespaces, current, status);
      });
      assert.equal(at(updated, 'status', 'conditions', 0, 'type'), 'StatusUpdate', 'the updated condition is there');
    },
  );

  conformance(
    '[sig-api-machinery] Namespaces [Serial] should apply a finalizer to a Namespace [Conformance]',
    async ({ client, namespace }) => {
      const finalizer = 'e2e.example.com/fakeFinalizer';
      const finalize = (change: (finalizers: readonly string[]) => readonly string[]) =>
        eventually('finalizers are written', async () => {
          const current = structuredClone(await client.get<Thing>(namespaces, namespace));
          current.spec = { finalizers: change((at(current, 'spec', 'finalizers') ?? []) as string[]) };
          return client.update<Thing>(namespaces, current, { subresource: 'finalize' });
        });
      await finalize(finalizers => [...finalizers, finalizer]);
      const held = await client.get<Thing>(namespaces, namespace);
      assert.deepEqual(at(held, 'spec', 'finalizers'), ['kubernetes', finalizer], 'the finalizer is found');
      await finalize(finalizers => finalizers.filter(name => name !== finalizer));
      const free = await client.get<Thing>(namespaces, namespace);
      assert.deepEqual(at(free, 'spec', 'finalizers'), ['kubernetes'], 'the finalizer is gone when taken away');
    },
  );

  conformance(
    '[sig-api-machinery] Namespaces [Serial] should ensure that all services are removed when a namespace is deleted [Conformance]',
    async ({ client, anotherNamespace }) => {
      const namespace = await anotherNamespace();
      const service = { metadata: { name: 'test-service' }, spec: { selector: { foo: 'bar' }, ports: [{ port: 80 }] } };
      await client.create(services, service, { namespace });
      await client.create(configmaps, { metadata: { name: 'beside' } }, { namespace });
      await client.delete(namespaces, namespace);
      await eventually('a deleted namespace goes away', () =>
        refused(client.get(namespaces, namespace), 404, 'the namespace is gone'),
      );
      const again: Thing = { metadata: { name: namespace } };
      await client.create(namespaces, again);
      await refused(client.get(services, 'test-service', { namespace }), 404, 'its services are removed');
      const { items } = await client.list(services, { namespace });
      assert.deepEqual(items, [], 'a new one of that name has none');
    },
  );
});
