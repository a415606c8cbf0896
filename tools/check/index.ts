/**
 * `./orrery test`: every check of this repository, stage by stage, each with a budget of minutes. The last line is the count.
 * Exit code 0 only when nothing failed.
 */
import { stages, type Stage } from './stages.ts';
import { runAll } from './order.ts';
import { isRationed } from './ration.ts';
import { runStage, type Outcome } from './run.ts';

const usage = `Runs the tests of Orrery.

Usage:
  ./orrery test                     all stages
  ./orrery test --only unit,types   some stages
  ./orrery test --list              the stages and their budgets
`;

function chosen(args: readonly string[]): readonly Stage[] {
  const at = args.indexOf('--only');
  if (at < 0) return stages;
  const names = (args[at + 1] ?? '').split(',');
  const unknown = names.find(name => !stages.some(stage => stage.name === name));
  if (unknown !== undefined) {
    process.stderr.write(
      `no stage is called "${unknown}": choose from ${stages.map(stage => stage.name).join(', ')}\n`,
    );
    process.exit(2);
  }
  return stages.filter(stage => names.includes(stage.name));
}

async function main(args: readonly string[]): Promise<void> {
  if (args.includes('--help')) return void process.stdout.write(usage);
  if (args.includes('--list')) {
    for (const { name, what, minutesMax } of stages)
      process.stdout.write(`${name.padEnd(14)}${String(minutesMax).padStart(3)} min  ${what}\n`);
    return;
  }
  const outcomes = await runAll(chosen(args), {
    ...{ runStage, canYield: !isRationed() },
    write: text => void process.stdout.write(text),
  });
  const sum = (pick: (outcome: Outcome) => number) => outcomes.reduce((total, outcome) => total + pick(outcome), 0);
  const failed = sum(outcome => outcome.failed);
  process.exitCode = failed > 0 ? 1 : 0;
  process.stdout.write(`\n${sum(outcome => outcome.passed)} passed, ${failed} failed\n`);
}

await main(process.argv.slice(2));
