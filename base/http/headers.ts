/** Reading {@link Headers}. */
import type { Headers } from './types.ts';

/** One value: the first one of a repeated header. `name` in lower case. */
export function header(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' || value === undefined ? value : value[0];
}

/** The members of a comma-separated header, trimmed, empty ones left out. Repeated headers are read as one list. */
export function headerList(headers: Headers, name: string): string[] {
  const value = headers[name];
  const joined = typeof value === 'string' || value === undefined ? (value ?? '') : value.join(',');
  return joined
    .split(',')
    .map(member => member.trim())
    .filter(member => member !== '');
}

/** True when the request asks to switch protocols (`connection` lists `upgrade` and `upgrade` is present). */
export const asksUpgrade = (headers: Headers): boolean =>
  headers['upgrade'] !== undefined &&
  headerList(headers, 'connection').some(token => token.toLowerCase() === 'upgrade');
