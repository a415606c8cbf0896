/** What controllers say of what they count is what is there. */
import type { Pod, PodDisruptionBudget, ResourceQuota } from '@orrery/kinds/types';
import { isHealthy } from './budgets.ts';
import type { State } from './convergence.ts';
import { nameOf } from './ledger.ts';
import { isOver } from './safety.ts';

export const statusProblems = (state: State): string[] => [
  ...state.all<PodDisruptionBudget>('policy', 'poddisruptionbudgets').flatMap(each => budgetProblems(state, each)),
  ...state.all<ResourceQuota>('', 'resourcequotas').flatMap(each => quotaProblems(state, each)),
];

function budgetProblems({ pods }: State, budget: PodDisruptionBudget): string[] {
  const { namespace, name } = budget.metadata;
  const isGuarded = (pod: Pod) => pod.metadata.namespace === namespace && pod.metadata.labels?.['app'] === name;
  const healthy = pods.filter(pod => isGuarded(pod) && isHealthy(pod)).length;
  const { currentHealthy = 0, observedGeneration } = budget.status ?? {};
  return [
    ...(currentHealthy === healthy ? [] : [`${nameOf(budget)} counts ${currentHealthy} healthy pods of ${healthy}`]),
    ...(observedGeneration === budget.metadata.generation ? [] : [`${nameOf(budget)} was changed and not looked at`]),
  ];
}

/** Use is charged before an object is written: what was charged and never written is given back by the next full look, in five minutes. */
function quotaProblems({ pods }: State, quota: ResourceQuota): string[] {
  const there = pods.filter(pod => pod.metadata.namespace === quota.metadata.namespace && !isOver(pod)).length;
  const used = Number(quota.status?.used?.['pods'] ?? NaN);
  return used >= there ? [] : [`${nameOf(quota)} counts ${used} pods of ${there}`];
}
