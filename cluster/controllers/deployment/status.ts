/** The status of a Deployment, with upstream's conditions and words. */
import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import { conditionOf, withCondition, withoutCondition } from '../common/conditions.ts';
import { timeOf } from '../common/pods.ts';
import { allOf, type Draft } from './draft.ts';
import { hasProgressDeadline, progressing } from './revisions.ts';
import { actualReplicas, availableReplicas, maxUnavailable, specReplicas, sum, wantedReplicas } from './sizes.ts';

/** Counts and the Available condition; `progress` adds how the rollout is doing. */
export function deploymentStatus(draft: Draft, progress: boolean): DeploymentStatus {
  const { deployment, now } = draft.observed;
  const all = allOf(draft);
  const available = availableReplicas(all);
  const counts = {
    observedGeneration: deployment.metadata.generation,
    replicas: actualReplicas(all),
    updatedReplicas: actualReplicas(draft.fresh ? [draft.fresh] : []),
    readyReplicas: sum(all, replicaSet => replicaSet.status?.readyReplicas),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, specReplicas(all) - available),
    ...(deployment.status?.collisionCount !== undefined && { collisionCount: deployment.status.collisionCount }),
  };
  let conditions = withCondition(draft.conditions, availability(deployment, available, now));
  if (progress) {
    conditions = withProgress(draft, { ...counts, conditions });
    conditions = withFailure(conditions, all, draft.fresh);
  }
  return { ...counts, conditions };
}

function availability(deployment: Deployment, available: number, now: number): DeploymentCondition {
  const enough = available >= wantedReplicas(deployment) - maxUnavailable(deployment);
  return {
    type: 'Available',
    status: enough ? 'True' : 'False',
    lastUpdateTime: formatTime(now),
    lastTransitionTime: formatTime(now),
    reason: enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    message: enough ? 'Deployment has minimum availability.' : 'Deployment does not have minimum availability.',
  };
}

/** All pods are of the new template, all are available, and none is left over. */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const wanted = wantedReplicas(deployment);
  return (
    (status.updatedReplicas ?? 0) === wanted &&
    (status.replicas ?? 0) === wanted &&
    (status.availableReplicas ?? 0) === wanted &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

function hasProgressed(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const old = (status: DeploymentStatus) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

function withProgress(draft: Draft, status: DeploymentStatus): DeploymentCondition[] {
  const { deployment, now } = draft.observed;
  const conditions = status.conditions ?? [];
  if (!hasProgressDeadline(deployment)) return withoutCondition(conditions, 'Progressing');
  const current = conditionOf(draft.conditions, 'Progressing');
  const settled = status.replicas === status.updatedReplicas && current?.reason === 'NewReplicaSetAvailable';
  if (settled) return conditions;
  const subject = draft.fresh
    ? `ReplicaSet "${draft.fresh.metadata.name}"`
    : `Deployment "${deployment.metadata.name}"`;
  if (isComplete(deployment, status)) {
    const message = `${subject} has successfully progressed.`;
    return withCondition(conditions, progressing('True', 'NewReplicaSetAvailable', message, now));
  }
  if (hasProgressed(deployment.status ?? {}, status)) {
    const next = progressing('True', 'ReplicaSetUpdated', `${subject} is progressing.`, now);
    const since = current?.status === 'True' ? current.lastTransitionTime : next.lastTransitionTime;
    // Replaced even when nothing but the time differs: the deadline counts from the last sign of progress.
    return [...withoutCondition(conditions, 'Progressing'), { ...next, lastTransitionTime: since }];
  }
  if (isOverdue(deployment, conditions, now)) {
    const message = `${subject} has timed out progressing.`;
    return withCondition(conditions, progressing('False', 'ProgressDeadlineExceeded', message, now));
  }
  return conditions;
}

function isOverdue(deployment: Deployment, conditions: readonly DeploymentCondition[], now: number): boolean {
  const current = conditionOf(conditions, 'Progressing');
  if (!current || current.reason === 'NewReplicaSetAvailable') return false;
  if (current.reason === 'ProgressDeadlineExceeded') return true;
  const deadline = (timeOf(current.lastUpdateTime) ?? now) + deployment.spec.progressDeadlineSeconds! * 1000;
  return deadline < now;
}

/** A ReplicaSet that cannot create pods shows on the Deployment; the new one's trouble goes first. */
function withFailure(
  conditions: readonly DeploymentCondition[],
  all: readonly ReplicaSet[],
  fresh: ReplicaSet | undefined,
): DeploymentCondition[] {
  const found = [...(fresh ? [fresh] : []), ...all]
    .map(replicaSet => conditionOf(replicaSet.status?.conditions, 'ReplicaFailure'))
    .find(condition => condition !== undefined);
  if (!found) return withoutCondition(conditions, 'ReplicaFailure');
  return withCondition(conditions, { ...found, lastUpdateTime: found.lastTransitionTime });
}

/** When to look again although nothing changed: just after the progress deadline. */
export function untilOverdue(deployment: Deployment, status: DeploymentStatus, now: number): number | undefined {
  const current = conditionOf(status.conditions, 'Progressing');
  if (!hasProgressDeadline(deployment) || !current || deployment.spec.paused) return undefined;
  if (isComplete(deployment, status) || current.reason === 'ProgressDeadlineExceeded') return undefined;
  if (current.reason === 'NewReplicaSetAvailable') return undefined;
  const deadline = (timeOf(current.lastUpdateTime) ?? now) + deployment.spec.progressDeadlineSeconds! * 1000;
  return Math.max(0, deadline - now) + 1000;
}
