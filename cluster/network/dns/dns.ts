/** Cluster DNS fed by informers. */
import type { EndpointSlice, Service } from '@orrery/kinds/types';
import { resources } from '@orrery/client/resources';
import { allSynced, type ComponentContext } from '@orrery/reconciler';
import type { Upstream } from './forward.ts';
import type { ClusterView } from './records.ts';
import { startDnsServer, type DnsServer } from './server.ts';

export interface DnsOptions {
  readonly address: string;
  readonly port: number;
  readonly domain: string;
  readonly upstreams: readonly Upstream[];
}

/** Serves until the context's signal aborts. Resolves when the cluster's names are known and the socket is open; rejects when it aborts before. */
export async function startDns(context: ComponentContext, options: DnsOptions): Promise<DnsServer> {
  const { informers, clock, log, signal } = context;
  const services = informers.of<Service>(resources.services);
  const slices = informers.of<EndpointSlice>(resources.endpointslices);
  const namespaces = informers.of(resources.namespaces);
  slices.addIndex('service', slice => [
    `${slice.metadata.namespace}/${slice.metadata.labels?.['kubernetes.io/service-name']}`,
  ]);
  slices.addIndex('address', slice => (slice.endpoints ?? []).flatMap(endpoint => endpoint.addresses));
  services.addIndex('address', service => service.spec?.clusterIPs ?? []);
  const view: ClusterView = {
    service: (namespace, name) => services.get(`${namespace}/${name}`),
    slices: (namespace, name) => slices.byIndex('service', `${namespace}/${name}`),
    namespaceExists: namespace => namespaces.get(namespace) !== undefined,
    serviceByAddress: address => services.byIndex('address', address)[0],
    slicesByAddress: address => slices.byIndex('address', address),
  };
  await orInterrupted(allSynced(services, slices, namespaces), signal);
  const server = await startDnsServer({ ...options, view, clock, log });
  signal.addEventListener('abort', () => server.close(), { once: true });
  if (!signal.aborted) return server;
  server.close();
  throw interrupted();
}

const interrupted = (): Error => new Error('the start was interrupted');

/** Caches that are told to end never fill. */
function orInterrupted(filled: Promise<unknown>, signal: AbortSignal): Promise<unknown> {
  if (signal.aborted) return Promise.reject(interrupted());
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(interrupted()), { once: true });
    filled.then(resolve, reject);
  });
}
