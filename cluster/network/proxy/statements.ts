/** From a ruleset to nft statements: the whole table once, then only what differs. Pure. */
import { emptyRuleset, fixedMaps, masqueradeMark, type FixedMap, type Ruleset } from './ruleset.ts';

/** Our table; nothing outside it is touched. */
export const tableName = 'orrery';
const table = `inet ${tableName}`;

export interface TableOptions {
  readonly podCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
  /** The bridge of this node's pods. */
  readonly bridge: string;
}

const fixedTypes: Readonly<Record<FixedMap, string>> = {
  'service-ips': 'map service-ips { type ipv4_addr . inet_proto . inet_service : verdict; }',
  'service-nodeports': 'map service-nodeports { type inet_proto . inet_service : verdict; }',
  'no-endpoint-ips': 'map no-endpoint-ips { type ipv4_addr . inet_proto . inet_service : verdict; }',
  'no-endpoint-nodeports': 'map no-endpoint-nodeports { type inet_proto . inet_service : verdict; }',
  'host-ports': 'map host-ports { type inet_proto . inet_service : ipv4_addr . inet_service; }',
  'host-address-ports':
    'map host-address-ports { type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service; }',
  hairpins: 'set hairpins { type ipv4_addr . ipv4_addr; }',
};

/**
 * Replaces the table in one transaction: no packet sees it half made. Connections that are open stay: their translation is in the
 * connection table of the kernel.
 */
export function wholeTable(ruleset: Ruleset, options: TableOptions): string[] {
  const pods = options.podCIDRs.join(', ');
  const services = options.serviceCIDRs.join(', ');
  return [
    ...withoutTable,
    `add table ${table} { comment "services of Orrery"; }`,
    `add chain ${table} refuse`,
    `add rule ${table} refuse meta l4proto tcp reject with tcp reset`,
    `add rule ${table} refuse reject`,
    ...fixedMaps.map(name => fixedTypes[name].replace(/^(map|set) /, `add $1 ${table} `)),
    ...difference(emptyRuleset, ruleset),
    // Destinations, for packets that arrive and for those of this host.
    `add chain ${table} services`,
    `add rule ${table} services ip daddr . meta l4proto . th dport vmap @service-ips`,
    `add rule ${table} services fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @service-nodeports`,
    ...['tcp', 'udp', 'sctp'].flatMap(protocol => [
      `add rule ${table} services meta l4proto ${protocol} dnat ip to ip daddr . meta l4proto . th dport map @host-address-ports`,
      `add rule ${table} services fib daddr type local meta l4proto ${protocol} dnat ip to meta l4proto . th dport map @host-ports`,
    ]),
    `add chain ${table} nat-prerouting { type nat hook prerouting priority dstnat; }`,
    `add rule ${table} nat-prerouting jump services`,
    `add chain ${table} nat-output { type nat hook output priority -100; }`,
    `add rule ${table} nat-output jump services`,
    // Sources: what was marked, endpoints that reached themselves, and what pods send beyond the cluster.
    `add chain ${table} nat-postrouting { type nat hook postrouting priority srcnat; }`,
    `add rule ${table} nat-postrouting meta mark and ${masqueradeMark} == ${masqueradeMark} meta mark set meta mark xor ${masqueradeMark} masquerade fully-random`,
    `add rule ${table} nat-postrouting ct status dnat ip saddr . ip daddr @hairpins masquerade fully-random`,
    `add rule ${table} nat-postrouting ip saddr { ${pods} } ip daddr != { ${pods}, 224.0.0.0/4 } oifname != "${options.bridge}" masquerade fully-random`,
    // Services without endpoints are refused at once instead of timing out.
    `add chain ${table} without-endpoints`,
    `add rule ${table} without-endpoints ip daddr . meta l4proto . th dport vmap @no-endpoint-ips`,
    `add rule ${table} without-endpoints fib daddr type local meta l4proto . th dport vmap @no-endpoint-nodeports`,
    ...(['input', 'forward', 'output'] as const).flatMap(hook => [
      `add chain ${table} filter-${hook} { type filter hook ${hook} priority filter; }`,
      `add rule ${table} filter-${hook} ct state new jump without-endpoints`,
    ]),
    // A service address without a service is nobody's: it must not leave by the default route.
    `add rule ${table} filter-forward ct state new ip daddr { ${services} } goto refuse`,
    `add rule ${table} filter-output ct state new ip daddr { ${services} } goto refuse`,
  ];
}

