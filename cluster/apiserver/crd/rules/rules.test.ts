/** Rules: what definitions may have, and what objects are told. Messages and numbers are upstream's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JSONSchemaProps } from '@orrery/kinds/types';
import { describe } from '@orrery/machinery/fieldpath';
import { checkRules } from './check.ts';
import { resolveFieldPath } from './fieldpath.ts';
import { judgeByRules } from './judge.ts';
import { rulesOfSchema } from './tree.ts';

type Rule = NonNullable<JSONSchemaProps['x-kubernetes-validations']>[number];
const text: JSONSchemaProps = { type: 'string' };
const integer: JSONSchemaProps = { type: 'integer' };
const withRules = (schema: JSONSchemaProps, ...rules: (string | Rule)[]): JSONSchemaProps => ({
  ...schema,
  'x-kubernetes-validations': rules.map(rule => (typeof rule === 'string' ? { rule } : rule)),
});
const object = (properties: Record<string, JSONSchemaProps>): JSONSchemaProps => ({ type: 'object', properties });
const list = (items: JSONSchemaProps, more: JSONSchemaProps = {}): JSONSchemaProps => ({
  type: 'array',
  items,
  ...more,
});

function problems(a: JSONSchemaProps, suppressCost = false): string[] {
  const checking = checkRules(object({ a }), 's', [], suppressCost);
  let step = checking.next();
  while (!step.done) step = checking.next();
  return step.value.map(error => describe(error).replace('s.properties[a]', ''));
}

const shown = (rule: string, more = {}): string =>
  JSON.stringify({
    Rule: rule,
    Message: '',
    MessageExpression: '',
    Reason: null,
    FieldPath: '',
    OptionalOldSelf: null,
    ...more,
  });

test('rules that do not compile', () => {
  const cases: readonly (readonly [schema: JSONSchemaProps, problem: string])[] = [
    [
      withRules(object({ b: text }), 'self.c'),
      `.x-kubernetes-validations[0].rule: Invalid value: ${shown('self.c')}: compilation failed: ERROR: <input>:1:5: undefined field 'c'\n | self.c\n | ....^`,
    ],
    [
      withRules(text, 'self'),
      `.x-kubernetes-validations[0].rule: Invalid value: ${shown('self')}: cel expression must evaluate to a bool`,
    ],
    [
      withRules(text, { rule: 'true', messageExpression: '1' }),
      `.x-kubernetes-validations[0].messageExpression: Invalid value: ${shown('true', { MessageExpression: '1' })}: messageExpression must evaluate to a string`,
    ],
    [
      withRules(text, { rule: 'true', messageExpression: 'self +' }),
      `.x-kubernetes-validations[0].messageExpression: Invalid value: ${shown('true', { MessageExpression: 'self +' })}: messageExpression compilation failed: ERROR: <input>:1:7: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}\n | self +\n | ......^`,
    ],
    [
      withRules(text, { rule: 'true', optionalOldSelf: true }),
      '.x-kubernetes-validations[0].optionalOldSelf: Invalid value: true: may not be set if oldSelf is not used in rule',
    ],
    [
      list(withRules({ type: 'string', maxLength: 5 }, 'self == oldSelf'), { maxItems: 5 }),
      '.items.x-kubernetes-validations[0].rule: Invalid value: "self == oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within s.properties[a]',
    ],
  ];
  for (const [schema, problem] of cases) assert.deepEqual(problems(schema, true), [problem]);
  assert.deepEqual(problems(withRules(text, 'self == oldSelf')), []);
  assert.deepEqual(problems(withRules(text, { rule: 'self == oldSelf.value()', optionalOldSelf: true })), []);
});

test('names that expressions spell otherwise', () => {
  const fields = object({ 'a-b': text, 'a.b': text, 'a/b': text, a__b: text, namespace: text, ä: text });
  for (const rule of [
    'self.a__dash__b',
    'self.a__dot__b',
    'self.a__slash__b',
    'self.a__underscores__b',
    'self.__namespace__',
  ])
    assert.deepEqual(problems(withRules(fields, `${rule} == ''`)), [], rule);
  assert.match(problems(withRules(fields, "self.ä == ''"))[0]!, /token recognition error/);
});

test('costs: each rule, and all together', () => {
  const remedy =
    '(try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)';
  const contributed = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
  assert.deepEqual(problems(withRules(list(integer), 'self.all(x, self.all(y, x == y))')), [
    `.x-kubernetes-validations[0].rule: Forbidden: estimated rule cost exceeds budget by factor of more than 100x ${remedy}`,
    `.x-kubernetes-validations[0].rule: Forbidden: ${contributed}`,
    `s: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of more than 100x ${remedy}`,
  ]);
  // A list without bounds multiplies what stands in it; bounds make it possible.
  const inner = withRules(text, "self.contains('x')");
  assert.match(problems(list(inner)).join(), /estimated rule cost exceeds budget by factor of more than 100x/);
  assert.deepEqual(
    problems(list(withRules({ type: 'string', maxLength: 100 }, "self.contains('x')"), { maxItems: 10 })),
    [],
  );
  // Many rules, each allowed.
  const many = withRules({ type: 'string' }, ...Array.from({ length: 80 }, () => "self.matches('^[a-z0-9]{1,10}$')"));
  const total = problems(many).map(problem => problem.replace(/\d\.\d+x/, 'Nx'));
  assert.ok(
    total.includes(
      `s: Forbidden: x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema exceeds budget by factor of Nx ${remedy}`,
    ),
  );
  assert.equal(total.filter(problem => problem.includes(contributed)).length, 4);
});

test('paths that errors may point to', () => {
  const schema = object({ a: object({ 'b.c': text }), map: { type: 'object', additionalProperties: text } });
  const cases: readonly (readonly [path: string, shown: string | undefined])[] = [
    ['.a', 'a'],
    [".a['b.c']", 'a.b.c'],
    [".map['k']", 'map[k]'],
    ['.map.k', 'map[k]'],
    ['.zz', undefined],
    ['a', undefined],
    ['.a[0]', undefined],
    ['.a.', undefined],
    [".a['b.c'", undefined],
  ];
  for (const [path, expected] of cases) assert.equal(resolveFieldPath(path, schema), expected, path);
});

async function judged(
  schema: JSONSchemaProps,
  value: unknown,
  old?: unknown,
): Promise<{ errors: string[]; warnings: string[] }> {
  const { errors, warnings } = await judgeByRules(rulesOfSchema(schema, false)!, value, old);
  return { errors: errors.map(error => describe(error).replace(/^<nil>: /, '')), warnings };
}

test('what a broken rule says', async () => {
  const fields = object({ n: integer, s: text, l: list(integer) });
  const cases: readonly (readonly [rule: string | Rule, value: unknown, problem: string | undefined])[] = [
    ['self.n > 0', { n: 1 }, undefined],
    ['self.n > 0', { n: 0 }, 'Invalid value: "object": failed rule: self.n > 0'],
    [{ rule: 'self.n > 0', message: ' n is positive ' }, { n: 0 }, 'Invalid value: "object": n is positive'],
    [
      { rule: 'self.n > 0', messageExpression: "'n is ' + string(self.n)" },
      { n: 0 },
      'Invalid value: "object": n is 0',
    ],
    [
      { rule: 'self.n > 0', message: 'short', messageExpression: "self.s + ''" },
      { n: 0 },
      'Invalid value: "object": short',
    ],
    [
      { rule: 'self.n > 0', messageExpression: "'a\\nb'" },
      { n: 0 },
      'Invalid value: "object": failed rule: self.n > 0',
    ],
    [{ rule: 'self.n > 0', messageExpression: "' '" }, { n: 0 }, 'Invalid value: "object": failed rule: self.n > 0'],
    [{ rule: 'self.n > 0', fieldPath: '.n' }, { n: 0 }, 'n: Invalid value: "object": failed rule: self.n > 0'],
    [{ rule: 'self.n > 0', reason: 'FieldValueForbidden', message: 'no' }, { n: 0 }, 'Forbidden: no'],
    [{ rule: 'self.n > 0', reason: 'FieldValueRequired', message: 'no' }, { n: 0 }, 'Required value: no'],
    [{ rule: 'self.n > 0', reason: 'FieldValueDuplicate', message: 'no' }, { n: 0 }, 'Duplicate value: "object"'],
    ['self.n > 0', {}, 'Invalid value: "object": no such key: n evaluating rule: self.n > 0'],
    ['self.l[5] == 1', { l: [1] }, 'Invalid value: "object": index out of bounds: 5 evaluating rule: self.l[5] == 1'],
    ['1 / self.n == 1', { n: 0 }, 'Invalid value: "object": division by zero evaluating rule: 1 / self.n == 1'],
    [
      'self.l.all(a, self.l.all(b, self.l.all(c, true)))',
      { l: Array.from({ length: 200 }, () => 1) },
      'Invalid value: "object": \'operation cancelled: actual cost limit exceeded\': no further validation rules will be run due to call cost exceeds limit for rule: self.l.all(a, self.l.all(b, self.l.all(c, true)))',
    ],
  ];
  for (const [rule, value, problem] of cases) {
    const { errors } = await judged(withRules(fields, rule), value);
    assert.deepEqual(errors, problem === undefined ? [] : [problem], JSON.stringify(rule));
  }
  const either = withRules({ 'x-kubernetes-int-or-string': true }, 'self < 5');
  assert.deepEqual((await judged(object({ p: either }), { p: 'x' })).errors, [
    'p: Invalid value: "": \'no such overload\': call arguments did not match a supported operator, function or macro signature for rule: self < 5',
  ]);
});

test('rules everywhere: in lists, maps, objects in objects', async () => {
  const positive = withRules(integer, 'self > 0');
  const schema = object({
    l: list(positive),
    m: { type: 'object', additionalProperties: positive },
    e: withRules(
      { ...object({ spec: object({}) }), 'x-kubernetes-embedded-resource': true },
      "self.metadata.name.startsWith('x') && self.kind == 'K'",
    ),
    'not nameable!': positive,
    nil: { ...withRules(text, 'false'), nullable: true },
  });
  const value = {
    l: [1, 0],
    m: { b: 0, a: -1, c: 1 },
    e: { apiVersion: 'v1', kind: 'K', metadata: { name: 'y' } },
    'not nameable!': 0,
    nil: null,
  };
  const { errors } = await judged(schema, value);
  assert.deepEqual(errors, [
    'l[1]: Invalid value: "integer": failed rule: self > 0',
    'm[a]: Invalid value: "integer": failed rule: self > 0',
    'm[b]: Invalid value: "integer": failed rule: self > 0',
    "e: Invalid value: \"object\": failed rule: self.metadata.name.startsWith('x') && self.kind == 'K'",
    'not nameable!: Invalid value: "integer": failed rule: self > 0',
  ]);
});

test('transitions: judged where there was something before', async () => {
  const grows = 'self.n >= oldSelf.n';
  const items = list(withRules(object({ key: text, n: integer }), grows), {
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['key'],
  });
  const value = {
    items: [
      { key: 'b', n: 1 },
      { key: 'new', n: 0 },
      { key: 'a', n: 5 },
    ],
  };
  const old = {
    items: [
      { key: 'a', n: 1 },
      { key: 'b', n: 2 },
    ],
  };
  assert.deepEqual((await judged(object({ items }), value, old)).errors, [
    `items[0]: Invalid value: "object": failed rule: ${grows}`,
  ]);
  assert.deepEqual((await judged(object({ items }), value)).errors, []);
  const optional = withRules(integer, { rule: 'oldSelf.hasValue() || self == 1', optionalOldSelf: true });
  assert.deepEqual((await judged(object({ n: optional }), { n: 1 })).errors, []);
  assert.equal((await judged(object({ n: optional }), { n: 2 })).errors.length, 1);
  assert.deepEqual((await judged(object({ n: optional }), { n: 2 }, { n: 5 })).errors, []);
});

test('what did not change is told, not refused', async () => {
  const part = withRules(object({ n: integer }), 'self.n > 0');
  const schema = object({ a: part, b: part });
  const { errors, warnings } = await judged(schema, { a: { n: 0 }, b: { n: -1 } }, { a: { n: 0 }, b: { n: 1 } });
  assert.deepEqual(errors, ['b: Invalid value: "object": failed rule: self.n > 0']);
  assert.deepEqual(warnings, ['a: Invalid value: "object": failed rule: self.n > 0']);
  const items = list(object({ k: text }), { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'] });
  const keyed = withRules(object({ items }), 'false');
  const [x, y] = [{ k: 'x' }, { k: 'y' }];
  assert.deepEqual((await judged(keyed, { items: [x, y] }, { items: [y, x] })).errors, []);
  assert.equal((await judged(keyed, { items: [x, y] }, { items: [y] })).errors.length, 1);
  const transition = object({ a: withRules(integer, 'self > oldSelf') });
  assert.equal((await judged(transition, { a: 1 }, { a: 1 })).errors.length, 1);
});

test('lists that are sets and maps compare and add as such', async () => {
  const set = list(integer, { 'x-kubernetes-list-type': 'set' });
  const keyed = { 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['k'] };
  const map = list(object({ k: text, v: integer }), keyed);
  const rule =
    'self.a == self.b && (self.a + self.b).size() == 2 && self.c == oldSelf.c && (self.c + oldSelf.c).size() == 2';
  const [x, y] = [
    { k: 'x', v: 1 },
    { k: 'y', v: 2 },
  ];
  const value = { a: [1, 2], b: [2, 1], c: [x, y] };
  const schema = withRules(object({ a: set, b: set, c: map }), rule);
  assert.deepEqual((await judged(schema, value, { ...value, c: [y, x] })).errors, []);
  assert.equal((await judged(schema, value, { ...value, c: [y] })).errors.length, 1);
});

test('all rules of an object share a budget, and others run in between', async () => {
  const rule = 'self.all(x, x >= 0)';
  const schema = object({ l: list(withRules(list(integer), rule)) });
  const value = { l: Array.from({ length: 40 }, () => Array.from({ length: 100_000 }, () => 1)) };
  let turns = 0;
  const count = setInterval(() => turns++, 1);
  const { errors } = await judged(schema, value);
  clearInterval(count);
  assert.equal(errors.length, 1);
  assert.match(
    errors[0]!,
    /^l\[\d+\]: Invalid value: "array": validation failed due to running out of cost budget, no further validation rules will be run$/,
  );
  assert.ok(turns >= 5, `${turns} turns`);
});
