/** The faults can still be sown: each place is in the sources once, and its tests exist. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { faults } from './faults.data.ts';

const root = join(import.meta.dirname, '../../..');

test('each fault has its place in the API server, and tests that shall see it', () => {
  assert.ok(faults.length >= 10);
  for (const { what, file, find, areas } of faults) {
    const places = readFileSync(join(root, file), 'utf8').split(find).length - 1;
    assert.equal(places, 1, `"${what}": ${file} has ${places} places like the one that faults.data.ts gives`);
    for (const area of areas) assert.ok(existsSync(join(root, 'test/conformance', `${area}.test.ts`)), area);
  }
});
