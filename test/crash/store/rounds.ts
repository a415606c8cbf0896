/** Many rounds, and the smallest form of one that failed. */
import { runRound, type RoundOptions, type RoundResult } from './round.ts';

export interface Rounds {
  readonly rounds: number;
  readonly failed: readonly { readonly seed: number; readonly findings: readonly string[] }[];
  /** Sums over all rounds. */
  readonly counts: Readonly<Record<string, number>>;
}

/** Seeds `first`, `first + 1` ... one after the other. */
export async function runRounds(first: number, rounds: number, progress?: (done: number) => void): Promise<Rounds> {
  const failed: { seed: number; findings: readonly string[] }[] = [];
  const counts: Record<string, number> = {};
  for (let done = 0; done < rounds; done++) {
    const seed = first + done;
    const result = await resultOf({ seed });
    if (result.findings.length > 0) failed.push({ seed, findings: result.findings });
    for (const [name, count] of Object.entries(result.counts)) counts[name] = (counts[name] ?? 0) + count;
    progress?.(done + 1);
  }
  return { rounds, failed, counts };
}

/** What is thrown in a round is a finding of its own. */
async function resultOf(options: RoundOptions): Promise<RoundResult> {
  try {
    return await runRound(options);
  } catch (error) {
    return { findings: [error instanceof Error ? (error.stack ?? error.message) : String(error)], counts: {} };
  }
}

/** The fewest lives, clients and steps with which the seed still fails. */
export async function smallest(
  seed: number,
  findings: readonly string[],
): Promise<{ options: RoundOptions; findings: readonly string[] }> {
  let best: { options: RoundOptions; findings: readonly string[] } = { options: { seed }, findings };
  for (const name of ['livesMax', 'clientsMax', 'stepsMax'] as const) {
    for (let bound = 1; bound < 14; bound++) {
      const options = { ...best.options, [name]: bound };
      const result = await resultOf(options);
      if (result.findings.length === 0) continue;
      best = { options, findings: result.findings };
      break;
    }
  }
  return best;
}
