/** How many pods of a budget may be disrupted now (upstream `pkg/controller/disruption`). */
import type { Pod, PodDisruptionBudget, PodDisruptionBudgetStatus } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import { conditionOf, withCondition } from '../common/conditions.ts';
import { isReady, isTerminal, isTerminating, timeOf } from '../common/pods.ts';
import { resolveIntOrPercent } from '../deployment/sizes.ts';

/** An eviction that was granted and has not happened after this time is taken back. */
const staleAfterMs = 2 * 60_000;

export interface ObservedBudget {
  readonly budget: PodDisruptionBudget;
  /** The pods its selector selects. */
  readonly pods: readonly Pod[];
  /** How many replicas their controllers want; undefined when that cannot be told. */
  readonly expected: number | undefined;
  readonly now: number;
}

export function budgetStatus({ budget, pods, expected, now }: ObservedBudget): PodDisruptionBudgetStatus {
  const live = pods.filter(pod => !isTerminal(pod));
  const disruptedPods = stillDisrupted(budget, live, now);
  const { minAvailable, maxUnavailable } = budget.spec ?? {};
  const byCount = typeof minAvailable === 'number';
  const total = byCount ? live.length : expected;
  const healthy = live.filter(
    pod => isReady(pod) && !isTerminating(pod) && !Object.hasOwn(disruptedPods, pod.metadata.name!),
  ).length;
  const desired = desiredHealthy(minAvailable, maxUnavailable, total ?? 0);
  const allowed = total === undefined || total <= 0 ? 0 : Math.max(0, healthy - desired);
  const reason = total === undefined ? 'SyncFailed' : allowed > 0 ? 'SufficientPods' : 'InsufficientPods';
  const condition = {
    type: 'DisruptionAllowed',
    status: allowed > 0 ? 'True' : 'False',
    reason,
    message: '',
    lastTransitionTime: formatTime(now),
    observedGeneration: budget.metadata.generation,
  } as const;
  const former = conditionOf(budget.status?.conditions, condition.type);
  const outdated = former?.observedGeneration !== condition.observedGeneration;
  const kept = outdated
    ? budget.status?.conditions?.filter(({ type }) => type !== condition.type)
    : budget.status?.conditions;
  const since = former?.status === condition.status ? former.lastTransitionTime : condition.lastTransitionTime;
  return {
    observedGeneration: budget.metadata.generation,
    ...(Object.keys(disruptedPods).length > 0 && { disruptedPods }),
    disruptionsAllowed: allowed,
    currentHealthy: healthy,
    desiredHealthy: desired,
    expectedPods: total ?? 0,
    conditions: withCondition(kept, { ...condition, lastTransitionTime: since! }),
  };
}

function desiredHealthy(
  minAvailable: number | string | undefined,
  maxUnavailable: number | string | undefined,
  total: number,
): number {
  if (maxUnavailable !== undefined) return Math.max(0, total - resolveIntOrPercent(maxUnavailable, total, true));
  return resolveIntOrPercent(minAvailable ?? 1, total, true);
}

/** Pods whose eviction was granted and that are still there, for a while. */
function stillDisrupted(budget: PodDisruptionBudget, pods: readonly Pod[], now: number): Record<string, string> {
  const alive = new Set(pods.filter(pod => !isTerminating(pod)).map(pod => pod.metadata.name));
  const entries = Object.entries(budget.status?.disruptedPods ?? {}).filter(([name, since]) => {
    return alive.has(name) && (timeOf(since) ?? 0) + staleAfterMs > now;
  });
  return Object.fromEntries(entries);
}

/** When the oldest granted eviction has to be taken back. */
export function untilStale({ disruptedPods = {} }: PodDisruptionBudgetStatus, now: number): number | undefined {
  const ends = Object.values(disruptedPods).map(since => (timeOf(since) ?? 0) + staleAfterMs);
  return ends.length === 0 ? undefined : Math.max(0, Math.min(...ends) - now) + 1;
}
