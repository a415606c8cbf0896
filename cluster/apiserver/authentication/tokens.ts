/** Bearer tokens: who knows which, and what was found out a moment ago. */
import { createHash } from 'node:crypto';
import type { UserInfo } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';

export interface Verified {
  readonly user: UserInfo;
  /** Those of the requested audiences that the token is meant for. */
  readonly audiences: readonly string[];
}

/** A token that is known to be no good; `message` says why and may be told to its bearer. */
export class TokenError extends Error {
  override readonly name = 'TokenError';
}

/** What was worked out of the last token that came over a connection, so that its next request need not hash it again. */
export interface TokenMemory {
  token?: string;
  key?: string;
}

/**
 * Undefined for tokens of another kind. `memory` is of the connection that shows the token: nobody else's time tells about it.
 * @throws TokenError for a token of this kind that is not accepted.
 */
export type TokenAuthenticator = (
  token: string,
  audiences: readonly string[],
  memory?: TokenMemory,
) => Promise<Verified | undefined>;

const digest = (token: string): string => createHash('sha256').update(token).digest('base64');

/** Tokens given at start. Looked up by hash, so that the time it takes tells nothing. */
export function staticTokens(
  users: ReadonlyMap<string, UserInfo>,
  apiAudiences: readonly string[],
): TokenAuthenticator {
  const byDigest = new Map([...users].map(([token, user]) => [digest(token), user]));
  return async (token, audiences) => {
    const user = byDigest.get(digest(token));
    const meant = apiAudiences.filter(audience => audiences.includes(audience));
    return user && meant.length > 0 ? { user, audiences: meant } : undefined;
  };
}

/** Asks one after the other. The first that knows the token decides; refusals are told together when nobody does. */
export const anyToken =
  (authenticators: readonly TokenAuthenticator[]): TokenAuthenticator =>
  async (token, audiences) => {
    const refusals: string[] = [];
    for (const authenticate of authenticators) {
      try {
        const found = await authenticate(token, audiences);
        if (found) return found;
      } catch (error) {
        if (!(error instanceof TokenError)) throw error;
        refusals.push(error.message);
      }
    }
    if (refusals.length > 0) throw new TokenError(refusals.join(', '));
    return undefined;
  };

/** `audiences` are the same for all requests of a connection. */
function keyOf(token: string, audiences: readonly string[], memory: TokenMemory | undefined): string {
  if (memory?.key !== undefined && memory.token === token) return memory.key;
  const key = `${digest(token)} ${audiences.join(' ')}`;
  if (memory) {
    memory.token = token;
    memory.key = key;
  }
  return key;
}

/**
 * Remembers accepted tokens, by hash, for ten seconds as upstream does: a deleted service account's token may live on that long.
 * Refusals are never remembered. At most `limit` entries; the oldest goes first.
 */
export function cachedTokens(
  authenticate: TokenAuthenticator,
  clock: Pick<Clock, 'monotonic'>,
  limit = 4096,
  ttlMs = 10_000,
): TokenAuthenticator {
  const known = new Map<string, { verified: Verified; untilMs: number }>();
  return async (token, audiences, memory) => {
    const key = keyOf(token, audiences, memory);
    const found = known.get(key);
    if (found && clock.monotonic() < found.untilMs) return found.verified;
    known.delete(key);
    const verified = await authenticate(token, audiences);
    if (!verified) return undefined;
    known.set(key, { verified, untilMs: clock.monotonic() + ttlMs });
    if (known.size > limit) known.delete(known.keys().next().value!);
    return verified;
  };
}
