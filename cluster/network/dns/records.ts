/**
 * Answers for names of the cluster, as a pure function (Kubernetes DNS specification 1.1): services, headless endpoints, ports,
 * pods by address, and the way back from addresses.
 */
import type { EndpointSlice, Service } from '@orrery/kinds/types';

export type RecordType = 'A' | 'AAAA' | 'SRV' | 'CNAME' | 'PTR' | 'TXT' | 'SOA' | 'NS' | 'ANY';

export interface Question {
  readonly name: string;
  readonly type: string;
}

export interface Answer {
  readonly type: 'A' | 'SRV' | 'CNAME' | 'PTR' | 'TXT' | 'SOA';
  readonly name: string;
  readonly ttl: number;
  readonly data: unknown;
}

export type Reply =
  | { readonly found: true; readonly answers: readonly Answer[]; readonly additionals: readonly Answer[] }
  /** No such name; `found` without answers means that the name has no record of that type. */
  | { readonly found: false }
  /** A name outside the cluster: ask others. */
  | 'forward';

/** What the answers are computed from. */
export interface ClusterView {
  readonly service: (namespace: string, name: string) => Service | undefined;
  readonly slices: (namespace: string, name: string) => readonly EndpointSlice[];
  readonly namespaceExists: (namespace: string) => boolean;
  /** The service with this cluster IP. */
  readonly serviceByAddress: (address: string) => Service | undefined;
  /** Endpoints with this address. */
  readonly slicesByAddress: (address: string) => readonly EndpointSlice[];
}

const ttlSeconds = 5;

export function answer({ name: asked, type }: Question, domain: string, view: ClusterView): Reply {
  const name = asked.toLowerCase().replace(/\.$/, '');
  if (name.endsWith('.in-addr.arpa')) return pointer(asked, name, domain, view);
  if (name !== domain && !name.endsWith(`.${domain}`)) return 'forward';
  const labels = name === domain ? [] : name.slice(0, -domain.length - 1).split('.');
  const zone = labels.at(-1);
  if (labels.length === 0) return found([]);
  if (labels.length === 1 && zone === 'dns-version')
    return found(type === 'TXT' ? [record('TXT', asked, ['1.1.0'])] : []);
  if (zone === 'svc') return ofService(asked, labels.slice(0, -1), type, domain, view);
  if (zone === 'pod') return ofPod(asked, labels.slice(0, -1), type, view);
  return { found: false };
}

const found = (answers: readonly Answer[], additionals: readonly Answer[] = []): Reply => ({
  found: true,
  answers,
  additionals,
});
const record = (type: Answer['type'], name: string, data: unknown): Answer => ({ type, name, ttl: ttlSeconds, data });

const addressRecords = (name: string, addresses: readonly string[], type: string): Answer[] =>
  type === 'A' || type === 'ANY' ? addresses.map(address => record('A', name, address)) : [];

/** `labels` are what stands before `svc`: [..., service, namespace]. */
function ofService(asked: string, labels: readonly string[], type: string, domain: string, view: ClusterView): Reply {
  const namespace = labels.at(-1);
  const serviceName = labels.at(-2);
  if (namespace === undefined) return found([]);
  if (serviceName === undefined) return view.namespaceExists(namespace) ? found([]) : { found: false };
  const service = view.service(namespace, serviceName);
  if (!service) return { found: false };
  const rest = labels.slice(0, -2);
  if (service.spec?.type === 'ExternalName') {
    return rest.length === 0 ? found([record('CNAME', asked, service.spec.externalName!)]) : { found: false };
  }
  const hosts = hostsOf(service, view.slices(namespace, serviceName));
  const base = `${serviceName}.${namespace}.svc.${domain}`;
  if (rest.length === 0) {
    const addresses = isHeadless(service) ? [...new Set(hosts.map(host => host.address))] : clusterAddresses(service);
    return found(type === 'SRV' ? [] : addressRecords(asked, addresses, type));
  }
  if (rest.length === 1) {
    const named = isHeadless(service) ? hosts.filter(host => host.name === rest[0]) : [];
    return named.length > 0
      ? found(
          addressRecords(
            asked,
            named.map(host => host.address),
            type,
          ),
        )
      : { found: false };
  }
  if (rest.length === 2 && rest[0]!.startsWith('_') && rest[1]!.startsWith('_')) {
    return ports(asked, rest[0]!.slice(1), rest[1]!.slice(1), type, base, service, hosts);
  }
  return { found: false };
}

