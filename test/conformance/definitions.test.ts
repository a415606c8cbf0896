/** CustomResourceDefinitions: their own life, and what they bring about. */
import assert from 'node:assert/strict';
import { resources } from '@orrery/client/resources';
import { assertHas } from './support/lifecycle.ts';
import { anything, define, definitionOf, instanceOf, objectWith } from './support/definitions.ts';
import { area, at, conformance, eventually, listAt, refused, type Thing } from './support/suite.ts';

const { customresourcedefinitions } = resources;
const string = { type: 'string' };

area('custom resource definitions', () => {
  conformance(
    '[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] Simple CustomResourceDefinition creating/deleting custom resource definition objects works [Conformance]',
    async c => {
      const { name } = await define(c, definitionOf(c, [{ name: 'v1', schema: anything }]));
      assert.equal((await c.client.get(customresourcedefinitions, name)).metadata.name, name, 'it is created');
      await c.client.delete(customresourcedefinitions, name);
      await eventually('it is deleted', () =>
        refused(c.client.get(customresourcedefinitions, name), 404, 'no longer found'),
      );
    },
  );

  conformance(
    '[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] Simple CustomResourceDefinition listing custom resource definition objects works [Conformance]',
    async c => {
      const { client, unique } = c;
      const labelSelector = `conformance=${unique}`;
      const version = { name: 'v1', schema: anything };
      const other = await define(c, definitionOf(c, [version]));
      const names: string[] = [];
      for (let number = 0; number < 10; number++) {
        const definition = definitionOf(c, [version], { labels: { conformance: unique } });
        names.push(definition.name);
        await client.create(customresourcedefinitions, definition.object);
      }
      c.atEnd(() => client.deleteCollection(customresourcedefinitions, { labelSelector }));
      const { items } = await client.list(customresourcedefinitions, { labelSelector });
      assert.deepEqual(items.map(({ metadata }) => metadata.name).toSorted(), names.toSorted(), 'the ten are listed');
      await client.deleteCollection(customresourcedefinitions, { labelSelector });
      await eventually(
        'they are deleted by their label',
        async () => (await client.list(customresourcedefinitions, { labelSelector })).items.length === 0,
      );
      const left = await client.get(customresourcedefinitions, other.name);
      assert.equal(left.metadata.deletionTimestamp, undefined, 'the one without the label stays');
    },
  );

  conformance(
    '[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] Simple CustomResourceDefinition getting/updating/patching custom resource definition status sub-resource works [Conformance]',
    async c => {
      const { client } = c;
      const { name } = await define(c, definitionOf(c, [{ name: 'v1', schema: anything }]));
      const place = { subresource: 'status' };
      const conditionOf = (message: string) => ({ type: 'Conformance', status: 'True', reason: 'Test', message });
      const messages = async () =>
        listAt(await client.get(customresourcedefinitions, name, place), 'status', 'conditions').map(
          ({ message }) => message,
        );
      assert.ok((await messages()).length > 0, 'the status is read');
      await eventually('the status is updated', async () => {
        const current = structuredClone(await client.get<Thing>(customresourcedefinitions, name, place));
        listAt(current, 'status', 'conditions').push(conditionOf('updated'));
        return client.update(customresourcedefinitions, current, place);
      });
      assert.ok((await messages()).includes('updated'), 'the update is seen by the next read');
      const conditions = [conditionOf('patched')];
      await client.patch(customresourcedefinitions, name, 'merge', { status: { conditions } }, place);
      await eventually('the patch is seen by the next read', async () => (await messages()).includes('patched'));
    },
  );

  conformance(
    '[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] should include custom resource definition resources in discovery documents [Conformance]',
    async ({ call }) => {
      const group = listAt((await call('GET', '/apis')).body, 'groups').find(
        ({ name }) => name === 'apiextensions.k8s.io',
      );
      assertHas(group, { versions: [{ groupVersion: 'apiextensions.k8s.io/v1', version: 'v1' }] }, '/apis has it');
      const own = await call('GET', '/apis/apiextensions.k8s.io');
      assert.ok(
        listAt(own.body, 'versions').some(({ version }) => version === 'v1'),
        'the document of the group has v1',
      );
      const list = listAt((await call('GET', '/apis/apiextensions.k8s.io/v1')).body, 'resources');
      assert.ok(
        list.some(({ name }) => name === 'customresourcedefinitions'),
        'v1 has the resource',
      );
    },
  );

  conformance(
    '[sig-api-machinery] CustomResourceDefinition resources [Privileged:ClusterAdmin] custom resource defaulting for requests and from storage works [Conformance]',
    async c => {
      const { client, namespace } = c;
      const place = { namespace };
      const schemaWith = (a: object, b: object) => objectWith({ a: { ...string, ...a }, b: { ...string, ...b } });
      const definition = await define(c, definitionOf(c, [{ name: 'v1', schema: schemaWith({}, {}) }]));
      const { resource } = definition;
      const replaceSchema = (schema: unknown) =>
        client.patch(customresourcedefinitions, definition.name, 'json', [
          { op: 'replace', path: '/spec/versions/0/schema/openAPIV3Schema', value: schema },
        ]);
      const read = (name: string) => client.get<Thing>(resource, name, place);
      const before = await client.create<Thing>(resource, instanceOf(definition, 'before'), place);
      assert.equal(before.a, undefined, 'without a default nothing is filled in');
      await replaceSchema(schemaWith({ default: 'A' }, {}));
      await eventually('a default is applied to what is stored', async () => (await read('before')).a === 'A');
      const after = await client.create<Thing>(resource, instanceOf(definition, 'after'), place);
      assert.equal(after.a, 'A', 'and to what is created');
      await replaceSchema(schemaWith({}, { default: 'B' }));
      await eventually('another default is applied too', async () => (await read('after')).b === 'B');
      assert.equal((await read('after')).a, 'A', 'the old default stays where it was written');
      assert.equal((await read('before')).a, undefined, 'and is gone where it was only filled in');
    },
  );

  conformance(
    '[sig-api-machinery] CustomResourceDefinition Watch [Privileged:ClusterAdmin] CustomResourceDefinition Watch watch on custom resource definition objects [Conformance]',
    async c => {
      const { client, namespace, follow } = c;
      const definition = await define(c, definitionOf(c, [{ name: 'v1', schema: anything }]));
      const { resource } = definition;
      const followers = await Promise.all(
        ['first', 'second'].map(name => follow(resource, { namespace, fieldSelector: `metadata.name=${name}` })),
      );
      for (const [index, name] of ['first', 'second'].entries()) {
        const follower = followers[index]!;
        await client.create(resource, instanceOf(definition, name), { namespace });
        await follower.until(({ type }) => type === 'ADDED', 'creation is told');
        await client.patch(resource, name, 'merge', { spec: { x: 1 } }, { namespace });
        const { object } = await follower.until(({ type }) => type === 'MODIFIED', 'modification is told');
        assert.equal(at(object, 'spec', 'x'), 1, 'with the new state');
        await client.delete(resource, name, { namespace });
        await follower.until(({ type }) => type === 'DELETED', 'deletion is told');
      }
      assert.deepEqual(
        followers.map(({ events }) => events.length),
        [3, 3],
        'each is told of its own object alone',
      );
    },
  );
});
