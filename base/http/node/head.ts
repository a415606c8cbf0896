/** From what the parsers of Node deliver to the head of a {@link Request}, the same for both protocols. */
import type { Headers } from '../types.ts';

/** Headers of which only the first counts when a client repeats them, as in Go's `Header.Get`. */
const single = new Set([
  'age',
  'authorization',
  'content-length',
  'content-type',
  'etag',
  'expires',
  'from',
  'host',
  'if-modified-since',
  'if-unmodified-since',
  'last-modified',
  'location',
  'max-forwards',
  'proxy-authorization',
  'referer',
  'retry-after',
  'server',
  'user-agent',
]);

/** Repeated ones stay apart: a group name may contain a comma, so joining would change who a request is made as. */
const keptApart = (name: string): boolean =>
  name === 'set-cookie' || name === 'warning' || name.startsWith('impersonate-') || name.startsWith('x-remote-');

/** Names and values in turn to one value per name, in lower case. HTTP/2 pseudo headers are left out; `:authority` becomes `host`. */
export function headersOf(raw: readonly string[]): Headers {
  const headers: Record<string, string | string[]> = Object.create(null);
  for (let i = 0; i + 1 < raw.length; i += 2) {
    let name = raw[i]!.toLowerCase();
    const value = raw[i + 1]!;
    if (name.startsWith(':')) {
      if (name !== ':authority') continue;
      name = 'host';
    }
    const known = headers[name];
    if (known === undefined) headers[name] = value;
    else if (single.has(name)) continue;
    else if (keptApart(name)) headers[name] = typeof known === 'string' ? [known, value] : [...known, value];
    else headers[name] = `${known as string}${name === 'cookie' ? '; ' : ', '}${value}`;
  }
  return headers;
}

/**
 * The target in origin form. The absolute form (`GET http://host/path`), which every server must take, loses scheme and host.
 * Undefined for what is neither, e.g. `CONNECT`'s `host:port`.
 */
export function originForm(target: string): string | undefined {
  if (target.startsWith('/') || target === '*') return target;
  const absolute = /^https?:\/\/[^/?#]+/i.exec(target);
  if (!absolute) return undefined;
  const rest = target.slice(absolute[0].length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** An IPv4 address as such although the socket listens on both families. */
export const plainAddress = (address: string | undefined): string =>
  (address ?? '').startsWith('::ffff:') ? address!.slice(7) : (address ?? '');

/** Headers about one connection: those of an answer that was passed on from elsewhere are not ours to repeat. */
export const aboutConnection: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** Headers of an answer in the form Node takes: a copy that may be changed, without those about a connection. */
export function outgoing(headers: Headers): Record<string, string | string[]> {
  const copy: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || aboutConnection.has(name)) continue;
    copy[name] = typeof value === 'string' ? wireText(value) : value.map(wireText);
  }
  return copy;
}

/** What a header cannot hold becomes a space, as in Go; characters beyond Latin-1 go out as the bytes of UTF-8. */
export function wireText(value: string): string {
  if (/^[\t\x20-\x7e]*$/.test(value)) return value;
  const clean = value.replaceAll(/[\0-\x08\x0a-\x1f\x7f]/g, ' ');
  return Buffer.from(clean, 'utf8').toString('latin1');
}
