/** What is said of expressions that are refused: upstream's words and places. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile, kubernetesEnvironment, types } from '../cel.ts';

const item = types.structType('item');
const self = {
  ...types.structType('selfType'),
  fields: new Map([
    ['a', types.stringType],
    ['items', types.listType(item)],
  ]),
};
const environment = kubernetesEnvironment().extend({ variables: { self, dyn_: types.dynType } });
const textOf = (source: string): string => compile(source, environment).text;

const starters =
  "{'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";

test('one issue, with its place marked', () => {
  const cases: readonly (readonly [source: string, column: number, message: string])[] = [
    ['self.zz == 1', 5, "undefined field 'zz'"],
    ['params.x == 1', 1, "undeclared reference to 'params' (in container '')"],
    ['nope(1)', 5, "undeclared reference to 'nope' (in container '')"],
    ["1 + 'a'", 3, "found no matching overload for '_+_' applied to '(int, string)'"],
    ['self.a > 5', 8, "found no matching overload for '_>_' applied to '(string, int)'"],
    ['self == 5', 6, "found no matching overload for '_==_' applied to '(selfType, int)'"],
    ['self.a.size(1)', 12, "found no matching overload for 'size' applied to 'string.(int)'"],
    ['self.a.b', 7, "type 'string' does not support field selection"],
    ["[1, 'a']", 5, "expected type 'int' but found 'string'"],
    ["{'a': 1, 2: 3}", 10, "expected type 'string' but found 'int'"],
    ['1 && true', 1, "expected type 'bool' but found 'int'"],
    [
      '5.all(x, true)',
      1,
      "expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)",
    ],
    ['self.items.map(i, i.b)', 20, "undefined field 'b'"],
    ["self.a.matches('(')", 16, 'invalid matches argument'],
    ["duration('x')", 10, 'invalid duration argument'],
    ["timestamp('2024')", 11, 'invalid timestamp argument'],
    ['has(self)', 5, 'invalid argument to has() macro'],
    ['self.items.map(1, 2)', 16, 'argument is not an identifier'],
    ['[1].all(x, x, true)', 12, 'duplicate variable name: x'],
    ['namespace', 1, 'reserved identifier: namespace'],
    ['99999999999999999999', 1, 'invalid int literal'],
    ['object.', 8, "Syntax error: no viable alternative at input '.'"],
    ['self.in', 6, "Syntax error: no viable alternative at input '.in'"],
    ['self.true', 6, "Syntax error: mismatched input 'true' expecting IDENTIFIER"],
    ['1 +', 4, `Syntax error: mismatched input '<EOF>' expecting ${starters}`],
    ['(1', 3, "Syntax error: missing ')' at '<EOF>'"],
    ['true ? 1', 9, "Syntax error: mismatched input '<EOF>' expecting ':'"],
    ['1 2', 3, "Syntax error: extraneous input '2' expecting <EOF>"],
    ['x{}()', 4, "Syntax error: mismatched input '(' expecting <EOF>"],
    ["dyn_ == 'a", 9, "Syntax error: token recognition error at: ''a'"],
  ];
  for (const [source, column, message] of cases) {
    const [first = ''] = textOf(source).split('\nERROR');
    assert.equal(first, `ERROR: <input>:1:${column}: ${message}\n | ${source}\n | ${'.'.repeat(column - 1)}^`, source);
  }
});

test('several issues stand by their places, on their own lines', () => {
  assert.equal(
    textOf('self.zz &&\n  self.yy'),
    [
      "ERROR: <input>:1:5: undefined field 'zz'",
      ' | self.zz &&',
      ' | ....^',
      "ERROR: <input>:2:7: undefined field 'yy'",
      ' |   self.yy',
      ' | ......^',
    ].join('\n'),
  );
});

test('wide letters are marked with wide signs', () => {
  assert.match(textOf("'😀' + 1"), /\n \| '😀' \+ 1\n \| \.．\.\.\^$/);
});

test('what an expression is of, and what it names', () => {
  const { program } = compile('self.items.map(i, self.a)', environment);
  assert.equal(types.formatType(program!.type), 'list(string)');
  assert.equal(program!.uses('self'), true);
  assert.equal(program!.uses('oldSelf'), false);
});
