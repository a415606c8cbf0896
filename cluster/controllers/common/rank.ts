/** Which pods go first when there are too many (upstream `ActivePodsWithRanks`). */
import type { Pod } from '@orrery/kinds/types';
import { isReady, podCondition, timeOf } from './pods.ts';

const deletionCostKey = 'controller.kubernetes.io/pod-deletion-cost';
const phaseOrder: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };

function deletionCost(pod: Pod): number {
  const text = pod.metadata.annotations?.[deletionCostKey] ?? '0';
  return /^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : 0;
}

const restarts = (pod: Pod): { regular: number; sidecar: number } => ({
  regular: Math.max(0, ...(pod.status?.containerStatuses ?? []).map(status => status.restartCount)),
  sidecar: Math.max(0, ...(pod.status?.initContainerStatuses ?? []).map(status => status.restartCount)),
});

const readySince = (pod: Pod): number | undefined => timeOf(podCondition(pod, 'Ready')?.lastTransitionTime);

/** Ages in powers of two (of nanoseconds): among pods of similar age chance decides, so that zones stay balanced. */
const ageRank = (time: number, now: number): number => (now > time ? Math.trunc(Math.log2((now - time) * 1e6)) : -1);

const byAge = (a: Pod, b: Pod, timeA: number, timeB: number, now: number): number => {
  const difference = ageRank(timeA, now) - ageRank(timeB, now);
  if (difference !== 0) return difference;
  return (a.metadata.uid ?? '') < (b.metadata.uid ?? '') ? -1 : 1;
};

/**
 * Orders two pods so that the one to delete first comes first. `crowd` tells how many related pods share the pod's node.
 */
export function compareForDeletion(a: Pod, b: Pod, crowd: (pod: Pod) => number, now: number): number {
  const unassigned = Number(!!a.spec.nodeName) - Number(!!b.spec.nodeName);
  if (unassigned !== 0) return unassigned;
  const phase = (phaseOrder[a.status?.phase ?? ''] ?? 0) - (phaseOrder[b.status?.phase ?? ''] ?? 0);
  if (phase !== 0) return phase;
  const ready = Number(isReady(a)) - Number(isReady(b));
  if (ready !== 0) return ready;
  const cost = deletionCost(a) - deletionCost(b);
  if (cost !== 0) return cost;
  const crowded = crowd(b) - crowd(a);
  if (crowded !== 0) return crowded;
  if (isReady(a) && isReady(b)) {
    const [since, otherSince] = [readySince(a), readySince(b)];
    if (since !== otherSince) {
      if (since === undefined || otherSince === undefined) return since === undefined ? -1 : 1;
      return byAge(a, b, since, otherSince, now);
    }
  }
  const [counts, otherCounts] = [restarts(a), restarts(b)];
  if (counts.regular !== otherCounts.regular) return otherCounts.regular - counts.regular;
  if (counts.sidecar !== otherCounts.sidecar) return otherCounts.sidecar - counts.sidecar;
  const [created, otherCreated] = [timeOf(a.metadata.creationTimestamp), timeOf(b.metadata.creationTimestamp)];
  if (created === otherCreated) return 0;
  if (created === undefined || otherCreated === undefined) return created === undefined ? -1 : 1;
  return byAge(a, b, created, otherCreated, now);
}

/** The `count` pods to delete out of `pods`; `related` are all pods whose spread over nodes matters. */
export function choosePodsToDelete(pods: readonly Pod[], related: readonly Pod[], count: number, now: number): Pod[] {
  if (count >= pods.length) return [...pods];
  const perNode = new Map<string, number>();
  for (const { spec } of related) perNode.set(spec.nodeName ?? '', (perNode.get(spec.nodeName ?? '') ?? 0) + 1);
  const crowd = (pod: Pod) => perNode.get(pod.spec.nodeName ?? '') ?? 0;
  return [...pods].sort((a, b) => compareForDeletion(a, b, crowd, now)).slice(0, count);
}
