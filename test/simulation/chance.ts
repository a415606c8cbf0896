/** Draws from a seed: each place that draws has a stream of its own, so that one more draw here moves nothing there. */
import { seededRandom, type Random } from '@orrery/machinery/random';

export interface Chance {
  readonly random: Random;
  /** True with this probability. */
  happens(probability: number): boolean;
  /** A whole number from `low` to `high`, both included. */
  between(low: number, high: number): number;
  pick<T>(from: readonly T[]): T;
}

/** The stream with this name under the seed. */
export function chanceOf(seed: number, name: string): Chance {
  const seeded = seededRandom(mix(seed, name));
  const random: Random = { ...seeded, uuid: () => uuidFrom(seeded.float) };
  return {
    random,
    happens: probability => random.float() < probability,
    between: (low, high) => low + Math.floor(random.float() * (high - low + 1)),
    pick: from => from[Math.floor(random.float() * from.length)]!,
  };
}

const word = (float: () => number, digits: number): string =>
  Math.floor(float() * 16 ** digits)
    .toString(16)
    .padStart(digits, '0');

/** Two draws make one: every request has a name of its own, and sixteen draws would be a good part of its cost. */
const uuidFrom = (float: () => number): string => {
  const left = word(float, 8);
  const right = word(float, 8);
  return `${left}-${right.slice(0, 4)}-4${right.slice(4, 7)}-8${left.slice(0, 3)}-${right}${left.slice(0, 4)}`;
};

/** FNV-1a of the name, begun with the seed. */
function mix(seed: number, name: string): number {
  let hash = (0x811c9dc5 ^ Math.imul(seed, 0x9e3779b1)) >>> 0;
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 0x01000193) >>> 0;
  return hash;
}
