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

test('each kind is served in both generations and stored in the newer one', () => {
  for (const facts of kinds) {
    const { metadata, spec } = customResourceDefinition(facts);
    assert.equal(metadata.name, `${facts.plural}.${facts.group}`);
    const versions = spec.versions as { name: string; storage: boolean; served: boolean }[];
    assert.equal(versions[0]!.name, 'v1beta1');
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
