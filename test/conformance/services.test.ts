/** Services, their endpoints and slices. */
import assert from 'node:assert/strict';
import { resources } from '@orrery/client/resources';
import { assertHas, discoverable } from './support/lifecycle.ts';
import { area, at, conformance, eventually, listAt, refused, type Case, type Thing } from './support/suite.ts';
import { podOf } from './support/workloads.ts';

const { endpoints, endpointslices, pods, services } = resources;
const ofService = (name: string): string => `kubernetes.io/service-name=${name}`;

const serviceOf = (name: string, labels: Record<string, string> = {}, spec: object = {}): Thing => ({
  metadata: { name, labels },
  spec: { ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 80 }], ...spec },
});

const slicesOf = ({ client, namespace }: Case, name: string) =>
  client.list<Thing>(endpointslices, { namespace, labelSelector: ofService(name) });

/** Addresses of all slices of a service. */
const addressesOf = (slices: readonly Thing[]): unknown[] =>
  slices.flatMap(slice => listAt(slice, 'endpoints').flatMap(({ addresses }) => addresses as string[]));

area('services', () => {
  conformance('[sig-network] Services should provide secure master service [Conformance]', async ({ client }) => {
    const service = await client.get(services, 'kubernetes', { namespace: 'default' });
    const ports = listAt(service, 'spec', 'ports');
    assert.ok(
      ports.some(({ port, name }) => port === 443 && name === 'https'),
      'the service kubernetes offers https',
    );
  });

  conformance(
    '[sig-network] Services should find a service from listing all namespaces [Conformance]',
    async ({ client }) => {
      const { items } = await client.list(services);
      const found = items.some(({ metadata }) => metadata.name === 'kubernetes' && metadata.namespace === 'default');
      assert.ok(found, 'the services of all namespaces include kubernetes of default');
    },
  );

  conformance('[sig-network] Services should complete a service status lifecycle [Conformance]', async c => {
    const { client, namespace, unique } = c;
    const status = { namespace, subresource: 'status' };
    const follower = await c.follow(services, { namespace, labelSelector: `of=${unique}` });
    const spec = { type: 'LoadBalancer' };
    await client.create(services, serviceOf('it', { of: unique }, spec), { namespace });
    await follower.until(({ type }) => type === 'ADDED', 'a created service is seen');
    const read = await client.get<Thing>(services, 'it', status);
    assert.deepEqual(read.status, { loadBalancer: {} }, 'its status is read');
    const ingress = [{ ip: '203.0.113.1' }];
    const annotations = { patchedstatus: 'true' };
    const patch = { metadata: { annotations }, status: { loadBalancer: { ingress } } };
    await client.patch(services, 'it', 'merge', patch, status);
    const { object } = await follower.until(
      event => at(event.object, 'status', 'loadBalancer', 'ingress', 0, 'ip') === '203.0.113.1',
      'the patch of the status is seen',
    );
    assert.equal(object.metadata.annotations?.patchedstatus, 'true', 'with the annotation');
    await eventually('the status is updated', async () => {
      const current = structuredClone(await client.get<Thing>(services, 'it', status));
      const conditions = [
        {
          ...{ type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set by a test' },
          lastTransitionTime: '2026-01-02T03:04:05Z',
        },
      ];
      current.status = { ...(current.status as object), conditions };
      return client.update(services, current, status);
    });
    await follower.until(
      event => at(event.object, 'status', 'conditions', 0, 'type') === 'StatusUpdate',
      'the update of the status is seen',
    );
    await client.patch(
      services,
      'it',
      'strategic',
      { metadata: { labels: { 'test-service': 'patched' } } },
      { namespace },
    );
    await follower.until(
      event => event.object.metadata.labels?.['test-service'] === 'patched',
      'a patch of the service is seen',
    );
    await client.delete(services, 'it', { namespace });
    await follower.until(({ type }) => type === 'DELETED', 'and its deletion');
  });

  conformance('[sig-network] Services should delete a collection of services [Conformance]', async c => {
    const { client, namespace, unique } = c;
    for (const name of ['one', 'two'])
      await client.create(services, serviceOf(name, { of: unique, label: 'odd' }), { namespace });
    await client.create(services, serviceOf('three', { of: unique, label: 'even' }), { namespace });
    assert.equal((await client.list(services, { namespace })).items.length, 3, 'there are three services');
    await client.deleteCollection(services, { namespace, labelSelector: 'label=odd' });
    const { items } = await client.list(services, { namespace, labelSelector: `of=${unique}` });
    assert.deepEqual(
      items.map(({ metadata }) => metadata.name),
      ['three'],
      'those with the label are deleted and one is left',
    );
  });

  conformance('[sig-network] Services should test the lifecycle of an Endpoint [Conformance]', async c => {
    const { client, namespace, unique } = c;
    const labelSelector = `of=${unique}`;
    const follower = await c.follow(endpoints, { namespace, labelSelector });
    const subsets = [{ addresses: [{ ip: '10.0.0.24' }], ports: [{ name: 'http', port: 80, protocol: 'TCP' }] }];
    await client.create(endpoints, { metadata: { name: 'it', labels: { of: unique } }, subsets } as Thing, {
      namespace,
    });
    await follower.until(({ type }) => type === 'ADDED', 'creation is seen');
    const { items } = await client.list(endpoints, { labelSelector });
    assert.equal(items.length, 1, 'it is found among all');
    const current = structuredClone(await client.get<Thing>(endpoints, 'it', { namespace }));
    current.metadata.labels = { ...current.metadata.labels, updated: 'yes' };
    await client.update(endpoints, current, { namespace });
    const updated = await follower.until(({ type }) => type === 'MODIFIED', 'the update is seen');
    assert.equal(updated.object.metadata.labels?.updated, 'yes', 'with its label');
    const other = [{ addresses: [{ ip: '10.0.0.25' }], ports: [{ name: 'http-test', port: 8080, protocol: 'TCP' }] }];
    await client.patch(endpoints, 'it', 'strategic', { subsets: other }, { namespace });
    const read = await client.get<Thing>(endpoints, 'it', { namespace });
    assert.deepEqual(read.subsets, other, 'a patch changes address and port');
    await client.deleteCollection(endpoints, { namespace, labelSelector });
    await follower.until(({ type }) => type === 'DELETED', 'deletion by its label is seen');
  });

  conformance(
    '[sig-network] EndpointSlice should have Endpoints and EndpointSlices pointing to API Server [Conformance]',
    async c => {
      await discoverable(c, endpointslices);
      const { client } = c;
      const place = { namespace: 'default' };
      await client.get(services, 'kubernetes', place);
      const { subsets } = await client.get<Thing>(endpoints, 'kubernetes', place);
      const addresses = (subsets as { addresses: { ip: string }[] }[]).flatMap(subset =>
        subset.addresses.map(({ ip }) => ip),
      );
      assert.ok(addresses.length > 0, 'the endpoints have the API server');
      const { items } = await client.list<Thing>(endpointslices, {
        ...place,
        labelSelector: ofService('kubernetes'),
      });
      assert.ok(items.length > 0, 'the service has a slice');
      assert.deepEqual(addressesOf(items).toSorted(), addresses.toSorted(), 'the slices have the same addresses');
    },
  );

  conformance(
    '[sig-network] EndpointSlice should create and delete Endpoints and EndpointSlices for a Service with a selector specified [Conformance]',
    async c => {
      const { client, namespace } = c;
      await discoverable(c, endpointslices);
      await client.create(services, serviceOf('it', {}, { selector: { app: 'it' } }), { namespace });
      await eventually('endpoints are created', () => client.get(endpoints, 'it', { namespace }));
      const slice = await eventually('and a slice', async () => (await slicesOf(c, 'it')).items[0]);
      assert.equal(slice.metadata.ownerReferences?.[0]?.name, 'it', 'which belongs to the service');
      assert.equal(
        slice.metadata.labels?.['endpointslice.kubernetes.io/managed-by'],
        'endpointslice-controller.k8s.io',
        'and says who manages it',
      );
      for (const name of ['one', 'two'])
        await client.create(pods, podOf(name, { labels: { app: 'it' } }), { namespace });
      await eventually('the pods that match are in the slices', async () => {
        const { items } = await slicesOf(c, 'it');
        return items.flatMap(item => listAt(item, 'endpoints')).length === 2;
      });
      const targets = (await slicesOf(c, 'it')).items
        .flatMap(item => listAt(item, 'endpoints'))
        .map(endpoint => at(endpoint, 'targetRef', 'name'));
      assert.deepEqual(targets.toSorted(), ['one', 'two'], 'by their names');
      await client.delete(services, 'it', { namespace });
      await eventually('the endpoints go with the service', () =>
        refused(client.get(endpoints, 'it', { namespace }), 404, 'gone'),
      );
      await eventually('the slices too', async () => (await slicesOf(c, 'it')).items.length === 0);
    },
  );

  conformance(
    '[sig-network] EndpointSliceMirroring should mirror a custom Endpoints resource through create update and delete [Conformance]',
    async c => {
      const { client, namespace } = c;
      await discoverable(c, endpointslices);
      const subsetsOf = (ip: string) => [{ addresses: [{ ip }], ports: [{ name: 'http', port: 80, protocol: 'TCP' }] }];
      await client.create(services, serviceOf('it'), { namespace });
      await client.create(endpoints, { metadata: { name: 'it' }, subsets: subsetsOf('10.1.2.3') } as Thing, {
        namespace,
      });
      const mirrored = (ip: string, demand: string) =>
        eventually(demand, async () => {
          const { items } = await slicesOf(c, 'it');
          assert.deepEqual(addressesOf(items), [ip]);
          return items[0];
        });
      const slice = await mirrored('10.1.2.3', 'the endpoints are mirrored');
      assertHas(
        slice,
        { addressType: 'IPv4', ports: [{ name: 'http', port: 80, protocol: 'TCP' }] },
        'with their ports',
      );
      assert.equal(
        slice?.metadata.labels?.['endpointslice.kubernetes.io/managed-by'],
        'endpointslicemirroring-controller.k8s.io',
        'and it says who does it',
      );
      await eventually('the endpoints are updated', async () => {
        const current = await client.get<Thing>(endpoints, 'it', { namespace });
        return client.update<Thing>(endpoints, { ...current, subsets: subsetsOf('10.2.3.4') }, { namespace });
      });
      await mirrored('10.2.3.4', 'the slice follows');
      await client.delete(endpoints, 'it', { namespace });
      await eventually('it goes with them', async () => (await slicesOf(c, 'it')).items.length === 0);
    },
  );
});
