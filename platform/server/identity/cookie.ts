/** The console's cookie: out of reach for scripts, sent to nobody else. */
import type { LoginOptions } from '../config/options.ts';
import type { Settings } from '../context.ts';
import { tokenCookie } from './authenticate.ts';

const attributes = ({ secureCookies }: Pick<Settings, 'secureCookies'>): string =>
  `Path=/; HttpOnly; SameSite=Strict${secureCookies ? '; Secure' : ''}`;

export const consoleCookie = (
  token: string,
  settings: Pick<Settings, 'secureCookies'> & Pick<LoginOptions, 'accessTokenSeconds'>,
): string => `${tokenCookie}=${token}; Max-Age=${settings.accessTokenSeconds}; ${attributes(settings)}`;

export const noCookie = (settings: Pick<Settings, 'secureCookies'>): string =>
  `${tokenCookie}=; Max-Age=0; ${attributes(settings)}`;

/** One that comes along when another site sends the browser here: for OAuth log-ins that are under way. */
export const passingCookie = (
  name: string,
  value: string,
  path: string,
  maxAgeSeconds: number,
  { secureCookies }: Pick<Settings, 'secureCookies'>,
): string =>
  `${name}=${value}; Max-Age=${maxAgeSeconds}; Path=${path}; HttpOnly; SameSite=Lax${secureCookies ? '; Secure' : ''}`;

/** For requests from our own pages alone. */
export const ownCookie = (
  name: string,
  value: string,
  path: string,
  maxAgeSeconds: number,
  { secureCookies }: Pick<Settings, 'secureCookies'>,
): string =>
  `${name}=${value}; Max-Age=${maxAgeSeconds}; Path=${path}; HttpOnly; SameSite=Strict${secureCookies ? '; Secure' : ''}`;
