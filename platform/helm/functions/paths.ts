/** sprig: paths and URLs. Pure. */
import { posix } from 'node:path';
import { fn, type TemplateFunction } from '../template/function.ts';
import { kindOf, ValueError, type Value, type ValueMap } from '../template/values.ts';

const plain = (call: (text: string) => Value): TemplateFunction => fn('string', ([text]) => call(text as string));

const clean = (path: string): string => {
  if (path === '') return '.';
  const normal = posix.normalize(path);
  return normal.length > 1 ? normal.replace(/\/$/, '') : normal;
};

function base(path: string): string {
  if (path === '') return '.';
  const bare = path.replace(/\/+$/, '');
  return bare === '' ? '/' : bare.slice(bare.lastIndexOf('/') + 1);
}

const dir = (path: string): string => clean(path.slice(0, path.lastIndexOf('/') + 1));
/** Go's: what stands behind the last point of the last part, the point included, also in front. */
const ext = (path: string): string => /\.[^./]*$/.exec(path)?.[0] ?? '';
const isAbsolute = (path: string): boolean => path.startsWith('/');

const shape = /^(?:([A-Za-z][A-Za-z0-9+.-]*):)?(?:\/\/(?:([^/?#@]*)@)?([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s;

function decoded(text: string, url: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new ValueError(
      `unable to parse url: parse ${JSON.stringify(url)}: invalid URL escape ${JSON.stringify(/%.{0,2}/.exec(text)?.[0] ?? '')}`,
    );
  }
}

function parseUrl(url: string): Value {
  // eslint-disable-next-line no-control-regex
  if (/[\0-\x1f\x7f]/.test(url))
    throw new ValueError(
      `unable to parse url: parse ${JSON.stringify(url)}: net/url: invalid control character in URL`,
    );
  if (url.startsWith(':'))
    throw new ValueError(`unable to parse url: parse ${JSON.stringify(url)}: missing protocol scheme`);
  const [, scheme = '', userinfo = '', host = '', path = '', query = '', fragment = ''] = shape.exec(url)!;
  const isOpaque = scheme !== '' && !url.slice(scheme.length + 1).startsWith('/') && path !== '';
  return new Map<string, Value>([
    ['scheme', scheme.toLowerCase()],
    ['host', host],
    ['hostname', host.replace(/:\d*$/, '').replace(/^\[(.*)\]$/, '$1')],
    ['path', isOpaque ? '' : decoded(path, url)],
    ['query', query],
    ['opaque', isOpaque ? path : ''],
    ['fragment', decoded(fragment, url)],
    ['userinfo', userinfo],
  ]);
}

function partOf(map: ValueMap, key: string): string {
  const value = map.get(key);
  if (value === undefined) return '';
  if (typeof value !== 'string')
    throw new ValueError(`unable to parse ${key} key, must be of type string, but ${kindOf(value)} found`);
  return value;
}

const encodedPath = (path: string): string =>
  encodeURI(path.toWellFormed()).replace(/[?#]/g, mark => (mark === '?' ? '%3F' : '%23'));

function joinUrl(map: ValueMap): string {
  const [scheme, host, path, query, opaque, fragment, userinfo] = [
    'scheme',
    'host',
    'path',
    'query',
    'opaque',
    'fragment',
    'userinfo',
  ].map(key => partOf(map, key)) as [string, string, string, string, string, string, string];
  const lead = scheme === '' ? '' : `${scheme}:`;
  const tail = (query === '' ? '' : `?${query}`) + (fragment === '' ? '' : `#${encodeURI(fragment)}`);
  if (opaque !== '') return lead + opaque + tail;
  const hasAuthority = scheme !== '' || host !== '' || userinfo !== '';
  const authority =
    hasAuthority && (host !== '' || path !== '' || userinfo !== '')
      ? `//${userinfo === '' ? '' : `${userinfo}@`}${host}`
      : '';
  const slash = path !== '' && !path.startsWith('/') && host !== '' ? '/' : '';
  return lead + authority + slash + encodedPath(path) + tail;
}

export const paths: Readonly<Record<string, TemplateFunction>> = {
  base: plain(base),
  dir: plain(dir),
  clean: plain(clean),
  ext: plain(ext),
  isAbs: plain(isAbsolute),
  osBase: plain(base),
  osDir: plain(dir),
  osClean: plain(clean),
  osExt: plain(ext),
  osIsAbs: plain(isAbsolute),
  urlParse: plain(parseUrl),
  urlJoin: fn('map', ([map]) => joinUrl(map as ValueMap)),
  // Charts must not reach the network while they are rendered; Helm too answers nothing unless told otherwise.
  getHostByName: plain(() => ''),
};
