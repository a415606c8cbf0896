import { allowsNode, matchesNodeTerm } from '@orrery/kinds/placement';
import type { Node, Pod } from '@orrery/kinds/types';
import { normalizeByMax, type Plugin } from '../framework.ts';

const reason = "node(s) didn't match Pod's node affinity/selector";

/** nodeSelector and required node affinity filter; preferred affinity scores (component-helpers `nodeaffinity`). */
export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  wakes: ['node'],
  weight: 2,
  filter: pod =>
    constrained(pod)
      ? ({ node }) => (allowsNode(pod.spec, node) ? undefined : { reasons: [reason], unresolvable: true })
      : undefined,
  score(pod, _snapshot, nodes) {
    const preferred = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution;
    if (!preferred?.length) return undefined;
    const weigh = (node: Node) =>
      preferred
        .filter(({ preference }) => matchesNodeTerm(preference, node))
        .reduce((sum, { weight }) => sum + weight, 0);
    return nodes.map(({ node }) => weigh(node));
  },
  normalize: scores => normalizeByMax(scores),
};

const constrained = ({ spec }: Pod): boolean =>
  spec.nodeSelector !== undefined ||
  spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution !== undefined;
