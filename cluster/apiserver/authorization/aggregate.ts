/** What an aggregated ClusterRole contains: the rules of all others that its selectors match (upstream's aggregation controller). Pure. */
import type { AggregationSelector, PolicyRule, Role } from './rules.ts';

function selects(selector: AggregationSelector, labels: Readonly<Record<string, string>>): boolean {
  const exact = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return exact && (selector.matchExpressions ?? []).every(expression => expressionHolds(expression, labels));
}

function expressionHolds(
  { key, operator, values = [] }: { key: string; operator: string; values?: readonly string[] },
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = labels[key];
  if (operator === 'Exists') return value !== undefined;
  if (operator === 'DoesNotExist') return value === undefined;
  if (operator === 'NotIn') return value === undefined || !values.includes(value);
  return operator === 'In' && value !== undefined && values.includes(value);
}

/**
 * The rules that `role` should have, in the order of selectors and then of names, each rule once; undefined when `role` does
 * not aggregate. A role never contains itself.
 */
export function aggregate(role: Role, clusterRoles: readonly Role[]): PolicyRule[] | undefined {
  const selectors = role.aggregationRule?.clusterRoleSelectors;
  if (!selectors?.length) return undefined;
  const rules = new Map<string, PolicyRule>();
  const byName = clusterRoles.toSorted((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
  for (const selector of selectors)
    for (const other of byName) {
      if (other.metadata.name === role.metadata.name || !selects(selector, other.metadata.labels ?? {})) continue;
      for (const rule of other.rules ?? []) rules.set(JSON.stringify(rule), rule);
    }
  return [...rules.values()];
}
