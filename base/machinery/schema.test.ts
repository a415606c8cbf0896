import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describe } from './fieldpath.ts';
import { decode, dropUnknown, duplicateFields, patchSchemaOf, properties, validateShape } from './schema.ts';
import type { Schema } from './schema.ts';

const text: Schema = { type: 'string' };
const thing: Schema = {
  type: 'object',
  properties: properties([
    ['name', text],
    ['tags', { type: 'array', items: text, listType: 'set' }],
    [
      'parts',
      {
        type: 'array',
        listType: 'map',
        listKeys: ['id'],
        mergeKey: 'id',
        strategies: ['merge'],
        items: { type: 'object', properties: properties([['id', text]]) },
      },
    ],
    ['labels', { type: 'object', values: text }],
    [
      'free',
      {
        type: 'object',
        preserveUnknown: true,
        properties: properties([['known', { type: 'object', properties: properties([]) }]]),
      },
    ],
    [
      'inner',
      {
        type: 'object',
        embeddedResource: true,
        properties: properties([['spec', { type: 'object', properties: properties([]) }]]),
      },
    ],
    ['color', { type: 'string', enum: ['red', 'green'] }],
  ]),
  required: ['name'],
};

test('unknown fields are dropped with their place, known parts are shared', () => {
  const unknown: string[] = [];
  const value = { name: 'x', parts: [{ id: 'a', extra: 1 }], labels: { any: 'y' }, other: {} };
  assert.deepEqual(dropUnknown(thing, value, unknown), { name: 'x', parts: [{ id: 'a' }], labels: { any: 'y' } });
  assert.deepEqual(unknown, ['parts[0].extra', 'other']);
  const clean = { name: 'x', labels: {} };
  assert.equal(dropUnknown(thing, clean), clean);
});

test('what is to be preserved stays, but named parts inside are still pruned', () => {
  const unknown: string[] = [];
  assert.deepEqual(dropUnknown(thing, { free: { a: 1, known: { b: 2 } } }, unknown), { free: { a: 1, known: {} } });
  assert.deepEqual(unknown, ['free.known.b']);
});

test('an embedded object keeps what every object has', () => {
  const inner = { apiVersion: 'v1', kind: 'K', metadata: { name: 'n' }, spec: {} };
  assert.deepEqual(dropUnknown(thing, { inner: { ...inner, extra: 1 } }), { inner });
});

test('names of Object.prototype are no fields', () => {
  const unknown: string[] = [];
  dropUnknown(thing, JSON.parse('{"toString":1,"__proto__":{}}'), unknown);
  assert.deepEqual(unknown, ['toString', '__proto__']);
});

test('the shape alone finds what is missing, unknown words and what is there twice', () => {
  const value = { tags: ['a', 'a'], parts: [{ id: 'x' }, { id: 'x' }], color: 'blue' };
  assert.deepEqual(validateShape(thing, value).map(describe), [
    'name: Required value',
    'tags[1]: Duplicate value: "a"',
    'parts[1]: Duplicate value: {"id":"x"}',
    'color: Unsupported value: "blue": supported values: "green", "red"',
  ]);
});

test('a schema without Go facts is decoded by types alone', () => {
  assert.equal(decode(thing, { name: 1 }).error, 'json: cannot unmarshal number into Go value of type string');
  assert.deepEqual(decode(thing, { name: '', bogus: 1 }), {
    value: { name: '' },
    unknown: ['bogus'],
    error: undefined,
  });
});

test('a patch sees keys and strategies', () => {
  const view = patchSchemaOf(thing);
  assert.equal(view, patchSchemaOf(thing));
  assert.deepEqual([view.property('parts')?.mergeKey, view.property('parts')?.strategies], ['id', ['merge']]);
  assert.ok(view.property('parts')?.items()?.property('id'));
  assert.ok(view.property('labels')?.property('anything'));
  assert.equal(view.property('nothing'), undefined);
});

test('keys given twice are found in any valid JSON', () => {
  const cases: [string, string[]][] = [
    ['{}', []],
    ['[]', []],
    ['{"a":{"b":[{"c":1,"c":2}]},"a":1}', ['a.b[0].c', 'a']],
    ['{"a":"{\\"a\\":1,\\"a\\":2}"}', []],
    ['{"a":"\\\\","a":1}', ['a']],
    [' { "a" : [ [ ] , { "x" : 1 , "x" : 2 } ] } ', ['a[1].x']],
  ];
  for (const [json, expected] of cases) assert.deepEqual(duplicateFields(json), expected, json);
});
