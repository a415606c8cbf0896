/** ClusterRole aggregation: `admin`, `edit` and `view` collect the rules of the roles that their selectors choose. */
import { resources } from '@orrery/client/resources';
import type { ClusterRole, PolicyRule } from '@orrery/kinds/types';
import { matches, selectorFromObject } from '@orrery/machinery/selector';
import { runController, watchOf } from '@orrery/reconciler';
import { semanticEqual } from '../common/equal.ts';
import { retryingConflicts } from '../common/conflicts.ts';
import type { Controller } from '../types.ts';

/** The rules that an aggregated role shall have: those of the selected roles, by name, each rule once. */
export function aggregatedRules(role: ClusterRole, all: readonly ClusterRole[]): PolicyRule[] {
  const rules: PolicyRule[] = [];
  const byName = [...all].sort((a, b) => (a.metadata.name! < b.metadata.name! ? -1 : 1));
  for (const object of role.aggregationRule?.clusterRoleSelectors ?? []) {
    const selector = selectorFromObject(object);
    for (const other of byName) {
      if (other.metadata.name === role.metadata.name || !matches(selector, other.metadata.labels)) continue;
      for (const rule of other.rules ?? []) if (!rules.some(known => semanticEqual(known, rule))) rules.push(rule);
    }
  }
  return rules;
}

export const clusterRoleAggregationController: Controller = {
  name: 'clusterrole-aggregation-controller',
  serviceAccount: 'clusterrole-aggregation-controller',
  start(ctx) {
    const roles = ctx.informers.of<ClusterRole>(resources.clusterroles);
    const aggregated = () => roles.list().filter(role => role.aggregationRule);
    const sources = [watchOf(roles, () => aggregated().map(role => role.metadata.name!))];
    const reconcile = async (key: string) => {
      const role = roles.get(key);
      if (!role?.aggregationRule) return;
      const rules = aggregatedRules(role, roles.list());
      if (!semanticEqual(rules, role.rules)) await ctx.client.update(resources.clusterroles, { ...role, rules });
    };
    return runController(
      { name: 'clusterrole-aggregation-controller', concurrency: 5, sources, reconcile: retryingConflicts(reconcile) },
      ctx,
    );
  },
};
