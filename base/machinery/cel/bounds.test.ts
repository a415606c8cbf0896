/** Expressions that want too much end in an error that says so. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adaptDynamic, CelError, compile, kubernetesEnvironment, limits, types } from '../cel.ts';

const environment = kubernetesEnvironment().extend({ variables: { self: types.dynType } });
const exceeded = 'operation cancelled: actual cost limit exceeded';

test('too long, too deep, too many in a row', () => {
  const cases: readonly (readonly [name: string, source: string, message: RegExp])[] = [
    [
      'long',
      `'${'a'.repeat(100_001)}'`,
      /^ERROR: <input>:-1:0: expression code point size exceeds limit: size: 100003, limit 100000$/,
    ],
    ['parentheses', `${'('.repeat(300)}1${')'.repeat(300)}`, /expression recursion limit exceeded: 250/],
    ['lists', `${'['.repeat(50_000)}`, /expression recursion limit exceeded: 250/],
    ['sums', Array(5000).fill('1').join('+'), /expression recursion limit exceeded: 250/],
    ['fields', `self${'.a'.repeat(5000)}`, /expression recursion limit exceeded: 250/],
    ['quotes', "'".repeat(99_999), /Syntax error/],
    ['unknown letters', '#'.repeat(99_999), /token recognition error/],
  ];
  for (const [name, source, message] of cases) assert.match(compile(source, environment).text, message, name);
});

test('a long row of conditions is fine', () => {
  const { program } = compile(Array(5000).fill('true').join(' && '), environment);
  assert.equal(program!.run(() => undefined, limits.perCallLimit).value, true);
});

test('a macro that repeats its operand does not grow with each use', () => {
  const source = `optional.of(1)${'.optMap(x, x + 1)'.repeat(60)}.hasValue()`;
  const { program } = compile(source, environment);
  assert.ok(program!.estimate().max > limits.expressionLimit);
  assert.deepEqual(program!.run(() => undefined, limits.perCallLimit).exceeded, true);
});

test('work is counted while it runs, also where costs are not', () => {
  const wide = adaptDynamic(Array.from({ length: 2000 }, (_none, at) => ({ at, text: 'x'.repeat(100) })));
  const big = 'a'.repeat(3_000_000);
  const cases: readonly (readonly [source: string, self: unknown])[] = [
    ['self.all(a, self.all(b, self.all(c, true)))', wide],
    ['self.all(a, self.all(b, [[self]] == [[self]]))', wide],
    ["self.replace('a', self) == ''", big],
    ["self.split('').map(x, self).join().size() == 0", big],
    ['(self + self + self + self + self + self) == self', big],
    ['lists.range(1000000000).size() == 0', null],
    ["self.split('').sort().size() == 0", big],
    ["self.findAll('').size() == 0", big],
    ["self.matches('(a*)*b') && self.matches('(a|a)*c') || self.matches('a{1000}')", big],
  ];
  for (const [source, self] of cases) {
    const { program, text } = compile(source, environment);
    assert.ok(program, text);
    const outcome = program.run(() => self as never, limits.perCallLimit);
    assert.equal((outcome.value as CelError).message, exceeded, source);
    assert.equal(outcome.exceeded, true);
  }
});
