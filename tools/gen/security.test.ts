import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { attackCases } from './attacks.data.ts';
import { printSecurity } from './security.ts';

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

test('docs/security.md is up to date', () => {
  assert.equal(read('docs/security.md'), printSecurity(), 'run: node tools/gen/main.ts');
});

test('every case from A1 on is there once, and has a test', () => {
  assert.deepEqual(
    attackCases.map(({ id }) => id),
    Array.from({ length: 20 }, (_, at) => `A${at + 1}`),
  );
  for (const { id, shown } of attackCases) assert.ok(shown.length > 0, id);
});

test('every test that is named exists', () => {
  for (const { id, shown } of attackCases)
    for (const { file, tests } of shown) {
      const source = read(file);
      for (const name of tests) assert.ok(source.includes(name), `${id}: ${file} has no test called "${name}"`);
    }
});
