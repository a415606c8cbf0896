/** `node test/fuzz/run.ts [--seconds 60] [--seed 1] [--only json,yaml]`: each target for so long, or until an input breaks it. */
import { parseArgs } from 'node:util';
import { closeServer } from './api.ts';
import { fuzz } from './fuzz.ts';
import { targets } from './targets.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
});

const names = values.only?.split(',') ?? Object.keys(targets);
for (const name of names) {
  const end = performance.now() + Number(values.seconds) * 1000;
  const { inputs, finding } = await fuzz(name, targets[name]!, Number(values.seed), () => performance.now() > end);
  process.stdout.write(`${name}: ${inputs} inputs${finding ? `, seed ${finding.seed} breaks it:` : ''}\n`);
  if (!finding) continue;
  console.error(finding.error);
  process.exitCode = 1;
}
await closeServer();
