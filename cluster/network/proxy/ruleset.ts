/**
 * The nftables table of a set of services, as a value: chains with their rules, maps with their elements. Names come from what
 * they stand for, so that a change of one endpoint changes few of them.
 *
 * A packet to a service finds the entry of its address through a map (no walk over services); the entry marks what must get the
 * node's address and goes to the chain that picks an endpoint.
 */
import { createHash } from 'node:crypto';
import type { HostPort } from './host-ports.ts';
import type { Endpoint, ServicePort } from './services.ts';

export interface Ruleset {
  readonly chains: ReadonlyMap<string, readonly string[]>;
  /** Maps of clients to the endpoint they stay with, and the seconds they do; by name. */
  readonly affinities: ReadonlyMap<string, Affinity>;
  /** Elements of the fixed maps and sets; the value of a set's element is empty. */
  readonly elements: ReadonlyMap<FixedMap, ReadonlyMap<string, string>>;
}

export interface Affinity {
  readonly seconds: number;
  /** The endpoints it may hold: when one goes, what is remembered goes too. */
  readonly endpoints: string;
}

export const fixedMaps = [
  'service-ips',
  'service-nodeports',
  'no-endpoint-ips',
  'no-endpoint-nodeports',
  'host-ports',
  'host-address-ports',
  'hairpins',
] as const;
export type FixedMap = (typeof fixedMaps)[number];

/** Packets with this mark get the node's address on their way out, so that answers come back through here. */
export const masqueradeMark = '0x4000';

export const emptyRuleset: Ruleset = { chains: new Map(), affinities: new Map(), elements: new Map() };

interface Building {
  readonly chains: Map<string, readonly string[]>;
  readonly affinities: Map<string, Affinity>;
  readonly elements: Map<FixedMap, Map<string, string>>;
  readonly podCIDRs: readonly string[];
}

export function rulesetOf(
  ports: readonly ServicePort[],
  podCIDRs: readonly string[],
  hostPorts: readonly HostPort[] = [],
): Ruleset {
  const building: Building = {
    chains: new Map(),
    affinities: new Map(),
    elements: new Map(fixedMaps.map(name => [name, new Map<string, string>()])),
    podCIDRs,
  };
  for (const port of ports) addPort(port, building);
  for (const port of hostPorts) addHostPort(port, building);
  return building;
}

/**
 * The chains of a port and the way to them are there even while it has no endpoint, so that the first one changes little: the packet
 * then finds an empty chain, stays as it is, and is refused by the maps of what has no endpoint.
 */
function addPort(port: ServicePort, building: Building): void {
  const { elements } = building;
  const place = (kind: 'ips' | 'nodeports', key: string, side: 'inside' | 'outside') => {
    elements.get(`service-${kind}`)!.set(key, `goto ${entryChain(port, side, building)}`);
    if (port[side].length === 0) elements.get(`no-endpoint-${kind}`)!.set(key, refusal(port));
  };
  for (const address of port.clusterIPs) place('ips', `${address} . ${port.protocol} . ${port.port}`, 'inside');
  for (const address of port.externalIPs) place('ips', `${address} . ${port.protocol} . ${port.port}`, 'outside');
  if (port.nodePort > 0) place('nodeports', `${port.protocol} . ${port.nodePort}`, 'outside');
  // An endpoint that calls its own service would drop an answer from itself.
  for (const { address } of [...port.inside, ...port.outside]) {
    elements.get('hairpins')!.set(`${address} . ${address}`, '');
  }
}

function addHostPort({ protocol, hostIP, hostPort, address, port }: HostPort, { elements }: Building): void {
  const target = `${address} . ${port}`;
  if (hostIP === '') elements.get('host-ports')!.set(`${protocol} . ${hostPort}`, target);
  else elements.get('host-address-ports')!.set(`${hostIP} . ${protocol} . ${hostPort}`, target);
  elements.get('hairpins')!.set(`${address} . ${address}`, '');
}

/** Where all endpoints of a Local service are elsewhere, packets are dropped, not refused: the sender should try another node. */
const refusal = ({ keepSource, inside }: ServicePort): string =>
  keepSource && inside.length > 0 ? 'drop' : 'goto refuse';

const idOf = (...parts: readonly (string | number)[]): string =>
  createHash('sha256').update(parts.join('|')).digest('hex').slice(0, 12);

/** Static for the life of the service port, so that an endpoint's change leaves it alone. */
function entryChain(port: ServicePort, side: 'inside' | 'outside', building: Building): string {
  const name = `${side}-${idOf(port.name, port.protocol)}`;
  // A client that is no pod may not be answered directly, unless its source must stay. A pod stays who it is, also where it goes through a
  // node port: policies of the pod that is called judge by it. Pods of other nodes come with the addresses of those here.
  const fromElsewhere = `ip saddr != { ${building.podCIDRs.join(', ')} } `;
  const keeps = side === 'outside' && port.keepSource;
  const masquerade = keeps ? [] : [`${fromElsewhere}meta mark set meta mark or ${masqueradeMark}`];
  building.chains.set(name, [...masquerade, `goto ${pickChain(port, port[side], building)}`]);
  return name;
}

const targetOf = ({ address, port }: Endpoint): string => `${address} . ${port}`;

/** One chain for both sides where they have the same endpoints. */
function pickChain(port: ServicePort, endpoints: readonly Endpoint[], building: Building): string {
  const isShared = endpoints.map(targetOf).join() === port.inside.map(targetOf).join();
  const name = `pick-${idOf(port.name, port.protocol, isShared ? '' : 'outside')}`;
  if (!building.chains.has(name)) {
    building.chains.set(
      name,
      port.affinitySeconds > 0 && endpoints.length > 0
        ? stickyPick(name, port, endpoints, building)
        : plainPick(port, endpoints),
    );
  }
  return name;
}

function plainPick({ protocol }: ServicePort, endpoints: readonly Endpoint[]): string[] {
  if (endpoints.length === 0) return [];
  if (endpoints.length === 1)
    return [`meta l4proto ${protocol} dnat ip to ${endpoints[0]!.address}:${endpoints[0]!.port}`];
  const targets = endpoints.map((endpoint, at) => `${at} : ${targetOf(endpoint)}`).join(', ');
  return [`meta l4proto ${protocol} dnat ip to numgen random mod ${endpoints.length} map { ${targets} }`];
}

/** Asks the map of known clients first; a new one is remembered in the chain of the endpoint that is picked. */
function stickyPick(
  name: string,
  port: ServicePort,
  endpoints: readonly Endpoint[],
  { chains, affinities }: Building,
): string[] {
  const stay = `stay-${name}`;
  affinities.set(stay, { seconds: port.affinitySeconds, endpoints: endpoints.map(targetOf).join(', ') });
  const targets = endpoints.map(endpoint => {
    const chain = `endpoint-${idOf(name, endpoint.address, endpoint.port)}`;
    chains.set(chain, [
      `meta l4proto ${port.protocol} update @${stay} { ip saddr : ${targetOf(endpoint)} }`,
      `meta l4proto ${port.protocol} dnat ip to ${endpoint.address}:${endpoint.port}`,
    ]);
    return chain;
  });
  const choices = targets.map((chain, at) => `${at} : goto ${chain}`).join(', ');
  return [
    `meta l4proto ${port.protocol} dnat ip to ip saddr map @${stay}`,
    `numgen random mod ${targets.length} vmap { ${choices} }`,
  ];
}
