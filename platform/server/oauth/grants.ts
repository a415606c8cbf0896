/** The ways to a token. */
import type { Request } from '@orrery/http';
import type { BodyOf } from '@orrery/platform-contract';
import type { oauth as routes } from '@orrery/platform-contract/features';
import type { OAuthClient } from '../config/clients.ts';
import type { PlatformContext } from '../context.ts';
import { newcomerName } from '../identity/caller.ts';
import { isActive } from '../identity/users.ts';
import { logIn } from '../login/password.ts';
import { issueTokens, nameOf, openLogin, timesOf, whence, type TokenAnswer } from '../login/session.ts';
import { idTokenFor } from './claims.ts';
import { clientFor } from './client.ts';
import { takeCode } from './codes.ts';
import { deviceGrant, takeDevice } from './device.ts';
import { OAuthError, invalidGrant, invalidRequest } from './errors.ts';
import { refusedScope, scopesIn } from './scopes.ts';

type Form = BodyOf<typeof routes.token>;

/** @throws OAuthError */
export async function granted(context: PlatformContext, request: Request, form: Form): Promise<TokenAnswer> {
  const client = clientFor(context, request, form);
  switch (form.grant_type) {
    case 'password':
      return byPassword(context, request, client, form);
    case 'authorization_code':
    case 'code':
      return byCode(context, client, form);
    case 'refresh_token':
      return refresh(context, client, form);
    case deviceGrant: {
      const { user, scope, provedAtMs } = await takeDevice(context, client, form.device_code ?? '');
      return letIn(context, client, { user, scope, provedAtMs });
    }
    default:
      throw new OAuthError(400, 'unsupported_grant_type', 'this grant_type is not served');
  }
}

async function byPassword(context: PlatformContext, request: Request, client: OAuthClient, form: Form) {
  if (!client.passwordGrant) throw new OAuthError(400, 'unauthorized_client', 'this client may not take passwords');
  const { username = '', password = '', provider } = form;
  const who =
    provider === undefined
      ? { user: await logIn(context, request, username, password) }
      : await context.external.byPassword(request, provider, username, password);
  const session = await openLogin(context, who, client.name, { from: whence(context, request) });
  return issueTokens(context, { user: nameOf(who), client: client.name, session, serial: 1 }, timesOf(context, client));
}

async function byCode(context: PlatformContext, client: OAuthClient, form: Form): Promise<TokenAnswer> {
  if (form.code === undefined) throw invalidRequest('code is missing');
  const given = { client: client.name, redirectUri: form.redirect_uri, verifier: form.code_verifier };
  const code = await takeCode(context, form.code, given);
  if (!code) throw invalidGrant('the code is not good, or no longer');
  return letIn(context, client, code);
}

interface Grant {
  readonly user: string;
  readonly scope: string;
  readonly provedAtMs: number;
  readonly nonce?: string;
  /** The id of the session, if it was told before. */
  readonly session?: string;
}

/** A session of a program, for a user who is there. */
async function letIn(
  context: PlatformContext,
  client: OAuthClient,
  { user, scope, provedAtMs, nonce, session: id }: Grant,
) {
  const known = await context.users.find(user);
  if (!known || !isActive(known)) throw invalidGrant('the user is gone');
  const times = timesOf(context, client);
  const lifeMs = times.refreshSeconds * 1000;
  const start = { scope, provedAtMs, lifeMs, ...(id !== undefined && { id }) };
  const session = await context.sessions.open(user, client.name, start);
  const tokens = await issueTokens(context, { user, client: client.name, session, serial: 1 }, times);
  const about = { id: session, user, client: client.name, scope, provedAtMs };
  const idToken = await idTokenFor(context, about, tokens.access_token, nonce, times.accessSeconds);
  return { ...tokens, ...(scope !== '' && { scope }), ...(idToken !== undefined && { id_token: idToken }) };
}

async function refresh(context: PlatformContext, client: OAuthClient, form: Form): Promise<TokenAnswer> {
  const claims = await context.tokens.verify('refresh_token', form.refresh_token ?? '');
  if (claims.client !== client.name) throw invalidGrant('the token belongs to another client');
  if (claims.user === newcomerName) return registered(context, client, claims.session);
  const user = await context.users.find(claims.user);
  if (!user || !isActive(user)) throw invalidGrant('the session is over');
  const present = await context.sessions.find(claims.session);
  if (refusedScope({ scopes: scopesIn(present?.scope) }, scopesIn(form.scope)))
    throw new OAuthError(400, 'invalid_scope', 'more than was granted');
  const session = await context.sessions.rotate(claims.session, claims.serial ?? 0);
  const times = timesOf(context, client);
  const next = { user: claims.user, client: client.name, session: claims.session, serial: session.serial };
  const tokens = await issueTokens(context, next, times);
  const about = { ...session, id: claims.session };
  const idToken = await idTokenFor(context, about, tokens.access_token, undefined, times.accessSeconds);
  const { scope } = session;
  return { ...tokens, ...(scope && { scope }), ...(idToken !== undefined && { id_token: idToken }) };
}

/** Somebody who came without an account and has made one: KubeSphere's clients get their tokens anew. */
async function registered(context: PlatformContext, client: OAuthClient, id: string): Promise<TokenAnswer> {
  const session = await context.sessions.find(id);
  const name = session?.newcomer?.account;
  const user = name === undefined ? undefined : await context.users.find(name);
  if (!user || !isActive(user)) throw invalidGrant('no account has been made yet');
  await context.sessions.end(id);
  const own = await openLogin(context, { user }, client.name);
  return issueTokens(
    context,
    { user: user.metadata.name!, client: client.name, session: own, serial: 1 },
    timesOf(context, client),
  );
}
