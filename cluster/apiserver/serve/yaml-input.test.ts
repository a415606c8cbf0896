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
  assert.throws(() => read('a: *b'), /Unresolved alias/);
});
