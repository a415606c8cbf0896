/** What storage is described by: drivers, nodes of drivers, classes, volumes, claims and attachments. */
import assert from 'node:assert/strict';
import { resources, type KnownResource } from '@orrery/client/resources';
import { area, at, conformance, eventually, listAt, refused, type Case, type Thing } from './support/suite.ts';
import { podOf } from './support/workloads.ts';

const { csidrivers, csinodes, persistentvolumeclaims, persistentvolumes, pods, storageclasses, volumeattachments } =
  resources;

type Place = { namespace?: string };

/** Adds a label by an update, again when another write came between. */
const relabel = (c: Case, resource: KnownResource, name: string, label: string, place: Place = {}): Promise<Thing> =>
  eventually('an update succeeds', async () => {
    const current = structuredClone(await c.client.get<Thing>(resource, name, place));
    current.metadata.labels = { ...current.metadata.labels, [label]: 'updated' };
    return c.client.update<Thing>(resource, current, place);
  });

const patchLabel = (c: Case, resource: KnownResource, name: string, label: string, place: Place = {}) =>
  c.client.patch<Thing>(resource, name, 'merge', { metadata: { labels: { [label]: 'patched' } } }, place);

const isGone = (c: Case, resource: KnownResource, name: string, place: Place = {}) =>
  eventually(`${name} is deleted`, () => refused(c.client.get(resource, name, place), 404, 'it is gone'));

/** Create, read, patch, list, delete; create another, update it, delete it by its label. */
async function twoLives(c: Case, resource: KnownResource, rest: Record<string, unknown>): Promise<void> {
  const { client, unique } = c;
  const labelSelector = `conformance=${unique}`;
  c.atEnd(() => client.deleteCollection(resource, { labelSelector }));
  const objectOf = (name: string) => ({ metadata: { name, labels: { conformance: unique } }, ...rest });
  const first = `${unique}-first`;
  const second = `${unique}-second`;
  await client.create(resource, objectOf(first));
  assert.equal((await client.get(resource, first)).metadata.name, first, 'what was created is read by its name');
  assert.equal((await patchLabel(c, resource, first, 'one')).metadata.labels?.one, 'patched', 'a patch brings a label');
  const { items } = await client.list(resource, { labelSelector: `${labelSelector},one=patched` });
  assert.equal(items.length, 1, 'it is listed by that label');
  await client.delete(resource, first);
  await isGone(c, resource, first);
  await client.create(resource, objectOf(second));
  assert.equal((await client.get(resource, second)).metadata.name, second, 'another one takes its place');
  assert.equal((await relabel(c, resource, second, 'two')).metadata.labels?.two, 'updated', 'an update brings a label');
  await client.deleteCollection(resource, { labelSelector: `${labelSelector},two=updated` });
  await isGone(c, resource, second);
}

