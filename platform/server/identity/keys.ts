/** The key that signs tokens: generated per install, kept in a Secret, shared by all replicas. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { isReason } from '@orrery/machinery/status';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type CryptoKey, type JWK } from 'jose';
import { getSecret, recordIn, secretOf } from './secrets.ts';

export const keySecret = 'platform-signing-keys';
const algorithm = 'ES256';

export interface SigningKeys {
  readonly signing: { readonly id: string; readonly key: CryptoKey };
  /** By key id: the present key and former ones that are still believed. */
  readonly verifying: ReadonlyMap<string, CryptoKey>;
  /** For `/oauth/keys`. */
  readonly published: { readonly keys: readonly JWK[] };
}

/** Reads the keys, or makes them: of several replicas that start at once one wins, and all use its key. */
export async function ensureKeys(client: Client): Promise<SigningKeys> {
  for (;;) {
    const stored = recordIn<{ keys: JWK[] }>(await getSecret(client, keySecret));
    if (stored) return loadKeys(stored.keys);
    try {
      await client.create(
        resources.secrets,
        secretOf(keySecret, 'platform.orrery.io/keys', {}, { keys: [await newKey()] }),
      );
    } catch (error) {
      if (!isReason(error, 'AlreadyExists')) throw error;
    }
  }
}

export async function newKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, alg: algorithm, use: 'sig', kid: await calculateJwkThumbprint(jwk) };
}

/** The first key signs. */
export async function loadKeys(keys: readonly JWK[]): Promise<SigningKeys> {
  const published = keys.map(({ d: _secret, ...rest }) => rest);
  const verifying = await Promise.all(
    published.map(async jwk => [jwk.kid!, (await importJWK(jwk, algorithm)) as CryptoKey] as const),
  );
  return {
    signing: { id: keys[0]!.kid!, key: (await importJWK(keys[0]!, algorithm)) as CryptoKey },
    verifying: new Map(verifying),
    published: { keys: published },
  };
}
