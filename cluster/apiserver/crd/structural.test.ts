import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JSONSchemaProps } from '@orrery/kinds/types';
import { describe } from '@orrery/machinery/fieldpath';
import { dropUnknown } from '@orrery/machinery/schema';
import { dropNulls, fillDefaults } from './fill.ts';
import { validateEmbedded, validateLists } from './invariants.ts';
import { structuralOf } from './structural.ts';
import { compareVersions } from './versions.ts';

const object = (properties: Record<string, JSONSchemaProps>, more: JSONSchemaProps = {}): JSONSchemaProps => ({
  type: 'object',
  properties,
  ...more,
});
const text: JSONSchemaProps = { type: 'string' };
const preserve: JSONSchemaProps = { 'x-kubernetes-preserve-unknown-fields': true };

test('unknown fields are pruned where nothing keeps them', () => {
  const cases: readonly [schema: JSONSchemaProps, value: unknown, kept: unknown, unknown: readonly string[]][] = [
    [object({ a: text }), { a: 'x', b: 1 }, { a: 'x' }, ['b']],
    [object({}), { a: 1 }, {}, ['a']],
    [object({ a: object({ b: text }) }), { a: { b: 'x', c: 1 } }, { a: { b: 'x' } }, ['a.c']],
    [
      { type: 'object', additionalProperties: object({ b: text }) },
      { k: { b: 'x', c: 1 } },
      { k: { b: 'x' } },
      ['k.c'],
    ],
    [{ type: 'object', additionalProperties: true }, { k: { c: null } }, { k: { c: null } }, []],
    [{ type: 'array', items: object({ b: text }) }, [{ c: 1 }], [{}], ['[0].c']],
    [
      object({ a: object({ b: text }) }, preserve),
      { a: { b: 'x', c: 1 }, d: { e: 1 } },
      { a: { b: 'x' }, d: { e: 1 } },
      ['a.c'],
    ],
    [preserve, { any: [1] }, { any: [1] }, []],
    [
      object({ r: { type: 'object', 'x-kubernetes-embedded-resource': true, ...preserve } }),
      { r: { kind: 'K', apiVersion: 'v1', metadata: { name: 'n', zz: 1 }, free: 1 } },
      { r: { kind: 'K', apiVersion: 'v1', metadata: { name: 'n' }, free: 1 } },
      ['r.metadata.zz'],
    ],
    [object({ a: text }), { a: 'x', __proto__x: 1, constructor: 1 }, { a: 'x' }, ['__proto__x', 'constructor']],
  ];
  for (const [schema, value, kept, paths] of cases) {
    const unknown: string[] = [];
    assert.deepEqual(dropUnknown(structuralOf(schema), value, unknown), kept, JSON.stringify(schema));
    assert.deepEqual(unknown, paths, JSON.stringify(schema));
  }
});

test('defaults are filled at all depths; nulls count as absent unless they are allowed', () => {
  const schema = structuralOf(
    object({
      a: { ...text, default: 'd' },
      n: { ...text, nullable: true, default: 'd' },
      plain: text,
      o: object({ k: { type: 'integer', default: 3 } }),
      e: object({ k: { type: 'integer', default: 4 } }, { default: {} }),
      l: { type: 'array', items: object({ q: { ...text, default: 'z' } }) },
      m: { type: 'object', additionalProperties: { ...text, default: 'v' } },
    }),
  );
  const cases: readonly [given: unknown, filled: unknown][] = [
    [{}, { a: 'd', n: 'd', e: { k: 4 } }],
    [
      { a: null, n: null, plain: null },
      { a: 'd', n: null, e: { k: 4 } },
    ],
    [
      { a: 'x', n: 'y', e: {}, o: {} },
      { a: 'x', n: 'y', e: { k: 4 }, o: { k: 3 } },
    ],
    [
      { l: [{}, { q: 'a' }], m: { x: null } },
      { a: 'd', n: 'd', e: { k: 4 }, l: [{ q: 'z' }, { q: 'a' }], m: { x: 'v' } },
    ],
  ];
  for (const [given, filled] of cases) {
    const value = structuredClone(given);
    for (const round of ['once', 'again']) {
      fillDefaults(schema, value);
      dropNulls(schema, value);
      assert.deepEqual(value, filled, `${round} ${JSON.stringify(given)}`);
    }
  }
});

test('lists that are sets or maps hold nothing twice', () => {
  const set: JSONSchemaProps = { type: 'array', 'x-kubernetes-list-type': 'set', items: text };
  const map: JSONSchemaProps = {
    type: 'array',
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['k'],
    items: object({ k: text, v: text }),
  };
  const told = (schema: JSONSchemaProps, value: unknown) =>
    validateLists(structuralOf(object({ l: schema })), { l: value }).map(describe);
  assert.deepEqual(told(set, ['a', 'b', 'a', 'a']), ['l[2]: Duplicate value: "a"']);
  assert.deepEqual(
    told(map, [
      { k: 'a', v: '1' },
      { k: 'a', v: '2' },
    ]),
    ['l[1]: Duplicate value: {"k":"a"}'],
  );
  assert.deepEqual(told(map, [{ k: 'a' }, { k: 'b' }]), []);
});

test('objects inside objects are named and well formed', () => {
  const schema = structuralOf(object({ r: { type: 'object', 'x-kubernetes-embedded-resource': true, ...preserve } }));
  const told = (value: unknown) => validateEmbedded(schema, { r: value }).map(describe);
  assert.deepEqual(told({ kind: 'Pod' }), ['r.apiVersion: Required value']);
  assert.deepEqual(told({ apiVersion: 'a/b/c', kind: 'Pod' }), [
    'r.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c',
  ]);
  assert.match(
    told({ apiVersion: 'v1', kind: 'Pod', metadata: { labels: { 'a b': 'c' } } })[0]!,
    /^r.metadata.labels:/,
  );
  assert.deepEqual(told({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' } }), []);
});

test('versions are ordered as Kubernetes orders them', () => {
  const names = ['foo1', 'v1alpha1', 'v1', 'v11beta2', 'v2', 'v10', 'v1beta10', 'v1beta2', 'foo10', 'v11alpha2'];
  assert.deepEqual(names.sort(compareVersions), [
    'v10',
    'v2',
    'v1',
    'v11beta2',
    'v1beta10',
    'v1beta2',
    'v11alpha2',
    'v1alpha1',
    'foo1',
    'foo10',
  ]);
});
