import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { startThreads } from './threads.ts';

const seeds = [1, 5, 17, 42];
const threads = startThreads();
after(() => threads.end());

for (const seed of seeds)
  test(`seed ${seed} does the same twice, to the last line of the journal`, async () => {
    const first = await threads.simulate({ seed, minutes: 3 });
    const second = await threads.simulate({ seed, minutes: 3 });
    assert.ok(first.lines > 1_000);
    assert.deepEqual(second, first);
  });

test('another seed does something else', async () => {
  const outcomes = await Promise.all(seeds.slice(0, 2).map(seed => threads.simulate({ seed, minutes: 1 })));
  assert.notEqual(outcomes[0]!.hash, outcomes[1]!.hash);
});
