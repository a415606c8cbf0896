/**
 * Asking where a part of an extension answers. What a URL names is reached through the guarded client; a service of the cluster at its own
 * address where this machine is in the cluster's network, else through the proxy of the cluster's API, which takes names of users away.
 */
import { connect, type ConnectOptions } from '@orrery/client/node';
import { resources } from '@orrery/client/resources';
import { header, isStream, type Handler, type Request, type Response } from '@orrery/http';
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError } from '@orrery/machinery/status';
import type { PlatformContext } from '../context.ts';
import { EgressError } from '../egress/egress.ts';
import { hostOf, portOf } from '../egress/url.ts';
import { isReachable } from '../node/reachable.ts';
import type { Place, ServicePlace } from './endpoint.ts';

export interface Reach {
  /** `target` is what follows the place's prefix. Rejects with 503 when there is no answer. */
  ask(place: Place, request: Request): Promise<Response>;
}

interface Service extends KubeObject {
  spec?: { clusterIP?: string };
}

const keptMs = 30_000;
const probeMs = 1000;

export function createReach(context: PlatformContext): Reach {
  const { egress, clock, client, transport } = context;
  const addresses = new Map<string, { readonly atMs: number; readonly address: Promise<string | undefined> }>();

  /** The address of a service that answers from here. */
  const addressOf = ({ namespace, name, port }: ServicePlace): Promise<string | undefined> => {
    const key = `${namespace}/${name}:${port}`;
    const now = clock.monotonic();
    const known = addresses.get(key);
    if (known && now - known.atMs < keptMs) return known.address;
    const address = lookUp(namespace, name, port);
    addresses.set(key, { atMs: now, address });
    address.catch(() => addresses.delete(key));
    return address;
  };
  const lookUp = async (namespace: string, name: string, port: number): Promise<string | undefined> => {
    const { items } = await client.list<Service>(resources.services, {
      namespace,
      fieldSelector: `metadata.name=${name}`,
    });
    const [service] = items;
    if (!service) throw new StatusError(503, 'ServiceUnavailable', `there is no service "${name}" in "${namespace}"`);
    const address = service.spec?.clusterIP;
    if (!address || address === 'None') return undefined;
    return (await isReachable(address, port, probeMs)) ? address : undefined;
  };
  /** A connection for one request. */
  const direct = (place: Place, address: string, port: number): Handler => {
    const options: ConnectOptions = {
      server: place.origin,
      address: { host: address, port },
      onlyHttp1: true,
      clock,
      ...(place.ca && { ca: place.ca }),
      ...(place.insecure && { insecureSkipTlsVerify: true }),
    };
    return async request => {
      const wire = connect(options);
      try {
        return closing(await wire(request), () => wire.close());
      } catch (error) {
        wire.close();
        throw error;
      }
    };
  };
  const wireTo = async (place: Place): Promise<Handler> => {
    if (!place.service) {
      const url = new URL(place.origin);
      const { address, port } = await egress.place(hostOf(url), portOf(url));
      return direct(place, address, port);
    }
    const address = await addressOf(place.service);
    return address === undefined
      ? throughApi(transport, place, place.service)
      : direct(place, address, place.service.port);
  };
  return {
    async ask(place, request) {
      try {
        const wire = await wireTo(place);
        return await wire({ ...request, target: targetAt(place, request.target) });
      } catch (error) {
        if (request.signal.aborted) throw error;
        if (error instanceof StatusError && !(error instanceof EgressError)) throw error;
        // What it was stands in the log of the guarded client; who asks learns nothing of what is inside.
        throw new StatusError(503, 'ServiceUnavailable', 'the server of the extension gave no usable answer');
      }
    },
  };
}

function targetAt({ prefix, query }: Place, target: string): string {
  const [path = '/', ...rest] = target.split('?');
  const all = [query, rest.join('?')].filter(part => part !== '').join('&');
  return `${prefix}${path}${all === '' ? '' : `?${all}`}` || '/';
}

const throughApi =
  (transport: Handler, { origin }: Place, { namespace, name, port }: ServicePlace): Handler =>
  request => {
    const scheme = origin.startsWith('https:') ? 'https:' : '';
    const root = `/api/v1/namespaces/${namespace}/services/${scheme}${name}:${port}/proxy`;
    const { host: _host, ...headers } = request.headers;
    return transport({ ...request, headers, target: `${root}${request.target}` });
  };

/** The connection goes with the answer. */
function closing(response: Response, close: () => void): Response {
  const { body } = response;
  if (!isStream(body) || header(response.headers, 'content-length') === '0') {
    close();
    return response;
  }
  return {
    ...response,
    body: {
      start(sink) {
        sink.onClose(close);
        body.start(sink);
      },
    },
  };
}
