/** What of a user's text may become a request: its address, its headers, and what follows from a redirection. */
import { badRequest } from '@orrery/machinery/status';

/** @throws StatusError 400. */
export function parseUrl(text: string): URL {
  // The parser would leave these out without a word.
  if (/[\u0000-\u0020\u007f\\]/.test(text)) throw badRequest('the address has characters that no address has');
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw badRequest('the address is no URL');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw badRequest('the address must be https:// or http://');
  if (url.username !== '' || url.password !== '') throw badRequest('the address must name no user');
  if (url.port === '0') throw badRequest('the address has no port');
  return url;
}

/** The host without the brackets of version 6. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');
export const portOf = (url: URL): number => Number(url.port || (url.protocol === 'https:' ? 443 : 80));

const headerName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
/** They say where a message ends and where it goes: not for a caller to choose. */
const kept = new Set([
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'upgrade',
  'te',
  'trailer',
  'expect',
]);

/** @throws TypeError: a programmer's mistake, or somebody's line break. */
export function checkHeaders(headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    if (!headerName.test(name) || kept.has(name)) throw new TypeError(`the header ${JSON.stringify(name)} is not sent`);
    if (/[^\t\u0020-\u007e\u0080-\u00ff]/.test(value))
      throw new TypeError(`the header ${name} has a value that is none`);
  }
}

export interface Hop {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** For the origin of the first URL alone. */
  readonly credentials: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const nothing = new Uint8Array();

/** The request that a redirection asks for; undefined when it is not followed. */
export function redirected(hop: Hop, status: number, location: string): Hop | undefined {
  let url: URL;
  try {
    url = parseUrl(new URL(location, hop.url).href);
  } catch {
    return undefined;
  }
  if (hop.url.protocol === 'https:' && url.protocol !== 'https:') return undefined;
  const same = url.origin === hop.url.origin;
  // As browsers do: whoever was asked to take something in and says "see there" is asked for it there.
  const becomesGet = status === 303 || ((status === 301 || status === 302) && hop.method === 'POST');
  const method = becomesGet && hop.method !== 'HEAD' ? 'GET' : hop.method;
  const body = becomesGet ? nothing : hop.body;
  // A body may hold secrets too.
  if (!same && body.length > 0) return undefined;
  return { ...hop, method, url, body, credentials: same ? hop.credentials : {} };
}
