/** From a request to who makes it: a bearer token, or the console's cookie. */
import { asksUpgrade, header, type Request } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import { StatusError, unauthorized } from '@orrery/machinery/status';
import type { User } from '@orrery/platform-kinds';
import { newcomerName, nobody, type Caller } from './caller.ts';
import { isCredential, readCredential } from './credential.ts';
import type { BasicLogins } from '../login/basic.ts';
import type { Session, Sessions } from './sessions.ts';
import type { Claims, Tokens } from './tokens.ts';
import { isActive, mustChangePassword, type Users } from './users.ts';

export const tokenCookie = 'token';
/** Half-used cookies are exchanged, so that who works is not logged out. */
const renewAfterShare = 0.5;

export interface Authenticated {
  readonly caller: Caller;
  /** A cookie that should be exchanged for a fresh one. */
  readonly renew?: Claims;
}

export interface AuthenticateOptions {
  readonly tokens: Tokens;
  readonly sessions: Pick<Sessions, 'find'>;
  readonly users: Pick<Users, 'find'>;
  readonly clock: Clock;
  readonly accessTokenSeconds: number;
  readonly basic: BasicLogins;
}

/**
 * {@link nobody} when there are no credentials. Rejects with 401 for credentials that are no longer good, with 403 for a cookie that another
 * site sent along.
 */
export async function authenticate(request: Request, options: AuthenticateOptions): Promise<Authenticated> {
  const basic = await options.basic.find(request);
  if (basic) {
    if (!isActive(basic.user)) throw unauthorized(over);
    return {
      caller: callerOf({ user: basic.user.metadata.name!, session: basic.id }, basic.session, basic.user, 'token'),
    };
  }
  const bearer = bearerToken(request);
  if (bearer !== undefined && isCredential(bearer)) return { caller: await callerByCredential(bearer, options) };
  const cookie = bearer === undefined ? cookieOf(request, tokenCookie) : undefined;
  const token = bearer ?? cookie;
  if (token === undefined) return { caller: nobody };
  const claims = await options.tokens.verify('access_token', token);
  const isNewcomer = claims.user === newcomerName;
  const [session, user] = await Promise.all([
    options.sessions.find(claims.session),
    isNewcomer ? undefined : options.users.find(claims.user),
  ]);
  if (!session || session.user !== claims.user) throw unauthorized(over);
  if (isNewcomer ? !session.newcomer : !user || !isActive(user)) throw unauthorized(over);
  if (cookie !== undefined) refuseOtherSites(request);
  const caller = callerOf(claims, session, user, cookie === undefined ? 'token' : 'cookie');
  if (isNewcomer) return { caller };
  const age = options.clock.now() / 1000 - claims.issuedAtSeconds;
  const old = cookie !== undefined && age > options.accessTokenSeconds * renewAfterShare;
  return { caller, ...(old && { renew: claims }) };
}

async function callerByCredential(token: string, { sessions, users }: AuthenticateOptions): Promise<Caller> {
  const { id, session } = await readCredential({ sessions }, token);
  const user = await users.find(session.user);
  if (!user || !isActive(user)) throw unauthorized(over);
  return callerOf({ user: session.user, session: id }, session, user, 'kubeconfig');
}

const over = 'the session is over: log in again';

function callerOf(
  claims: Pick<Claims, 'user' | 'session'>,
  session: Session,
  user: User | undefined,
  by: Caller['by'],
): Caller {
  const { scope, provedAtMs, newcomer } = session;
  return {
    name: claims.user,
    groups: user?.spec.groups ?? [],
    session: claims.session,
    by,
    mustChangePassword: user !== undefined && mustChangePassword(user),
    ...(scope !== undefined && { scope }),
    ...(provedAtMs !== undefined && { provedAtMs }),
    ...(newcomer && !user && { newcomer }),
  };
}

function bearerToken(request: Request): string | undefined {
  const [scheme, token] = header(request.headers, 'authorization')?.split(' ') ?? [];
  if (scheme === undefined) return undefined;
  if (scheme.toLowerCase() !== 'bearer' || !token) throw unauthorized('only Bearer and Basic are understood');
  return token;
}

export function cookieOf({ headers }: Pick<Request, 'headers'>, name: string): string | undefined {
  const cookies = (header(headers, 'cookie') ?? '').split(';').map(part => part.trim());
  return cookies.find(part => part.startsWith(`${name}=`))?.slice(name.length + 1) || undefined;
}

/** A browser sends cookies whoever asks it to. Whatever changes something or opens a stream must come from our own pages. */
function refuseOtherSites(request: Request): void {
  const safe = (request.method === 'GET' || request.method === 'HEAD') && !asksUpgrade(request.headers);
  if (safe) return;
  const origin = header(request.headers, 'origin');
  const site = header(request.headers, 'sec-fetch-site');
  const host = header(request.headers, 'host') ?? header(request.headers, ':authority');
  const ours = origin === undefined ? site === 'same-origin' : hostOf(origin) === host;
  if (!ours) throw new StatusError(403, 'Forbidden', 'the request comes from another site');
}

function hostOf(origin: string): string | undefined {
  try {
    return new URL(origin).host;
  } catch {
    return undefined;
  }
}
