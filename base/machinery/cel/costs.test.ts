/** Estimates and counts: numbers that upstream publishes in its own tests, for schemas written here anew. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adapt, compile, declare, kubernetesEnvironment, limits, sizesOf, typeFor } from '../cel.ts';
import type { SchemaLike } from '../cel.ts';

const text: SchemaLike = { type: 'string' };

function estimated(schema: SchemaLike, rule: string): number {
  const declared = declare(schema, false)!;
  const type = typeFor(declared, 'selfType');
  const { program, text: problem } = compile(
    rule,
    kubernetesEnvironment().extend({ variables: { self: type, oldSelf: type } }),
  );
  assert.ok(program, problem);
  return program.estimate(sizesOf(declared)).max;
}

const listOf = (items: SchemaLike, maxItems?: number): SchemaLike => ({
  type: 'array',
  items,
  ...(maxItems !== undefined && { maxItems }),
});
const mapOf = (values: SchemaLike): SchemaLike => ({ type: 'object', additionalProperties: values });

test('worst costs follow from the sizes that schemas allow', () => {
  const number: SchemaLike = { type: 'number' };
  const cases: readonly (readonly [schema: SchemaLike, rule: string, cost: number])[] = [
    [listOf(number), 'self.all(x, true)', 4718591],
    [listOf(number, 10), 'self.all(x, true)', 32],
    [listOf(text), 'self.all(x, true)', 3145727],
    [listOf({ type: 'boolean' }), 'self.all(x, true)', 1887437],
    [listOf(listOf(number)), 'self.all(x, true)', 3145727],
    [mapOf(number), 'self.all(x, true)', 1348169],
    [mapOf(text), 'self.all(x, true)', 1179647],
    [text, "self.contains('test')", 314574],
    [text, "self.startsWith('test')", 2],
    [text, `size(self + "hello") > size("hello")`, 314578],
    [listOf(number), 'self[1] == 0.0', 2],
    [listOf(text), 'self[1] == self[1]', 314577],
    [listOf(number, 10), 'self.all(x, self.all(y, true))', 352],
    [listOf(number, 10), 'self.all(x, self.all(y, self.all(z, true)))', 3552],
    [text, 'self.matches("x")', 314574],
    [text, `"".matches("(((((((((())))))))))[0-9]")`, 7],
    [text, 'self.matches("")', 1],
    [mapOf(text), 'self.all(x, x.contains(self[x]))', 2752507],
    [{ type: 'string', maxLength: 0 }, 'self == "x"', 1],
    [{ type: 'string', format: 'byte' }, 'self == b"x"', 2],
    [listOf(number), 'self.all(x, x == 0.0)', 6291454],
    [listOf({ 'x-kubernetes-int-or-string': true }), 'self[0] == 5', 3],
    [listOf({ type: 'string', format: 'duration' }), 'self[0].getHours() == 2', 4],
    [listOf({ type: 'string', format: 'date' }), 'self.all(x, true)', 725936],
    [listOf({ type: 'string', format: 'date-time' }), 'self.all(x, true)', 428963],
    [text, "self.find('[0-9]+') == ''", 629147],
    [{ type: 'string', maxLength: 10 }, "self.find('[0-9]+') == ''", 11],
    [listOf(text), "self.join(' ') == 'aa bb'", 329853068905],
    [listOf({ type: 'string', maxLength: 10 }, 10), "self.join(' ') == 'aa bb'", 43],
    [listOf(text), 'self.isSorted() == true', 329854432052],
    [listOf({ type: 'string', maxLength: 10 }, 10), 'self.isSorted() == true', 52],
    [text, "self.lowerAscii() == 'lower!'", 314575],
    [mapOf({ type: 'integer' }), 'oldSelf.size() == self.size()', 5],
    [mapOf({ type: 'string', format: 'date-time' }), `self["a"] == self["b"]`, 8],
    [{ 'x-kubernetes-int-or-string': true }, 'isQuantity(self)', 314574],
    [{ type: 'string', enum: ['A', 'LongValue'] }, "self.contains('A')", 2],
  ];
  for (const [schema, rule, cost] of cases)
    assert.equal(estimated(schema, rule), cost, `${rule} of ${JSON.stringify(schema)}`);
});

test('parts of objects are found by their paths', () => {
  const schema: SchemaLike = {
    type: 'object',
    properties: {
      str: { type: 'string', maxLength: 4 },
      before: { type: 'string', maxLength: 2 },
      after: { type: 'string', maxLength: 4 },
      separator: text,
    },
  };
  assert.equal(estimated(schema, "self.str.replace(self.before, self.after) == 'does not matter'"), 12);
  assert.equal(
    estimated(
      { ...schema, properties: { ...schema.properties, str: { type: 'string', maxLength: 10 } } },
      'self.str.split(self.separator) == []',
    ),
    22,
  );
});

test('what runs is counted', () => {
  const schema = listOf({ type: 'object', properties: { name: text, n: { type: 'integer' } } }, 100);
  const declared = declare(schema, false)!;
  const environment = kubernetesEnvironment().extend({ variables: { self: typeFor(declared, 'selfType') } });
  const value = adapt(
    Array.from({ length: 100 }, (_none, n) => ({ name: `name-${n}`, n })),
    declared,
  );
  const cases: readonly (readonly [rule: string, cost: number])[] = [
    ['self.size() == 100', 3],
    ['self.all(i, i.n >= 0)', 602],
    ['self.exists(i, i.n == 0)', 12],
    ['self.map(i, i.n).sum() > 0', 1513],
    ["self.filter(i, i.name == 'x').size() == 0", 414],
    ['has(self[0].n) && self[0].n == 0', 6],
  ];
  for (const [rule, cost] of cases) {
    const { program } = compile(rule, environment);
    const outcome = program!.run(() => value, limits.perCallLimit);
    assert.equal(outcome.value, true, rule);
    assert.equal(outcome.cost, cost, rule);
  }
});
