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

/** Of each family those from 1 to so many are there. */
const families: readonly (readonly [string, number])[] = [
  ['A', 20],
  ['L', 7],
  ['R', 4],
  ['P', 6],
];

test('every case is there once, and has a test', () => {
  const ids = attackCases.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  for (const [family, count] of families)
    for (let at = 1; at <= count; at++) assert.ok(ids.includes(`${family}${at}`), `${family}${at}`);
  for (const { id, shown } of attackCases) assert.ok(shown.length > 0, id);
});

test('every test that is named exists', () => {
  for (const { id, shown } of attackCases)
    for (const { file, tests } of shown) {
      const source = read(file);
      for (const name of tests) assert.ok(source.includes(name), `${id}: ${file} has no test called "${name}"`);
    }
});
