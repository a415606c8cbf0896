/** What is told of a user, by the scopes that were granted. */
import type { User } from '@orrery/platform-kinds';
import type { PlatformContext } from '../context.ts';
import type { Session } from '../identity/sessions.ts';
import { base64Url, sha256 } from './digest.ts';
import { scopesIn } from './scopes.ts';

/** Users choose their addresses themselves: no program may take one for a proof of who somebody is. */
export function profileOf(user: User, scopes: readonly string[]): Record<string, unknown> {
  const { displayName, email, lang, groups = [] } = user.spec;
  const name = user.metadata.name!;
  return {
    ...(scopes.includes('profile') && {
      name: displayName || name,
      preferred_username: name,
      ...(lang && { locale: lang }),
    }),
    ...(scopes.includes('email') && email && { email, email_verified: false }),
    ...(scopes.includes('groups') && { groups }),
  };
}

/** For a session that was granted `openid`; undefined for others. */
export async function idTokenFor(
  { tokens, users }: PlatformContext,
  session: { readonly id: string } & Pick<Session, 'user' | 'client' | 'scope' | 'provedAtMs'>,
  accessToken: string,
  nonce: string | undefined,
  lifeSeconds: number,
): Promise<string | undefined> {
  const scopes = scopesIn(session.scope);
  if (!scopes.includes('openid')) return undefined;
  const user = await users.find(session.user);
  const claims = {
    sid: session.id,
    azp: session.client,
    auth_time: Math.floor((session.provedAtMs ?? 0) / 1000),
    at_hash: base64Url((await sha256(accessToken)).slice(0, 16)),
    ...(nonce !== undefined && { nonce }),
    ...(user && profileOf(user, scopes)),
  };
  return tokens.idToken(session.client, session.user, claims, lifeSeconds);
}
