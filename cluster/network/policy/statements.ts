/** From rules of policies to nft statements: the whole table once, then only what differs. Pure. */
import { masqueradeMark } from '../proxy/ruleset.ts';
import type { BlockPeer, PortRange, Side } from './compile.ts';
import { fixedSets, type Chain, type Changes, type Match, type Rule, type SetType } from './journal.ts';

/** A table of its own, so that services and policies are rewritten without each other. */
export const policyTable = 'orrery-policy';
const table = `inet ${policyTable}`;

export interface PolicyTableOptions {
  /** Ranges of the pods of all nodes. */
  readonly podCIDRs: readonly string[];
  /** The bridge of this node's pods. */
  readonly bridge: string;
}

const types: Readonly<Record<SetType, string>> = {
  addresses: 'set NAME { type ipv4_addr; }',
  pairs: 'set NAME { type ipv4_addr . ipv4_addr; }',
  ports: 'set NAME { type ipv4_addr . inet_proto . inet_service; }',
  verdicts: 'map NAME { type ipv4_addr : verdict; }',
};
const addSet = (name: string, type: SetType): string => `add ${types[type].replace('NAME', `${table} ${name}`)}`;

/** Removes the table, whether or not it is there. */
export const withoutPolicies: readonly string[] = [`add table ${table}`, `delete table ${table}`];

/**
 * Replaces the table in one transaction: no packet passes between the old rules and the new. Only what goes through this node or asks
 * its DNS is judged: what the node itself sends to its pods, and pods to their node, passes (probes, for one). Both sides are hooks of
 * their own: who is let out by one must still be let in by the other. Behind the rules of services, which refuse what has no endpoint.
 */
export function wholePolicies(everything: Changes, { podCIDRs, bridge }: PolicyTableOptions): string[] {
  const judges = (chain: string, hook: string, priority: number, rules: readonly string[]) => [
    `add chain ${table} ${chain} { type filter hook ${hook} priority filter + ${priority}; }`,
    // Answers belong to what was allowed. The way there is judged packet by packet, so that what is forbidden ends at once.
    `add rule ${table} ${chain} ct direction reply accept`,
    `add rule ${table} ${chain} ct state related accept`,
    `add rule ${table} ${chain} ip saddr . ip daddr @selves accept`,
    ...rules.map(rule => `add rule ${table} ${chain} ${rule}`),
  ];
  return [
    ...withoutPolicies,
    `add table ${table} { comment "network policies of Orrery"; }`,
    ...Object.entries(fixedSets).map(([name, type]) => addSet(name, type)),
    `add chain ${table} relayed`,
    `add rule ${table} relayed ip saddr { ${podCIDRs.join(', ')} } return`,
    // The mark is on the first packet only; from then on the connection itself knows that its source is rewritten.
    `add rule ${table} relayed meta mark and ${masqueradeMark} == ${masqueradeMark} accept`,
    `add rule ${table} relayed ct status snat accept`,
    ...policyStatements(everything),
    // Pods have no IPv6 addresses but those of their links, which no policy can name.
    ...judges('egress-forward', 'forward', 10, [
      `meta nfproto ipv6 iifname "${bridge}" oifname "${bridge}" drop`,
      'ip saddr vmap @egress-pods',
    ]),
    ...judges('egress-input', 'input', 10, ['ip daddr . meta l4proto . th dport @names ip saddr vmap @egress-pods']),
    ...judges('ingress-forward', 'forward', 20, ['ip daddr vmap @ingress-pods']),
  ];
}

/** What turns the table of before into that of now, in an order in which nothing is named that is not there. */
export function policyStatements(changes: Changes): string[] {
  const { newSets, goneSets, elements, newChains, changedChains, goneChains } = changes;
  const fill = ([name, { side, rules }]: readonly [string, Chain]) =>
    rules.map(rule => `add rule ${table} ${name} ${ruleText(side, rule)}`);
  return [
    ...newSets.map(([name, type]) => addSet(name, type)),
    ...[...newChains.keys()].map(name => `add chain ${table} ${name}`),
    ...[...changedChains.keys()].map(name => `flush chain ${table} ${name}`),
    ...[...newChains, ...changedChains].flatMap(fill),
    ...[...elements].flatMap(([name, { gone, added }]) => [
      ...(gone.length > 0 ? [`delete element ${table} ${name} { ${gone.join(', ')} }`] : []),
      ...(added.length > 0 ? [`add element ${table} ${name} { ${added.map(elementText).join(', ')} }`] : []),
    ]),
    ...goneChains.toSorted(byReference).map(name => `delete chain ${table} ${name}`),
    ...goneSets.map(name => `delete set ${table} ${name}`),
  ];
}

/** The chains of pods refer to those of policies. */
const byReference = (a: string, b: string): number => Number(b.includes('-of-')) - Number(a.includes('-of-'));

const elementText = ([key, value]: readonly string[]): string => (value ? `${key} : goto ${value}` : key!);

function ruleText(side: Side, rule: Rule): string {
  if (rule === 'drop') return 'drop';
  if ('jump' in rule) return `jump ${rule.jump}`;
  return [...peerText(side, rule.allow.peer), ...portText(rule.allow.ports), verdictOf(rule.allow)].join(' ');
}

const verdictOf = ({ peer }: Match): string => (peer === 'relayed' ? 'jump relayed' : 'accept');

function peerText(side: Side, peer: Match['peer']): string[] {
  if (peer === undefined || peer === 'relayed') return [];
  const other = `ip ${side === 'ingress' ? 'saddr' : 'daddr'}`;
  return 'set' in peer ? [`${other} @${peer.set}`] : blockText(other, peer.block);
}

const blockText = (other: string, { cidr, except }: BlockPeer): string[] => [
  `${other} ${cidr}`,
  ...(except.length > 0 ? [`${other} != { ${except.join(', ')} }`] : []),
];

function portText(ports: Match['ports']): string[] {
  if (!ports) return [];
  if ('set' in ports) return [`ip daddr . meta l4proto . th dport @${ports.set}`];
  return [`meta l4proto . th dport { ${ports.ranges.map(rangeText).join(', ')} }`];
}

const rangeText = ({ protocol, from, to }: PortRange): string =>
  `${protocol} . ${from === to ? from : `${from}-${to}`}`;
