/** What a Deployment needs next (upstream `pkg/controller/deployment`): writes to its ReplicaSets, then its status. */
import type { DeploymentStatus, Pod, ReplicaSet } from '@orrery/kinds/types';
import { conditionOf, withCondition } from '../common/conditions.ts';
import { isTerminal } from '../common/pods.ts';
import { controllerOf } from '@orrery/machinery/meta';
import { allOf, scale, type Draft, type Observed, type Write } from './draft.ts';
import { cleanUpHistory, createNew, findNew, hasProgressDeadline, progressing, syncRevision } from './revisions.ts';
import {
  actualReplicas,
  annotations,
  availableReplicas,
  intAnnotation,
  isRolling,
  isScaled,
  maxUnavailable,
  newReplicaCount,
  oldestFirst,
  proportionalSizes,
  specReplicas,
  wantedReplicas,
} from './sizes.ts';
import { deploymentStatus, isComplete, untilOverdue } from './status.ts';

export type { Observed, Write } from './draft.ts';

export interface DeploymentPlan {
  readonly writes: readonly Write[];
  /** The status once the writes are done. */
  readonly status: DeploymentStatus;
  /** Value of the Deployment's revision annotation. */
  readonly revision: string | undefined;
  readonly requeueAfterMs: number | undefined;
}

export function planDeployment(observed: Observed): DeploymentPlan {
  const { deployment, replicaSets } = observed;
  const fresh = findNew(deployment, replicaSets);
  const draft: Draft = {
    observed,
    fresh,
    old: replicaSets.filter(replicaSet => replicaSet !== fresh),
    writes: [],
    conditions: deployment.status?.conditions ?? [],
    revision: deployment.metadata.annotations?.[annotations.revision],
  };
  const progress = advance(draft);
  const status = deploymentStatus(draft, progress);
  const requeueAfterMs = untilOverdue(deployment, status, observed.now);
  return { writes: draft.writes, status, revision: draft.revision, requeueAfterMs };
}

/** Makes the next step; answers whether the status shall tell of the rollout's progress. */
function advance(draft: Draft): boolean {
  const { deployment, replicaSets } = draft.observed;
  if (deployment.metadata.deletionTimestamp) return false;
  notePause(draft);
  const rescaled = replicaSets.some(replicaSet => {
    const noted = isScaled(replicaSet) ? intAnnotation(replicaSet, annotations.desiredReplicas) : undefined;
    return noted !== undefined && noted !== wantedReplicas(deployment);
  });
  if (deployment.spec.paused || rescaled) {
    syncRevision(draft);
    scaleAll(draft);
    if (deployment.spec.paused) cleanUpHistory(draft);
    return false;
  }
  if (isRolling(deployment)) roll(draft);
  else recreate(draft);
  return true;
}

/** Time spent paused must not count against the progress deadline. */
function notePause(draft: Draft): void {
  const { deployment, now } = draft.observed;
  if (!hasProgressDeadline(deployment)) return;
  const current = conditionOf(draft.conditions, 'Progressing');
  if (current?.reason === 'ProgressDeadlineExceeded') return;
  const noted = current?.reason === 'DeploymentPaused';
  if (deployment.spec.paused && !noted) {
    const condition = progressing('Unknown', 'DeploymentPaused', 'Deployment is paused', now);
    draft.conditions = withCondition(draft.conditions, condition);
  } else if (!deployment.spec.paused && noted) {
    const condition = progressing('Unknown', 'DeploymentResumed', 'Deployment is resumed', now);
    draft.conditions = withCondition(draft.conditions, condition);
  }
}

function roll(draft: Draft): void {
  const { deployment } = draft.observed;
  if (draft.fresh) syncRevision(draft);
  else return createNew(draft);
  if (scaleNew(draft)) return;
  if (scaleOldDown(draft)) return;
  if (isComplete(deployment, deploymentStatus(draft, false))) cleanUpHistory(draft);
}

function scaleNew(draft: Draft): boolean {
  const { deployment } = draft.observed;
  const fresh = draft.fresh!;
  const size = wantedReplicas(fresh);
  const wanted = wantedReplicas(deployment);
  if (size === wanted) return false;
  return scale(draft, fresh, size > wanted ? wanted : newReplicaCount(deployment, allOf(draft), size));
}

/** Takes pods from old revisions as far as availability allows, unhealthy ones first. */
function scaleOldDown(draft: Draft): boolean {
  const { deployment } = draft.observed;
  const fresh = draft.fresh!;
  if (specReplicas(draft.old) === 0) return false;
  const minAvailable = wantedReplicas(deployment) - maxUnavailable(deployment);
  const newUnavailable = wantedReplicas(fresh) - (fresh.status?.availableReplicas ?? 0);
  const most = specReplicas(allOf(draft)) - minAvailable - newUnavailable;
  if (most <= 0) return false;
  const unhealthy = takeFromOld(draft, most, replicaSet =>
    Math.max(0, wantedReplicas(replicaSet) - (replicaSet.status?.availableReplicas ?? 0)),
  );
  const spare = availableReplicas(allOf(draft)) - minAvailable;
  const healthy = spare <= 0 ? 0 : takeFromOld(draft, spare, wantedReplicas);
  return unhealthy + healthy > 0;
}

function takeFromOld(draft: Draft, most: number, removable: (replicaSet: ReplicaSet) => number): number {
  let taken = 0;
  for (const replicaSet of oldestFirst(draft.old)) {
    if (taken >= most) break;
    const take = Math.min(most - taken, removable(replicaSet));
    if (take === 0 || wantedReplicas(replicaSet) === 0) continue;
    scale(draft, replicaSet, wantedReplicas(replicaSet) - take);
    taken += take;
  }
  return taken;
}

/** Everything old goes before anything new comes. */
function recreate(draft: Draft): void {
  const { deployment, pods } = draft.observed;
  syncRevision(draft);
  const active = draft.old.filter(isScaled);
  for (const replicaSet of active) scale(draft, replicaSet, 0);
  if (active.length > 0 || oldPodsRun(draft, pods)) return;
  if (!draft.fresh) return createNew(draft);
  scale(draft, draft.fresh, wantedReplicas(deployment));
  if (isComplete(deployment, deploymentStatus(draft, false))) cleanUpHistory(draft);
}

const oldPodsRun = ({ fresh, old }: Draft, pods: readonly Pod[]): boolean =>
  actualReplicas(old) > 0 || pods.some(pod => controllerOf(pod)?.uid !== fresh?.metadata.uid && !isTerminal(pod));

/** Scaling without rolling: one active revision takes all, several share in proportion. */
function scaleAll(draft: Draft): void {
  const { deployment } = draft.observed;
  const active = allOf(draft).filter(isScaled);
  if (active.length <= 1) {
    const only = active[0] ?? draft.fresh ?? oldestFirst(draft.old).at(-1);
    if (only) scale(draft, only, wantedReplicas(deployment));
    return;
  }
  if (isSaturated(draft)) {
    for (const replicaSet of draft.old.filter(isScaled)) scale(draft, replicaSet, 0);
    return;
  }
  if (!isRolling(deployment)) return;
  const sizes = proportionalSizes(deployment, active);
  for (const replicaSet of active) scale(draft, replicaSet, sizes.get(replicaSet.metadata.name!)!);
}

function isSaturated({ fresh, observed: { deployment } }: Draft): boolean {
  const wanted = wantedReplicas(deployment);
  return (
    fresh !== undefined &&
    wantedReplicas(fresh) === wanted &&
    intAnnotation(fresh, annotations.desiredReplicas) === wanted &&
    (fresh.status?.availableReplicas ?? 0) === wanted
  );
}
