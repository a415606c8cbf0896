import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JSONSchemaProps } from '@orrery/kinds/types';
import { describe } from '@orrery/machinery/fieldpath';
import { isOfFormat } from './formats.ts';
import { validateValue } from './validate.ts';

const told = (schema: JSONSchemaProps, value: unknown): string[] => validateValue(schema, value, 'f').map(describe);

test('every keyword, in the words of upstream', () => {
  const cases: readonly [schema: JSONSchemaProps, value: unknown, problems: readonly string[]][] = [
    [{ type: 'string' }, 1, ['f: Invalid value: "integer": f in body must be of type string: "integer"']],
    [{ type: 'integer' }, 1.5, ['f: Invalid value: "number": f in body must be of type integer: "number"']],
    [{ type: 'number' }, 1, []],
    [{ type: 'object' }, [], ['f: Invalid value: "array": f in body must be of type object: "array"']],
    [{ type: 'string' }, null, ['f: Invalid value: "null": f in body must be of type string: "null"']],
    [{ type: 'string', nullable: true }, null, []],
    [{ 'x-kubernetes-int-or-string': true }, '1', []],
    [
      { 'x-kubernetes-int-or-string': true },
      true,
      ['f: Invalid value: "boolean": f in body must be of type integer,string: "boolean"'],
    ],
    [{ enum: ['a', 1] }, 'b', ['f: Unsupported value: "b": supported values: "a", "1"']],
    [{ enum: [{ a: 1 }] }, { a: 1 }, []],
    [{ maxLength: 2 }, 'abc', ['f: Too long: may not be more than 2 bytes']],
    [{ maxLength: 1 }, '😀', []],
    [{ minLength: 2 }, 'a', ['f: Invalid value: "a": f in body should be at least 2 chars long']],
    [{ pattern: '^a$' }, 'b', ['f: Invalid value: "b": f in body should match \'^a$\'']],
    [{ maximum: 1 }, 2, ['f: Invalid value: 2: f in body should be less than or equal to 1']],
    [{ maximum: 1, exclusiveMaximum: true }, 1, ['f: Invalid value: 1: f in body should be less than 1']],
    [{ minimum: 1 }, 0, ['f: Invalid value: 0: f in body should be greater than or equal to 1']],
    [{ minimum: 1, exclusiveMinimum: true }, 1, ['f: Invalid value: 1: f in body should be greater than 1']],
    [{ multipleOf: 0.1 }, 0.3, []],
    [{ multipleOf: 2 }, 3, ['f: Invalid value: 3: f in body should be a multiple of 2']],
    [{ minItems: 1 }, [], ['f: Invalid value: 0: f in body should have at least 1 items']],
    [{ maxItems: 1 }, [1, 2], ['f: Too many: 2: must have at most 1 item']],
    [
      { items: { type: 'string' } },
      ['a', 1],
      ['f[1]: Invalid value: "integer": f[1] in body must be of type string: "integer"'],
    ],
    [{ minProperties: 1 }, {}, ['f: Invalid value: 0: f in body should have at least 1 properties']],
    [{ maxProperties: 1 }, { a: 1, b: 2 }, ['f: Too many: 2: must have at most 1 item']],
    [{ required: ['a'] }, {}, ['f.a: Required value']],
    [{ required: ['constructor'] }, {}, ['f.constructor: Required value']],
    [
      { additionalProperties: { type: 'integer' } },
      { k: 'x' },
      ['f.k: Invalid value: "string": f.k in body must be of type integer: "string"'],
    ],
    [
      { properties: { a: { type: 'string' } } },
      { a: 1 },
      ['f.a: Invalid value: "integer": f.a in body must be of type string: "integer"'],
    ],
    [{ anyOf: [{ required: ['a'] }, { required: ['b'] }] }, { b: 1 }, []],
    [
      { anyOf: [{ required: ['a'] }, { required: ['b'] }] },
      {},
      ['<nil>: Invalid value: "": "f" must validate at least one schema (anyOf)', 'f.a: Required value'],
    ],
    [
      { oneOf: [{ required: ['a'] }, { required: ['b'] }] },
      { a: 1, b: 1 },
      ['<nil>: Invalid value: "": "f" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
    ],
    [
      { allOf: [{ minimum: 1 }] },
      0,
      [
        'f: Invalid value: 0: f in body should be greater than or equal to 1',
        '<nil>: Invalid value: "": "f" must validate all the schemas (allOf). None validated',
      ],
    ],
    [{ not: { enum: ['a'] } }, 'a', ['<nil>: Invalid value: "": "f" must not validate the schema (not)']],
    [{ type: 'string', format: 'date-time' }, 'x', ['f: Invalid value: "x": f in body must be of type date-time: "x"']],
    [{ type: 'string', format: 'unheard-of' }, 'x', []],
  ];
  for (const [schema, value, problems] of cases)
    assert.deepEqual(told(schema, value), problems, `${JSON.stringify(schema)} on ${JSON.stringify(value)}`);
});

test('what did not change is not judged again', () => {
  const schema: JSONSchemaProps = {
    type: 'object',
    properties: {
      a: { type: 'string', maxLength: 1 },
      list: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k'],
        items: { type: 'object', properties: { k: { type: 'string' }, v: { type: 'integer', maximum: 1 } } },
      },
      atomic: { type: 'array', items: { type: 'integer', maximum: 1 } },
    },
  };
  const old = { a: 'long', list: [{ k: 'x', v: 9 }], atomic: [9] };
  const fields = (value: unknown): string[] => validateValue(schema, value, '', old).map(({ field }) => field);
  assert.deepEqual(fields({ ...old, b: 1 }), []);
  assert.deepEqual(fields({ ...old, a: 'other' }), ['a']);
  assert.deepEqual(
    fields({
      ...old,
      list: [
        { k: 'y', v: 9 },
        { k: 'x', v: 9 },
      ],
    }),
    ['list[0].v'],
  );
  assert.deepEqual(fields({ ...old, atomic: [9, 1] }), ['atomic[0]']);
});

