/** About a minute of fuzzing; longer with `run.ts`. */
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { closeServer } from './api.ts';
import { fuzz } from './fuzz.ts';
import { targets } from './targets.ts';

after(closeServer);

const inputs: Readonly<Record<string, number>> = { storeFiles: 12_000, request: 50_000 };

for (const [name, target] of Object.entries(targets)) {
  test(name, async () => {
    const { finding } = await fuzz(name, target, 1, done => done >= (inputs[name] ?? 75_000));
    const again = finding && `node test/fuzz/run.ts --only ${name} --seed ${finding.seed}`;
    assert.equal(finding?.error, undefined, `again with: ${again}`);
  });
}
