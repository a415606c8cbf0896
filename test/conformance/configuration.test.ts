/** ConfigMaps, Secrets, PodTemplates, Leases and limits: what holds settings. */
import assert from 'node:assert/strict';
import { resources, type KnownResource } from '@orrery/client/resources';
import { area, at, conformance, eventually, refused, type Case, type Thing } from './support/suite.ts';

const { configmaps, secrets, podtemplates, leases } = resources;
const pause = { name: 'pause', image: 'registry.k8s.io/pause:3.10' };

async function refusesEmptyKey({ client, namespace }: Case, resource: KnownResource, value: string): Promise<void> {
  const object = { metadata: { name: 'empty-key' }, data: { '': value } };
  const error = await refused(client.create(resource, object, { namespace }), 422, 'an empty key is refused');
  assert.equal(error.reason, 'Invalid', 'as invalid');
  await refused(client.get(resource, 'empty-key', { namespace }), 404, 'and nothing is created');
}

async function immutable({ client, namespace }: Case, resource: KnownResource, encode: (text: string) => string) {
  const place = { namespace };
  const object: Thing = { metadata: { name: 'kept' }, data: { key: encode('1') } };
  await client.create(resource, object, place);
  const write = (change: Record<string, unknown>) => client.update<Thing>(resource, { ...object, ...change }, place);
  const second = { data: { key: encode('2') } };
  assert.deepEqual((await write(second)).data, second.data, 'data are updated while it is mutable');
  assert.equal((await write({ ...second, immutable: true })).immutable, true, 'it can be made immutable');
  await refused(write({ data: { key: encode('3') }, immutable: true }), 422, 'then data are not updated');
  await refused(write(second), 422, 'nor can it be made mutable again');
  const labelled = { ...second, immutable: true, metadata: { name: 'kept', labels: { label: '1' } } };
  assert.equal((await write(labelled)).metadata.labels?.label, '1', 'its labels are still updated');
  await client.delete(resource, 'kept', place);
  await refused(client.get(resource, 'kept', place), 404, 'it can be deleted');
}

