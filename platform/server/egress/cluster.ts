/** The networks of the cluster below: nodes, their pods, and services. Users have other ways in, which ask who they are. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { Clock } from '@orrery/machinery/clock';
import type { KubeObject } from '@orrery/machinery/meta';
import { orUndefined } from '@orrery/machinery/status';

interface Node extends KubeObject {
  spec?: { podCIDR?: string; podCIDRs?: string[] };
  status?: { addresses?: { type: string; address: string }[] };
}
interface ServiceCidr extends KubeObject {
  spec?: { cidrs?: string[] };
}
interface Service extends KubeObject {
  spec?: { clusterIP?: string; clusterIPs?: string[] };
}

const keptMs = 30_000;

/** Addresses and networks; names among the nodes' addresses are left for the reader to skip. */
export function networksIn(
  nodes: readonly Node[],
  ranges: readonly ServiceCidr[],
  services: readonly Service[],
): string[] {
  return [
    ...nodes.flatMap(({ spec, status }) => [
      ...(spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : [])),
      ...(status?.addresses ?? []).map(({ address }) => address),
    ]),
    ...ranges.flatMap(({ spec }) => spec?.cidrs ?? []),
    ...services.flatMap(({ spec }) => spec?.clusterIPs ?? (spec?.clusterIP ? [spec.clusterIP] : [])),
  ];
}

/** Asked for at most every half minute. Rejects when the cluster does not tell: then nothing is known to be outside. */
export function createClusterNetworks(client: Client, clock: Clock): () => Promise<readonly string[]> {
  let known: { readonly atMs: number; readonly networks: Promise<readonly string[]> } | undefined;
  const ask = async (): Promise<readonly string[]> => {
    const [nodes, ranges] = await Promise.all([
      client.list<Node>(resources.nodes),
      // Clusters before 1.33 do not have them: the services are asked instead.
      orUndefined(client.list<ServiceCidr>(resources.servicecidrs)),
    ]);
    const services = ranges ? undefined : await client.list<Service>(resources.services);
    return networksIn(nodes.items, ranges?.items ?? [], services?.items ?? []);
  };
  return () => {
    const now = clock.monotonic();
    if (known && now - known.atMs < keptMs) return known.networks;
    const networks = ask();
    known = { atMs: now, networks };
    networks.catch(() => (known = undefined));
    return networks;
  };
}
