import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulate } from './simulate.ts';

const seeds = [1, 5, 17, 42];

for (const seed of seeds)
  test(`seed ${seed} does the same twice, to the last line of the journal`, async () => {
    const first = await simulate({ seed, minutes: 3 });
    const second = await simulate({ seed, minutes: 3 });
    assert.ok(first.lines > 1_000);
    assert.deepEqual(second, first);
  });

test('another seed does something else', async () => {
  const hashes = await Promise.all(seeds.slice(0, 2).map(async seed => (await simulate({ seed, minutes: 1 })).hash));
  assert.notEqual(hashes[0], hashes[1]);
});
