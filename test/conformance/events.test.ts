/** Events, by both of their groups. */
import assert from 'node:assert/strict';
import { resources, type KnownResource } from '@orrery/client/resources';
import { area, at, conformance, refused, type Case, type Thing } from './support/suite.ts';

const core = resources.events;
const grouped: KnownResource = {
  ...{ group: 'events.k8s.io', version: 'v1', resource: 'events', kind: 'Event', namespaced: true },
};

const coreEvent = ({ namespace, unique }: Case, name: string): Thing => ({
  metadata: { name, labels: { of: unique } },
  ...{ message: 'This is a test', reason: 'Test', type: 'Normal', count: 1 },
  involvedObject: { namespace, kind: 'Pod', name: 'it' },
});

const groupedEvent = ({ namespace, unique }: Case, name: string): Thing => ({
  metadata: { name, labels: { of: unique } },
  ...{ eventTime: '2026-01-02T03:04:05.000006Z', note: 'This is a test', reason: 'Test', type: 'Normal' },
  ...{ action: 'Do', reportingController: 'test-controller', reportingInstance: 'test-node' },
  regarding: { namespace, kind: 'Pod', name: 'it' },
});

async function collection(c: Case, resource: KnownResource, make: (c: Case, name: string) => Thing): Promise<void> {
  const { client, namespace, unique } = c;
  const labelSelector = `of=${unique}`;
  for (const name of ['one', 'two', 'three']) await client.create(resource, make(c, name), { namespace });
  assert.equal((await client.list(resource, { namespace, labelSelector })).items.length, 3, 'the set is listed');
  await client.deleteCollection(resource, { namespace, labelSelector });
  assert.deepEqual((await client.list(resource, { namespace, labelSelector })).items, [], 'the deleted set is not');
}

area('events', () => {
  conformance('[sig-instrumentation] Events should delete a collection of events [Conformance]', c =>
    collection(c, core, coreEvent),
  );

  conformance('[sig-instrumentation] Events API should delete a collection of events [Conformance]', c =>
    collection(c, grouped, groupedEvent),
  );

  conformance('[sig-instrumentation] Events should manage the lifecycle of an event [Conformance]', async c => {
    const { client, namespace, unique } = c;
    const place = { namespace };
    const labelSelector = `of=${unique}`;
    await client.create(core, coreEvent(c, 'it'), place);
    const everywhere = await client.list(core, { labelSelector });
    assert.equal(everywhere.items.length, 1, 'it is found among all by its label');
    await client.patch(core, 'it', 'strategic', { message: 'patched' }, place);
    const read = await client.get<Thing>(core, 'it', place);
    assert.equal(read.message, 'patched', 'the patched message is read');
    const series = { count: 100, lastObservedTime: '2026-01-02T03:04:05.000006Z' };
    await client.update(core, { ...read, series } as Thing, place);
    assert.deepEqual((await client.get<Thing>(core, 'it', place)).series, series, 'the updated series is read');
    await client.delete(core, 'it', place);
    assert.deepEqual((await client.list(core, { labelSelector })).items, [], 'a deleted one is not listed');
  });

  conformance(
    '[sig-instrumentation] Events API should ensure that an event can be fetched, patched, deleted, and listed [Conformance]',
    async c => {
      const { client, namespace, unique } = c;
      const place = { namespace };
      const labelSelector = `of=${unique}`;
      const created = await client.create<Thing>(grouped, groupedEvent(c, 'it'), place);
      assert.equal(created.note, 'This is a test', 'it is created');
      const byController = { namespace, fieldSelector: 'reportingController=test-controller' };
      assert.equal((await client.list(grouped, byController)).items.length, 1, 'it is found by its controller');
      const other = { namespace, fieldSelector: 'reportingController=other' };
      assert.equal((await client.list(grouped, other)).items.length, 0, 'and not by another one');
      const begun = { count: 2, lastObservedTime: '2026-01-02T03:04:05.000006Z' };
      await client.patch(grouped, 'it', 'strategic', { series: begun }, place);
      const read = await client.get<Thing>(grouped, 'it', place);
      assert.deepEqual(read.series, begun, 'the patched series is read');
      const series = { count: 100, lastObservedTime: '2026-01-02T03:05:05.000006Z' };
      await client.update(grouped, { ...read, series } as Thing, place);
      assert.deepEqual((await client.get<Thing>(grouped, 'it', place)).series, series, 'the updated series is read');
      const asCore = await client.get<Thing>(core, 'it', place);
      assert.equal(at(asCore, 'message'), 'This is a test', 'the other group has the same event');
      assert.equal((await client.list(grouped, { labelSelector })).items.length, 1, 'it is listed among all');
      await client.delete(grouped, 'it', place);
      await refused(client.get(grouped, 'it', place), 404, 'a deleted one is gone');
      assert.deepEqual((await client.list(grouped, { labelSelector })).items, [], 'and not listed');
    },
  );
});
