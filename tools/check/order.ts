/** Which stage runs when: one after the other, with those beside them that take what is left, and at last those that want to be alone. */
import type { Outcome, Write } from './run.ts';
import type { Stage } from './stages.ts';

export type RunStage = (stage: Stage, write: Write) => Promise<Outcome>;

/** How a stage ended. */
export interface Told extends Outcome {
  readonly name: string;
}

export interface Order {
  readonly write: Write;
  readonly runStage: RunStage;
  /** False where the lowest priority would yield nothing: stages that run beside others wait for them then. */
  readonly canYield: boolean;
}

/**
 * Runs all stages; what they write comes stage by stage, and once more at the end what those said that failed. Resolves with their
 * outcomes, in the order in which they are told.
 */
export async function runAll(stages: readonly Stage[], { write, runStage, canYield }: Order): Promise<Told[]> {
  const [gaps, others, last] = (['beside', undefined, 'alone'] as const).map(when =>
    stages.filter(({ runs }) => runs === when),
  );
  const held = holdBack(write);
  const run = (some: readonly Stage[] | undefined, to = write) => runInOrder(some ?? [], to, runStage);
  const beside = canYield ? run(gaps, held.write) : undefined;
  const first = await run(others);
  held.release();
  const second = await (beside ?? run(gaps));
  const outcomes = [...first, ...second, ...(await run(last))];
  for (const { name, note, told } of outcomes) if (told !== '') write(`\n== ${name} failed${note}\n${told}\n`);
  return outcomes;
}

async function runInOrder(stages: readonly Stage[], write: Write, runStage: RunStage): Promise<Told[]> {
  const outcomes: Told[] = [];
  for (const stage of stages) {
    write(`\n== ${stage.name}: ${stage.what}\n`);
    const outcome = await runStage(stage, write);
    outcomes.push({ ...outcome, name: stage.name });
    const { passed, failed, seconds, note } = outcome;
    write(`-- ${stage.name}: ${passed} passed, ${failed} failed in ${seconds.toFixed(1)} s${note}\n`);
  }
  return outcomes;
}

/** Keeps what is written until it is released; from then on it passes through. */
function holdBack(write: Write): { write: Write; release(): void } {
  let kept: string | undefined = '';
  return {
    write: text => {
      if (kept === undefined) write(text);
      else kept += text;
    },
    release: () => {
      write(kept ?? '');
      kept = undefined;
    },
  };
}
