/** `node test/crash/store/run.ts --rounds 100000 --seed 1`: rounds on demand. A failing one prints the seed that replays it. */
import { parseArgs } from 'node:util';
import { runRounds, smallest } from './rounds.ts';

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
  },
});

const begun = performance.now();
const first = Number(values.seed);
const { rounds, failed, counts } = await runRounds(first, Number(values.rounds), done => {
  if (done % 5000 === 0) process.stderr.write(`${done} rounds\n`);
});
const seconds = (performance.now() - begun) / 1000;
for (const { seed, findings } of failed.slice(0, 10)) {
  const { options, findings: few } = await smallest(seed, findings);
  process.stdout.write(
    `seed ${seed} (${JSON.stringify(options)}):\n${few
      .slice(0, 10)
      .map(line => `  ${line}\n`)
      .join('')}`,
  );
}
process.stdout.write(`${JSON.stringify(counts)}\n`);
process.stdout.write(
  `${rounds} rounds from seed ${first}, ${failed.length} failed, ${(rounds / seconds).toFixed(0)} rounds/s\n`,
);
process.exitCode = failed.length > 0 ? 1 : 0;