area('settings', () => {
  conformance('[sig-node] ConfigMap should fail to create ConfigMap with empty key [Conformance]', c =>
    refusesEmptyKey(c, configmaps, 'value'),
  );

  conformance('[sig-node] Secrets should fail to create secret due to empty secret key [Conformance]', c =>
    refusesEmptyKey(c, secrets, btoa('value')),
  );

  conformance('[sig-storage] ConfigMap should be immutable if `immutable` field is set [Conformance]', c =>
    immutable(c, configmaps, text => text),
  );

  conformance('[sig-storage] Secrets should be immutable if `immutable` field is set [Conformance]', c =>
    immutable(c, secrets, btoa),
  );

  conformance('[sig-node] ConfigMap should run through a ConfigMap lifecycle [Conformance]', async c => {
    const { client, namespace, unique } = c;
    const place = { namespace };
    const labelSelector = `static=${unique}`;
    const follower = await c.follow(configmaps, { namespace, labelSelector });
    const object = { metadata: { name: 'it', labels: { static: unique } }, data: { valueName: 'value' } };
    await client.create(configmaps, object, place);
    await follower.until(({ type }) => type === 'ADDED', 'creation is seen');
    const patch = { metadata: { labels: { more: 'patched' } }, data: { valueName: 'value1' } };
    await client.patch(configmaps, 'it', 'strategic', patch, place);
    await follower.until(({ type }) => type === 'MODIFIED', 'the patch is seen');
    const read = await client.get<Thing>(configmaps, 'it', place);
    assert.deepEqual(read.data, { valueName: 'value1' }, 'what is read has the patched value');
    assert.equal(read.metadata.labels?.more, 'patched', 'and the patched label');
    const { items } = await client.list<Thing>(configmaps, { labelSelector });
    assert.deepEqual(
      items.map(({ metadata, data }) => [metadata.name, metadata.namespace, data]),
      [['it', namespace, { valueName: 'value1' }]],
      'listing all by the label finds it with its new value',
    );
    await client.deleteCollection(configmaps, { namespace, labelSelector });
    await follower.until(({ type }) => type === 'DELETED', 'deletion by collection is seen');
    assert.deepEqual((await client.list(configmaps, { labelSelector })).items, [], 'nothing is left');
  });

  conformance('[sig-node] Secrets should patch a secret [Conformance]', async ({ client, namespace, unique }) => {
    const place = { namespace };
    const labelSelector = `testsecret-constant=${unique}`;
    assert.deepEqual((await client.list(secrets, { labelSelector })).items, [], 'at first no secret has the label');
    const metadata = { name: 'it', labels: { 'testsecret-constant': unique } };
    await client.create(secrets, { metadata, data: { key: btoa('value') }, type: 'Opaque' } as Thing, place);
    const listed = await client.list(secrets, { labelSelector });
    assert.equal(listed.items.length, 1, 'the secret is listed across namespaces');
    const patch = { metadata: { labels: { testsecret: 'true' } }, data: { key: btoa('value1') } };
    await client.patch(secrets, 'it', 'strategic', patch, place);
    const read = await client.get<Thing>(secrets, 'it', place);
    assert.deepEqual(
      [read.metadata.labels?.testsecret, at(read, 'data', 'key')],
      ['true', btoa('value1')],
      'label and value are the new ones',
    );
    await client.deleteCollection(secrets, { namespace, labelSelector: `${labelSelector},testsecret=true` });
    assert.deepEqual((await client.list(secrets, { labelSelector })).items, [], 'it is deleted by its label');
  });

  const podTemplate = (name: string, labels: Record<string, string>): Thing => ({
    metadata: { name, labels },
    template: { metadata: { labels }, spec: { containers: [pause] } },
  });

  conformance('[sig-node] PodTemplates should run the lifecycle of PodTemplates [Conformance]', async c => {
    const { client, namespace, unique } = c;
    const place = { namespace };
    const labelSelector = `static=${unique}`;
    await client.create(podtemplates, podTemplate('it', { static: unique }), place);
    const patch = { metadata: { labels: { podtemplate: 'patched' } } };
    await client.patch(podtemplates, 'it', 'strategic', patch, place);
    const read = await client.get(podtemplates, 'it', place);
    assert.equal(read.metadata.labels?.podtemplate, 'patched', 'what is read has the patched label');
    const { items } = await client.list(podtemplates, { labelSelector });
    assert.deepEqual(
      items.map(({ metadata }) => [metadata.name, metadata.labels?.podtemplate]),
      [['it', 'patched']],
      'listing all by the label finds it with the patched one',
    );
    await client.delete(podtemplates, 'it', place);
    assert.deepEqual((await client.list(podtemplates, { labelSelector })).items, [], 'it is deleted');
  });

  conformance('[sig-node] PodTemplates should delete a collection of pod templates [Conformance]', async c => {
    const { client, namespace, unique } = c;
    const labelSelector = `set=${unique}`;
    for (const name of ['one', 'two', 'three'])
      await client.create(podtemplates, podTemplate(name, { set: unique }), { namespace });
    const { items } = await client.list(podtemplates, { namespace, labelSelector });
    assert.equal(items.length, 3, 'the set is found by its label');
    await client.deleteCollection(podtemplates, { namespace, labelSelector });
    const left = await client.list(podtemplates, { namespace, labelSelector });
    assert.deepEqual(left.items, [], 'the deleted set is not listed');
  });

  conformance('[sig-node] PodTemplates should replace a pod template [Conformance]', async ({ client, namespace }) => {
    const created = await client.create<Thing>(podtemplates, podTemplate('it', { app: 'x' }), { namespace });
    assert.ok(created.metadata.uid, 'creating succeeds');
    const changed = structuredClone(created);
    changed.metadata.annotations = { updated: 'true' };
    const replaced = await client.update(podtemplates, changed, { namespace });
    assert.equal(replaced.metadata.annotations?.updated, 'true', 'the replaced template has the annotation');
  });

  conformance('[sig-node] Lease lease API should be available [Conformance]', async ({ client, namespace }) => {
    const place = { namespace };
    const spec = (holderIdentity: string, renewTime = '2026-01-02T03:04:05.000000Z') => ({
      ...{ holderIdentity, leaseDurationSeconds: 30, leaseTransitions: 0 },
      ...{ acquireTime: '2026-01-02T03:04:05.123456Z', renewTime },
    });
    const read = async () => (await client.get<Thing>(leases, 'lease', place)).spec;
    const created = await client.create<Thing>(leases, { metadata: { name: 'lease' }, spec: spec('one') }, place);
    assert.deepEqual(await read(), spec('one'), 'a created lease is read as it was given');
    const other = spec('two', '2026-01-02T03:05:05.000001Z');
    await client.update(leases, { ...created, spec: other } as Thing, place);
    assert.deepEqual(await read(), other, 'an updated lease is read as it was given');
    await client.patch(leases, 'lease', 'strategic', { spec: { holderIdentity: 'three' } }, place);
    assert.deepEqual(await read(), { ...other, holderIdentity: 'three' }, 'a patched lease is read with the patch');
    await client.create(leases, { metadata: { name: 'second', labels: { deletecollection: 'true' } } }, place);
    assert.equal((await client.list(leases, place)).items.length, 2, 'both leases are listed');
    await client.deleteCollection(leases, { namespace, labelSelector: 'deletecollection=true' });
    const left = (await client.list(leases, place)).items.map(({ metadata }) => metadata.name);
    assert.deepEqual(left, ['lease'], 'deletion by label takes only the one that has it');
    await client.delete(leases, 'lease', place);
    await eventually('a deleted lease is not found', () => refused(client.get(leases, 'lease', place), 404, 'gone'));
  });
});
