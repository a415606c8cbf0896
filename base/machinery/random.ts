/** Randomness as a parameter: the only module that may draw from the real source. */
import { getRandomValues, randomUUID } from './webcrypto.ts';

/** Where a component gets its randomness from. */
export interface Random {
  /** Uniform in [0, 1). */
  float(): number;
  /** An RFC 4122 version 4 UUID. */
  uuid(): string;
  /** `size` random bytes; cryptographically strong from {@link systemRandom} only. */
  bytes(size: number): Uint8Array;
}

/** The machine's randomness, cryptographically strong. */
export const systemRandom: Random = {
  float: () => Math.random(),
  uuid: () => randomUUID(),
  bytes: size => getRandomValues(new Uint8Array(size)),
};

/** A repeatable source (mulberry32): the same seed gives the same draws. Never for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const float = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const bytes = (size: number) => Uint8Array.from({ length: size }, () => Math.floor(float() * 256));
  return { float, bytes, uuid: () => uuidFrom(bytes(16)) };
}

function uuidFrom(bytes: Uint8Array): string {
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The letters of generated names: no vowels and no look-alikes, as in upstream's `utilrand.String`. */
const suffixLetters = 'bcdfghjklmnpqrstvwxz2456789';

/** A random name suffix in upstream's alphabet; `generateName` uses five letters. */
export function nameSuffix(random: Random, length = 5): string {
  let suffix = '';
  for (let i = 0; i < length; i++) suffix += suffixLetters[Math.floor(random.float() * suffixLetters.length)];
  return suffix;
}
