/** A test per seed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { simulate } from './simulate.ts';

export function testSeeds(seeds: Iterable<number>): void {
  for (const seed of seeds) {
    test(`seed ${seed}: ten minutes of trouble end with everything as it was asked for`, async () => {
      const { violations, last } = await simulate({ seed, kept: 30 });
      const again = `node test/simulation/run.ts --seed ${seed} --trace`;
      assert.equal(violations.length, 0, [...violations, 'the end of the journal:', ...last, again].join('\n'));
    });
  }
}
