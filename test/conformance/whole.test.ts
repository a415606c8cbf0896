/** Each entry is a test here, or stands in the list of what is not built. */
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { entries } from './entries.data.ts';
import { notYet } from './not-yet.data.ts';

const sources = globSync(join(import.meta.dirname, '*.test.ts')).map(path => readFileSync(path, 'utf8'));
const titles = sources.flatMap(source =>
  [...source.matchAll(/(['"])(\[sig-.+? \[Conformance\])\1,/g)].map(([, , title]) => title!),
);

test('each of the 140 entries is a test, or is said not to be built', t => {
  const missing = Object.entries(notYet);
  t.diagnostic(`${titles.length} of ${entries.length} entries are tests; ${missing.length} are not built yet`);
  for (const [name, reason] of missing) t.diagnostic(`not yet: ${name}: ${reason}`);
  assert.equal(entries.length, 140);
  assert.deepEqual([...titles, ...Object.keys(notYet)].toSorted(), entries.toSorted());
});