test('a schema and a value that keep each other busy are given up', () => {
  let deep: JSONSchemaProps = { required: ['a'] };
  for (let level = 0; level < 9; level++) deep = { oneOf: [deep, deep, { not: deep }] };
  const problems = told(
    { type: 'array', items: deep },
    Array.from({ length: 1000 }, () => ({})),
  );
  assert.deepEqual(problems, ['f: Forbidden: must not need more than 1000000 steps to validate']);
});

test('formats', () => {
  const cases: Readonly<Record<string, readonly [good: readonly string[], bad: readonly string[]]>> = {
    'date-time': [
      ['2020-01-02T03:04:05Z', '2020-02-29t03:04:05.5+01:00'],
      ['2020-01-02', '2021-02-29T00:00:00Z', '2020-01-02T25:00:00Z', 'nope'],
    ],
    date: [['2020-02-29'], ['2021-02-29', '2020-2-1']],
    duration: [
      ['1h5m', '3 days', '0'],
      ['', 'soon'],
    ],
    byte: [
      ['', 'YWJj', 'YQ=='],
      ['a', 'a==='],
    ],
    ipv4: [['10.0.0.1'], ['10.0.0.256', '::1', 'nope']],
    ipv6: [
      ['::1', 'fe80::1'],
      ['10.0.0.1', ':::'],
    ],
    cidr: [
      ['10.0.0.0/8', '::/0'],
      ['10.0.0.0', '10.0.0.0/33'],
    ],
    mac: [['00:1a:2b:3c:4d:5e'], ['00:1a']],
    email: [['a@b.c'], ['a', '@b']],
    hostname: [['a.example.com'], ['-a', 'a..b', '']],
    uri: [['https://example.com/x', '/path'], ['no uri']],
    uuid: [['123e4567-e89b-12d3-a456-426614174000'], ['123']],
    uuid4: [['123e4567-e89b-42d3-a456-426614174000'], ['123e4567-e89b-12d3-a456-426614174000']],
    hexcolor: [['#fff', 'a0b1c2'], ['#ff']],
    rgbcolor: [['rgb(1,2,255)'], ['rgb(1,2,256)']],
    isbn: [['0-306-40615-2', '978-3-16-148410-0'], ['0-306-40615-3']],
    creditcard: [['4111 1111 1111 1111'], ['4111 1111 1111 1112']],
    ssn: [['111-22-3333'], ['1-2']],
  };
  for (const [format, [good, bad]] of Object.entries(cases)) {
    for (const text of good) assert.ok(isOfFormat(text, format), `${format}: ${text}`);
    for (const text of bad) assert.ok(!isOfFormat(text, format), `${format}: ${text}`);
  }
});
