/** Logging out, also at the wish of a program (OpenID Connect RP-Initiated Logout). */
import { jsonAnswer, type Response } from '@orrery/http';
import { badRequest } from '@orrery/machinery/status';
import type { QueryOf } from '@orrery/platform-contract';
import type { oauth as routes } from '@orrery/platform-contract/features';
import type { OAuthClient } from '../config/clients.ts';
import type { PlatformContext } from '../context.ts';
import { newcomerName, type Caller } from '../identity/caller.ts';
import { noCookie } from '../identity/cookie.ts';

type Hints = QueryOf<typeof routes.logout>;

/** Ends the caller's sessions, or the one that the id_token tells of. The browser goes nowhere but where the program said before. */
export async function logOutRoute(context: PlatformContext, caller: Caller, hints: Hints): Promise<Response> {
  const hint = hints.id_token_hint === undefined ? undefined : await context.tokens.readIdToken(hints.id_token_hint);
  if (hints.id_token_hint !== undefined && !hint) throw badRequest('id_token_hint is none of ours');
  const name = hint?.client ?? hints.client_id;
  if (hints.client_id !== undefined && name !== hints.client_id) throw badRequest('the id_token is another client’s');
  const location = locationOf(name === undefined ? undefined : context.config.client(name), hints);
  if (hint?.session !== undefined) await endOf(context, hint.session, hint.user);
  // Whoever is logged in as somebody else than the hint says stays so.
  if (caller.name !== '' && (!hint || hint.user === caller.name)) await endAllOf(context, caller);
  const headers = { 'set-cookie': noCookie(context.settings), 'cache-control': 'no-store' };
  if (location === undefined) return jsonAnswer(200, { message: 'success' }, headers);
  return { status: 302, headers: { ...headers, location, 'referrer-policy': 'no-referrer' } };
}

async function endOf({ sessions }: PlatformContext, id: string, user: string): Promise<void> {
  const session = await sessions.find(id);
  if (session?.user === user) await sessions.end(id);
}

export async function endAllOf(context: PlatformContext, caller: Caller): Promise<void> {
  if (caller.name === newcomerName) await context.sessions.end(caller.session);
  else await context.sessions.endLogins(caller.name, context.serviceOf(caller));
}

/** @throws StatusError 400 for an address that the program did not register. */
function locationOf(
  client: OAuthClient | undefined,
  { post_logout_redirect_uri: uri, state }: Hints,
): string | undefined {
  if (uri === undefined) return undefined;
  const known = client && [...(client.postLogoutRedirectURIs ?? []), ...client.redirectURIs].includes(uri);
  if (!known) throw badRequest('post_logout_redirect_uri does not belong to a registered client');
  const location = new URL(uri);
  if (state !== undefined) location.searchParams.set('state', state);
  return location.href;
}
