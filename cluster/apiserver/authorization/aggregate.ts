/** What an aggregated ClusterRole contains: the rules of all others that its selectors match (upstream's aggregation controller). Pure. */
import { matches, selectorFromObject } from '@orrery/machinery/selector';
import type { PolicyRule, Role } from './rules.ts';

/**
 * The rules that `role` should have, in the order of selectors and then of names, each rule once; undefined when `role` does
 * not aggregate. A role never contains itself.
 */
export function aggregate(role: Role, clusterRoles: readonly Role[]): PolicyRule[] | undefined {
  const selectors = role.aggregationRule?.clusterRoleSelectors;
  if (!selectors?.length) return undefined;
  const rules = new Map<string, PolicyRule>();
  const byName = clusterRoles.toSorted((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
  for (const selector of selectors.map(selectorFromObject))
    for (const other of byName) {
      if (other.metadata.name === role.metadata.name || !matches(selector, other.metadata.labels)) continue;
      for (const rule of other.rules ?? []) rules.set(JSON.stringify(rule), rule);
    }
  return [...rules.values()];
}
