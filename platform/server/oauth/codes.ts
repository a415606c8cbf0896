/** Authorization codes (RFC 6749 4.1, PKCE of RFC 7636): bound to client and redirection, good once, for ten minutes. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { PlatformContext } from '../context.ts';
import { getSecret, recordIn, secretOf, takeSecret } from '../identity/secrets.ts';
import { sameText, sha256 } from './digest.ts';

const lifeMs = 600_000;

export interface Code {
  readonly user: string;
  readonly client: string;
  readonly redirectUri: string;
  /** S256 challenge. */
  readonly challenge?: string;
  readonly expiresAtMs: number;
}

/** The code itself is stored nowhere, only its digest. */
const secretName = async (code: string): Promise<string> =>
  `code-${Array.from(await sha256(code), byte => byte.toString(16).padStart(2, '0')).join('')}`;

export const codeLabel = 'platform.orrery.io/code';

export async function createCode(
  { random, clock }: PlatformContext,
  by: Client,
  code: Omit<Code, 'expiresAtMs'>,
): Promise<string> {
  const text = base64Url(random.bytes(32));
  const record: Code = { ...code, expiresAtMs: clock.now() + lifeMs };
  await by.create(
    resources.secrets,
    secretOf(await secretName(text), 'platform.orrery.io/code', { [codeLabel]: 'true' }, record),
  );
  return text;
}

/** The code's record, taken out of the cluster so that nobody gets it again; undefined when it is not good. */
export async function takeCode(
  { client, clock }: PlatformContext,
  code: string,
  given: { client: string; redirectUri: string | undefined; verifier: string | undefined },
): Promise<Code | undefined> {
  const secret = await getSecret(client, await secretName(code));
  const record = recordIn<Code>(secret);
  if (!secret || !record || !(await takeSecret(client, secret))) return undefined;
  const fits =
    record.expiresAtMs > clock.now() && record.client === given.client && record.redirectUri === given.redirectUri;
  return fits && (await verified(record.challenge, given.verifier)) ? record : undefined;
}

async function verified(challenge: string | undefined, verifier: string | undefined): Promise<boolean> {
  if (challenge === undefined) return verifier === undefined;
  return verifier !== undefined && sameText(base64Url(await sha256(verifier)), challenge);
}

const base64Url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
