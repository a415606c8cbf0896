/** The seeds that every change is tried with, a test for each. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { machinesOf } from './simulate.ts';
import { startThreads } from './threads.ts';

const seeds = Array.from({ length: 200 }, (_, at) => at + 1);
/** The largest clusters come first: at the end no thread works alone for long. */
const largestFirst = seeds.toSorted((one, other) => machinesOf(other) - machinesOf(one) || one - other);

const threads = startThreads();

describe('ten minutes of trouble end with everything as it was asked for', { concurrency: threads.count }, () => {
  after(() => threads.end());
  for (const seed of largestFirst)
    test(`seed ${seed}`, async () => {
      const { violations, last } = await threads.simulate({ seed, kept: 30 });
      const again = `node test/simulation/run.ts --seed ${seed} --trace`;
      assert.equal(violations.length, 0, [...violations, 'the end of the journal:', ...last, again].join('\n'));
    });
});
