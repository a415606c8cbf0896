/**
 * `node test/crash/program/run.ts --seed 1 --chains 10 [--pause 30000] [--only store.batch.written,kill]`: chains of crashes of the
 * shipped program on demand.
 */
import { parseArgs } from 'node:util';
import { nameOf, runChain } from './chain.ts';
import { chainsOf, roundsOfAll } from './rounds.ts';
import { Program } from './server.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    chains: { type: 'string', default: '4' },
    size: { type: 'string', default: '10' },
    pause: { type: 'string' },
    only: { type: 'string' },
  },
});

const pauseMs = values.pause === undefined ? undefined : Number(values.pause);
const only = values.only?.split(',');
const rounds = roundsOfAll
  .map(round => (round.kind === 'pause' && pauseMs !== undefined ? { ...round, ms: pauseMs } : round))
  .filter(round => !only || only.includes(nameOf(round)));
const program = new Program();
let failed = 0;
try {
  for (let at = 0, seed = Number(values.seed); at < Number(values.chains); seed++) {
    for (const chain of chainsOf(seed, Number(values.size), rounds)) {
      if (at++ >= Number(values.chains)) break;
      const begun = performance.now();
      const { findings, counts, missed } = await runChain(program, seed * 1000 + at, chain);
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      process.stdout.write(
        `seed ${seed} chain ${at}: ${chain.map(nameOf).join(', ')}: ${JSON.stringify(counts)} in ${seconds} s\n`,
      );
      if (missed.length > 0) process.stdout.write(`  not reached: ${missed.join(', ')}\n`);
      for (const finding of findings.slice(0, 10)) process.stdout.write(`  ${finding}\n`);
      failed += Number(findings.length > 0);
    }
  }
} finally {
  program.remove();
}
process.stdout.write(`${failed} chains failed\n`);
process.exitCode = failed > 0 ? 1 : 0;
