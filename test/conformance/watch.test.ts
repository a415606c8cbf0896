/** Watches: what they tell, from where, in which order. */
import assert from 'node:assert/strict';
import { resources } from '@orrery/client/resources';
import { area, at, conformance, eventually, type Followed, type Thing } from './support/suite.ts';

const { configmaps } = resources;
const configMap = (name: string, label: string, data: Record<string, string> = {}): Thing => ({
  metadata: { name, labels: { watched: label } },
  data,
});
const says =
  (type: string, name: string, mutation?: string) =>
  (event: Followed): boolean =>
    event.type === type &&
    event.object.metadata.name === name &&
    (mutation === undefined || at(event.object, 'data', 'mutation') === mutation);

area('watches', () => {
  conformance(
    '[sig-api-machinery] Watchers should observe add, update, and delete watch notifications on configmaps [Conformance]',
    async ({ client, namespace, follow }) => {
      const place = { namespace };
      const [a, b, both] = await Promise.all(
        ['watched=a', 'watched=b', 'watched in (a,b)'].map(labelSelector =>
          follow(configmaps, { namespace, labelSelector }),
        ),
      );
      await client.create(configmaps, configMap('in-a', 'a'), place);
      for (const follower of [a!, both!]) await follower.until(says('ADDED', 'in-a'), 'creation is told');
      for (const mutation of ['1', '2']) {
        await client.update(configmaps, configMap('in-a', 'a', { mutation }), place);
        for (const follower of [a!, both!])
          await follower.until(says('MODIFIED', 'in-a', mutation), 'each update is told');
      }
      await client.delete(configmaps, 'in-a', place);
      for (const follower of [a!, both!])
        await follower.until(says('DELETED', 'in-a', '2'), 'deletion is told, with the last state');
      assert.deepEqual(b!.events, [], 'whoever asked for another label hears nothing');
      await client.create(configmaps, configMap('in-b', 'b'), place);
      await client.delete(configmaps, 'in-b', place);
      for (const follower of [b!, both!]) {
        await follower.until(says('ADDED', 'in-b'), 'creation is told to those that asked for this label');
        await follower.until(says('DELETED', 'in-b'), 'deletion too');
      }
      assert.ok(
        a!.events.every(event => event.type !== 'ERROR' && event.object.metadata.name === 'in-a'),
        'the first hears nothing of it',
      );
      assert.deepEqual(
        a!.events.map(({ type }) => type),
        ['ADDED', 'MODIFIED', 'MODIFIED', 'DELETED'],
        'nothing is told twice',
      );
    },
  );

  conformance(
    '[sig-api-machinery] Watchers should be able to start watching from a specific resource version [Conformance]',
    async ({ client, namespace, follow }) => {
      const place = { namespace };
      await client.create(configmaps, configMap('one', 'a'), place);
      const first = await client.update<Thing>(configmaps, configMap('one', 'a', { mutation: '1' }), place);
      await client.update(configmaps, configMap('one', 'a', { mutation: '2' }), place);
      await client.delete(configmaps, 'one', place);
      const { resourceVersion } = first.metadata;
      const follower = await follow(configmaps, { namespace, labelSelector: 'watched=a', resourceVersion });
      await follower.until(says('DELETED', 'one'), 'what came after the revision is told');
      assert.deepEqual(
        follower.events.map(({ type, object }) => [type, at(object, 'data', 'mutation')]),
        [
          ['MODIFIED', '2'],
          ['DELETED', '2'],
        ],
        'what came before it is not',
      );
    },
  );

  conformance(
    '[sig-api-machinery] Watchers should be able to restart watching from the last resource version observed by the previous watch [Conformance]',
    async ({ client, namespace, follow }) => {
      const place = { namespace };
      const first = await follow(configmaps, { namespace, labelSelector: 'watched=a', timeoutSeconds: 2 });
      await client.create(configmaps, configMap('one', 'a'), place);
      await client.update(configmaps, configMap('one', 'a', { mutation: '1' }), place);
      const last = await first.until(says('MODIFIED', 'one', '1'), 'the first watch sees the update');
      await client.update(configmaps, configMap('one', 'a', { mutation: '2' }), place);
      await client.delete(configmaps, 'one', place);
      const { resourceVersion } = last.object.metadata;
      const again = await follow(configmaps, { namespace, labelSelector: 'watched=a', resourceVersion });
      await again.until(says('DELETED', 'one'), 'the second watch goes on where the first was');
      assert.deepEqual(
        again.events.map(({ type }) => type),
        ['MODIFIED', 'DELETED'],
        'nothing is missed and nothing told again',
      );
    },
  );

  conformance(
    '[sig-api-machinery] Watchers should observe an object deletion if it stops meeting the requirements of the selector [Conformance]',
    async ({ client, namespace, follow }) => {
      const place = { namespace };
      const follower = await follow(configmaps, { namespace, labelSelector: 'watched=a' });
      await client.create(configmaps, configMap('one', 'a'), place);
      await client.update(configmaps, configMap('one', 'a', { mutation: '1' }), place);
      await client.update(configmaps, configMap('one', 'elsewhere', { mutation: '1' }), place);
      await follower.until(says('DELETED', 'one', '1'), 'losing the label is told as deletion');
      await client.update(configmaps, configMap('one', 'elsewhere', { mutation: '2' }), place);
      await client.update(configmaps, configMap('one', 'a', { mutation: '2' }), place);
      await follower.until(says('ADDED', 'one', '2'), 'getting it back is told as creation');
      await client.update(configmaps, configMap('one', 'a', { mutation: '3' }), place);
      await client.delete(configmaps, 'one', place);
      const deleted = ({ type, object }: Followed) => type === 'DELETED' && at(object, 'data', 'mutation') === '3';
      await follower.until(deleted, 'true deletion is told');
      assert.deepEqual(
        follower.events.map(({ type }) => type),
        ['ADDED', 'MODIFIED', 'DELETED', 'ADDED', 'MODIFIED', 'DELETED'],
        'what happened while it had another label is not told',
      );
    },
  );

  conformance(
    '[sig-api-machinery] Watchers should receive events on concurrent watches in same order [Conformance]',
    async ({ client, namespace, follow }) => {
      const place = { namespace };
      const count = 60;
      const writes = (async () => {
        for (let number = 0; number < count; number++) {
          const name = `order-${number % 7}`;
          const object = configMap(name, 'order', { mutation: String(number) });
          if (number < 7) await client.create(configmaps, object, place);
          else if (number % 13 === 0) {
            await client.delete(configmaps, name, place);
            await client.create(configmaps, object, place);
          } else await client.update(configmaps, object, place);
        }
      })();
      const options = { namespace, labelSelector: 'watched=order' };
      const first = await follow(configmaps, options);
      const start = await first.until(() => true, 'the first watch sees an event');
      const followers = [first];
      for (let number = 0; number < 6; number++) {
        const seen = first.events[Math.min(number * 4, first.events.length - 1)] as Followed;
        const { resourceVersion } = seen.object.metadata;
        followers.push(await follow(configmaps, { ...options, resourceVersion }));
      }
      await writes;
      await client.create(configmaps, configMap('last', 'order'), place);
      for (const follower of followers) await follower.until(says('ADDED', 'last'), 'every watch gets to the end');
      const versions = (events: readonly unknown[]) =>
        events.map(event => at(event, 'object', 'metadata', 'resourceVersion'));
      const all = versions(first.events);
      assert.ok(all.length > 10 && start.type === 'ADDED', 'there is something to compare');
      for (const follower of followers.slice(1)) {
        const own = versions(follower.events);
        assert.deepEqual(own, all.slice(all.length - own.length), 'each watch sees the same events in the same order');
      }
      await eventually('revisions only grow', async () =>
        all.every((version, index) => index === 0 || Number(version) > Number(all[index - 1])),
      );
    },
  );
});
