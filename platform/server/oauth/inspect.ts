/** What tokens are worth, for programs that were given them; and ending them. */
import type { Request } from '@orrery/http';
import { orUndefined, StatusError } from '@orrery/machinery/status';
import type { BodyOf } from '@orrery/platform-contract';
import type { oauth as routes, TokenReview } from '@orrery/platform-contract/features';
import type { PlatformContext } from '../context.ts';
import type { Claims } from '../identity/tokens.ts';
import { isActive } from '../identity/users.ts';
import { clientFor, confidentialClient } from './client.ts';

type Form = BodyOf<typeof routes.revoke>;

async function claimsOf(
  { tokens }: PlatformContext,
  token: string,
): Promise<{ claims: Claims; kind: string } | undefined> {
  for (const type of ['access_token', 'refresh_token'] as const) {
    try {
      return { claims: await tokens.verify(type, token), kind: type };
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
    }
  }
  return undefined;
}

/** RFC 7009: what a program was given it may give back; nothing is said of what it was not given. */
export async function revoke(context: PlatformContext, request: Request, form: Form): Promise<object> {
  const client = clientFor(context, request, form);
  const found = await claimsOf(context, form.token);
  if (found?.claims.client === client.name) await context.sessions.end(found.claims.session);
  return {};
}

/** The session and the user of a token that is good now. */
async function liveToken(context: PlatformContext, token: string) {
  const found = await claimsOf(context, token);
  if (!found) return undefined;
  const [session, user] = await Promise.all([
    context.sessions.find(found.claims.session),
    context.users.find(found.claims.user),
  ]);
  if (!session || session.user !== found.claims.user || !user || !isActive(user)) return undefined;
  if (found.kind === 'refresh_token' && found.claims.serial !== session.serial) return undefined;
  return { ...found, session, user };
}

/** RFC 7662, for programs with a secret, about their own tokens; those that are trusted with passwords may ask about others'. */
export async function introspect(context: PlatformContext, request: Request, form: Form): Promise<{ active: boolean }> {
  const client = confidentialClient(context, request, form);
  const live = await liveToken(context, form.token);
  if (!live || (live.claims.client !== client.name && !client.passwordGrant)) return { active: false };
  const { claims, session, kind } = live;
  return {
    active: true,
    ...{
      iss: context.settings.issuer,
      sub: claims.user,
      username: claims.user,
      client_id: claims.client,
      aud: claims.client,
      token_type: kind === 'access_token' ? 'Bearer' : kind,
      iat: claims.issuedAtSeconds,
      exp: claims.expiresAtSeconds,
      ...(session.scope && { scope: session.scope }),
    },
  };
}

/** The webhook of Kubernetes: any token is asked about by whoever has it. */
export async function review(context: PlatformContext, body: TokenReview): Promise<TokenReview> {
  const about = { apiVersion: body.apiVersion ?? 'authentication.k8s.io/v1', kind: 'TokenReview' };
  const live = await orUndefined(liveToken(context, body.spec?.token ?? ''));
  if (!live || live.kind !== 'access_token') return { ...about, status: { authenticated: false } };
  const { metadata, spec } = live.user;
  const user = { username: metadata.name!, ...(metadata.uid && { uid: metadata.uid }), groups: spec.groups ?? [] };
  return { ...about, status: { authenticated: true, user } };
}
