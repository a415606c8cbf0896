/**
 * Which rules this node's pods have, followed change by change. A pod has a chain per side that some policy isolates it on; pods with
 * the same policies share it. Chains and sets are there while a pod of this node needs them.
 */
import { matches, type Labels } from '@orrery/machinery/selector';
import { covers, isBlock, type Allowance, type BlockPeer, type CompiledPolicy, type Side } from './compile.ts';
import { Journal, type Changes, type Match, type Rule } from './journal.ts';
import { idOf, MemberSets } from './members.ts';
import { addTo, PodIndex, removeFrom, type NodeView, type PodView } from './pods.ts';

const sides = ['ingress', 'egress'] as const;

/** A chain with who uses it, and what it uses. */
interface Held {
  users: number;
  uses: readonly string[];
}

/** The chains that an address leads to. */
type Assigned = Partial<Record<Side, string>>;

export class PolicyState {
  readonly journal = new Journal();
  readonly #pods = new PodIndex();
  readonly #members = new MemberSets(this.#pods, this.journal);
  readonly #nodeAddresses: readonly string[];
  readonly #policies = new Map<string, CompiledPolicy>();
  readonly #policiesIn = new Map<string, Set<CompiledPolicy>>();
  /** Chains of pods, which use those of policies; and those, which use sets. */
  readonly #groups = new Map<string, Held>();
  readonly #chains = new Map<string, Held>();
  readonly #assigned = new Map<string, Assigned>();
  readonly #unsettled = new Set<string>();
  readonly #changedPolicies = new Set<string>();

  /** @param nodeAddresses What this node is known by to pods, when it passes on what comes from beyond. */
  constructor(nodeAddresses: readonly string[] = []) {
    this.#nodeAddresses = nodeAddresses;
  }

