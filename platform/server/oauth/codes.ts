/** Authorization codes (RFC 6749 4.1, PKCE of RFC 7636): bound to client and redirection, good once, for ten minutes. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { isReason } from '@orrery/machinery/status';
import type { PlatformContext } from '../context.ts';
import { getSecret, recordIn, secretOf } from '../identity/secrets.ts';
import { base64Url, hexDigest, sameText, sha256 } from './digest.ts';

const lifeMs = 600_000;

export interface Code {
  readonly user: string;
  readonly client: string;
  /** As the program named it, which it then must again. */
  readonly redirectUri?: string;
  /** What the program was granted, separated by spaces. */
  readonly scope: string;
  readonly nonce?: string;
  /** When the user proved who he is. */
  readonly provedAtMs: number;
  /** S256 challenge. */
  readonly challenge?: string;
  readonly expiresAtMs: number;
  /** The session that it was good for. Whoever brings the code once more ends that session: one of the two stole it. */
  readonly session?: string;
}

/** The code itself is stored nowhere, only its digest. */
const secretName = async (code: string): Promise<string> => `code-${await hexDigest(code)}`;
/** On Secrets that are swept when their time is over. */
export const codeLabel = 'platform.orrery.io/code';
const type = 'platform.orrery.io/code';

export async function createCode(
  { random, clock }: PlatformContext,
  by: Client,
  code: Omit<Code, 'expiresAtMs' | 'session'>,
): Promise<string> {
  const text = base64Url(random.bytes(32));
  const record: Code = { ...code, expiresAtMs: clock.now() + lifeMs };
  await by.create(resources.secrets, secretOf(await secretName(text), type, { [codeLabel]: 'true' }, record));
  return text;
}

/** The code's record with the id of the session to be opened, for one caller of all; undefined when it is not good, and then never again. */
export async function takeCode(
  { client, clock, sessions }: PlatformContext,
  code: string,
  given: { client: string; redirectUri: string | undefined; verifier: string | undefined },
): Promise<(Code & { readonly session: string }) | undefined> {
  const secret = await getSecret(client, await secretName(code));
  const record = recordIn<Code>(secret);
  if (!secret || !record) return undefined;
  if (record.session !== undefined) {
    await sessions.end(record.session);
    return undefined;
  }
  const taken = { ...record, session: sessions.newId() };
  try {
    await client.update(resources.secrets, { ...secret, data: secretOf('', type, {}, taken).data });
  } catch (error) {
    if (isReason(error, 'Conflict') || isReason(error, 'NotFound')) return undefined;
    throw error;
  }
  const fits =
    record.expiresAtMs > clock.now() && record.client === given.client && record.redirectUri === given.redirectUri;
  return fits && (await verified(record.challenge, given.verifier)) ? taken : undefined;
}

async function verified(challenge: string | undefined, verifier: string | undefined): Promise<boolean> {
  if (challenge === undefined) return verifier === undefined;
  return verifier !== undefined && sameText(base64Url(await sha256(verifier)), challenge);
}
