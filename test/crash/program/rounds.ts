/** The rounds of the program: every failpoint, and what happens from outside, in chains of several crashes each. */
import { failpoints, type Failpoint } from '@orrery/machinery/failpoint';
import { seededRandom } from '@orrery/machinery/random';
import type { Round } from './chain.ts';

const fromOutside: readonly Round[] = [
  ...Array.from({ length: 6 }, (): Round => ({ kind: 'kill' })),
  { kind: 'pause', ms: 1500 },
  { kind: 'pause', ms: 400 },
  { kind: 'clock', byMs: 3600_000 },
  { kind: 'clock', byMs: -3600_000 },
  { kind: 'close' },
  { kind: 'close' },
];

export const roundsOfAll: readonly Round[] = [
  ...Object.keys(failpoints).map((failpoint): Round => ({ kind: 'failpoint', failpoint: failpoint as Failpoint })),
  ...fromOutside,
];

/** All rounds in an order drawn from the seed, so many in each chain. */
export function chainsOf(seed: number, size: number, rounds = roundsOfAll): Round[][] {
  const random = seededRandom(seed);
  const shuffled = rounds
    .map(round => ({ round, at: random.float() }))
    .sort((left, right) => left.at - right.at)
    .map(({ round }) => round);
  return Array.from({ length: Math.ceil(shuffled.length / size) }, (_, index) =>
    shuffled.slice(index * size, (index + 1) * size),
  );
}
