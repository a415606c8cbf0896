/** URLs as Go's `url.ParseRequestURI` and `url.Parse` take them: absolute, or a path from the root. */
import { quote } from '../../fieldpath.ts';

export interface GoUrl {
  readonly scheme: string;
  /** With brackets and port. */
  readonly host: string;
  readonly hostname: string;
  readonly port: string;
  /** As it was escaped. */
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
}

const schemeText = /^([A-Za-z][A-Za-z0-9+.-]*):/;

/** The URL, or Go's words for what is wrong with it. */
export function parseGoUrl(text: string): GoUrl | string {
  const problem = (why: string): string => `parse ${quote(text)}: ${why}`;
  if (/[\x00-\x1f\x7f]/.test(text)) return problem('net/url: invalid control character in URL');
  if (text === '') return problem('empty url');
  if (text.startsWith(':')) return problem('missing protocol scheme');
  const scheme = schemeText.exec(text)?.[1] ?? '';
  let rest = text.slice(scheme === '' ? 0 : scheme.length + 1).replace(/#.*$/s, '');
  const mark = rest.indexOf('?');
  const query = mark < 0 ? '' : rest.slice(mark + 1);
  if (mark >= 0) rest = rest.slice(0, mark);
  if (!rest.startsWith('/')) {
    if (scheme === '') return problem('invalid URI for request');
    return { scheme: scheme.toLowerCase(), host: '', hostname: '', port: '', path: '', query: parseQuery(query) };
  }
  let authority = '';
  if (scheme !== '' && rest.startsWith('//') && !rest.startsWith('///')) {
    const end = rest.indexOf('/', 2);
    authority = rest.slice(2, end < 0 ? undefined : end);
    rest = end < 0 ? '' : rest.slice(end);
  } else if (scheme !== '' && rest.startsWith('///')) rest = rest.slice(2);
  const host = parseHost(authority.slice(authority.lastIndexOf('@') + 1));
  if ('problem' in host) return problem(host.problem);
  const escape = /%(?![0-9a-fA-F]{2}).{0,2}/s.exec(rest);
  if (escape) return problem(`invalid URL escape ${quote(escape[0])}`);
  return { scheme: scheme.toLowerCase(), ...host, path: escapePath(rest), query: parseQuery(query) };
}

export const isGoUrl = (text: string): boolean => typeof parseGoUrl(text) !== 'string';

function parseHost(host: string): { host: string; hostname: string; port: string } | { problem: string } {
  if (host.startsWith('[')) {
    const end = host.lastIndexOf(']');
    if (end < 0) return { problem: "missing ']' in host" };
    const port = host.slice(end + 1);
    if (!/^(:\d*)?$/.test(port)) return { problem: `invalid port ${quote(port)} after host` };
    return { host, hostname: host.slice(1, end), port: port.slice(1) };
  }
  const colon = host.lastIndexOf(':');
  const port = colon < 0 ? '' : host.slice(colon);
  if (!/^(:\d*)?$/.test(port)) return { problem: `invalid port ${quote(port)} after host` };
  const bad = /[ "<>\\^`{|}]/.exec(host);
  if (bad) return { problem: `invalid character ${quote(bad[0])} in host name` };
  return { host, hostname: colon < 0 ? host : host.slice(0, colon), port: port.slice(1) };
}

/** Letters that a path may not have as they are. */
const escapePath = (path: string): string =>
  path.replace(/[^A-Za-z0-9\-._~!$&'()*+,;=:@/[\]%]/gu, letter => encodeURIComponent(letter));

function parseQuery(text: string): (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (const part of text.split('&')) {
    if (part === '' || part.includes(';')) continue;
    const equals = part.indexOf('=');
    const [name, value] = equals < 0 ? [part, ''] : [part.slice(0, equals), part.slice(equals + 1)];
    try {
      pairs.push([unescape(name), unescape(value)]);
    } catch {
      // Go leaves out what it cannot read.
    }
  }
  return pairs;
}

const unescape = (text: string): string => decodeURIComponent(text.replaceAll('+', ' '));
