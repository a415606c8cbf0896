/** URLs as Go's `net/url` takes them apart: nearly every text is one. */

export interface UrlParts {
  readonly scheme: string;
  readonly host: string;
  /** Name and password; undefined without `@`. */
  readonly user: string | undefined;
  readonly query: string;
  readonly fragment: string;
}

const cut = (text: string, mark: string): [before: string, after: string] => {
  const at = text.indexOf(mark);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + mark.length)];
};

function hostProblem(host: string): string | undefined {
  const port = host.startsWith('[')
    ? host.slice(host.indexOf(']') + 1)
    : host.slice(host.includes(':') ? host.lastIndexOf(':') : host.length);
  if (host.startsWith('[') && !host.includes(']')) return "missing ']' in host";
  return port === '' || /^:\d*$/.test(port) ? undefined : `invalid port ${JSON.stringify(port)} after host`;
}

/** The parts of a URL, or why it is none. */
export function parseUrl(text: string): UrlParts | { problem: string } {
  // oxlint-disable-next-line no-control-regex
  if (/[\x00-\x1f\x7f]/.test(text)) return { problem: 'net/url: invalid control character in URL' };
  const [whole, fragment] = cut(text, '#');
  if (whole === '') return { scheme: '', host: '', user: undefined, query: '', fragment };
  if (whole.startsWith(':')) return { problem: 'missing protocol scheme' };
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(whole)?.[1] ?? '';
  const [rest, query] = cut(scheme === '' ? whole : whole.slice(scheme.length + 1), '?');
  if (!rest.startsWith('//') || rest.startsWith('///')) {
    const [first] = cut(rest, '/');
    if (scheme === '' && first.includes(':')) return { problem: 'first path segment in URL cannot contain colon' };
    return { scheme: scheme.toLowerCase(), host: '', user: undefined, query, fragment };
  }
  const [authority] = cut(rest.slice(2), '/');
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  const problem = /[\s<>"]/.test(host)
    ? `invalid character ${JSON.stringify(/[\s<>"]/.exec(host)![0])} in host name`
    : hostProblem(host);
  if (problem) return { problem };
  return { scheme: scheme.toLowerCase(), host, user: at < 0 ? undefined : authority.slice(0, at), query, fragment };
}
