/** Which nodes a pod's node selector and required node affinity allow (component-helpers `nodeaffinity`). */
import type { Node, NodeSelectorRequirement, NodeSelectorTerm, PodSpec } from '@orrery/kinds/types';

function satisfies({ key, operator, values = [] }: NodeSelectorRequirement, value: string | undefined): boolean {
  const integer = (text: string | undefined) => (text !== undefined && /^-?\d+$/.test(text) ? Number(text) : NaN);
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
      return integer(value) > integer(values[0]);
    case 'Lt':
      return integer(value) < integer(values[0]);
    default:
      throw new Error(`unknown operator ${JSON.stringify(operator)} for key ${key}`);
  }
}

/** An empty term matches nothing. */
function termMatches({ matchExpressions = [], matchFields = [] }: NodeSelectorTerm, node: Node): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false;
  const { labels = {}, name } = node.metadata;
  return (
    matchExpressions.every(rule => satisfies(rule, Object.hasOwn(labels, rule.key) ? labels[rule.key] : undefined)) &&
    matchFields.every(rule => rule.key === 'metadata.name' && satisfies(rule, name))
  );
}

export function allowsNode({ nodeSelector = {}, affinity }: PodSpec, node: Node): boolean {
  const { labels = {} } = node.metadata;
  if (!Object.entries(nodeSelector).every(([key, value]) => labels[key] === value)) return false;
  const required = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return !required || required.nodeSelectorTerms.some(term => termMatches(term, node));
}
