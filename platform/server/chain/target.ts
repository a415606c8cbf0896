/** KubeSphere's grammar of URLs: which cluster a request is for, and whether it is native or ours. */
import { badRequest } from '@orrery/machinery/status';

export interface Target {
  /** `native`: handed on to the cluster as the user. `own`: a route of the contract. */
  readonly kind: 'native' | 'own';
  /** The name in `/clusters/{cluster}`; `host` when none is named. */
  readonly cluster: string;
  /** Path and query without the cluster's segments, otherwise exactly as on the wire. */
  readonly target: string;
  /** The decoded segments of an own path; empty for native ones. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
}

export const hostCluster = 'host';

const nativePrefixes = new Set(['api', 'apis', 'openapi']);
const clusterPrefixes = new Set(['api', 'apis', 'kapis', 'openapi']);
/** What a cluster answers about itself, which by itself is the platform's. */
const ofClusters = new Set(['version', 'healthz', 'livez', 'readyz']);
const clusterName = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** @throws StatusError 400 for a path that could be read in two ways: encoded slashes, dots, empty segments, control characters. */
export function parseTarget(target: string): Target {
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  const queryText = mark < 0 ? '' : target.slice(mark);
  const { rest, cluster, named } = takeCluster(path.split('/').slice(1));
  const [first = ''] = rest;
  const native = nativePrefixes.has(first) || (named === true && ofClusters.has(first));
  if (native && rest.some(leadsUp)) throw badRequest('the path has a segment that leads up again');
  return {
    kind: native ? 'native' : 'own',
    cluster,
    target: `/${rest.join('/')}${queryText}`,
    segments: native ? [] : rest.map(decodeSegment).filter(dropLastEmpty),
    query: new URLSearchParams(queryText),
  };
}

/** Which cluster a target is about; the host where it cannot be read, or is none. */
export function clusterNamed(target = ''): string {
  try {
    return parseTarget(target).cluster;
  } catch {
    return hostCluster;
  }
}

/** `/kapis/clusters/c/...` and 4.x's `/clusters/c/kapis/...`. */
function takeCluster(raw: readonly string[]): { rest: readonly string[]; cluster: string; named?: true } {
  const [first = '', second = '', third = ''] = raw;
  if (first === 'clusters' && ofClusters.has(third))
    return { rest: raw.slice(2), cluster: checked(second), named: true };
  if (first === 'clusters' && clusterPrefixes.has(third)) return { rest: raw.slice(2), cluster: checked(second) };
  if (clusterPrefixes.has(first) && second === 'clusters')
    return { rest: [first, ...raw.slice(3)], cluster: checked(third) };
  return { rest: raw, cluster: hostCluster };
}

function checked(name: string): string {
  if (!clusterName.test(name)) throw badRequest('the name of the cluster in the path is malformed');
  return name;
}

/** Native paths go on as they came. A server on the way that takes them for shorter ones would look elsewhere, with the platform's credentials. */
const leadsUp = (segment: string): boolean =>
  segment
    .replaceAll(/%2e/gi, '.')
    .split(/\/|\\|%2f|%5c/i)
    .some(part => part === '..' || part === '.');

const unsafe = /[\u0000-\u001f\u007f/\\]/;

/** Whether a decoded segment can be read in one way only. */
export const isPlainSegment = (decoded: string): boolean =>
  !unsafe.test(decoded) && decoded !== '.' && decoded !== '..' && !decoded.includes(';');

function decodeSegment(segment: string): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(segment);
  } catch {
    throw badRequest('the path is not well encoded');
  }
  if (!isPlainSegment(decoded)) throw badRequest('the path has a segment that could be read in two ways');
  return decoded;
}

/** A final slash means nothing; any other empty segment matches no route. */
const dropLastEmpty = (segment: string, index: number, all: readonly string[]): boolean =>
  segment !== '' || index !== all.length - 1;
