/** `node test/simulation/run.ts`: many seeds, or one with everything it does. */
import { parseArgs } from 'node:util';
import { simulate, type Outcome } from './simulate.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    from: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '20' },
    minutes: { type: 'string', default: '10' },
    nodes: { type: 'string' },
    kept: { type: 'string', default: '40' },
    trace: { type: 'boolean', default: false },
    log: { type: 'boolean', default: false },
  },
});

const options = {
  minutes: Number(values.minutes),
  kept: Number(values.kept),
  ...(values.nodes !== undefined && { nodes: Number(values.nodes) }),
  ...(values.trace && { trace: (line: string) => console.log(line) }),
};

const tell = ({ seed, hash, nodes, lines, revisions, violations, last }: Outcome, cpuMs: number): void => {
  const state = violations.length === 0 ? 'ok' : 'FAILED';
  console.log(
    `seed ${seed}: ${state}, ${nodes} nodes, ${revisions} revisions, ${lines} lines, ${cpuMs} ms of CPU, ${hash.slice(0, 16)}`,
  );
  if (violations.length === 0) return;
  for (const violation of violations.slice(0, 10)) console.log(`  ${violation}`);
  if (!values.trace) for (const line of last) console.log(`    ${line}`);
  console.log(`  again: node test/simulation/run.ts --seed ${seed} --minutes ${values.minutes} --trace`);
};

const first = Number(values.seed ?? values.from);
const count = values.seed === undefined ? Number(values.seeds) : 1;
const failed: number[] = [];
const before = process.cpuUsage();
for (let seed = first; seed < first + count; seed++) {
  const begun = process.cpuUsage();
  const outcome = await simulate({ ...options, seed });
  const { user, system } = process.cpuUsage(begun);
  tell(outcome, Math.round((user + system) / 1000));
  if (outcome.violations.length > 0) failed.push(seed);
}
const { user, system } = process.cpuUsage(before);
console.log(
  `${count} seeds, ${failed.length} failed${failed.length > 0 ? `: ${failed.join(' ')}` : ''}, ${Math.round((user + system) / 1000 / count)} ms of CPU each`,
);
process.exitCode = failed.length > 0 ? 1 : 0;
