/** Runs targets with inputs by seed. An input that breaks one is printed with its seed. */
import { seededRandom, type Random } from '@orrery/machinery/random';

/** Draws one input, uses it, and throws where a property does not hold. What is declared as an answer is caught inside. */
export type Target = (random: Random) => void | Promise<void>;

export interface Finding {
  readonly target: string;
  readonly seed: number;
  readonly error: unknown;
}

/** An input may take so long on a busy machine; more is a hang. Milliseconds. */
const patienceMs = 5000;

/** Seeds `first`, `first + 1` ... until `enough` says so. Stops at the first finding. */
export async function fuzz(
  name: string,
  target: Target,
  first: number,
  enough: (done: number) => boolean,
): Promise<{ inputs: number; finding?: Finding }> {
  let inputs = 0;
  for (; !enough(inputs); inputs++) {
    const seed = first + inputs;
    const begun = performance.now();
    try {
      await target(seededRandom(seed));
      const tookMs = performance.now() - begun;
      if (tookMs > patienceMs) throw new Error(`one input took ${Math.round(tookMs)} ms`);
    } catch (error) {
      return { inputs: inputs + 1, finding: { target: name, seed, error } };
    }
  }
  return { inputs };
}

/** Calls `work`; an error that is declared is an answer, any other is thrown. */
export function answerOf<T>(work: () => T, declared: (error: unknown) => boolean): { value: T } | { refused: unknown } {
  try {
    return { value: work() };
  } catch (error) {
    if (declared(error)) return { refused: error };
    throw error;
  }
}

/** An error that says something: not one that the engine threw over a mistake of ours. */
export const isDeclared = (error: unknown): boolean =>
  error instanceof Error &&
  error.message !== '' &&
  !(error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError);
