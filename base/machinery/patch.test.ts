import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  applyJsonPatch,
  applyMergePatch,
  applyStrategicMergePatch,
  cloneJson,
  type Json,
  type JsonObject,
  type PatchSchema,
} from './patch.ts';
import { StatusError } from './status.ts';

const schema = (
  properties: Record<string, PatchSchema>,
  more: Partial<PatchSchema> & { item?: PatchSchema } = {},
): PatchSchema => ({ property: name => properties[name], items: () => more.item, ...more });
const leaf = schema({});
const keyed = (mergeKey: string, item: PatchSchema): PatchSchema =>
  schema({}, { mergeKey, strategies: ['merge'], item });
const pod = schema({
  containers: keyed(
    'name',
    schema({ ports: keyed('containerPort', leaf), env: keyed('name', leaf), args: schema({}, { item: leaf }) }),
  ),
  volumes: schema({}, { mergeKey: 'name', strategies: ['merge', 'retainKeys'], item: leaf }),
  finalizers: schema({}, { strategies: ['merge'], item: leaf }),
  tolerations: schema({}, { item: leaf }),
  strategy: schema({ rollingUpdate: leaf }, { strategies: ['retainKeys'] }),
  labels: leaf,
});

interface Row {
  name: string;
  from: JsonObject;
  patch: unknown;
  to?: JsonObject;
  error?: RegExp;
  code?: number;
}

function table(kind: string, rows: readonly Row[], apply: (from: JsonObject, patch: unknown) => JsonObject): void {
  for (const { name, from, patch, to, error, code } of rows) {
    test(`${kind}: ${name}`, () => {
      const before = JSON.stringify(from);
      if (to) assert.deepEqual(apply(from, patch), to);
      else {
        assert.throws(
          () => apply(from, patch),
          thrown =>
            thrown instanceof StatusError && (!error || error.test(thrown.message)) && thrown.code === (code ?? 422),
        );
      }
      assert.equal(JSON.stringify(from), before, 'the document was changed in place');
    });
  }
}

const op = (name: string, path: string, more: object = {}) => ({ op: name, path, ...more });
table(
  'JSON patch',
  [
    {
      name: 'add, replace, remove',
      from: { a: '1', b: '2' },
      patch: [op('add', '/c', { value: 3 }), op('replace', '/a', { value: 'z' }), op('remove', '/b')],
      to: { a: 'z', c: 3 },
    },
    { name: 'replace of an absent member adds it', from: {}, patch: [op('replace', '/a', { value: 1 })], to: { a: 1 } },
    { name: 'remove of an absent member fails', from: {}, patch: [op('remove', '/a')] },
    { name: 'an absent parent fails', from: {}, patch: [op('add', '/a/b', { value: 1 })] },
    {
      name: 'test holds',
      from: { a: { b: [1] } },
      patch: [op('test', '/a', { value: { b: [1] } })],
      to: { a: { b: [1] } },
    },
    { name: 'test fails', from: { a: 1 }, patch: [op('test', '/a', { value: 2 })] },
    { name: 'test of an absent member against null', from: {}, patch: [op('test', '/a', { value: null })], to: {} },
    { name: 'an unknown operation', from: {}, patch: [op('frob', '/a')] },
    {
      name: 'move and copy',
      from: { a: 1, b: 2 },
      patch: [op('copy', '/c', { from: '/a' }), op('move', '/d', { from: '/b' })],
      to: { a: 1, c: 1, d: 2 },
    },
    { name: 'escapes', from: { n: {} }, patch: [op('add', '/n/x~1y~0z', { value: 1 })], to: { n: { 'x/y~z': 1 } } },
    {
      name: 'array places',
      from: { l: [1, 3] },
      patch: [op('add', '/l/1', { value: 2 }), op('add', '/l/-', { value: 4 }), op('remove', '/l/-4')],
      to: { l: [2, 3, 4] },
    },
    { name: 'an array place too far', from: { l: [1] }, patch: [op('add', '/l/99', { value: 2 })] },
    {
      name: 'no list',
      from: {},
      patch: { op: 'add' },
      code: 400,
      error: /^error decoding patch: json: cannot unmarshal object into Go value of type \[\]handlers\.jsonPatchOp$/,
    },
    { name: 'the whole document', from: {}, patch: [op('replace', '', { value: {} })] },
    {
      name: 'a member called constructor',
      from: { l: {} },
      patch: [op('add', '/l/constructor', { value: 'x' })],
      to: { l: { constructor: 'x' } as unknown as JsonObject },
    },
    {
      name: 'too many operations',
      from: {},
      patch: Array.from({ length: 10_001 }, () => op('test', '/a', { value: null })),
      code: 413,
    },
    {
      name: 'copies that multiply',
      from: { a: ['x'.repeat(100_000)] },
      patch: Array.from({ length: 40 }, () => op('copy', '/a/-', { from: '/a' })),
    },
  ],
  applyJsonPatch,
);

