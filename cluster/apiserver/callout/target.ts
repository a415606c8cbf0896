/** Where a webhook's configuration leads (apiserver `util/webhook`, aggregator `NewEndpointServiceResolver`). */
import { isIP } from 'node:net';
import type { Service, WebhookClientConfig } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Random } from '@orrery/machinery/random';
import { isProxyable } from '../proxy/names.ts';
import type { Reader } from '../types.ts';
import { CalloutError } from './words.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface Target {
  /** As messages show it. */
  readonly url: string;
  /** What is sent as `Host`. */
  readonly shownHost: string;
  /** Path and query. */
  readonly path: string;
  readonly origin: string;
  readonly ca?: string;
  /** The address to dial; undefined when the origin's own name says it. Asked for each call. */
  resolve(reads: Reader, random: Random): Promise<Address | undefined>;
}

interface ServiceReference {
  readonly namespace?: string;
  readonly name?: string;
  readonly path?: string;
  readonly port?: number;
}

/** @throws CalloutError for a configuration that leads nowhere */
export function targetOf({ url, service, caBundle }: WebhookClientConfig, timeoutMs: number): Target {
  const ca = caBundle ? pemOf(caBundle) : undefined;
  const query = `?timeout=${Math.ceil(timeoutMs / 1000)}s`;
  const common = ca === undefined ? {} : { ca };
  if (service) {
    const { name = '', namespace = '', path = '', port = 443 } = service as ServiceReference;
    const shownHost = `${name}.${namespace}.svc:${port}`;
    const whole = `${path.startsWith('/') ? path : `/${path}`}${query}`;
    const resolve: Target['resolve'] = (reads, random) => resolveService(reads, random, namespace, name, port);
    return {
      ...common,
      url: `https://${shownHost}${whole}`,
      shownHost,
      path: whole,
      origin: `https://${shownHost}`,
      resolve,
    };
  }
  if (!url) throw new CalloutError('webhook configuration must have either service or URL', 500, true);
  const { host, hostname, port, pathname } = new URL(url);
  const path = `${pathname}${query}`;
  const origin = `https://${hostname}:${port || 443}`;
  return { ...common, url: `https://${host}${path}`, shownHost: host, path, origin, resolve: async () => undefined };
}

function pemOf(caBundle: string): string {
  const text = Buffer.from(caBundle, 'base64').toString('utf8');
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  throw new CalloutError('unable to load root certificates: unable to parse bytes as PEM block', 500, true);
}

interface Slice extends KubeObject {
  readonly endpoints?: readonly { addresses: readonly string[]; conditions?: { ready?: boolean } }[];
  readonly ports?: readonly { name?: string; port?: number }[];
}

const slices = { group: 'discovery.k8s.io', resource: 'endpointslices' };
const services = { group: '', resource: 'services' };

/** Whoever may write endpoints must not make this server talk to itself or to link-local services. */
function guarded(address: Address): Address {
  const { host } = address;
  const isLocalName = host === '' || host === 'localhost' || host.endsWith('.localhost');
  if (isIP(host) === 0 ? isLocalName : !isProxyable(host)) throw new Error('address not allowed');
  return address;
}

/** A ready endpoint, drawn by lot; the cluster address of a service that nobody keeps endpoints for. */
export async function resolveService(
  reads: Reader,
  random: Random,
  namespace: string,
  name: string,
  port: number,
): Promise<Address> {
  const service = (await reads.get(services, namespace, name)) as (Service & KubeObject) | undefined;
  if (service === undefined) throw new Error(`service "${name}" not found`);
  const { type = 'ClusterIP', clusterIP, externalName, ports = [] } = service.spec ?? {};
  if (type === 'ExternalName') return guarded({ host: externalName ?? '', port });
  const wanted = ports.find(candidate => candidate.port === port);
  if (wanted === undefined) throw new Error(`no service port ${port} found for service "${name}"`);
  const all = (await reads.list(slices, namespace)) as Slice[];
  const own = all.filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === name);
  if (own.length === 0 && clusterIP && clusterIP !== 'None') return guarded({ host: clusterIP, port });
  const places = own.flatMap(slice => placesOf(slice, wanted.name ?? ''));
  const chosen = places[Math.floor(random.float() * places.length)];
  if (chosen === undefined) throw new Error(`no endpoints available for service "${name}"`);
  return guarded(chosen);
}

function placesOf({ endpoints = [], ports = [] }: Slice, portName: string): Address[] {
  const port = ports.find(({ name }) => (name ?? '') === portName)?.port;
  if (port === undefined) return [];
  const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false);
  return ready.flatMap(({ addresses }) => addresses.map(host => ({ host, port })));
}
