/** What a ReverseProxy does with a request on its way: pure. Rules are KubeSphere's, which are Caddy's. */
import type { Headers } from '@orrery/http';
import type { ProxyDirectives } from '@orrery/platform-kinds';

/** Path and query as on the wire. */
export interface Way {
  readonly path: string;
  readonly query: string;
}

export const wayOf = (target: string): Way => {
  const mark = target.indexOf('?');
  return mark < 0 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
};

export const targetOf = ({ path, query }: Way): string => `${path}${query === '' ? '' : `?${query}`}`;

/** The way upstream, in the order: prefix, suffix, rewrite, replace, regular expressions. */
export function upstreamWay(target: string, directives: ProxyDirectives): Way {
  const { stripPathPrefix = '', stripPathSuffix = '', rewrite = [], replace = [], pathRegexp = [] } = directives;
  let way = wayOf(target);
  if (stripPathPrefix !== '' && way.path.startsWith(stripPathPrefix))
    way = { ...way, path: way.path.slice(stripPathPrefix.length) };
  if (stripPathSuffix !== '' && way.path.endsWith(stripPathSuffix))
    way = { ...way, path: way.path.slice(0, -stripPathSuffix.length) };
  for (const rule of rewrite) way = rewritten(way, rule);
  for (const rule of replace) way = replaced(way, rule);
  for (const rule of pathRegexp) way = matched(way, rule);
  return { ...way, path: way.path.startsWith('/') ? way.path : `/${way.path}` };
}

const words = (rule: string): [string, string] | undefined => {
  const [first, second] = rule.split(' ');
  return first !== undefined && first !== '' && second !== undefined ? [first, second] : undefined;
};

/** `<pattern> <address>`: `/api/* /v1{path}?a=b&{query}`. */
function rewritten(way: Way, rule: string): Way {
  const [pattern, to] = words(rule) ?? [];
  if (pattern === undefined || to === undefined || !fits(pattern, way.path)) return way;
  const filled = to.replaceAll('{path}', way.path).replaceAll('{http.request.uri.path}', way.path);
  const next = wayOf(filled.replaceAll('{query}', way.query).replaceAll('{http.request.uri.query}', way.query));
  // An address that says only a query leaves the path as it is, and the other way round.
  return { path: next.path === '' ? way.path : next.path, query: filled.includes('?') ? next.query : way.query };
}

/** `<text> <other text>`: wherever it stands in path and query. */
function replaced(way: Way, rule: string): Way {
  const [text, other] = words(rule) ?? [];
  if (text === undefined || other === undefined) return way;
  return { path: way.path.replaceAll(text, other), query: way.query.replaceAll(text, other) };
}

const patternMax = 256;

/** `<regular expression> <replacement>`; `$1` are its groups. One that cannot be read changes nothing. */
function matched(way: Way, rule: string): Way {
  const [source, replacement] = words(rule) ?? [];
  if (source === undefined || replacement === undefined || source.length > patternMax) return way;
  try {
    return { ...way, path: way.path.replaceAll(new RegExp(source, 'g'), replacement) };
  } catch {
    return way;
  }
}

/** Wildcards stand at the ends: `*`, `/api/*`, `*.html`, `*word*`. Letters count the same in both sizes. */
export function fits(pattern: string, path: string): boolean {
  const [wanted, there] = [pattern.toLowerCase(), path.toLowerCase()];
  if (wanted === '*') return true;
  const [open, close] = [wanted.startsWith('*'), wanted.endsWith('*')];
  const text = wanted.slice(open ? 1 : 0, close ? -1 : undefined);
  if (open && close) return there.includes(text);
  if (open) return there.endsWith(text);
  return close ? there.startsWith(text) : there === wanted;
}

/** `name value` sets, `+name value` adds, `-name` removes, `-name*` all that begin so. */
export function changedHeaders(headers: Headers, rules: readonly string[] = []): Headers {
  const changed: Record<string, string | readonly string[] | undefined> = { ...headers };
  for (const rule of rules) {
    if (rule.startsWith('-')) {
      remove(changed, rule.slice(1).toLowerCase());
      continue;
    }
    const adds = rule.startsWith('+');
    const [name, value] = headerOf(adds ? rule.slice(1) : rule);
    if (name === undefined || value === undefined || !isHeader(name, value)) continue;
    const before = changed[name];
    changed[name] = adds && before !== undefined ? [...[before].flat(), value] : value;
  }
  return changed;
}

function remove(headers: Record<string, unknown>, name: string): void {
  if (!name.endsWith('*')) return void delete headers[name];
  for (const known of Object.keys(headers)) if (known.startsWith(name.slice(0, -1))) delete headers[known];
}

function headerOf(text: string): [string?, string?] {
  const space = text.indexOf(' ');
  if (space < 0) return [];
  const value = text.slice(space + 1);
  return [text.slice(0, space).toLowerCase(), /^".*"$/s.test(value) ? value.slice(1, -1) : value];
}

/** Where a message ends, and who asks, is not for a rule to say. */
const kept = /^(host|connection|content-length|transfer-encoding|upgrade|te|trailer|expect|x-remote-.*|set-cookie)$/;

const isHeader = (name: string, value: string): boolean =>
  /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) && !kept.test(name) && !/[^\t\u0020-\u007e\u0080-\u00ff]/.test(value);
