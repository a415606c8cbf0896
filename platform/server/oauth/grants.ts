/** The three ways to a token, and the errors of OAuth 2 (RFC 6749 5.2). */
import { jsonAnswer, type Request } from '@orrery/http';
import { StatusError } from '@orrery/machinery/status';
import type { BodyOf, AnswerOf } from '@orrery/platform-contract';
import type { oauth as routes } from '@orrery/platform-contract/features';
import type { OAuthClient, PlatformContext } from '../context.ts';
import { RawAnswer } from '../feature.ts';
import { isActive } from '../identity/users.ts';
import { takeCode } from './codes.ts';
import { sameText } from './digest.ts';
import { logIn } from './login.ts';

type Form = BodyOf<typeof routes.token>;
type TokenAnswer = AnswerOf<typeof routes.token>;

class OAuthError extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, description: string) {
    super(description);
    this.status = status;
    this.code = code;
  }
}

const invalidGrant = (why: string) => new OAuthError(400, 'invalid_grant', why);
const noStore = { 'cache-control': 'no-store', pragma: 'no-cache' };

export async function tokenRoute(
  context: PlatformContext,
  request: Request,
  form: Form,
): Promise<TokenAnswer | RawAnswer> {
  try {
    return new RawAnswer(jsonAnswer(200, await granted(context, request, form), noStore));
  } catch (error) {
    const known = asOAuthError(error);
    if (!known) throw error;
    return new RawAnswer(jsonAnswer(known.status, { error: known.code, error_description: known.message }, noStore));
  }
}

function asOAuthError(error: unknown): OAuthError | undefined {
  if (error instanceof OAuthError) return error;
  if (!(error instanceof StatusError)) return undefined;
  if (error.code === 429) return new OAuthError(429, 'slow_down', error.message);
  return error.code === 400 || error.code === 401 ? invalidGrant(error.message) : undefined;
}

async function granted(context: PlatformContext, request: Request, form: Form): Promise<TokenAnswer> {
  const client = clientFor(context, form);
  switch (form.grant_type) {
    case 'password': {
      if (!client.passwordGrant) throw new OAuthError(400, 'unauthorized_client', 'this client may not take passwords');
      const user = await logIn(context, request, form.username ?? '', form.password ?? '');
      return startSession(context, user.metadata.name!, client.name);
    }
    case 'authorization_code': {
      const given = { client: client.name, redirectUri: form.redirect_uri, verifier: form.code_verifier };
      const code = form.code === undefined ? undefined : await takeCode(context, form.code, given);
      if (!code) throw invalidGrant('the code is not good, or no longer');
      return startSession(context, code.user, client.name);
    }
    case 'refresh_token':
      return refresh(context, client, form.refresh_token ?? '');
  }
}

/** A client that has a secret must know it. */
function clientFor({ settings }: PlatformContext, form: Form): OAuthClient {
  const client = settings.oauthClients.find(({ name }) => name === form.client_id);
  const knows = client && (client.secret === undefined || sameText(form.client_secret ?? '', client.secret));
  if (!knows) throw new OAuthError(401, 'invalid_client', 'the client is unknown, or its secret is wrong');
  return client;
}

async function startSession(context: PlatformContext, user: string, client: string): Promise<TokenAnswer> {
  const session = await context.sessions.open(user, client);
  return tokensFor(context, { user, client, session, serial: 1 });
}

async function refresh(context: PlatformContext, client: OAuthClient, token: string): Promise<TokenAnswer> {
  const claims = await context.tokens.verify('refresh_token', token);
  if (claims.client !== client.name) throw invalidGrant('the token belongs to another client');
  const user = await context.users.find(claims.user);
  if (!user || !isActive(user)) throw invalidGrant('the session is over');
  const { serial } = await context.sessions.rotate(claims.session, claims.serial ?? 0);
  return tokensFor(context, { user: claims.user, client: client.name, session: claims.session, serial });
}

async function tokensFor(
  { tokens, settings }: PlatformContext,
  claims: { user: string; client: string; session: string; serial: number },
): Promise<TokenAnswer> {
  const { serial: _serial, ...access } = claims;
  const life = settings.accessTokenSeconds;
  return {
    access_token: await tokens.issue('access_token', access, life),
    token_type: 'Bearer',
    refresh_token: await tokens.issue('refresh_token', claims, life + settings.idleSeconds),
    expires_in: life,
  };
}
