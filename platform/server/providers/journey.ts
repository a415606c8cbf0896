/** A log-in by redirection while it is under way: only the browser that began it can end it. */
import type { Request } from '@orrery/http';
import type { PlatformContext } from '../context.ts';
import { cookieOf } from '../identity/authenticate.ts';
import { passingCookie } from '../identity/cookie.ts';
import { base64Url, sameText, sha256 } from '../oauth/digest.ts';
import type { Journey } from './types.ts';

const cookie = 'login_state';
const path = '/oauth/';
const lifeSeconds = 600;

/** Whose account is to be tied to the provider, and the session that asked for it. */
export interface Tie {
  readonly user: string;
  readonly session: string;
}

export interface Begun {
  readonly journey: Journey;
  readonly cookie: string;
}

/** A path of this platform; anything else is its first page. Browsers read `/\` and `//` as another host. */
export function localPath(text: string | undefined, issuer: string): string {
  if (text === undefined || !/^\/(?![/\\])[^\u0000-\u0020\u007f\\]*$/.test(text)) return '/';
  try {
    const url = new URL(text, issuer);
    return url.origin === new URL(issuer).origin ? `${url.pathname}${url.search}`.replace(/^\/{2,}/, '/') : '/';
  } catch {
    return '/';
  }
}

export async function beginJourney(
  { random, tokens, settings }: PlatformContext,
  provider: string,
  redirectUri: string,
  referer: string | undefined,
  tie?: Tie,
): Promise<Begun> {
  const secret = () => base64Url(random.bytes(32));
  const [state, nonce, verifier] = [secret(), secret(), secret()];
  const to = localPath(referer, settings.issuer);
  const content = { provider, state, nonce, verifier, redirectUri, to, ...(tie && { tie }) };
  const sealed = await tokens.seal('login_state', content, lifeSeconds);
  const challenge = base64Url(await sha256(verifier));
  return {
    journey: { state, nonce, verifier, challenge, redirectUri },
    cookie: passingCookie(cookie, sealed, path, lifeSeconds, settings),
  };
}

export type Ending = Journey & { readonly to: string; readonly tie?: Tie };

/** Undefined when this browser began no such log-in, or too long ago. */
export async function endJourney(
  { tokens }: PlatformContext,
  request: Request,
  provider: string,
  state: string | null,
): Promise<Ending | undefined> {
  const sealed = cookieOf(request, cookie);
  const content = sealed === undefined ? undefined : await tokens.unseal('login_state', sealed);
  if (!content || content['provider'] !== provider || state === null) return undefined;
  const journey = content as unknown as Ending;
  return sameText(journey.state, state) ? journey : undefined;
}

export const journeyOver = ({ settings }: PlatformContext): string => passingCookie(cookie, '', path, 0, settings);
