/** What the proxy does, as values: one entry per port of a service, with the endpoints its traffic goes to. */
import type { EndpointSlice, Service } from '@orrery/kinds/types';

export interface Endpoint {
  readonly address: string;
  readonly port: number;
  /** On this node. */
  readonly local: boolean;
}

export interface ServicePort {
  /** `namespace/name:port name`. */
  readonly name: string;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
  readonly clusterIPs: readonly string[];
  /** Addresses from outside: external IPs and those of the load balancer. */
  readonly externalIPs: readonly string[];
  readonly port: number;
  /** 0 when the service has none. */
  readonly nodePort: number;
  /** Seconds for which a client stays with its endpoint; 0 when it need not. */
  readonly affinitySeconds: number;
  /** Where traffic from inside goes. */
  readonly inside: readonly Endpoint[];
  /** Where traffic from outside goes. */
  readonly outside: readonly Endpoint[];
  /** Traffic from outside keeps its source address (externalTrafficPolicy Local). */
  readonly keepSource: boolean;
}

const handledByOther = 'service.kubernetes.io/service-proxy-name';

/** The ports of one service. Headless services, external names and services of another proxy have none. */
export function servicePorts(service: Service, slices: readonly EndpointSlice[], nodeName: string): ServicePort[] {
  const { metadata, spec = {}, status } = service;
  const clusterIPs = (spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : [])).filter(isIPv4);
  if (spec.type === 'ExternalName' || clusterIPs.length === 0 || metadata.labels?.[handledByOther]) return [];
  const ingress = (status?.loadBalancer?.ingress ?? [])
    .filter(each => each.ipMode !== 'Proxy')
    .map(each => each.ip ?? '');
  const affinity =
    spec.sessionAffinity === 'ClientIP' ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800) : 0;
  return (spec.ports ?? []).map(port => {
    const endpoints = endpointsOf(slices, port.name ?? '', nodeName);
    const keepSource = spec.externalTrafficPolicy === 'Local';
    return {
      name: `${metadata.namespace}/${metadata.name}:${port.name ?? ''}`,
      protocol: (port.protocol ?? 'TCP').toLowerCase() as ServicePort['protocol'],
      clusterIPs,
      externalIPs: [...(spec.externalIPs ?? []), ...ingress].filter(isIPv4),
      port: port.port,
      nodePort: spec.allocateLoadBalancerNodePorts === false && !port.nodePort ? 0 : (port.nodePort ?? 0),
      affinitySeconds: affinity,
      inside: usable(spec.internalTrafficPolicy === 'Local' ? endpoints.filter(each => each.local) : endpoints),
      outside: usable(keepSource ? endpoints.filter(each => each.local) : endpoints),
      keepSource,
    };
  });
}

interface Candidate extends Endpoint {
  readonly ready: boolean;
  readonly serving: boolean;
  readonly terminating: boolean;
}

function endpointsOf(slices: readonly EndpointSlice[], portName: string, nodeName: string): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const slice of slices.filter(each => each.addressType === 'IPv4')) {
    const port = (slice.ports ?? []).find(each => (each.name ?? '') === portName)?.port;
    if (port === undefined) continue;
    for (const { addresses, conditions, nodeName: on } of slice.endpoints ?? []) {
      const address = addresses[0]!;
      found.set(`${address}:${port}`, {
        address,
        port,
        local: on === nodeName,
        ready: conditions?.ready ?? true,
        serving: conditions?.serving ?? conditions?.ready ?? true,
        terminating: conditions?.terminating ?? false,
      });
    }
  }
  return [...found.values()].toSorted((a, b) =>
    a.address === b.address ? a.port - b.port : a.address < b.address ? -1 : 1,
  );
}

/** Ready endpoints; where there is none, those that end but still serve (KEP-1669). */
function usable(candidates: readonly Candidate[]): Endpoint[] {
  const ready = candidates.filter(each => each.ready);
  const chosen = ready.length > 0 ? ready : candidates.filter(each => each.serving && each.terminating);
  return chosen.map(({ address, port, local }) => ({ address, port, local }));
}

const isIPv4 = (address: string): boolean => /^\d+\.\d+\.\d+\.\d+$/.test(address);