  setPolicy(key: string, policy: CompiledPolicy | undefined): void {
    const before = this.#policies.get(key);
    if (before) removeFrom(this.#policiesIn, before.namespace, before);
    this.#policies.delete(key);
    if (policy) {
      this.#policies.set(key, policy);
      addTo(this.#policiesIn, policy.namespace, policy);
    }
    this.#changedPolicies.add(key);
    const selected = ({ labels }: PodView) =>
      (before && matches(before.selects, labels)) || (policy && matches(policy.selects, labels));
    for (const pod of this.#pods.in((before ?? policy)?.namespace ?? ''))
      if (pod.local && selected(pod)) this.#unsettled.add(pod.address);
  }

  setPod(key: string, view: PodView | undefined): void {
    const before = this.#pods.pods.get(key);
    if (!before && !view) return;
    this.#pods.set(key, view);
    const touched = [before, view].filter(each => each !== undefined);
    const namespaces = new Set(touched.map(each => each.namespace));
    for (const address of new Set(touched.map(each => each.address))) {
      this.#members.follow(address, namespaces);
      this.#followNames(address);
    }
    for (const { local, address } of touched) if (local) this.#unsettled.add(address);
  }

  /** Where names are asked for: on this node too, what a pod asks is judged there. */
  #followNames(address: string): void {
    const answering = [...this.#pods.at(address)].filter(({ onlyAnswers }) => onlyAnswers);
    const now = answering.flatMap(({ ports }) => ports.map(each => `${address} . ${each.protocol} . ${each.port}`));
    for (const element of this.journal.sets.get('names')!.elements.keys())
      if (element.startsWith(`${address} `) && !now.includes(element)) this.journal.remove('names', element);
    for (const element of now) this.journal.put('names', element);
  }

  /** Labels are undefined for a namespace without any, and `null` for one that is not there. */
  setNamespace(name: string, labels: Labels | null): void {
    const { namespaces } = this.#pods;
    const before = namespaces.has(name) ? namespaces.get(name) : null;
    if (labels === null) namespaces.delete(name);
    else namespaces.set(name, labels);
    this.#members.followNamespace(name, before, labels);
  }

  /** `undefined` for a node that is gone. */
  setNode(name: string, node: NodeView | undefined): void {
    this.#members.setNode(name, node);
  }

  /** Whether a policy applies to the pod at the address. */
  isIsolated(address: string): boolean {
    this.#settle();
    return this.#assigned.has(address);
  }

  changes(): Changes {
    this.#settle();
    return this.journal.changes();
  }

  everything(): Changes {
    this.#settle();
    return this.journal.everything();
  }

  #settle(): void {
    for (const address of this.#unsettled) this.#assign(address);
    this.#unsettled.clear();
    for (const key of this.#changedPolicies)
      for (const side of sides) {
        const name = policyChain(side, key);
        const held = this.#chains.get(name);
        const policy = this.#policies.get(key);
        if (held && policy) held.uses = this.#writeChain(name, side, policy, held.uses);
      }
    this.#changedPolicies.clear();
  }

  #assign(address: string): void {
    const before = this.#assigned.get(address) ?? {};
    const after: Assigned = {};
    for (const side of sides) {
      const keys = this.#policiesFor(address, side);
      if (keys.length > 0) after[side] = this.#retainGroup(side, keys);
      if (after[side]) this.journal.put(`${side}-pods`, address, after[side]);
      else this.journal.remove(`${side}-pods`, address);
    }
    for (const side of sides) if (before[side]) this.#releaseGroup(before[side]);
    const self = `${address} . ${address}`;
    if (after.ingress ?? after.egress) {
      this.#assigned.set(address, after);
      this.journal.put('selves', self);
    } else {
      this.#assigned.delete(address);
      this.journal.remove('selves', self);
    }
  }

  #policiesFor(address: string, side: Side): string[] {
    const [pod] = [...this.#pods.at(address)]
      .filter(({ local }) => local)
      .toSorted((a, b) => (a.since === b.since ? (a.key < b.key ? 1 : -1) : a.since < b.since ? 1 : -1));
    return [...(pod ? (this.#policiesIn.get(pod.namespace) ?? []) : [])]
      .filter(policy => policy[side] && matches(policy.selects, pod!.labels))
      .map(({ key }) => key)
      .toSorted();
  }

  #retainGroup(side: Side, keys: readonly string[]): string {
    const name = `${side}-of-${idOf(...keys)}`;
    const held = this.#groups.get(name);
    if (held) held.users++;
    else {
      const uses = keys.map(key => this.#retainPolicy(side, key));
      this.#groups.set(name, { users: 1, uses });
      this.journal.setChain(name, { side, rules: [...uses.map(jump => ({ jump })), 'drop'] });
    }
    return name;
  }

  #releaseGroup(name: string): void {
    const held = this.#groups.get(name)!;
    if (--held.users > 0) return;
    this.#groups.delete(name);
    this.journal.setChain(name, undefined);
    for (const chain of held.uses) this.#releasePolicy(chain);
  }

  #retainPolicy(side: Side, key: string): string {
    const name = policyChain(side, key);
    const held = this.#chains.get(name);
    if (held) held.users++;
    else this.#chains.set(name, { users: 1, uses: this.#writeChain(name, side, this.#policies.get(key)!, []) });
    return name;
  }

  #releasePolicy(name: string): void {
    const held = this.#chains.get(name)!;
    if (--held.users > 0) return;
    this.#chains.delete(name);
    this.journal.setChain(name, undefined);
    for (const set of held.uses) this.#members.release(set);
  }

  /** The sets that the chain uses now; those that it used before are released. */
  #writeChain(name: string, side: Side, policy: CompiledPolicy, former: readonly string[]): string[] {
    const uses: string[] = [];
    const used = (set: string) => {
      uses.push(set);
      return { set };
    };
    const rules = (policy[side] ?? []).flatMap(({ peers, ports }: Allowance): Rule[] => {
      const peerMatches = peers?.flatMap((peer): Match['peer'][] =>
        isBlock(peer)
          ? [
              { block: peer },
              ...(side === 'ingress' ? this.#nodesIn(peer).map(each => (each === 'relayed' ? each : used(each))) : []),
            ]
          : [used(this.#members.retainPeers(side, peer))],
      );
      const portMatches: readonly Match['ports'][] | undefined = ports && [
        ...(ports.ranges.length > 0 ? [{ ranges: ports.ranges }] : []),
        ...ports.named.map(port => used(this.#members.retainPort(port))),
      ];
      return (peerMatches ?? [undefined]).flatMap(peer =>
        (portMatches ?? [undefined]).map(match => ({
          allow: { ...(peer !== undefined && { peer }), ...(match !== undefined && { ports: match }) },
        })),
      );
    });
    this.journal.setChain(name, { side, rules });
    for (const set of former) this.#members.release(set);
    return uses;
  }

  /**
   * Who lets a node's address in lets the node in: this one, when it passes on what comes from beyond the cluster, and the others, whose
   * packets come from their ends of the overlay.
   */
  #nodesIn(block: BlockPeer): string[] {
    const isOwn = this.#nodeAddresses.some(address => covers(block, address));
    return [...(isOwn ? ['relayed'] : []), this.#members.retainNodes(block)];
  }
}

const policyChain = (side: Side, key: string): string => `${side}-by-${idOf(key)}`;
