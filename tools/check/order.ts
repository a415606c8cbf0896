/** Which stage runs when: one after the other, with those beside them that take what is left, and at last those that want to be alone. */
import type { Outcome, Write } from './run.ts';
import type { Stage } from './stages.ts';

export type RunStage = (stage: Stage, write: Write) => Promise<Outcome>;

/** Runs all stages; what they write comes stage by stage. Resolves with their outcomes, in the order in which they are told. */
export async function runAll(stages: readonly Stage[], write: Write, runStage: RunStage): Promise<Outcome[]> {
  const held = holdBack(write);
  const beside = runInOrder(stagesThatRun(stages, 'beside'), held.write, runStage);
  const first = await runInOrder(stagesThatRun(stages, undefined), write, runStage);
  held.release();
  const second = await beside;
  return [...first, ...second, ...(await runInOrder(stagesThatRun(stages, 'alone'), write, runStage))];
}

const stagesThatRun = (stages: readonly Stage[], when: Stage['runs']): readonly Stage[] =>
  stages.filter(({ runs }) => runs === when);

async function runInOrder(stages: readonly Stage[], write: Write, runStage: RunStage): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const stage of stages) {
    write(`\n== ${stage.name}: ${stage.what}\n`);
    const outcome = await runStage(stage, write);
    outcomes.push(outcome);
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
