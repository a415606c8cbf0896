import type { Node, NodeSelectorRequirement, NodeSelectorTerm, Pod } from '@orrery/kinds/types';
import { normalizeByMax, type Plugin } from '../framework.ts';

const reason = "node(s) didn't match Pod's node affinity/selector";

/** nodeSelector and required node affinity filter; preferred affinity scores (component-helpers `nodeaffinity`). */
export const nodeAffinity: Plugin = {
  name: 'NodeAffinity',
  wakes: ['node'],
  weight: 2,
  filter: pod =>
    constrained(pod)
      ? ({ node }) => (matchesRequired(pod, node) ? undefined : { reasons: [reason], unresolvable: true })
      : undefined,
  score(pod, _snapshot, nodes) {
    const preferred = pod.spec.affinity?.nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution;
    if (!preferred?.length) return undefined;
    const weigh = (node: Node) =>
      preferred.filter(({ preference }) => matchesTerm(preference, node)).reduce((sum, { weight }) => sum + weight, 0);
    return nodes.map(({ node }) => weigh(node));
  },
  normalize: scores => normalizeByMax(scores),
};

const constrained = ({ spec }: Pod): boolean =>
  spec.nodeSelector !== undefined ||
  spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution !== undefined;

/** Also what the node agent checks before it runs a pod. */
export function matchesRequired({ spec }: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {};
  if (!Object.entries(spec.nodeSelector ?? {}).every(([key, value]) => labels[key] === value)) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || required.nodeSelectorTerms.some(term => matchesTerm(term, node));
}

/** A term without expressions and fields matches nothing. */
function matchesTerm(term: NodeSelectorTerm, node: Node): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length + fields.length === 0) return false;
  const labels = node.metadata.labels ?? {};
  const nodeFields: Record<string, string> = { 'metadata.name': node.metadata.name! };
  return (
    expressions.every(each => matchesRequirement(each, labels)) &&
    fields.every(each => matchesRequirement(each, nodeFields))
  );
}

function matchesRequirement(
  { key, operator, values = [] }: NodeSelectorRequirement,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labels[key];
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return isInteger(value) && isInteger(values[0]) && BigInt(value) > BigInt(values[0]);
    case 'Lt':
      return isInteger(value) && isInteger(values[0]) && BigInt(value) < BigInt(values[0]);
    default:
      return false;
  }
}

const isInteger = (text: string | undefined): text is string => text !== undefined && /^-?\d+$/.test(text);
