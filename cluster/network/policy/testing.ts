/** For tests: what the rules of nodes do with a packet, and what the API says should be done with it, written without each other. */
import type { LabelSelector, NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort, Pod } from '@orrery/kinds/types';
import { matches, selectorFromObject, type LabelSelectorObject } from '@orrery/machinery/selector';
import { compilePolicy, covers, type Protocol, type Side } from './compile.ts';
import type { Match } from './journal.ts';
import { podView } from './pods.ts';
import { PolicyState } from './state.ts';

export interface Packet {
  /** Addresses. */
  readonly from: string;
  readonly to: string;
  readonly protocol: Protocol | 'icmp';
  readonly port: number;
}

export interface World {
  readonly namespaces: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly pods: readonly Pod[];
  readonly policies: readonly NetworkPolicy[];
}

/** Everything at once. */
export function stateOf({ namespaces, pods, policies }: World, nodeName: string): PolicyState {
  const state = new PolicyState();
  for (const [name, labels] of Object.entries(namespaces)) state.setNamespace(name, labels);
  for (const pod of pods) state.setPod(keyOf(pod), podView(pod, nodeName));
  for (const policy of policies) state.setPolicy(keyOf(policy), compilePolicy(policy));
  state.changes();
  return state;
}

export const keyOf = ({ metadata }: Pod | NetworkPolicy): string => `${metadata.namespace}/${metadata.name}`;

/** What the chains of one node do on one side, as the kernel walks them. */
export function passes({ journal }: PolicyState, side: Side, packet: Packet): boolean {
  const { sets, chains } = journal;
  const chain = sets.get(`${side}-pods`)!.elements.get(side === 'ingress' ? packet.to : packet.from);
  if (!chain || sets.get('selves')!.elements.has(`${packet.from} . ${packet.to}`)) return true;
  const other = side === 'ingress' ? packet.from : packet.to;
  const has = (set: string, key: string) => sets.get(set)!.elements.has(key);
  const isFor = ({ peer, ports }: Match): boolean => {
    if (peer === 'relayed') return false;
    if (peer && !('set' in peer ? has(peer.set, other) : covers(peer.block, other))) return false;
    if (!ports) return true;
    const { protocol, port, to } = packet;
    if ('set' in ports) return has(ports.set, `${to} . ${protocol} . ${port}`);
    return ports.ranges.some(each => each.protocol === protocol && each.from <= port && port <= each.to);
  };
  const walk = (name: string): boolean | undefined => {
    for (const rule of chains.get(name)!.rules) {
      const verdict = rule === 'drop' ? false : 'jump' in rule ? walk(rule.jump) : isFor(rule.allow) || undefined;
      if (verdict !== undefined) return verdict;
    }
    return undefined;
  };
  return walk(chain) ?? true;
}

const selects = (selector: LabelSelector | undefined, labels: Readonly<Record<string, string>> | undefined) =>
  matches(selectorFromObject((selector ?? {}) as LabelSelectorObject), labels);

const isAlive = ({ spec, status }: Pod): boolean =>
  !spec.hostNetwork && status?.phase !== 'Succeeded' && status?.phase !== 'Failed' && !!status?.podIP;

/** The documentation of the API, word by word and without any index: both sides must agree, and policies add up. */
export function isAllowed({ namespaces, pods, policies }: World, packet: Packet): boolean {
  const podAt = (address: string) => pods.find(pod => isAlive(pod) && pod.status!.podIP === address);
  const [from, to] = [podAt(packet.from), podAt(packet.to)];
  if (packet.from === packet.to) return true;
  const isPeer = (peer: NetworkPolicyPeer, namespace: string, pod: Pod | undefined, address: string): boolean => {
    if (peer.ipBlock) return covers({ cidr: peer.ipBlock.cidr, except: peer.ipBlock.except ?? [] }, address);
    if (!pod || !selects(peer.podSelector, pod.metadata.labels)) return false;
    const where = pod.metadata.namespace!;
    if (!peer.namespaceSelector) return where === namespace;
    return where in namespaces && selects(peer.namespaceSelector, namespaces[where]);
  };
  const isPort = ({ protocol = 'TCP', port, endPort }: NetworkPolicyPort): boolean => {
    if (protocol.toLowerCase() !== packet.protocol) return false;
    if (typeof port !== 'string')
      return port === undefined || (port <= packet.port && packet.port <= (endPort ?? port));
    return (to?.spec.containers ?? [])
      .flatMap(({ ports = [] }) => ports)
      .some(each => each.name === port && each.containerPort === packet.port && (each.protocol ?? 'TCP') === protocol);
  };
  const side = (type: 'Ingress' | 'Egress', subject: Pod | undefined, other: Pod | undefined, address: string) => {
    if (!subject) return true;
    const applying = policies.filter(({ metadata, spec }) => {
      const types = spec.policyTypes ?? (spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress']);
      const isHere = metadata.namespace === subject.metadata.namespace;
      return isHere && types.includes(type) && selects(spec.podSelector, subject.metadata.labels);
    });
    if (applying.length === 0) return true;
    return applying.some(({ metadata, spec }) =>
      (type === 'Ingress'
        ? (spec.ingress ?? []).map(({ from: peers, ports }) => ({ peers, ports }))
        : (spec.egress ?? []).map(({ to: peers, ports }) => ({ peers, ports }))
      ).some(
        ({ peers = [], ports = [] }) =>
          (peers.length === 0 || peers.some(peer => isPeer(peer, metadata.namespace!, other, address))) &&
          (ports.length === 0 || ports.some(isPort)),
      ),
    );
  };
  return side('Egress', from, to, packet.to) && side('Ingress', to, from, packet.from);
}
