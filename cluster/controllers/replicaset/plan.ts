/** What a ReplicaSet needs: how many pods more, which pods fewer, and its status (upstream `pkg/controller/replicaset`). */
import type { Pod, ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import { controllerOf } from '@orrery/machinery/meta';
import { conditionOf, withCondition, withoutCondition } from '../common/conditions.ts';
import { isAvailable, isReady, untilAvailable } from '../common/pods.ts';
import { choosePodsToDelete } from '../common/rank.ts';

/** At most so many pods are created or deleted in one go. */
const burst = 500;

export interface ReplicaPlan {
  readonly create: number;
  readonly remove: readonly Pod[];
}

/** Compares wanted and active pods. `related` are the pods of all ReplicaSets of the same owner. */
export function planReplicas(
  replicaSet: ReplicaSet,
  active: readonly Pod[],
  related: readonly Pod[],
  now: number,
): ReplicaPlan {
  const surplus = active.length - (replicaSet.spec.replicas ?? 1);
  if (surplus < 0) return { create: Math.min(-surplus, burst), remove: [] };
  return { create: 0, remove: choosePodsToDelete(active, related, Math.min(surplus, burst), now) };
}

export interface ManageFailure {
  readonly during: 'create' | 'delete';
  readonly message: string;
}

/** The status that fits what is observed. */
export function replicaSetStatus(
  replicaSet: ReplicaSet,
  active: readonly Pod[],
  failure: ManageFailure | undefined,
  now: number,
): ReplicaSetStatus {
  const labels = Object.entries(replicaSet.spec.template?.metadata?.labels ?? {});
  const minReadySeconds = replicaSet.spec.minReadySeconds ?? 0;
  const count = (holds: (pod: Pod) => boolean) => active.filter(holds).length;
  const conditions = failureConditions(replicaSet.status?.conditions, failure, now);
  return {
    replicas: active.length,
    fullyLabeledReplicas: count(pod => labels.every(([key, value]) => pod.metadata.labels?.[key] === value)),
    readyReplicas: count(isReady),
    availableReplicas: count(pod => isAvailable(pod, minReadySeconds, now)),
    observedGeneration: replicaSet.metadata.generation,
    ...(conditions.length > 0 && { conditions }),
  };
}

function failureConditions(
  conditions: readonly ReplicaSetCondition[] | undefined,
  failure: ManageFailure | undefined,
  now: number,
): ReplicaSetCondition[] {
  if (!failure) return withoutCondition(conditions, 'ReplicaFailure');
  if (conditionOf(conditions, 'ReplicaFailure')) return [...conditions!];
  return withCondition(conditions, {
    type: 'ReplicaFailure',
    status: 'True',
    lastTransitionTime: formatTime(now),
    reason: failure.during === 'create' ? 'FailedCreate' : 'FailedDelete',
    message: failure.message,
  });
}

/** When to look again for pods that become available by the passing of time alone. */
export function nextAvailability(replicaSet: ReplicaSet, active: readonly Pod[], now: number): number | undefined {
  const minReadySeconds = replicaSet.spec.minReadySeconds ?? 0;
  const waits = active.map(pod => untilAvailable(pod, minReadySeconds, now)).filter(wait => wait !== undefined);
  return waits.length === 0 ? undefined : Math.min(...waits);
}

/** ReplicaSets of the same controlling owner, such as the revisions of one Deployment; the ReplicaSet itself if it has none. */
export function relatives(replicaSet: ReplicaSet, all: readonly ReplicaSet[]): readonly ReplicaSet[] {
  const owner = controllerOf(replicaSet);
  return owner ? all.filter(other => controllerOf(other)?.uid === owner.uid) : [replicaSet];
}
