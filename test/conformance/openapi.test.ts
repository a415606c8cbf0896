/** The OpenAPI document follows the definitions, and kubectl reads it. */
import assert from 'node:assert/strict';
import { resources } from '@orrery/client/resources';
import {
  anything,
  define,
  definitionOf,
  instanceOf,
  objectWith,
  publishedSchema,
  schemaName,
  type Definition,
} from './support/definitions.ts';
import { area, at, conformance, eventually, type Case } from './support/suite.ts';

const string = { type: 'string' };
const schema = objectWith(
  {
    spec: {
      ...{ type: 'object', description: 'Specification of Foo' },
      properties: {
        bars: {
          ...{ type: 'array', description: 'List of Bars and their specs.' },
          items: {
            ...{ type: 'object', required: ['name'] },
            properties: {
              name: { ...string, description: 'Name of Bar.' },
              age: { ...string, description: 'Age of Bar.' },
              bazs: { description: 'List of Bazs.', type: 'array', items: string },
            },
          },
        },
      },
    },
    status: { type: 'object', description: 'Status of Foo', properties: { phase: string } },
  },
  { description: 'Foo CRD for Testing' },
);

/** kubectl takes the object, by every way to send one, or refuses it by all of them. */
async function sends(c: Case, definition: Definition, name: string, spec: unknown): Promise<string[]> {
  const file = JSON.stringify(instanceOf(definition, name, spec === undefined ? {} : { spec }));
  const complaints: string[] = [];
  for (const verb of ['create', 'apply']) {
    const { code, stderr } = await c.kubectl(['-n', c.namespace, verb, '-f', '-'], file);
    if (code !== 0) complaints.push(stderr);
    else await c.kubectl(['-n', c.namespace, 'delete', definition.name, name]);
  }
  return complaints;
}

const explain = async (c: Case, definition: Definition, path = ''): Promise<string> => {
  const { plural, group } = definition;
  const args = ['explain', `${plural}${path}`, `--api-version=${group}/${definition.resource.version}`];
  const { code, stdout, stderr } = await c.kubectl(args);
  assert.equal(code, 0, `kubectl explains it (${stderr})`);
  return stdout;
};

/** A kubectl that validates by this document takes listed properties for all that there are. */
async function publishesNoProperties(c: Case, { group, kind }: Definition): Promise<void> {
  const published = await publishedSchema(c, schemaName(group, 'v1', kind), 'the schema is published');
  assert.equal(published.properties, undefined, 'it lists no properties, since any may be given');
}