test('JSON patch: a member called __proto__ stays data', () => {
  const patched = applyJsonPatch({}, [op('add', '/__proto__', { value: { polluted: true } })]);
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  assert.equal(JSON.stringify(patched), '{"__proto__":{"polluted":true}}');
});

table(
  'merge patch',
  [
    {
      name: 'objects merge, null removes',
      from: { a: { b: 1, c: 2 }, d: 3 },
      patch: { a: { b: null, e: 4 } },
      to: { a: { c: 2, e: 4 }, d: 3 },
    },
    { name: 'lists are replaced', from: { l: [1, 2] }, patch: { l: [3] }, to: { l: [3] } },
    {
      name: 'new values carry no nulls',
      from: {},
      patch: { a: { b: null, c: [{ d: null, e: 1 }] } },
      to: { a: { c: [{ e: 1 }] } },
    },
    { name: 'an object replaces a scalar', from: { a: 1 }, patch: { a: { b: 1 } }, to: { a: { b: 1 } } },
    {
      name: 'no object',
      from: {},
      patch: [],
      code: 400,
      error: /cannot unmarshal array into Go value of type map\[string\]interface \{\}$/,
    },
  ],
  applyMergePatch,
);

const c = (name: string, more: JsonObject = {}) => ({ name, ...more });
table(
  'strategic',
  [
    {
      name: 'by merge key',
      from: { containers: [c('c'), c('d', { image: 'd:1', x: 1 })] },
      patch: { containers: [c('d', { image: 'd:2' }), c('e')] },
      to: { containers: [c('c'), c('d', { image: 'd:2', x: 1 }), c('e')] },
    },
    {
      name: 'items of the patch stand together, before what the server has behind them',
      from: { containers: [{ name: 'c', ports: [{ containerPort: 80 }, { containerPort: 81 }] }] },
      patch: { containers: [{ name: 'c', ports: [{ containerPort: 80, name: 'web' }, { containerPort: 90 }] }] },
      to: {
        containers: [
          { name: 'c', ports: [{ containerPort: 80, name: 'web' }, { containerPort: 90 }, { containerPort: 81 }] },
        ],
      },
    },
    {
      name: 'delete an item',
      from: { containers: [c('c'), c('d')] },
      patch: { containers: [c('d', { $patch: 'delete' })] },
      to: { containers: [c('c')] },
    },
    {
      name: 'delete an absent item',
      from: { containers: [c('c')] },
      patch: { containers: [c('z', { $patch: 'delete' })] },
      to: { containers: [c('c')] },
    },
    {
      name: 'replace a list',
      from: { containers: [c('c'), c('d')] },
      patch: { containers: [{ $patch: 'replace' }, c('only')] },
      to: { containers: [c('only')] },
    },
    {
      name: 'replace a map',
      from: { labels: { a: 'b' } },
      patch: { labels: { $patch: 'replace', c: 'd' } },
      to: { labels: { c: 'd' } },
    },
    { name: 'empty a map', from: { labels: { a: 'b' } }, patch: { labels: { $patch: 'delete' } }, to: { labels: {} } },
    {
      name: 'retain keys',
      from: { strategy: { type: 'RollingUpdate', rollingUpdate: {} } },
      patch: { strategy: { $retainKeys: ['type'], type: 'Recreate' } },
      to: { strategy: { type: 'Recreate' } },
    },
    {
      name: 'a patched field outside retain keys',
      from: { strategy: {} },
      patch: { strategy: { $retainKeys: ['type'], other: 1 } },
      code: 400,
      error: /^invalid patch format of retainKeys$/,
    },
    {
      name: 'directives in new values go',
      from: {},
      patch: { volumes: [{ name: 'v', $retainKeys: ['name'] }] },
      to: { volumes: [{ name: 'v' }] },
    },
    {
      name: 'element order',
      from: { containers: [c('c'), c('d')] },
      patch: { '$setElementOrder/containers': [c('d'), c('e'), c('c')], containers: [c('e')] },
      to: { containers: [c('d'), c('e'), c('c')] },
    },
    {
      name: 'element order with unnamed items of the server',
      from: { finalizers: ['a', 's', 'b'] },
      patch: { '$setElementOrder/finalizers': ['b', 'a'] },
      to: { finalizers: ['s', 'b', 'a'] },
    },
    {
      name: 'an item outside the element order',
      from: { containers: [] },
      patch: { '$setElementOrder/containers': [c('a')], containers: [c('b')] },
      code: 500,
      error: /doesn't match \$setElementOrder list/,
    },
    {
      name: 'delete from a set',
      from: { finalizers: ['a', 'b'] },
      patch: { '$deleteFromPrimitiveList/finalizers': ['a'] },
      to: { finalizers: ['b'] },
    },
    { name: 'delete from an absent set', from: {}, patch: { '$deleteFromPrimitiveList/finalizers': ['a'] }, to: {} },
    {
      name: 'add to a set: new items first',
      from: { finalizers: ['a', 'b'] },
      patch: { finalizers: ['c'] },
      to: { finalizers: ['c', 'a', 'b'] },
    },
    {
      name: 'lists without a strategy are replaced',
      from: { tolerations: [{ key: 'a' }] },
      patch: { tolerations: [{ key: 'n' }] },
      to: { tolerations: [{ key: 'n' }] },
    },
    {
      name: 'null removes',
      from: { labels: { a: 'b' }, finalizers: ['x'] },
      patch: { labels: { a: null }, finalizers: null },
      to: { labels: {} },
    },
    {
      name: 'an item without its key',
      from: { containers: [c('c')] },
      patch: { containers: [{ image: 'q' }] },
      code: 500,
      error: /^map: map\[image:q\] does not contain declared merge key: name$/,
    },
    {
      name: 'an unknown directive',
      from: { labels: { a: 'b' } },
      patch: { labels: { $patch: 'merge' } },
      code: 500,
      error: /^unknown patch type: merge in map: map\[\$patch:merge\]$/,
    },
    {
      name: 'a map over a list replaces it (decoding will refuse)',
      from: { containers: [c('c')] },
      patch: { containers: c('c') },
      to: { containers: c('c') },
    },
    { name: 'unknown fields merge as maps', from: { x: { a: 1 } }, patch: { x: { b: 2 } }, to: { x: { a: 1, b: 2 } } },
  ],
  (from, patch) => applyStrategicMergePatch(from, patch, pod),
);

