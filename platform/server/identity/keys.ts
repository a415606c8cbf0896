/**
 * The keys that sign: made per install, kept in a Secret, shared by all replicas, followed by others in time. ES256 for the platform's own
 * tokens, RS256 for what other programs read (OpenID Connect Core asks every provider for it).
 */
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';

export type KeyAlgorithm = 'ES256' | 'RS256';

export interface StoredKey extends JWK {
  /** It signs from then on; published before, so that who keeps the list knows it in time. */
  readonly signsFromMs?: number;
}

export interface SigningKeys {
  /** The key that signs at this time. @throws Error when there is none. */
  signing(algorithm: KeyAlgorithm, nowMs: number): { readonly id: string; readonly key: CryptoKey };
  /** By key id: present keys, those to come, and former ones that are still believed. */
  readonly verifying: ReadonlyMap<string, CryptoKey>;
  /** For `/oauth/keys`. */
  readonly published: { readonly keys: readonly JWK[] };
}

export const algorithms: readonly KeyAlgorithm[] = ['ES256', 'RS256'];

export async function newKey(algorithm: KeyAlgorithm = 'ES256', signsFromMs = 0): Promise<StoredKey> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, alg: algorithm, use: 'sig', kid: await calculateJwkThumbprint(jwk), signsFromMs };
}

const secretMembers = new Set(['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'signsFromMs']);

/** What of a key everybody may know. */
export const publicPart = (key: StoredKey): JWK =>
  Object.fromEntries(Object.entries(key).filter(([name]) => !secretMembers.has(name)));

export async function loadKeys(stored: readonly StoredKey[]): Promise<SigningKeys> {
  const imported = await Promise.all(
    stored.map(async key => ({
      ...key,
      verify: (await importJWK(publicPart(key), key.alg!)) as CryptoKey,
      sign: (await importJWK(key, key.alg!)) as CryptoKey,
    })),
  );
  return {
    signing(algorithm, nowMs) {
      const { kid, sign } = currentOf(imported, algorithm, nowMs) ?? missing(algorithm);
      return { id: kid!, key: sign };
    },
    verifying: new Map(imported.map(({ kid, verify }) => [kid!, verify])),
    published: { keys: stored.map(publicPart) },
  };
}

function missing(algorithm: KeyAlgorithm): never {
  throw new Error(`there is no key for ${algorithm}`);
}

const startOf = ({ signsFromMs = 0 }: StoredKey): number => signsFromMs;

const currentOf = <K extends StoredKey>(keys: readonly K[], algorithm: KeyAlgorithm, nowMs: number): K | undefined =>
  keys
    .filter(key => key.alg === algorithm && startOf(key) <= nowMs)
    .toSorted((left, right) => startOf(right) - startOf(left))[0];

export interface RotationTimes {
  /** A key signs so long. */
  readonly periodMs: number;
  /** It is published so long before it signs. */
  readonly leadMs: number;
  /** A former key is believed so long: as long as what it signed lives. */
  readonly keptMs: number;
}

export interface RotationPlan {
  readonly kept: readonly StoredKey[];
  readonly wanted: readonly { readonly algorithm: KeyAlgorithm; readonly signsFromMs: number }[];
}

/** Which keys go and which are to be made. Nothing changes between two turns. */
export function planKeys(keys: readonly StoredKey[], nowMs: number, times: RotationTimes): RotationPlan {
  const succeeded = (key: StoredKey): boolean =>
    keys.some(
      other => other.alg === key.alg && startOf(other) > startOf(key) && startOf(other) <= nowMs - times.keptMs,
    );
  const wanted = algorithms.flatMap(algorithm => {
    const current = currentOf(keys, algorithm, nowMs);
    if (!current) return [{ algorithm, signsFromMs: nowMs }];
    const hasNext = keys.some(key => key.alg === algorithm && startOf(key) > nowMs);
    const isDue = nowMs >= startOf(current) + times.periodMs - times.leadMs;
    return isDue && !hasNext ? [{ algorithm, signsFromMs: nowMs + times.leadMs }] : [];
  });
  return { kept: keys.filter(key => !succeeded(key)), wanted };
}