area('published OpenAPI', () => {
  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD with validation schema [Conformance]',
    async c => {
      const definition = await define(c, definitionOf(c, [{ name: 'v1', schema }], { kind: kindOf(c) }));
      await publishedSchema(c, schemaName(definition.group, 'v1', definition.kind), 'the schema is published');
      const valid = { bars: [{ name: 'test-bar', age: '10' }] };
      assert.deepEqual(await sends(c, definition, 'valid', valid), [], 'kubectl accepts valid properties');
      const unknown = await sends(c, definition, 'unknown', { bars: [{ name: 'test-bar' }], foo: true });
      assert.deepEqual(
        unknown.map(text => /unknown field/i.test(text)),
        [true, true],
        'kubectl refuses unknown properties',
      );
      const lacking = await sends(c, definition, 'lacking', { bars: [{ age: '10' }] });
      assert.deepEqual(
        lacking.map(text => /missing required field "name"|\.name: Required value/.test(text)),
        [true, true],
        'kubectl refuses an object that lacks a required property',
      );
      assert.match(await explain(c, definition), /Foo CRD for Testing/, 'explain tells of the resource');
      assert.match(await explain(c, definition, '.spec'), /List of Bars and their specs/, 'of its properties');
      assert.match(await explain(c, definition, '.spec.bars'), /Age of Bar/, 'and of nested ones');
    },
  );

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD without validation schema [Conformance]',
    async c => {
      const definition = await define(c, definitionOf(c, [{ name: 'v1', schema: anything }], { kind: kindOf(c) }));
      await publishesNoProperties(c, definition);
      assert.deepEqual(await sends(c, definition, 'it', { a: [1] }), [], 'kubectl accepts whatever is given');
      assert.match(await explain(c, definition), /DESCRIPTION:\s+<empty>/, 'explain prints an empty description');
    },
  );

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD preserving unknown fields at the schema root [Conformance]',
    async c => {
      const root = objectWith({ spec: objectWith({ a: string }) }, { 'x-kubernetes-preserve-unknown-fields': true });
      const definition = await define(c, definitionOf(c, [{ name: 'v1', schema: root }], { kind: kindOf(c) }));
      await publishesNoProperties(c, definition);
      const file = JSON.stringify(instanceOf(definition, 'it', { elsewhere: { b: true } }));
      for (const verb of ['create', 'apply']) {
        const { code, stderr } = await c.kubectl(['-n', c.namespace, verb, '-f', '-'], file);
        assert.equal(code, 0, `kubectl ${verb} accepts unknown properties at the root (${stderr})`);
      }
      assert.match(await explain(c, definition), new RegExp(`KIND:\\s+${definition.kind}`), 'explain shows the kind');
    },
  );

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for CRD preserving unknown fields in an embedded object [Conformance]',
    async c => {
      const nested = objectWith({ a: string }, { 'x-kubernetes-preserve-unknown-fields': true });
      const described = { ...nested, description: 'What is kept' };
      const definition = await define(
        c,
        definitionOf(c, [{ name: 'v1', schema: objectWith({ spec: described }) }], { kind: kindOf(c) }),
      );
      const published = await publishedSchema(
        c,
        schemaName(definition.group, 'v1', definition.kind),
        'the schema is published',
      );
      assert.equal(
        at(published, 'properties', 'spec', 'x-kubernetes-preserve-unknown-fields'),
        true,
        'the document says that unknown fields are kept',
      );
      assert.deepEqual(await sends(c, definition, 'it', { b: [1] }), [], 'kubectl accepts unknown properties in it');
      assert.match(await explain(c, definition, '.spec'), /What is kept/, 'explain shows the nested field');
    },
  );

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for multiple CRDs of different groups [Conformance]',
    async c => {
      const one = await define(c, definitionOf(c, [{ name: 'v1', schema }]));
      const two = await define(c, definitionOf(c, [{ name: 'v2', schema: anything }], { kind: 'Waldo' }));
      await publishedSchema(c, schemaName(one.group, 'v1', 'Foo'), 'the schema of one group is published');
      await publishedSchema(c, schemaName(two.group, 'v2', 'Waldo'), 'and that of another one');
    },
  );

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for multiple CRDs of same group and version but different kinds [Conformance]',
    async c => {
      const { group } = await define(c, definitionOf(c, [{ name: 'v1', schema }]));
      await define(c, definitionOf(c, [{ name: 'v1', schema: anything }], { group, kind: 'Waldo' }));
      for (const kind of ['Foo', 'Waldo'])
        await publishedSchema(c, schemaName(group, 'v1', kind), 'each kind is published');
    },
  );

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] works for multiple CRDs of same group but different versions [Conformance]',
    async c => {
      const versions = ['v2', 'v3'].map(name => ({ name, schema }));
      const { group } = await define(c, definitionOf(c, versions));
      for (const version of ['v2', 'v3'])
        await publishedSchema(c, schemaName(group, version, 'Foo'), 'each version of one definition is published');
      await define(c, definitionOf(c, [{ name: 'v4', schema: anything }], { group, kind: 'Waldo' }));
      await publishedSchema(c, schemaName(group, 'v4', 'Waldo'), 'and that of another definition');
    },
  );

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] removes definition from spec when one version gets changed to not be served [Conformance]',
    async c => {
      const versions = ['v5', 'v6'].map(name => ({ name, schema }));
      const { group, name } = await define(c, definitionOf(c, versions));
      const names = ['v5', 'v6'].map(version => schemaName(group, version, 'Foo'));
      const kept = await publishedSchema(c, names[0]!, 'the version is published');
      await publishedSchema(c, names[1]!, 'the other one too');
      const patch = [{ op: 'replace', path: '/spec/versions/1/served', value: false }];
      await c.client.patch(resources.customresourcedefinitions, name, 'json', patch);
      await publishedSchema(
        c,
        names[1]!,
        'a version that is not served is published no more',
        found => found === undefined,
      );
      assert.deepEqual(await publishedSchema(c, names[0]!, 'it stays'), kept, 'the other version is as it was');
    },
  );

  conformance(
    '[sig-api-machinery] CustomResourcePublishOpenAPI [Privileged:ClusterAdmin] updates the published spec when one version gets renamed [Conformance]',
    async c => {
      const versions = ['v2', 'v3'].map(name => ({ name, schema }));
      const { group, name } = await define(c, definitionOf(c, versions));
      const nameOf = (version: string) => schemaName(group, version, 'Foo');
      for (const version of ['v2', 'v3']) await publishedSchema(c, nameOf(version), 'each version is published');
      const patch = [{ op: 'replace', path: '/spec/versions/1/name', value: 'v4' }];
      await c.client.patch(resources.customresourcedefinitions, name, 'json', patch);
      await publishedSchema(c, nameOf('v4'), 'the new name is published');
      await publishedSchema(c, nameOf('v3'), 'the old name is not', found => found === undefined);
      await publishedSchema(c, nameOf('v2'), 'the other version stays');
      await eventually('objects are served under the new name', async () => {
        const { status } = await c.call('GET', `/apis/${group}/v4/namespaces/${c.namespace}/foos`);
        return status === 200;
      });
    },
  );
});

/** kubectl finds a kind by its name alone, so that the name must be nobody else's. */
const kindOf = (c: Case): string => `Foo${c.unique.replaceAll(/[^a-z0-9]/g, '')}`;