const volumeOf = (c: Case, name: string): Thing => ({
  metadata: { name, labels: { conformance: c.unique } },
  spec: {
    ...{ capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'], persistentVolumeReclaimPolicy: 'Retain' },
    ...{ storageClassName: c.unique, hostPath: { path: '/tmp/conformance' } },
    claimRef: { namespace: c.namespace, name: 'nobody-else' },
  },
});

const claimOf = (c: Case, name: string): Thing => ({
  metadata: { name, labels: { conformance: c.unique } },
  spec: { accessModes: ['ReadWriteOnce'], storageClassName: c.unique, resources: { requests: { storage: '1Gi' } } },
});

const attachmentOf = (c: Case, name: string): Thing => ({
  metadata: { name, labels: { conformance: c.unique } },
  spec: { attacher: 'e2e.example.com', nodeName: 'nowhere', source: { persistentVolumeName: `pv-${c.unique}` } },
});

area('storage', () => {
  conformance(
    '[sig-storage] CSIInlineVolumes should run through the lifecycle of a CSIDriver [Conformance]',
    async c => {
      const { client, unique } = c;
      const labelSelector = `conformance=${unique}`;
      c.atEnd(() => client.deleteCollection(csidrivers, { labelSelector }));
      const names = ['one', 'two'].map(name => `${unique}-${name}.example.com`);
      const spec = { attachRequired: false, podInfoOnMount: true, volumeLifecycleModes: ['Ephemeral'] };
      for (const name of names)
        await client.create(csidrivers, { metadata: { name, labels: { conformance: unique } }, spec } as Thing);
      const patched = await patchLabel(c, csidrivers, names[0]!, 'one');
      assert.equal(patched.metadata.labels?.one, 'patched', 'a patch brings a label');
      const updated = await relabel(c, csidrivers, names[1]!, 'two');
      assert.equal(updated.metadata.labels?.two, 'updated', 'an update brings a label');
      assert.equal((await client.list(csidrivers, { labelSelector })).items.length, 2, 'both are listed');
      await client.delete(csidrivers, names[0]!);
      await isGone(c, csidrivers, names[0]!);
      await client.deleteCollection(csidrivers, { labelSelector });
      await isGone(c, csidrivers, names[1]!);
    },
  );

  conformance('[sig-storage] CSIInlineVolumes should support CSIVolumeSource in Pod API [Conformance]', async c => {
    const { client, namespace } = c;
    const place = { namespace };
    const csi = { driver: `${c.unique}.example.com`, volumeAttributes: { a: 'b' } };
    const pod = podOf('it', { labels: { inline: 'yes' }, spec: { volumes: [{ name: 'inline', csi }] } });
    const labelSelector = 'inline=yes';
    const created = await client.create<Thing>(pods, pod, place);
    const volume = (object: unknown) => listAt(object, 'spec', 'volumes').find(({ name }) => name === 'inline')?.csi;
    assert.deepEqual(volume(created), csi, 'a pod with the volume is created');
    assert.deepEqual(volume(await client.get(pods, 'it', place)), csi, 'and read');
    const { items } = await client.list(pods, { namespace, labelSelector });
    assert.deepEqual(items.map(volume), [csi], 'listed');
    assert.equal((await patchLabel(c, pods, 'it', 'one', place)).metadata.labels?.one, 'patched', 'patched');
    await client.deleteCollection(pods, { namespace, labelSelector, gracePeriodSeconds: 0 });
    await isGone(c, pods, 'it', place);
  });

  conformance('[sig-storage] CSINodes CSI Conformance should run through the lifecycle of a csinode [Conformance]', c =>
    twoLives(c, csinodes, { spec: { drivers: [] } }),
  );

  conformance(
    '[sig-storage] StorageClasses CSI Conformance should run through the lifecycle of a StorageClass [Conformance]',
    c => twoLives(c, storageclasses, { provisioner: 'example.com/none' }),
  );

  conformance(
    '[sig-storage] VolumeAttachment Conformance should run through the lifecycle of a VolumeAttachment [Conformance]',
    async c => {
      const { client, unique } = c;
      await twoLives(c, volumeattachments, { spec: attachmentOf(c, 'it').spec });
      const names = ['third', 'fourth'].map(name => `${unique}-${name}`);
      for (const name of names) {
        await client.create(volumeattachments, attachmentOf(c, name));
        const updated = await relabel(c, volumeattachments, name, 'both');
        assert.equal(updated.metadata.labels?.both, 'updated', 'each is updated with the label');
      }
      await client.deleteCollection(volumeattachments, { labelSelector: `conformance=${unique},both=updated` });
      for (const name of names) await isGone(c, volumeattachments, name);
    },
  );

  conformance(
    '[sig-storage] VolumeAttachment Conformance should apply changes to a volumeattachment status [Conformance]',
    async c => {
      const { client, unique: name } = c;
      const status = { subresource: 'status' };
      c.atEnd(() => client.delete(volumeattachments, name));
      await client.create(volumeattachments, attachmentOf(c, name));
      const labelled = await patchLabel(c, volumeattachments, name, 'one');
      assert.equal(labelled.metadata.labels?.one, 'patched', 'a patch brings a label');
      const read = await client.get<Thing>(volumeattachments, name, status);
      assert.equal(at(read, 'status', 'attached'), false, 'at first it is not attached');
      const patch = { status: { attached: true } };
      const patched = await client.patch<Thing>(volumeattachments, name, 'merge', patch, status);
      assert.equal(at(patched, 'status', 'attached'), true, 'a patch of the status attaches it');
      const updated = await eventually('the status is updated', async () => {
        const current = structuredClone(await client.get<Thing>(volumeattachments, name, status));
        current.status = { attached: false };
        return client.update<Thing>(volumeattachments, current, status);
      });
      assert.equal(at(updated, 'status', 'attached'), false, 'an update detaches it');
      await client.delete(volumeattachments, name);
      await isGone(c, volumeattachments, name);
    },
  );

  conformance(
    '[sig-storage] PersistentVolumes CSI Conformance should run through the lifecycle of a PV and a PVC [Conformance]',
    async c => {
      const { client, unique, namespace } = c;
      const place = { namespace };
      const labelSelector = `conformance=${unique}`;
      c.atEnd(() => client.deleteCollection(persistentvolumes, { labelSelector }));
      const name = `${unique}-pv`;
      const volume = await client.create(persistentvolumes, volumeOf(c, name));
      const claim = await client.create(persistentvolumeclaims, claimOf(c, 'it'), place);
      assert.equal((await client.list(persistentvolumes, { labelSelector })).items.length, 1, 'the volume is listed');
      assert.equal((await client.list(persistentvolumeclaims, place)).items.length, 1, 'the claim is listed');
      const patchedVolume = await patchLabel(c, persistentvolumes, name, 'one');
      assert.equal(patchedVolume.metadata.labels?.one, 'patched', 'the volume is patched');
      const patchedClaim = await patchLabel(c, persistentvolumeclaims, 'it', 'one', place);
      assert.equal(patchedClaim.metadata.labels?.one, 'patched', 'the claim is patched');
      const uids = [
        (await client.get(persistentvolumes, name)).metadata.uid,
        (await client.get(persistentvolumeclaims, 'it', place)).metadata.uid,
      ];
      assert.deepEqual(uids, [volume.metadata.uid, claim.metadata.uid], 'both are read');
      await client.delete(persistentvolumeclaims, 'it', place);
      await isGone(c, persistentvolumeclaims, 'it', place);
      await client.delete(persistentvolumes, name);
      await isGone(c, persistentvolumes, name);
      await client.create(persistentvolumes, volumeOf(c, name));
      await client.create(persistentvolumeclaims, claimOf(c, 'it'), place);
      const updatedVolume = await relabel(c, persistentvolumes, name, 'two');
      assert.equal(updatedVolume.metadata.labels?.two, 'updated', 'another volume is updated');
      const updatedClaim = await relabel(c, persistentvolumeclaims, 'it', 'two', place);
      assert.equal(updatedClaim.metadata.labels?.two, 'updated', 'another claim is updated');
      await client.deleteCollection(persistentvolumeclaims, { namespace, labelSelector });
      await isGone(c, persistentvolumeclaims, 'it', place);
      await client.deleteCollection(persistentvolumes, { labelSelector });
      await isGone(c, persistentvolumes, name);
    },
  );

  conformance(
    '[sig-storage] PersistentVolumes CSI Conformance should apply changes to a pv/pvc status [Conformance]',
    async c => {
      const { client, unique, namespace } = c;
      const place = { namespace };
      const labelSelector = `conformance=${unique}`;
      const name = `${unique}-pv`;
      c.atEnd(() => client.deleteCollection(persistentvolumes, { labelSelector }));
      await client.create(persistentvolumes, volumeOf(c, name));
      await client.create(persistentvolumeclaims, claimOf(c, 'it'), place);
      assert.equal((await client.list(persistentvolumes, { labelSelector })).items.length, 1, 'the volume is listed');
      assert.equal((await client.list(persistentvolumeclaims, place)).items.length, 1, 'the claim is listed');
      const claimStatus = { namespace, subresource: 'status' };
      const volumeStatus = { subresource: 'status' };
      const claim = await client.get<Thing>(persistentvolumeclaims, 'it', claimStatus);
      assert.equal(at(claim, 'status', 'phase'), 'Pending', 'the claim has a phase');
      const volume = await client.get<Thing>(persistentvolumes, name, volumeStatus);
      assert.match(String(at(volume, 'status', 'phase')), /^(Pending|Available)$/, 'the volume has a phase');
      const conditions = [{ type: 'StatusPatched', status: 'True', reason: 'E2E', message: 'Patched' }];
      const patched = await client.patch(
        persistentvolumeclaims,
        'it',
        'merge',
        { status: { conditions } },
        claimStatus,
      );
      assert.equal(at(patched, 'status', 'conditions', 0, 'type'), 'StatusPatched', 'the claim has the new condition');
      const words = { status: { message: 'patched', reason: 'E2E' } };
      const patchedVolume = await client.patch(persistentvolumes, name, 'merge', words, volumeStatus);
      assert.deepEqual(
        [at(patchedVolume, 'status', 'message'), at(patchedVolume, 'status', 'reason')],
        ['patched', 'E2E'],
        'the volume has the new words',
      );
      const updated = await eventually('the status of the claim is updated', async () => {
        const current = structuredClone(await client.get<Thing>(persistentvolumeclaims, 'it', claimStatus));
        const added = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Updated' };
        current.status = { ...(current.status as object), conditions: [added] };
        return client.update<Thing>(persistentvolumeclaims, current, claimStatus);
      });
      assert.equal(at(updated, 'status', 'conditions', 0, 'type'), 'StatusUpdate', 'with its condition');
      const updatedVolume = await eventually('the status of the volume is updated', async () => {
        const current = structuredClone(await client.get<Thing>(persistentvolumes, name, volumeStatus));
        current.status = { ...(current.status as object), message: 'updated', reason: 'Again' };
        return client.update<Thing>(persistentvolumes, current, volumeStatus);
      });
      assert.deepEqual(
        [at(updatedVolume, 'status', 'message'), at(updatedVolume, 'status', 'reason')],
        ['updated', 'Again'],
        'with its words',
      );
    },
  );
});
