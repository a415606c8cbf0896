/** Which other nodes the pods of this one reach, and what the kernel must know of each. Pure. */
import type { Node } from '@orrery/kinds/types';

/** The device of the overlay. */
export const overlayDevice = 'orrery-vxlan';
/** What flannel uses too: firewalls know it. */
export const overlayPort = 8472;
export const overlayId = 1;
/** Outer Ethernet, IPv4, UDP and VXLAN headers. */
export const overlayBytes = 50;

export interface Peer {
  /** The range of its pods. */
  readonly podCIDR: string;
  /** Its machine. */
  readonly address: string;
}

interface Range {
  readonly first: number;
  readonly size: number;
}

/** Undefined for what is no IPv4 range. */
function rangeOf(cidr: string): Range | undefined {
  const [, a, b, c, d, bits] = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(cidr) ?? [];
  const bytes = [a, b, c, d].map(Number);
  if (bits === undefined || Number(bits) > 32 || bytes.some(byte => !(byte <= 255))) return undefined;
  const size = 2 ** (32 - Number(bits));
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  return { first: value - (value % size), size };
}

const overlap = (a: Range, b: Range): boolean => a.first < b.first + b.size && b.first < a.first + a.size;
const within = (a: Range, b: Range): boolean => a.first >= b.first && a.first + a.size <= b.first + b.size;

const bytesOf = ({ first }: Range): number[] => [24, 16, 8, 0].map(shift => Math.floor(first / 2 ** shift) % 256);

/** The first address of a range: that of a node on the overlay. @throws RangeError for what is no range */
export function overlayAddress(podCIDR: string): string {
  const range = rangeOf(podCIDR);
  if (!range) throw new RangeError(`${podCIDR} is no range of IPv4 addresses`);
  return bytesOf(range).join('.');
}

/** Follows from the range, so that nodes need not tell each other: locally administered, as nothing else on this wire is. */
export const overlayMac = (podCIDR: string): string =>
  [
    '02',
    '6f',
    ...overlayAddress(podCIDR)
      .split('.')
      .map(byte => Number(byte).toString(16).padStart(2, '0')),
  ].join(':');

const isIPv4 = (address: string): boolean => /^\d+\.\d+\.\d+\.\d+$/.test(address);

const addressOf = ({ status }: Node): string | undefined =>
  status?.addresses?.find(({ type, address }) => type === 'InternalIP' && isIPv4(address))?.address;

const byAge = (a: Node, b: Node): number =>
  Date.parse(a.metadata.creationTimestamp ?? '') - Date.parse(b.metadata.creationTimestamp ?? '') ||
  (a.metadata.name! < b.metadata.name! ? -1 : 1);

export interface Self {
  readonly nodeName: string;
  readonly address: string;
  readonly podCIDR: string;
  /** The ranges of the whole cluster's pods. */
  readonly podCIDRs: readonly string[];
}

/**
 * The other nodes that have addresses for pods and say where their machines are. A range that an older node has is not routed anew, and none
 * of this node's, or of outside the cluster's: whoever writes a Node draws nobody else's traffic.
 */
export function peersOf(nodes: readonly Node[], self: Self): Peer[] {
  const whole = self.podCIDRs.flatMap(cidr => rangeOf(cidr) ?? []);
  const taken = [rangeOf(self.podCIDR)!];
  const peers: Peer[] = [];
  for (const node of nodes.filter(({ metadata }) => metadata.name !== self.nodeName).toSorted(byAge)) {
    const podCIDR = node.spec?.podCIDR;
    const range = podCIDR === undefined ? undefined : rangeOf(podCIDR);
    const address = addressOf(node);
    if (!range || !address || address === self.address || address.startsWith('127.')) continue;
    if (!whole.some(all => within(range, all)) || taken.some(other => overlap(range, other))) continue;
    taken.push(range);
    peers.push({ podCIDR: podCIDR!, address });
  }
  return peers;
}

/** What the kernel holds or shall hold, each with how it is made and removed (arguments of `ip` and `bridge`). */
export interface Entry {
  readonly program: 'ip' | 'bridge';
  readonly add: string;
  readonly remove: string;
}

export const routeEntry = (podCIDR: string, via: string): Entry => ({
  program: 'ip',
  add: `route replace ${podCIDR} via ${via} dev ${overlayDevice} onlink`,
  remove: `route del ${podCIDR} dev ${overlayDevice}`,
});

export const neighbourEntry = (address: string, mac: string): Entry => ({
  program: 'ip',
  add: `neigh replace ${address} lladdr ${mac} dev ${overlayDevice} nud permanent`,
  remove: `neigh del ${address} dev ${overlayDevice}`,
});

export const forwardingEntry = (mac: string, machine: string): Entry => ({
  program: 'bridge',
  add: `fdb replace ${mac} dev ${overlayDevice} dst ${machine} self permanent`,
  remove: `fdb del ${mac} dev ${overlayDevice} dst ${machine} self`,
});

/** What leads to the pods of a peer: a route to its node, who that is on the overlay, and on which machine. */
export function entriesOf({ podCIDR, address }: Peer): Entry[] {
  const [node, mac] = [overlayAddress(podCIDR), overlayMac(podCIDR)];
  return [routeEntry(podCIDR, node), neighbourEntry(node, mac), forwardingEntry(mac, address)];
}

/** The lines that turn what is there into what is wanted, by program: what goes goes first. */
export function differenceOf(present: readonly Entry[], wanted: readonly Entry[]): Record<Entry['program'], string[]> {
  const has = (entries: readonly Entry[], { add }: Entry) => entries.some(entry => entry.add === add);
  const gone = present.filter(entry => !has(wanted, entry));
  const missing = wanted.filter(entry => !has(present, entry));
  const of = (program: Entry['program']) => [
    ...gone.filter(entry => entry.program === program).map(({ remove }) => remove),
    ...missing.filter(entry => entry.program === program).map(({ add }) => add),
  ];
  return { ip: of('ip'), bridge: of('bridge') };
}

const table = 'inet orrery-overlay';

/** Removes the table, whether or not it is there. */
export const withoutOverlay: readonly string[] = [`add table ${table}`, `delete table ${table}`];

/** Only machines of the cluster may hand packets of pods in: VXLAN itself believes anybody. */
export const guardStatements = (peers: readonly Peer[]): string[] => [
  ...withoutOverlay,
  `add table ${table} { comment "network between nodes of Orrery"; }`,
  `add set ${table} machines { type ipv4_addr; }`,
  `add element ${table} machines { ${[...new Set(peers.map(({ address }) => address))].join(', ')} }`,
  `add chain ${table} input { type filter hook input priority filter; }`,
  `add rule ${table} input udp dport ${overlayPort} ip saddr != @machines drop`,
];
