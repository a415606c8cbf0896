import assert from 'node:assert/strict';
import { test } from 'node:test';
import { covers, customResourceDefinition, kinds, platformResources, schemaOf } from './index.ts';

test('a field is a structural schema', () => {
  assert.deepEqual(schemaOf({ name: 'text', on: 'flag', tags: ['text'], labels: '{}', rest: 'any' }), {
    type: 'object',
    properties: {
      name: { type: 'string' },
      on: { type: 'boolean' },
      tags: { type: 'array', items: { type: 'string' } },
      labels: { type: 'object', additionalProperties: { type: 'string' } },
      rest: { 'x-kubernetes-preserve-unknown-fields': true },
    },
  });
});

test('each kind is served in all its generations and stored in the newest', () => {
  for (const facts of kinds) {
    const { metadata, spec } = customResourceDefinition(facts);
    assert.equal(metadata.name, `${facts.plural}.${facts.group}`);
    const versions = spec.versions as { name: string; storage: boolean; served: boolean }[];
    if (facts.group.startsWith('iam.') || facts.group.startsWith('tenant.')) assert.equal(versions[0]!.name, 'v1beta1');
    assert.deepEqual(
      versions.map(({ storage, served }) => [storage, served]),
      versions.map((_, index) => [index === 0, true]),
    );
  }
  assert.equal(platformResources.users.apiVersion, 'iam.kubesphere.io/v1beta1');
});

const cases: [string, unknown, unknown, boolean][] = [
  ['the same', { a: [1] }, { a: [1] }, true],
  ['more than wanted', { a: 1, b: 2 }, { a: 1 }, true],
  ['less than wanted', { a: 1 }, { a: 1, b: 2 }, false],
  ['another value', { a: 1 }, { a: 2 }, false],
  ['named items in another order', [{ name: 'b' }, { name: 'a', x: 1 }], [{ name: 'a' }, { name: 'b' }], true],
  ['a named item that is missing', [{ name: 'b' }], [{ name: 'a' }], false],
];
for (const [what, there, wanted, expected] of cases)
  test(`what is there covers what is wanted: ${what}`, () => assert.equal(covers(there, wanted), expected));

test('expressions stand where they hold, in every version', () => {
  const { spec } = customResourceDefinition(kinds.find(({ kind }) => kind === 'GroupBinding')!);
  for (const { schema } of spec.versions as { schema: { openAPIV3Schema: { properties: Record<string, object> } } }[]) {
    const rules = schema.openAPIV3Schema.properties['groupRef'] as { 'x-kubernetes-validations': { rule: string }[] };
    assert.deepEqual(
      rules['x-kubernetes-validations'].map(({ rule }) => rule),
      ["self.kind == 'Group' && self.name != ''", 'self == oldSelf'],
    );
  }
});

test('kinds that share a plural with a native one have a name of their own here', () => {
  const names = kinds.map(({ key, plural }) => key ?? plural);
  assert.equal(new Set(names).size, kinds.length);
  assert.equal(platformResources.iamRoles.resource, 'roles');
  assert.equal(platformResources.workspaceQuotas.apiVersion, 'quota.kubesphere.io/v1alpha2');
});
