/** What policies see of pods and namespaces, with the indexes that a change is followed by. */
import type { EndpointSlice, Node, Pod } from '@orrery/kinds/types';
import type { Labels } from '@orrery/machinery/selector';
import type { Protocol } from './compile.ts';

export interface PodView {
  /** `namespace/name`. */
  readonly key: string;
  readonly namespace: string;
  readonly labels: Labels;
  readonly address: string;
  readonly ports: readonly { readonly name: string; readonly protocol: Protocol; readonly port: number }[];
  /** On this node. */
  readonly local: boolean;
  /** Where two have one address, the one that began last has it. */
  readonly since: string;
  /** Stands for what answers outside pods: it is gone to, it comes from nowhere, and no policy applies to it. */
  readonly onlyAnswers?: boolean;
}

const isIPv4 = (address: string): boolean => /^\d+\.\d+\.\d+\.\d+$/.test(address);

/**
 * Undefined for pods that have no address of their own: in the host's network, over, or not there yet. `address` is what is known of it
 * before its status tells.
 */
export function podView(pod: Pod, nodeName: string, address?: string): PodView | undefined {
  const { metadata, spec, status } = pod;
  if (spec.hostNetwork || status?.phase === 'Succeeded' || status?.phase === 'Failed') return undefined;
  const told = [...(status?.podIPs ?? []).map(({ ip }) => ip), status?.podIP].find(each => each && isIPv4(each));
  const own = told ?? address;
  if (!own) return undefined;
  const sidecars = (spec.initContainers ?? []).filter(each => each.restartPolicy === 'Always');
  return {
    key: `${metadata.namespace}/${metadata.name}`,
    namespace: metadata.namespace!,
    labels: metadata.labels,
    address: own,
    ports: [...sidecars, ...spec.containers].flatMap(({ ports = [] }) =>
      ports.flatMap(({ name, protocol = 'TCP', containerPort }) =>
        name ? [{ name, protocol: protocol.toLowerCase() as Protocol, port: containerPort }] : [],
      ),
    ),
    local: spec.nodeName === nodeName,
    // A pod that is going gives its address up before it is gone.
    since: `${metadata.deletionTimestamp ? 0 : 1} ${metadata.creationTimestamp ?? ''}`,
  };
}

export interface NodeView {
  /** By which policies name it. */
  readonly addresses: readonly string[];
  /** What its packets to pods of other nodes come from: the first address of its pods' range. */
  readonly overlay: string;
}

export function nodeView({ spec, status }: Node): NodeView | undefined {
  const overlay = spec?.podCIDR?.split('/')[0] ?? '';
  const addresses = (status?.addresses ?? []).flatMap(({ type, address }) =>
    type === 'InternalIP' && isIPv4(address) ? [address] : [],
  );
  return isIPv4(overlay) && addresses.length > 0 ? { addresses, overlay } : undefined;
}

/** The labels by which policies name cluster DNS: those of its pods elsewhere. */
const dnsLabels = { 'k8s-app': 'kube-dns' };

/** The DNS of nodes as pods that answer: it runs on hosts, and policies name it by the labels that its pods have elsewhere. */
export const nameServers = (slice: EndpointSlice): PodView[] =>
  (slice.endpoints ?? []).flatMap(({ addresses, targetRef }) =>
    targetRef?.kind === 'Pod'
      ? []
      : addresses.filter(isIPv4).map(address => ({
          key: `${slice.metadata.namespace}/${slice.metadata.name} ${address}`,
          namespace: slice.metadata.namespace!,
          labels: dnsLabels,
          address,
          ports: (slice.ports ?? []).flatMap(({ name, protocol = 'TCP', port }) =>
            port ? [{ name: name ?? '', protocol: protocol.toLowerCase() as Protocol, port }] : [],
          ),
          local: false,
          since: '',
          onlyAnswers: true,
        })),
  );

/** Pods by what changes lead to them. */
export class PodIndex {
  readonly pods = new Map<string, PodView>();
  readonly namespaces = new Map<string, Labels>();
  readonly #byAddress = new Map<string, Set<PodView>>();
  readonly #byNamespace = new Map<string, Set<PodView>>();

  at(address: string): Iterable<PodView> {
    return this.#byAddress.get(address) ?? [];
  }

  in(namespace: string): Iterable<PodView> {
    return this.#byNamespace.get(namespace) ?? [];
  }

  set(key: string, view: PodView | undefined): void {
    const before = this.pods.get(key);
    if (before) {
      removeFrom(this.#byAddress, before.address, before);
      removeFrom(this.#byNamespace, before.namespace, before);
      this.pods.delete(key);
    }
    if (!view) return;
    this.pods.set(key, view);
    addTo(this.#byAddress, view.address, view);
    addTo(this.#byNamespace, view.namespace, view);
  }
}

/** Keeps one set per key, and none that is empty. */
export function addTo<T>(index: Map<string, Set<T>>, key: string, value: T): void {
  const present = index.get(key);
  if (present) present.add(value);
  else index.set(key, new Set([value]));
}

export function removeFrom<T>(index: Map<string, Set<T>>, key: string, value: T): void {
  const present = index.get(key);
  present?.delete(value);
  if (present?.size === 0) index.delete(key);
}
