/**
 * Which nodes a pod may be on by its own wish and theirs: node selector, required node affinity, taints and tolerations (component-helpers
 * `nodeaffinity` and `ToleratesTaint`). One rule for the scheduler, the controllers and the kubelet.
 */
import type { Node, NodeSelectorRequirement, NodeSelectorTerm, PodSpec, Taint, Toleration } from '@orrery/kinds/types';

/** True when the node selector and the required node affinity hold for the node. */
export function allowsNode({ nodeSelector = {}, affinity }: PodSpec, node: Node): boolean {
  const { labels = {} } = node.metadata;
  if (!Object.entries(nodeSelector).every(([key, value]) => own(labels, key) === value)) return false;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || required.nodeSelectorTerms.some(term => matchesNodeTerm(term, node));
}

/** A term without expressions and fields matches nothing. */
export function matchesNodeTerm({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: Node): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  const { labels = {}, name } = node.metadata;
  const field = (key: string) => (key === 'metadata.name' ? name : undefined);
  return (
    matchExpressions.every(rule => meets(rule, own(labels, rule.key))) &&
    matchFields.every(rule => meets(rule, field(rule.key)))
  );
}

/** Keys come from strangers: what objects inherit is no label. */
const own = (labels: Readonly<Record<string, string>>, key: string): string | undefined =>
  Object.hasOwn(labels, key) ? labels[key] : undefined;

function meets({ operator, values = [] }: NodeSelectorRequirement, value: string | undefined): boolean {
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

type TaintLike = Pick<Taint, 'key' | 'effect'> & { readonly value?: string };

export function tolerates({ key, operator = 'Equal', value = '', effect }: Toleration, taint: TaintLike): boolean {
  if (effect && effect !== taint.effect) return false;
  if (key && key !== taint.key) return false;
  if (operator === 'Exists') return true;
  // Without a key only `Exists` means all taints.
  return operator === 'Equal' && Boolean(key) && value === (taint.value ?? '');
}

/** The taints that no toleration covers, in order. */
export const untolerated = (
  taints: readonly Taint[] | undefined,
  tolerations: readonly Toleration[] | undefined,
): Taint[] => (taints ?? []).filter(taint => !(tolerations ?? []).some(toleration => tolerates(toleration, taint)));
