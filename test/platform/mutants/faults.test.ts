/** The faults can still be sown: each place is in the sources once. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { faults } from './faults.data.ts';

const root = join(import.meta.dirname, '../../..');

test('each fault has its place in the platform, and tests that shall see it', () => {
  assert.ok(faults.length >= 10);
  for (const { what, file, find, areas } of faults) {
    assert.equal(readFileSync(join(root, file), 'utf8').split(find).length - 1, 1, `"${what}" in ${file}`);
    for (const area of areas) assert.ok(existsSync(join(root, area)), area);
  }
});
