/** Sets of addresses: the pods that a peer means, and the ports that a name means. Only those that some rule of this node needs. */
import { createHash } from 'node:crypto';
import { matches, type Labels } from '@orrery/machinery/selector';
import { covers, type BlockPeer, type NamedPort, type PodPeer, type Side } from './compile.ts';
import type { Journal } from './journal.ts';
import { addTo, removeFrom, type NodeView, type PodIndex, type PodView } from './pods.ts';

export const idOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);

interface Members {
  readonly name: string;
  readonly side: Side;
  readonly peer: PodPeer;
}

interface Ports {
  readonly name: string;
  readonly port: NamedPort;
  readonly held: Map<string, readonly string[]>;
}

export class MemberSets {
  readonly #pods: PodIndex;
  readonly #journal: Journal;
  readonly #users = new Map<string, number>();
  readonly #inNamespace = new Map<string, Set<Members>>();
  readonly #byLabels = new Set<Members>();
  readonly #ports = new Map<string, Ports>();
  readonly #blocks = new Map<string, BlockPeer>();
  readonly #nodes = new Map<string, NodeView>();

  constructor(pods: PodIndex, journal: Journal) {
    this.#pods = pods;
    this.#journal = journal;
  }

  /** The name of the set; it is there until it was released as often as it was retained. */
  retainPeers(side: Side, peer: PodPeer): string {
    const name = `pods-${idOf(side, peer.id)}`;
    if (!this.#isFirst(name)) return name;
    const members = { name, side, peer };
    this.#journal.addSet(name, 'addresses');
    const { namespace } = peer;
    if (typeof namespace === 'string') addTo(this.#inNamespace, namespace, members);
    else this.#byLabels.add(members);
    const where = typeof namespace === 'string' ? [namespace] : this.#pods.namespaces.keys();
    for (const each of where) {
      if (!this.#covers(members, each)) continue;
      for (const pod of this.#pods.in(each)) if (means(members, pod)) this.#journal.put(name, pod.address);
    }
    this.#release.set(name, () => {
      if (typeof namespace === 'string') removeFrom(this.#inNamespace, namespace, members);
      else this.#byLabels.delete(members);
    });
    return name;
  }

  retainPort(port: NamedPort): string {
    const name = `ports-${idOf(port.protocol, port.name)}`;
    if (!this.#isFirst(name)) return name;
    const ports = { name, port, held: new Map<string, readonly string[]>() };
    this.#journal.addSet(name, 'ports');
    this.#ports.set(name, ports);
    for (const { address } of this.#pods.pods.values()) this.#followPort(ports, address);
    this.#release.set(name, () => this.#ports.delete(name));
    return name;
  }

  /** The overlay's addresses of the nodes that are in a block. */
  retainNodes(block: BlockPeer): string {
    const name = `nodes-${idOf(block.cidr, ...block.except)}`;
    if (!this.#isFirst(name)) return name;
    this.#journal.addSet(name, 'addresses');
    this.#blocks.set(name, block);
    for (const node of this.#nodes.values()) this.#followNode(name, block, node);
    this.#release.set(name, () => this.#blocks.delete(name));
    return name;
  }

  setNode(key: string, node: NodeView | undefined): void {
    const before = this.#nodes.get(key);
    if (node) this.#nodes.set(key, node);
    else this.#nodes.delete(key);
    for (const [name, block] of this.#blocks) {
      if (before) this.#journal.remove(name, before.overlay);
      if (node) this.#followNode(name, block, node);
    }
  }

  #followNode(name: string, block: BlockPeer, { addresses, overlay }: NodeView): void {
    if (addresses.some(address => covers(block, address))) this.#journal.put(name, overlay);
  }

  readonly #release = new Map<string, () => void>();

  #isFirst(name: string): boolean {
    const users = (this.#users.get(name) ?? 0) + 1;
    this.#users.set(name, users);
    return users === 1;
  }

  release(name: string): void {
    const users = this.#users.get(name)! - 1;
    if (users > 0) return void this.#users.set(name, users);
    this.#users.delete(name);
    this.#release.get(name)!();
    this.#release.delete(name);
    this.#journal.dropSet(name);
  }

  /** After pods of these namespaces came to an address, left it, or changed there. */
  follow(address: string, namespaces: ReadonlySet<string>): void {
    for (const namespace of namespaces)
      for (const members of this.#inNamespace.get(namespace) ?? []) this.#followMember(members, address);
    for (const members of this.#byLabels) this.#followMember(members, address);
    for (const ports of this.#ports.values()) this.#followPort(ports, address);
  }

  /** After the labels of a namespace changed; undefined for one that is not there. */
  followNamespace(name: string, before: Labels | null, after: Labels | null): void {
    const within = (labels: Labels | null, { peer }: Members) =>
      labels !== null && typeof peer.namespace !== 'string' && matches(peer.namespace, labels);
    for (const members of this.#byLabels) {
      if (within(before, members) === within(after, members)) continue;
      for (const { address } of this.#pods.in(name)) this.#followMember(members, address);
    }
  }

  #covers({ peer: { namespace } }: Members, name: string): boolean {
    if (typeof namespace === 'string') return namespace === name;
    return this.#pods.namespaces.has(name) && matches(namespace, this.#pods.namespaces.get(name));
  }

  #followMember(members: Members, address: string): void {
    for (const pod of this.#pods.at(address))
      if (means(members, pod) && this.#covers(members, pod.namespace)) return this.#journal.put(members.name, address);
    this.#journal.remove(members.name, address);
  }

  #followPort({ name, port, held }: Ports, address: string): void {
    const now = [...this.#pods.at(address)].flatMap(({ ports }) =>
      ports
        .filter(each => each.name === port.name && each.protocol === port.protocol)
        .map(each => `${address} . ${each.protocol} . ${each.port}`),
    );
    for (const element of held.get(address) ?? []) if (!now.includes(element)) this.#journal.remove(name, element);
    for (const element of now) this.#journal.put(name, element);
    if (now.length > 0) held.set(address, now);
    else held.delete(address);
  }
}

const means = ({ side, peer }: Members, { labels, onlyAnswers }: PodView): boolean =>
  matches(peer.pods, labels) && !(onlyAnswers && side === 'ingress');
