/** What follows from having proved who one is: a session, tokens, a cookie for browsers. */
import { header, jsonAnswer, type Request, type Response } from '@orrery/http';
import type { AnswerOf } from '@orrery/platform-contract';
import type { oauth as routes } from '@orrery/platform-contract/features';
import type { User } from '@orrery/platform-kinds';
import type { OAuthClient } from '../config/clients.ts';
import type { PlatformContext } from '../context.ts';
import { cookieOf } from '../identity/authenticate.ts';
import { newcomerName } from '../identity/caller.ts';
import { consoleCookie, ownCookie } from '../identity/cookie.ts';
import type { Newcomer, SessionStart } from '../identity/sessions.ts';
import { mustChangePassword } from '../identity/users.ts';
import { sourceOf } from './address.ts';
import { deviceCookie } from './attempts.ts';

export type TokenAnswer = AnswerOf<typeof routes.token>;

/** Who logged in: somebody with an account, or somebody who may make one. */
export type Identified = { readonly user: User } | { readonly newcomer: Newcomer };

export const consoleClient = 'console';
/** Long enough to choose a name. */
const newcomerLifeMs = 600_000;

/** A session of somebody who has just logged in; where one at a time is allowed it is the only one. Resolves with its id. */
export async function openLogin(context: PlatformContext, who: Identified, client: string, start: SessionStart = {}) {
  const { sessions, config } = context;
  if ('newcomer' in who)
    return sessions.open(newcomerName, client, { ...start, newcomer: who.newcomer, lifeMs: newcomerLifeMs });
  const name = who.user.metadata.name!;
  if (!config.login().multipleLogin) await sessions.endLogins(name);
  return sessions.open(name, client, start);
}

export const nameOf = (who: Identified): string => ('user' in who ? who.user.metadata.name! : newcomerName);

export interface TokenTimes {
  readonly accessSeconds: number;
  readonly refreshSeconds: number;
}

/** The client's own times, within the platform's bounds. */
export function timesOf(
  { config }: PlatformContext,
  client: Pick<OAuthClient, 'accessTokenSeconds' | 'idleSeconds'>,
): TokenTimes {
  const login = config.login();
  const accessSeconds = Math.min(client.accessTokenSeconds ?? login.accessTokenSeconds, 7200);
  return { accessSeconds, refreshSeconds: accessSeconds + (client.idleSeconds ?? login.idleSeconds) };
}

export async function issueTokens(
  { tokens }: PlatformContext,
  claims: { user: string; client: string; session: string; serial: number },
  { accessSeconds, refreshSeconds }: TokenTimes,
): Promise<TokenAnswer> {
  const { serial: _serial, ...access } = claims;
  return {
    access_token: await tokens.issue('access_token', access, accessSeconds),
    token_type: 'Bearer',
    refresh_token: await tokens.issue('refresh_token', claims, refreshSeconds),
    expires_in: accessSeconds,
  };
}

/** A device is known for so long after its last log-in, and no longer than the key that signed it. */
const deviceSeconds = 30 * 24 * 3600;

/** The cookies of a browser that has just logged in. Always a new session: one that was planted before is worth nothing after it. */
export async function browserCookies(context: PlatformContext, request: Request, who: Identified): Promise<string[]> {
  const { settings, tokens, config } = context;
  const session = await openLogin(context, who, consoleClient, { from: whence(context, request) });
  const { accessTokenSeconds } = config.login();
  const claims = { user: nameOf(who), session, client: consoleClient };
  const token = await tokens.issue('access_token', claims, accessTokenSeconds);
  const cookie = consoleCookie(token, { ...settings, accessTokenSeconds });
  return 'user' in who ? [cookie, await freshDevice(context, request, nameOf(who))] : [cookie];
}

/** Where somebody logs in, for the list of what is logged in with his account. */
export function whence(
  { config }: Pick<PlatformContext, 'config'>,
  request: Request,
): NonNullable<SessionStart['from']> {
  const address = sourceOf(request, config.login().trustedProxies);
  const userAgent = header(request.headers, 'user-agent')?.slice(0, 256);
  return { ...(address !== '' && { address }), ...(userAgent && { userAgent }) };
}

/** The same device keeps its id with the same user. */
async function freshDevice(
  { tokens, random, settings }: PlatformContext,
  request: Request,
  user: string,
): Promise<string> {
  const before = cookieOf(request, deviceCookie);
  const known = before === undefined ? undefined : await tokens.unseal('device', before);
  const id = known?.['user'] === user ? known['id'] : random.uuid();
  return ownCookie(
    deviceCookie,
    await tokens.seal('device', { user, id }, deviceSeconds),
    '/',
    deviceSeconds,
    settings,
  );
}

/** What the log-in page is told. */
export async function consoleAnswer(context: PlatformContext, request: Request, who: Identified): Promise<Response> {
  const answer = {
    username: nameOf(who),
    expires_in: context.config.login().accessTokenSeconds,
    ...('user' in who && mustChangePassword(who.user) && { mustChangePassword: true }),
    ...('newcomer' in who && { mustRegister: true }),
  };
  const cookies = await browserCookies(context, request, who);
  return jsonAnswer(200, answer, { 'set-cookie': cookies, 'cache-control': 'no-store' });
}
