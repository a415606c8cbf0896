import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonProblem } from './json-problem.ts';

for (const [text, problem] of [
  ['', 'unexpected end of JSON input'],
  ['{bad', "invalid character 'b' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a":1 "b"}', "invalid character '\"' after object key:value pair"],
  ['[1 2]', "invalid character '2' after array element"],
  ['{"a":1}x', "invalid character 'x' after top-level value"],
  ['tru', 'unexpected end of JSON input'],
  ['trux', "invalid character 'x' in literal true (expecting 'e')"],
  ['"a\\x"', "invalid character 'x' in string escape code"],
  ['"a\nb"', "invalid character '\\n' in string literal"],
  ['hello', "invalid character 'h' looking for beginning of value"],
] as const) {
  test(`why ${JSON.stringify(text)} is no JSON`, () => assert.equal(jsonProblem(text), problem));
}

test('a text of brackets alone is told to be too deep', () => {
  for (const piece of ['[', '{"a":', '[{"a":'])
    assert.equal(jsonProblem(piece.repeat(20_000)), 'exceeded max depth', piece);
});
