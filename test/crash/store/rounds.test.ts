/** Two thousand seeded rounds of crashes, power cuts, failing disks and flipped bits; more with `run.ts`. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { smallest, runRounds } from './rounds.ts';

const rounds = 2000;

test(`in ${rounds} rounds nothing acknowledged is lost and nothing damaged is served`, async t => {
  const { failed, counts } = await runRounds(1, rounds);
  t.diagnostic(JSON.stringify(counts));
  const first = failed[0];
  if (first) {
    const { options, findings } = await smallest(first.seed, first.findings);
    assert.fail(
      `${failed.length} rounds failed; again with: node test/crash/store/run.ts --rounds 1 --seed ${first.seed}\n` +
        `smallest: ${JSON.stringify(options)}\n${findings.join('\n')}`,
    );
  }
  // That there was something to lose.
  for (const [what, least] of Object.entries({ kill: 1000, 'power cut': 1000, acknowledged: 20_000, reads: 20_000 }))
    assert.ok(counts[what]! > least, `${what}: ${counts[what]}`);
  assert.ok(counts['flipped bits told']! > counts['flipped bits']! / 2, 'most flipped bits are noticed');
});

test('the same seed gives the same round', async () => {
  const [first, second] = [await runRounds(7, 20), await runRounds(7, 20)];
  assert.deepEqual(first, second);
});