interface Host {
  readonly name: string;
  readonly address: string;
  readonly ports: readonly { name: string; protocol: string; port: number }[];
}

/** Endpoints that may be told: ready ones, or all where the service publishes those that are not. */
function hostsOf(service: Service, slices: readonly EndpointSlice[]): Host[] {
  const all = service.spec?.publishNotReadyAddresses ?? false;
  return slices
    .filter(slice => slice.addressType === 'IPv4')
    .flatMap(slice => {
      const slicePorts = (slice.ports ?? []).map(port => ({
        name: port.name ?? '',
        protocol: (port.protocol ?? 'TCP').toLowerCase(),
        port: port.port ?? 0,
      }));
      return (slice.endpoints ?? [])
        .filter(endpoint => all || (endpoint.conditions?.ready ?? true))
        .flatMap(endpoint =>
          endpoint.addresses.map(address => ({
            name: endpoint.hostname ?? dashed(address),
            address,
            ports: slicePorts,
          })),
        );
    });
}

const dashed = (address: string): string => address.replaceAll('.', '-');
const isHeadless = (service: Service): boolean => service.spec?.clusterIP === 'None';
const clusterAddresses = ({ spec = {} }: Service): string[] =>
  (spec.clusterIPs ?? [spec.clusterIP ?? '']).filter(address => /^\d+\.\d+\.\d+\.\d+$/.test(address));

/** SRV records of one named port, with the addresses of their targets beside them. */
function ports(
  asked: string,
  portName: string,
  protocol: string,
  type: string,
  base: string,
  service: Service,
  hosts: readonly Host[],
): Reply {
  const targets = isHeadless(service)
    ? hosts.flatMap(host =>
        host.ports
          .filter(port => port.name === portName && port.protocol === protocol)
          .map(port => ({ target: `${host.name}.${base}`, port: port.port, addresses: [host.address] })),
      )
    : (service.spec?.ports ?? [])
        .filter(port => port.name === portName && (port.protocol ?? 'TCP').toLowerCase() === protocol)
        .map(port => ({ target: base, port: port.port, addresses: clusterAddresses(service) }));
  if (targets.length === 0) return { found: false };
  if (type !== 'SRV' && type !== 'ANY') return found([]);
  const weight = Math.max(1, Math.floor(100 / targets.length));
  return found(
    targets.map(({ target, port }) => record('SRV', asked, { priority: 0, weight, port, target })),
    targets.flatMap(({ target, addresses }) => addresses.map(address => record('A', target, address))),
  );
}

/** `10-42-0-7.namespace.pod`: the address itself, told for any namespace that exists. */
function ofPod(asked: string, labels: readonly string[], type: string, view: ClusterView): Reply {
  const [host, namespace, ...more] = labels;
  if (labels.length === 0) return found([]);
  if (labels.length === 1) return view.namespaceExists(host!) ? found([]) : { found: false };
  const address = /^\d{1,3}(-\d{1,3}){3}$/.test(host!) ? host!.replaceAll('-', '.') : undefined;
  if (more.length > 0 || address === undefined || !view.namespaceExists(namespace!)) return { found: false };
  return found(addressRecords(asked, [address], type));
}

/** From an address to the names of the service or endpoints that have it; addresses of others are not ours to answer for. */
function pointer(asked: string, name: string, domain: string, view: ClusterView): Reply {
  const address = name.slice(0, -'.in-addr.arpa'.length).split('.').toReversed().join('.');
  const service = view.serviceByAddress(address);
  if (service)
    return found([record('PTR', asked, `${service.metadata.name}.${service.metadata.namespace}.svc.${domain}`)]);
  const names = view.slicesByAddress(address).flatMap(slice => {
    const owner = slice.metadata.labels?.['kubernetes.io/service-name'];
    return (slice.endpoints ?? [])
      .filter(endpoint => owner && endpoint.addresses.includes(address))
      .map(endpoint => `${endpoint.hostname ?? dashed(address)}.${owner}.${slice.metadata.namespace}.svc.${domain}`);
  });
  return names.length > 0 ? found([...new Set(names)].map(each => record('PTR', asked, each))) : 'forward';
}
