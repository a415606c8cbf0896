import { allowsNode, untolerated } from '@orrery/kinds/placement';
import type { Pod, TopologySpreadConstraint } from '@orrery/kinds/types';
import { matches, selectorFromObject, type LabelSelector } from '@orrery/machinery/selector';
import { normalizeByRange, type Plugin, type Snapshot } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';

const reasons = {
  skew: "node(s) didn't match pod topology spread constraints",
  label: "node(s) didn't match pod topology spread constraints (missing required label)",
};

/** Keeps the pods of a group spread over topology domains: hard constraints filter, soft ones score. */
export const podTopologySpread: Plugin = {
  name: 'PodTopologySpread',
  wakes: ['node', 'pod-added', 'pod-changed', 'pod-removed'],
  weight: 2,
  filter(pod, snapshot) {
    const hard = (pod.spec.topologySpreadConstraints ?? []).filter(each => each.whenUnsatisfiable === 'DoNotSchedule');
    if (hard.length === 0) return undefined;
    const spreads = hard.map(constraint => spreadOf(constraint, pod, snapshot));
    return ({ node }) => {
      for (const { constraint, counts, least, self } of spreads) {
        const domain = node.metadata.labels?.[constraint.topologyKey];
        if (domain === undefined) return { reasons: [reasons.label], unresolvable: true };
        if ((counts.get(domain) ?? 0) + self - least > constraint.maxSkew)
          return { reasons: [reasons.skew], unresolvable: false };
      }
      return undefined;
    };
  },
  score(pod, snapshot, nodes) {
    const stated = pod.spec.topologySpreadConstraints ?? [];
    const soft = stated.filter(each => each.whenUnsatisfiable === 'ScheduleAnyway');
    const group = stated.length === 0 ? snapshot.groupOf(pod) : undefined;
    const spreads = [
      ...soft.map(constraint => spreadOf(constraint, pod, snapshot)),
      ...(group ? systemDefaults.map(constraint => spreadOf(constraint, pod, snapshot, group)) : []),
    ];
    if (spreads.length === 0) return undefined;
    // What a pod states holds for nodes with the label only; the defaults pass over nodes without it.
    const unlabelled = stated.length > 0 ? Infinity : 0;
    return nodes.map(({ node }) => {
      const scores = spreads.map(spread => {
        const domain = node.metadata.labels?.[spread.constraint.topologyKey];
        return domain === undefined ? unlabelled : crowding(spread, domain);
      });
      return scores.reduce((sum, score) => sum + score, 0);
    });
  },
  normalize(scores) {
    const known = scores.filter(Number.isFinite);
    const worst = known.length > 0 ? Math.max(...known) : 0;
    return normalizeByRange(
      scores.map(score => (Number.isFinite(score) ? score : worst)),
      true,
    );
  },
};

/** For pods that state no constraints, upstream's defaults: over hosts first, over zones less strictly. */
const systemDefaults: readonly TopologySpreadConstraint[] = [
  { maxSkew: 3, topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway' },
  { maxSkew: 5, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway' },
];

/** More domains make the same count weigh more, as upstream's logarithm does. */
const crowding = ({ constraint, counts }: Spread, domain: string): number =>
  (counts.get(domain) ?? 0) * Math.log(counts.size + 2) + constraint.maxSkew - 1;

interface Spread {
  readonly constraint: TopologySpreadConstraint;
  /** Matching pods per domain, of all domains the pod could go to. */
  readonly counts: ReadonlyMap<string, number>;
  /** The count of the emptiest domain. */
  readonly least: number;
  /** 1 when the pod itself will be counted. */
  readonly self: 0 | 1;
}

/** `group` selects the pods that count where the constraint has no selector of its own. */
function spreadOf(
  constraint: TopologySpreadConstraint,
  pod: Pod,
  { nodes }: Snapshot,
  group: LabelSelector = selectorFromObject(constraint.labelSelector),
): Spread {
  const counted = countedBy(constraint, pod, group);
  const counts = new Map<string, number>();
  for (const info of nodes.filter(each => eligible(constraint, pod, each))) {
    const domain = info.node.metadata.labels?.[constraint.topologyKey];
    if (domain === undefined) continue;
    counts.set(domain, (counts.get(domain) ?? 0) + info.pods.filter(counted).length);
  }
  const tooFewDomains = counts.size < (constraint.minDomains ?? 1);
  const least = tooFewDomains || counts.size === 0 ? 0 : Math.min(...counts.values());
  return { constraint, counts, least, self: counted(pod) ? 1 : 0 };
}

/** Whether a pod counts: same namespace, selected, not ending, and with the same values of matchLabelKeys. */
function countedBy(constraint: TopologySpreadConstraint, pod: Pod, selector: LabelSelector): (other: Pod) => boolean {
  const keys = (constraint.matchLabelKeys ?? []).filter(key => pod.metadata.labels?.[key] !== undefined);
  return other =>
    other.metadata.namespace === pod.metadata.namespace &&
    !other.metadata.deletionTimestamp &&
    matches(selector, other.metadata.labels) &&
    keys.every(key => other.metadata.labels?.[key] === pod.metadata.labels?.[key]);
}

/** nodeAffinityPolicy is Honor and nodeTaintsPolicy Ignore unless stated. */
function eligible(constraint: TopologySpreadConstraint, pod: Pod, { node }: NodeInfo): boolean {
  if (constraint.nodeAffinityPolicy !== 'Ignore' && !allowsNode(pod.spec, node)) return false;
  if (constraint.nodeTaintsPolicy !== 'Honor') return true;
  return untolerated(node.spec?.taints, pod.spec.tolerations).every(taint => taint.effect === 'PreferNoSchedule');
}