test('JSON patch: objects on the way have sorted keys, others keep theirs', () => {
  const patched = applyJsonPatch({ z: { y: 1, x: 2 }, a: { c: 1, b: 2 } }, [op('add', '/a/a', { value: 3 })]);
  assert.equal(JSON.stringify(patched), '{"a":{"a":3,"b":2,"c":1},"z":{"y":1,"x":2}}');
});

test('a copy is equal and shares nothing, whatever its keys are called', () => {
  const value = JSON.parse('{"a":[{"b":null},[1,"x",true]],"__proto__":{"c":{}},"constructor":{"d":1}}') as Json;
  Object.freeze(value);
  const copy = cloneJson(value) as Record<string, Json[]>;
  assert.deepEqual(copy, value);
  assert.equal(JSON.stringify(copy), JSON.stringify(value));
  assert.equal(Object.getPrototypeOf(copy), Object.prototype);
  assert.notEqual(copy['a']![0], (value as Record<string, Json[]>)['a']![0]);
  assert.notEqual(
    Object.getOwnPropertyDescriptor(copy, '__proto__')!.value,
    Object.getOwnPropertyDescriptor(value, '__proto__')!.value,
  );
});

const refusals: [language: string, run: () => unknown, code: number, message: string][] = [
  [
    'JSON patch, a word that is no text',
    () => applyJsonPatch({}, [{ op: 1 }]),
    400,
    'error decoding patch: json: cannot unmarshal number into Go struct field jsonPatchOp.op of type string',
  ],
  ['merge patch, null', () => applyMergePatch({}, null), 400, 'Invalid JSON Patch'],
  [
    'strategic, a list',
    () => applyStrategicMergePatch({}, [], pod),
    400,
    'json: cannot unmarshal array into Go value of type map[string]interface {}',
  ],
  [
    'strategic, a directive that is no text',
    () => applyStrategicMergePatch({}, { $patch: 1 }, pod),
    500,
    'unknown patch type: %!s(int64=1) in map: map[$patch:1]',
  ],
  [
    'strategic, items of two types',
    () => applyStrategicMergePatch({ containers: [{ name: 'a' }] }, { containers: ['b'] }, pod),
    500,
    'list element types are not identical: [[map[name:a]] [b]]',
  ],
  [
    'strategic, a list of lists',
    () => applyStrategicMergePatch({ finalizers: ['a'] }, { finalizers: [['b']] }, pod),
    422,
    'the server rejected our request due to an error in our request',
  ],
];

for (const [language, run, code, message] of refusals) {
  test(`refused in upstream's words: ${language}`, () => assert.throws(run, { code, message }));
}

test('null changes nothing where upstream reads it as no patch, and pointers mean what follows their first slash', () => {
  assert.deepEqual(applyJsonPatch({ a: 1 }, null), { a: 1 });
  assert.deepEqual(applyStrategicMergePatch({ a: 1 }, null, pod), { a: 1 });
  assert.deepEqual(applyJsonPatch({ a: 1 }, [{ op: 'add', path: 'x/b', value: 2 }]), { a: 1, b: 2 });
});
