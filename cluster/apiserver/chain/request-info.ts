/** What a request is about, read from its method and path alone (apiserver `request.RequestInfoFactory`). Pure. */
import type { RequestInfo } from '../types.ts';
import { Query } from './query.ts';

/** Subresources of namespaces; anything else below a namespace is a namespaced resource. */
const namespaceSubresources = new Set(['status', 'finalize']);
const prefixes = new Set(['api', 'apis']);
const verbs: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/** A parsed target with what the path names. */
export interface ParsedTarget {
  readonly info: RequestInfo;
  readonly query: Query;
}

/** Splits the path, decoding each segment. Undefined when an escape is malformed. */
function segmentsOf(path: string): string[] | undefined {
  const parts = path.split('/').filter(part => part !== '');
  if (!path.includes('%')) return parts;
  try {
    return parts.map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

const plain = (method: string, path: string): RequestInfo => ({
  verb: method.toLowerCase(),
  isResourceRequest: false,
  path,
  apiPrefix: '',
  apiGroup: '',
  apiVersion: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  rest: '',
});

interface Place {
  resource: string;
  subresource: string;
  namespace: string;
  name: string;
  rest: string;
}

/** What follows the version: `[namespaces/{ns}/]{resource}[/{name}[/{subresource}[/...]]]`. */
function placeOf(parts: readonly string[], proxied: boolean): Place {
  let namespace = '';
  let rest = parts;
  if (parts[0] === 'namespaces' && parts.length > 1) {
    namespace = parts[1]!;
    // `namespaces/x/status` is the namespace's own subresource, `namespaces/x/pods` lies below it.
    if (parts.length > 2 && !namespaceSubresources.has(parts[2]!)) rest = parts.slice(2);
  }
  if (proxied)
    return { resource: rest[0] ?? '', name: rest[1] ?? '', subresource: '', namespace, rest: rest.slice(2).join('/') };
  return {
    resource: rest[0] ?? '',
    name: rest[1] ?? '',
    subresource: rest[2] ?? '',
    namespace,
    rest: rest.slice(3).join('/'),
  };
}

/** A list names one object when its field selector says `metadata.name=x`: authorization then sees the name. */
function nameFromSelector(fieldSelector: string | undefined): string {
  if (fieldSelector === undefined || fieldSelector === '') return '';
  for (const term of fieldSelector.split(',')) {
    const match = /^metadata\.name==?([^=!]+)$/.exec(term.trim());
    if (match) return match[1]!;
  }
  return '';
}

/** Reads a request's target (path and query as on the wire). */
export function parseTarget(method: string, target: string): ParsedTarget {
  const mark = target.indexOf('?');
  const rawPath = mark < 0 ? target : target.slice(0, mark);
  const query = new Query(mark < 0 ? '' : target.slice(mark + 1));
  const parts = segmentsOf(rawPath);
  if (parts === undefined) return { info: plain(method, rawPath), query };
  const path = rawPath.includes('%') ? decodeURIComponent(rawPath) : rawPath;
  const prefix = parts[0] ?? '';
  const minimum = prefix === 'api' ? 3 : 4;
  if (!prefixes.has(prefix) || parts.length < minimum) return { info: plain(method, path), query };
  const apiGroup = prefix === 'api' ? '' : parts[1]!;
  const apiVersion = parts[prefix === 'api' ? 1 : 2]!;
  let tail = parts.slice(prefix === 'api' ? 2 : 3);

  let verb = verbs[method] ?? '';
  let proxied = false;
  if (tail[0] === 'watch' || tail[0] === 'proxy') {
    proxied = tail[0] === 'proxy';
    verb = tail[0];
    tail = tail.slice(1);
  }
  const place = placeOf(tail, proxied);
  const { labelSelector, fieldSelector } = selectorsOf(query);
  let name = place.name;
  if (name === '' && verb === 'get') verb = isWatch(query) ? 'watch' : 'list';
  else if (name !== '' && verb === 'get' && isWatch(query) && place.subresource === '') verb = 'watch';
  else if (name === '' && verb === 'delete') verb = 'deletecollection';
  if (name === '' && (verb === 'list' || verb === 'watch' || verb === 'deletecollection'))
    name = nameFromSelector(fieldSelector);
  const info: RequestInfo = {
    ...place,
    name,
    verb,
    isResourceRequest: true,
    path,
    apiPrefix: prefix,
    apiGroup,
    apiVersion,
    ...(fieldSelector !== undefined && { fieldSelector }),
    ...(labelSelector !== undefined && { labelSelector }),
  };
  return { info, query };
}

function selectorsOf(query: Query): { labelSelector?: string; fieldSelector?: string } {
  return { labelSelector: query.get('labelSelector'), fieldSelector: query.get('fieldSelector') };
}

/** `watch`, `watch=1`, `watch=true`: anything but false and 0. */
export function isWatch(query: Query): boolean {
  const value = query.get('watch');
  return (
    value !== undefined &&
    value !== 'false' &&
    value !== '0' &&
    value !== 'False' &&
    value !== 'f' &&
    value !== 'F' &&
    value !== 'FALSE'
  );
}
