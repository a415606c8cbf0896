/** A NetworkPolicy as what it means: whom it selects, and what it lets through on each of its sides. Pure. */
import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '@orrery/kinds/types';
import { formatCidr, parseSloppyCidr } from '@orrery/kinds/addresses';
import { formatSelector, selectorFromObject, type LabelSelector } from '@orrery/machinery/selector';

export type Side = 'ingress' | 'egress';
export type Protocol = 'tcp' | 'udp' | 'sctp';

/** Pods by their labels, in one namespace or in those that have labels. */
export interface PodPeer {
  /** The same for all peers that mean the same pods. */
  readonly id: string;
  readonly pods: LabelSelector;
  readonly namespace: string | LabelSelector;
}

export interface BlockPeer {
  readonly cidr: string;
  readonly except: readonly string[];
}

/** Both ends are in it. */
export interface PortRange {
  readonly protocol: Protocol;
  readonly from: number;
  readonly to: number;
}

/** A port of the receiving pod, whatever its number there. */
export interface NamedPort {
  readonly protocol: Protocol;
  readonly name: string;
}

/** What one rule lets through. */
export interface Allowance {
  /** Undefined for everybody. */
  readonly peers: readonly (PodPeer | BlockPeer)[] | undefined;
  /** Undefined for all ports, and for what has none. */
  readonly ports: { readonly ranges: readonly PortRange[]; readonly named: readonly NamedPort[] } | undefined;
}

export interface CompiledPolicy {
  readonly key: string;
  readonly namespace: string;
  readonly selects: LabelSelector;
  /** Undefined for a side that the policy says nothing about. */
  readonly ingress: readonly Allowance[] | undefined;
  readonly egress: readonly Allowance[] | undefined;
}

/** Whether the address is in the block, and in none of its exceptions. */
export const covers = ({ cidr, except }: BlockPeer, address: string): boolean =>
  contains(cidr, address) && !except.some(range => contains(range, address));

const numberOf = (address: string): number => address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);

function contains(cidr: string, address: string): boolean {
  const [base, length] = cidr.split('/') as [string, string];
  const size = 2 ** (32 - Number(length));
  return Math.floor(numberOf(base) / size) === Math.floor(numberOf(address) / size);
}

export const isBlock = (peer: PodPeer | BlockPeer): peer is BlockPeer => 'cidr' in peer;

/**
 * Absent and empty lists of peers or ports mean everybody and everything, an absent or empty list of rules nobody. Which sides count
 * follows from the rules where it is not said.
 */
export function compilePolicy({ metadata, spec }: NetworkPolicy): CompiledPolicy {
  const namespace = metadata.namespace!;
  const types = spec.policyTypes ?? ['Ingress', ...(spec.egress?.length ? ['Egress'] : [])];
  const allowances = (rules: readonly { peers?: NetworkPolicyPeer[]; ports?: NetworkPolicyPort[] }[]) =>
    rules.map(({ peers, ports }) => ({
      peers: peers?.length ? peers.flatMap(peer => compilePeer(peer, namespace)) : undefined,
      ports: ports?.length ? compilePorts(ports) : undefined,
    }));
  return {
    key: `${namespace}/${metadata.name}`,
    namespace,
    selects: selectorFromObject(spec.podSelector ?? {}),
    ingress: types.includes('Ingress')
      ? allowances((spec.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports })))
      : undefined,
    egress: types.includes('Egress')
      ? allowances((spec.egress ?? []).map(({ to, ports }) => ({ peers: to, ports })))
      : undefined,
  };
}

/** None for a block of addresses that are not of our family: it lets nobody through here. */
function compilePeer(peer: NetworkPolicyPeer, own: string): (PodPeer | BlockPeer)[] {
  const { ipBlock, podSelector, namespaceSelector } = peer;
  if (ipBlock) {
    const cidr = rangeOf(ipBlock.cidr);
    return cidr ? [{ cidr, except: (ipBlock.except ?? []).flatMap(text => rangeOf(text) ?? []) }] : [];
  }
  const pods = selectorFromObject(podSelector ?? {});
  const namespace = namespaceSelector ? selectorFromObject(namespaceSelector) : own;
  const where = typeof namespace === 'string' ? `in ${namespace}` : `where ${formatSelector(namespace)}`;
  return [{ id: `${where}: ${formatSelector(pods)}`, pods, namespace }];
}

/** The range as the kernel writes it; undefined for IPv6. Upstream lets zeros before octets pass. */
function rangeOf(text: string): string | undefined {
  const range = parseSloppyCidr(text);
  const written = range && formatCidr(range);
  return written?.includes(':') ? undefined : written;
}

function compilePorts(ports: readonly NetworkPolicyPort[]) {
  const protocolOf = ({ protocol = 'TCP' }: NetworkPolicyPort) => protocol.toLowerCase() as Protocol;
  return {
    ranges: merged(
      ports.flatMap(each => {
        const { port, endPort } = each;
        if (typeof port === 'string') return [];
        return [{ protocol: protocolOf(each), from: port ?? 0, to: port === undefined ? 65_535 : (endPort ?? port) }];
      }),
    ),
    named: ports.flatMap(each =>
      typeof each.port === 'string' ? [{ protocol: protocolOf(each), name: each.port }] : [],
    ),
  };
}

/** Ranges that touch become one: the kernel refuses those that overlap. */
function merged(ranges: readonly PortRange[]): PortRange[] {
  const sorted = ranges.toSorted((a, b) =>
    a.protocol === b.protocol ? a.from - b.from : a.protocol < b.protocol ? -1 : 1,
  );
  const found: PortRange[] = [];
  for (const range of sorted) {
    const last = found.at(-1);
    if (last?.protocol === range.protocol && range.from <= last.to + 1)
      found[found.length - 1] = { ...last, to: Math.max(last.to, range.to) };
    else found.push(range);
  }
  return found;
}
