/** The console's cookie: out of reach for scripts, sent to nobody else. */
import type { Settings } from '../context.ts';
import { tokenCookie } from './authenticate.ts';

const attributes = ({ secureCookies }: Pick<Settings, 'secureCookies'>): string =>
  `Path=/; HttpOnly; SameSite=Strict${secureCookies ? '; Secure' : ''}`;

export const consoleCookie = (
  token: string,
  settings: Pick<Settings, 'secureCookies' | 'accessTokenSeconds'>,
): string => `${tokenCookie}=${token}; Max-Age=${settings.accessTokenSeconds}; ${attributes(settings)}`;

export const noCookie = (settings: Pick<Settings, 'secureCookies'>): string =>
  `${tokenCookie}=; Max-Age=0; ${attributes(settings)}`;