/** Removes the table, whether or not it is there. */
export const withoutTable: readonly string[] = [`add table ${table}`, `delete table ${table}`];

/**
 * The statements that turn one ruleset into another, in one transaction. Order matters: what is referred to exists before, and
 * goes after, what refers to it.
 */
export function difference(before: Ruleset, after: Ruleset): string[] {
  const isNew = ([name]: [string, unknown]) => !before.chains.has(name);
  const chains = [...after.chains].filter(([name, rules]) => !sameRules(before.chains.get(name), rules));
  const goneChains = [...before.chains.keys()].filter(name => !after.chains.has(name));
  const { added, changed, gone } = affinities(before, after);
  return [
    ...added.map(
      ([name, { seconds }]) =>
        `add map ${table} ${name} { type ipv4_addr : ipv4_addr . inet_service; flags dynamic,timeout; timeout ${seconds}s; size 65535; }`,
    ),
    ...chains.filter(isNew).map(([name]) => `add chain ${table} ${name}`),
    ...chains.filter(chain => !isNew(chain)).map(([name]) => `flush chain ${table} ${name}`),
    ...chains.flatMap(([name, rules]) => rules.map(rule => `add rule ${table} ${name} ${rule}`)),
    ...changed.map(name => `flush map ${table} ${name}`),
    ...fixedMaps.flatMap(name => elements(name, before, after)),
    ...goneChains.toSorted(byReference).map(name => `delete chain ${table} ${name}`),
    ...gone.map(name => `delete map ${table} ${name}`),
  ];
}

/** A chain goes with its rules, and only once nothing refers to it: entries before picks before endpoints. */
const ranks = ['inside', 'outside', 'pick', 'endpoint'];
const rankOf = (chain: string): number => ranks.indexOf(chain.slice(0, chain.indexOf('-')));
const byReference = (a: string, b: string): number => rankOf(a) - rankOf(b);

const sameRules = (a: readonly string[] | undefined, b: readonly string[]): boolean =>
  a !== undefined && a.length === b.length && a.every((rule, at) => rule === b[at]);

function affinities(before: Ruleset, after: Ruleset) {
  const known = [...after.affinities].filter(([name]) => before.affinities.has(name));
  return {
    added: [...after.affinities].filter(([name]) => !before.affinities.has(name)),
    changed: known
      .filter(([name, { endpoints }]) => before.affinities.get(name)!.endpoints !== endpoints)
      .map(([name]) => name),
    gone: [...before.affinities.keys()].filter(name => !after.affinities.has(name)),
  };
}

/** All changes of one map in one statement each way: deletions first, since an element cannot be replaced. */
function elements(name: FixedMap, before: Ruleset, after: Ruleset): string[] {
  const old = before.elements.get(name) ?? new Map<string, string>();
  const now = after.elements.get(name) ?? new Map<string, string>();
  const missing = (from: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>) =>
    [...from]
      .filter(([key, value]) => other.get(key) !== value)
      .map(([key, value]) => (value === '' ? key : `${key} : ${value}`));
  const gone = missing(old, now);
  const added = missing(now, old);
  return [
    ...(gone.length > 0 ? [`delete element ${table} ${name} { ${gone.join(', ')} }`] : []),
    ...(added.length > 0 ? [`add element ${table} ${name} { ${added.join(', ')} }`] : []),
  ];
}
