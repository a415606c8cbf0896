/** ReverseProxy: addresses below `/proxy/` that lead to somebody else, for who may ask for that path. */
import { header, type Request, type Response } from '@orrery/http';
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError, forbidden } from '@orrery/machinery/status';
import { platformResources, type ReverseProxy } from '@orrery/platform-kinds';
import type { Gate } from '../chain/gate.ts';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import { changedHeaders, targetOf, upstreamWay } from './directives.ts';
import { placeOf, type Place } from './endpoint.ts';
import { passedHeaders, remoteHeaders, returnedHeaders } from './identity.ts';
import type { Reach } from './reach.ts';
import { byAge, isAvailable } from './states.ts';

const isFor = ({ spec }: ReverseProxy, method: string, path: string): boolean => {
  const { path: wanted, method: only } = spec.matcher;
  if (only !== '*' && only !== method) return false;
  return wanted.endsWith('*') ? path.startsWith(wanted.replace(/\*+$/, '')) : path === wanted;
};

/** The most exact one, then the oldest. */
export const proxyFor = (proxies: readonly ReverseProxy[], method: string, path: string): ReverseProxy | undefined =>
  proxies
    .filter(proxy => proxy.status?.state !== 'Disabled' && isFor(proxy, method, path))
    .toSorted((left, right) => right.spec.matcher.path.length - left.spec.matcher.path.length || byAge(left, right))[0];

export function proxyGate(context: PlatformContext, reach: Reach): Gate {
  const { informers, settings } = context;
  const proxies = informers.of<ReverseProxy>(platformResources.reverseproxies);
  return (request, { segments, target }) => {
    if (segments[0] !== 'proxy') return undefined;
    const path = target.split('?')[0]!;
    const proxy = proxyFor(proxies.list(), request.method, path);
    if (!proxy) return undefined;
    return async (caller, live) => {
      await require(context, caller, request.method, path);
      if (!isAvailable(proxy))
        throw new StatusError(503, 'ServiceUnavailable', `upstream ${proxy.metadata.name} is not available`);
      return handOn(reach, proxy, caller, { ...live, target }, settings.secureCookies);
    };
  };
}

async function handOn(
  reach: Reach,
  { spec, metadata }: ReverseProxy,
  caller: Caller,
  request: Request,
  secure: boolean,
): Promise<Response> {
  const { directives = {}, upstream } = spec;
  const place = placeOf(upstream);
  const { user: _user, connection: _connection, ...plain } = request;
  const host = header(request.headers, 'host');
  const outgoing: Request = {
    ...plain,
    method: (directives.method || request.method).toUpperCase(),
    target: targetOf(upstreamWay(request.target, directives)),
    headers: {
      ...changedHeaders(passedHeaders(request, secure), directives.headerUp),
      ...(directives.authProxy && remoteHeaders(caller)),
      ...(directives.changeOrigin === false && host !== undefined && { host }),
    },
  };
  const response = directives.interceptRedirects
    ? await following(reach, place, outgoing)
    : await reach.ask(place, outgoing);
  if (directives.rejectForwardingRedirects && isRedirect(response))
    throw new StatusError(502, undefined, `upstream ${metadata.name} sends elsewhere, which is not handed on`);
  const headers = changedHeaders(returnedHeaders(response), directives.headerDown);
  const location = header(headers, 'location');
  return {
    ...response,
    headers: {
      ...headers,
      ...(location !== undefined && { location: broughtHome(location, place, directives.stripPathPrefix ?? '') }),
    },
  };
}

const isRedirect = ({ status, headers }: Response): boolean =>
  status >= 300 && status < 400 && header(headers, 'location') !== undefined;

const hopsMax = 5;

/** Redirections of the upstream to itself are followed here; others are answers. */
async function following(reach: Reach, place: Place, first: Request): Promise<Response> {
  let request = first;
  for (let hop = 0; ; hop++) {
    const response = await reach.ask(place, request);
    if (!isRedirect(response) || hop === hopsMax || (request.method !== 'GET' && request.method !== 'HEAD'))
      return response;
    const next = new URL(header(response.headers, 'location')!, `${place.origin}${place.prefix}${request.target}`);
    if (next.origin !== place.origin || !next.pathname.startsWith(place.prefix)) return response;
    request = { ...request, target: `${next.pathname.slice(place.prefix.length)}${next.search}` };
  }
}

/** Where the upstream sends a browser within itself it is sent to where that is here. */
function broughtHome(location: string, { origin, prefix }: Place, stripped: string): string {
  const path = location.startsWith(`${origin}/`) ? location.slice(origin.length) : location;
  if (!path.startsWith('/') || path.startsWith('//')) return location;
  const inner = prefix !== '' && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
  return stripped !== '' && !inner.startsWith(stripped) ? `${stripped}${inner}` : inner;
}

interface Review extends KubeObject {
  spec: { nonResourceAttributes: { path: string; verb: string } };
  status?: { allowed: boolean; reason?: string };
}

const reviews = { group: 'authorization.k8s.io', version: 'v1', resource: 'selfsubjectaccessreviews' };

/** Roles of KubeSphere name methods as HTTP does, native ones in small letters: either will do. Rejects with 403. */
async function require(
  { clientOf }: Pick<PlatformContext, 'clientOf'>,
  caller: Caller,
  method: string,
  path: string,
): Promise<void> {
  const client = clientOf(caller);
  for (const verb of [method.toLowerCase(), method]) {
    const { status } = await client.create<Review>(reviews, {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      metadata: {},
      spec: { nonResourceAttributes: { path, verb } },
    });
    if (status?.allowed) return;
  }
  throw forbidden(
    { group: '', resource: '' },
    `User "${caller.name}" cannot ${method} path "${path}": a role gives it by nonResourceURLs`,
  );
}
