import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Request } from '@orrery/http';
import { readYaml } from './yaml-input.ts';

const read = (text: string): unknown => readYaml({ body: new TextEncoder().encode(text) } as unknown as Request);

test('a body of brackets is refused before the library spends seconds on it', () => {
  for (const text of ['['.repeat(5000), '{a: '.repeat(5000), `${'['.repeat(5000)}${']'.repeat(5000)}`])
    assert.throws(() => read(text), new Error('yaml: exceeded max depth of 1000'));
});

test('depth is what is open at once: many lists side by side, and brackets in texts, are well', () => {
  const lists = Array.from({ length: 3000 }, () => ['[', { a: '}' }]);
  assert.deepEqual(read(JSON.stringify(lists)), lists);
});

test('what the library makes of a wrong alias is an error with a sentence', () => {
  assert.throws(() => read('a: *b'), new Error("yaml: unknown anchor 'b' referenced"));
});

for (const [text, words] of [
  ['a: b: c', 'mapping values are not allowed in this context'],
  ['x: 1\na: b: c', 'line 2: mapping values are not allowed in this context'],
  ['a:\n\t- b', 'line 2: found character that cannot start any token'],
  ['a: @b', 'found character that cannot start any token'],
  ['a: "b', 'found unexpected end of stream'],
  ['a: [b', "line 1: did not find expected ',' or ']'"],
  ['a:\n  b: 1\n c: 2\n', 'line 2: did not find expected key'],
] as const) {
  test(`no YAML, in upstream's words: ${JSON.stringify(text)}`, () =>
    assert.throws(() => read(text), new Error(`yaml: ${words}`)));
}

test('of several documents the first is read', () => assert.deepEqual(read('a: 1\n---\nb: 2\n'), { a: 1 }));
