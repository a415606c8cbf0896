import type { Pod, PodAffinityTerm } from '@orrery/kinds/types';
import { matches, selectorFromObject } from '@orrery/machinery/selector';
import { normalizeByRange, type Plugin, type Snapshot } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';

const reasons = {
  affinity: "node(s) didn't match pod affinity rules",
  antiAffinity: "node(s) didn't match pod anti-affinity rules",
  existing: "node(s) didn't satisfy existing pods anti-affinity rules",
};

/** Pods that want, or shun, to share a topology domain with other pods. */
export const interPodAffinity: Plugin = {
  name: 'InterPodAffinity',
  wakes: ['node', 'pod-added', 'pod-changed', 'pod-removed'],
  weight: 2,
  filter(pod, snapshot) {
    const affinity = required(pod, 'podAffinity').map(term => domainsWith(term, pod, snapshot));
    const anti = required(pod, 'podAntiAffinity').map(term => domainsWith(term, pod, snapshot));
    const shunned = shunnedDomains(pod, snapshot);
    if (affinity.length + anti.length + shunned.length === 0) return undefined;
    // The first pod of a group that wants to be together matches itself, and may go anywhere.
    const founder =
      affinity.every(({ domains }) => domains.size === 0) &&
      required(pod, 'podAffinity').every(term => selects(term, pod, pod, snapshot));
    return ({ node }) => {
      const labels = node.metadata.labels ?? {};
      const inDomain = ({ key, domains }: Domains) => labels[key] !== undefined && domains.has(labels[key]);
      const satisfied = affinity.every(each => inDomain(each) || (founder && labels[each.key] !== undefined));
      if (!satisfied) return { reasons: [reasons.affinity], unresolvable: true };
      if (anti.some(inDomain)) return { reasons: [reasons.antiAffinity], unresolvable: false };
      if (shunned.some(inDomain)) return { reasons: [reasons.existing], unresolvable: false };
      return undefined;
    };
  },
  score(pod, snapshot, nodes) {
    const weighted = [...preferred(pod, 'podAffinity', 1), ...preferred(pod, 'podAntiAffinity', -1)];
    if (weighted.length === 0) return undefined;
    const counts = weighted.map(({ term, weight }) => ({
      key: term.topologyKey,
      weight,
      pods: countsByDomain(term, pod, snapshot),
    }));
    return nodes.map(({ node }) =>
      counts.reduce(
        (sum, { key, weight, pods }) => sum + weight * (pods.get(node.metadata.labels?.[key] ?? '\0') ?? 0),
        0,
      ),
    );
  },
  normalize: scores => normalizeByRange(scores),
};

interface Domains {
  readonly key: string;
  readonly domains: ReadonlySet<string>;
}

type Side = 'podAffinity' | 'podAntiAffinity';

const required = (pod: Pod, side: Side): readonly PodAffinityTerm[] =>
  pod.spec.affinity?.[side]?.requiredDuringSchedulingIgnoredDuringExecution ?? [];

const preferred = (pod: Pod, side: Side, sign: 1 | -1): { term: PodAffinityTerm; weight: number }[] =>
  (pod.spec.affinity?.[side]?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
    ({ podAffinityTerm, weight }) => ({
      term: podAffinityTerm,
      weight: sign * weight,
    }),
  );

/** Whether the term of `owner` selects `other`. */
function selects(term: PodAffinityTerm, owner: Pod, other: Pod, { namespaceLabels }: Snapshot): boolean {
  const namespace = other.metadata.namespace ?? '';
  const listed = term.namespaces ?? [];
  const own = listed.length === 0 && !term.namespaceSelector && namespace === owner.metadata.namespace;
  const chosen =
    term.namespaceSelector !== undefined &&
    matches(selectorFromObject(term.namespaceSelector), namespaceLabels(namespace));
  if (!own && !chosen && !listed.includes(namespace)) return false;
  return matches(selectorFromObject(term.labelSelector), other.metadata.labels) && sameValues(term, owner, other);
}

/** matchLabelKeys and mismatchLabelKeys compare the pods' own values. */
function sameValues(term: PodAffinityTerm, owner: Pod, other: Pod): boolean {
  const value = (pod: Pod, key: string) => pod.metadata.labels?.[key];
  const has = (key: string) => value(owner, key) !== undefined;
  return (
    (term.matchLabelKeys ?? []).filter(has).every(key => value(owner, key) === value(other, key)) &&
    (term.mismatchLabelKeys ?? []).filter(has).every(key => value(owner, key) !== value(other, key))
  );
}

const domainsWith = (term: PodAffinityTerm, pod: Pod, snapshot: Snapshot): Domains => ({
  key: term.topologyKey,
  domains: new Set(countsByDomain(term, pod, snapshot).keys()),
});

function countsByDomain(term: PodAffinityTerm, pod: Pod, snapshot: Snapshot): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { node, pods } of snapshot.nodes) {
    const domain = node.metadata.labels?.[term.topologyKey];
    if (domain === undefined) continue;
    const found = pods.filter(other => !other.metadata.deletionTimestamp && selects(term, pod, other, snapshot)).length;
    if (found > 0) counts.set(domain, (counts.get(domain) ?? 0) + found);
  }
  return counts;
}

/** Domains from which pods that run already keep this one away. */
function shunnedDomains(pod: Pod, snapshot: Snapshot): Domains[] {
  const shunnedBy = ({ node, pods }: NodeInfo): Domains[] =>
    pods.flatMap(other =>
      required(other, 'podAntiAffinity')
        .filter(term => selects(term, other, pod, snapshot))
        .map(term => ({ key: term.topologyKey, domain: node.metadata.labels?.[term.topologyKey] }))
        .filter((each): each is { key: string; domain: string } => each.domain !== undefined)
        .map(({ key, domain }) => ({ key, domains: new Set([domain]) })),
    );
  return snapshot.nodes.flatMap(shunnedBy);
}
