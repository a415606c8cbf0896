/**
 * Signed tokens (JWS compact, RFC 7515), RS256 and ES256 only. The algorithm is the key's, never the token's: a header that
 * says otherwise is refused, and so is a token without one of our key ids.
 */
import type { KeyObject } from 'node:crypto';
import { createHash, createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';

export type Algorithm = 'RS256' | 'ES256';

export interface VerificationKey {
  readonly id: string;
  readonly algorithm: Algorithm;
  readonly key: KeyObject;
}

export interface SigningKey extends VerificationKey {
  readonly secret: KeyObject;
}

const base64url = (data: string | Uint8Array): string => Buffer.from(data as Uint8Array).toString('base64url');

function algorithmOf(key: KeyObject): Algorithm {
  if (key.asymmetricKeyType === 'rsa') return 'RS256';
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ES256';
  throw new Error('a service account key must be RSA, or ECDSA on P-256');
}

/** The id is a hash of the public key, as upstream's. @throws Error for another kind of key. */
export function verificationKey(pem: string | KeyObject): VerificationKey {
  const key = typeof pem === 'string' ? createPublicKey(pem) : pem;
  const id = base64url(
    createHash('sha256')
      .update(key.export({ format: 'der', type: 'spki' }))
      .digest(),
  );
  return { id, algorithm: algorithmOf(key), key };
}

export function signingKey(pem: string): SigningKey {
  const secret = createPrivateKey(pem);
  return { ...verificationKey(createPublicKey(secret)), secret };
}

const options = (key: KeyObject) => ({ key, dsaEncoding: 'ieee-p1363' as const });

export function signToken(key: SigningKey, claims: object): string {
  const head = base64url(JSON.stringify({ alg: key.algorithm, kid: key.id }));
  const content = `${head}.${base64url(JSON.stringify(claims))}`;
  return `${content}.${base64url(sign('sha256', Buffer.from(content), options(key.secret)))}`;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function readJson(part: string): Record<string, unknown> | undefined {
  if (!/^[\w-]+$/.test(part)) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The claims of a token without any check: only to see who is said to have issued it. */
export function unverifiedClaims(token: string): Record<string, unknown> | undefined {
  const parts = token.split('.');
  return parts.length === 3 ? readJson(parts[1]!) : undefined;
}

/** The claims of a token that one of the keys signed; undefined for any other text. */
export function verifyToken(token: string, keys: readonly VerificationKey[]): Record<string, unknown> | undefined {
  const [head = '', body = '', signature = '', more] = token.split('.');
  const header = readJson(head);
  if (!header || more !== undefined || header['crit'] !== undefined || !/^[\w-]+$/.test(signature)) return undefined;
  const signed = Buffer.from(`${head}.${body}`);
  const candidates = keys.filter(
    key => key.algorithm === header['alg'] && (header['kid'] === undefined || header['kid'] === key.id),
  );
  for (const { key } of candidates)
    if (verify('sha256', signed, options(key), Buffer.from(signature, 'base64url'))) return readJson(body);
  return undefined;
}

/** The keys as a JSON Web Key Set (RFC 7517). */
export const keySet = (keys: readonly VerificationKey[]) => ({
  keys: keys.map(({ id, algorithm, key }) => ({
    use: 'sig',
    kid: id,
    alg: algorithm,
    ...key.export({ format: 'jwk' }),
  })),
});
