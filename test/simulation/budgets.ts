/** Evictions keep to the disruption budgets, as far as anybody could know at the time. */
import type { Entry } from '@orrery/store';
import type { Pod, PodDisruptionBudget } from '@orrery/kinds/types';
import { objectOf, type Ledger } from './ledger.ts';

export interface Budgets {
  changed(key: string, entry: Entry | undefined, previous: Entry | undefined): void;
}

const pods = '/registry/pods/';
const budgets = '/registry/policy/poddisruptionbudgets/';

/** So long after a pod was lost in another way a budget may still be counting it: caches lag, and controllers are away at times. */
const settlingMs = 15_000;

export const isHealthy = ({ metadata, status }: Pod): boolean =>
  metadata.deletionTimestamp === undefined &&
  status?.phase === 'Running' &&
  (status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false);

const wasEvicted = ({ status }: Pod): boolean =>
  status?.conditions?.some(({ type, reason }) => type === 'DisruptionTarget' && reason === 'EvictionByEvictionAPI') ??
  false;

/** Every application of a run has its name as label `app`, and its budget has that name too. */
const appOf = ({ metadata }: Pod): string => `${metadata.namespace}/${metadata.labels?.['app']}`;

export function createBudgets(
  ledger: () => Ledger,
  elapsedMs: () => number,
  violated: (what: string) => void,
): Budgets {
  const lostAt = new Map<string, number>();
  return {
    changed(key, entry, previous) {
      if (key.startsWith(budgets)) {
        const changed = entry && previous ? generationOf(entry) !== generationOf(previous) : true;
        if (changed) lostAt.set(key.slice(budgets.length), elapsedMs());
      }
      if (!key.startsWith(pods) || !previous) return;
      const before = objectOf<Pod>(previous);
      const after = entry && objectOf<Pod>(entry);
      if (!isHealthy(before) || (after && isHealthy(after))) return;
      const app = appOf(before);
      const isEnding = after === undefined || after.metadata.deletionTimestamp !== undefined;
      if (!isEnding || !wasEvicted(after ?? before)) return void lostAt.set(app, elapsedMs());
      const budget = ledger().get<PodDisruptionBudget>(budgets + app);
      if (!budget || elapsedMs() - (lostAt.get(app) ?? -Infinity) < settlingMs) return;
      const { name } = before.metadata;
      if (budget.status?.disruptedPods?.[name!] === undefined)
        violated(`${key} was evicted, and its budget was not charged for it`);
      const healthy = ledger()
        .objects<Pod>(`${pods}${before.metadata.namespace}/`)
        .filter(pod => appOf(pod) === app && isHealthy(pod)).length;
      const needed = budget.status?.desiredHealthy ?? 0;
      if (healthy < needed)
        violated(`${key} was evicted: ${healthy} healthy pods are left, and its budget needs ${needed}`);
    },
  };
}

const generationOf = (entry: Entry): unknown => objectOf<PodDisruptionBudget>(entry).metadata.generation;
