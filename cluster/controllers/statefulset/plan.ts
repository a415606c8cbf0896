/** The next step of a StatefulSet (upstream `pkg/controller/statefulset`): one ordinal at a time, unless told otherwise. */
import type { Pod, StatefulSet, StatefulSetStatus } from '@orrery/kinds/types';
import { isAvailable, isReady, isTerminal, isTerminating } from '../common/pods.ts';
import { ordinalOf, revisionLabel } from './pods.ts';

export interface ObservedSet {
  readonly statefulSet: StatefulSet;
  /** The pods it owns. */
  readonly pods: readonly Pod[];
  /** Names of the revision rolled out before and of that of the present template. */
  readonly currentRevision: string;
  readonly updateRevision: string;
  readonly now: number;
}

export interface SetPlan {
  /** Ordinals to create a pod for, with the revision it shall be of. */
  readonly create: readonly { readonly ordinal: number; readonly revision: string }[];
  readonly remove: readonly { readonly pod: Pod; readonly why: 'failed' | 'surplus' | 'outdated' }[];
}

const nothing: SetPlan = { create: [], remove: [] };

const firstOrdinal = ({ spec }: StatefulSet): number => spec.ordinals?.start ?? 0;
const replicasOf = ({ spec }: StatefulSet): number => spec.replicas ?? 1;
const isHealthy = (pod: Pod): boolean => pod.status?.phase === 'Running' && isReady(pod) && !isTerminating(pod);

export const revisionOf = (pod: Pod): string | undefined => pod.metadata.labels?.[revisionLabel];

/** Pods below the partition stay at the revision rolled out before. */
function revisionFor({ statefulSet, currentRevision, updateRevision }: ObservedSet, ordinal: number): string {
  const { type, rollingUpdate } = statefulSet.spec.updateStrategy ?? {};
  if (type === 'OnDelete') return updateRevision;
  const start = firstOrdinal(statefulSet);
  const kept = rollingUpdate ? (rollingUpdate.partition ?? 0) : (statefulSet.status?.currentReplicas ?? 0);
  return ordinal < start + kept ? currentRevision : updateRevision;
}

/** What to do now; nothing while the last step has not taken effect. */
export function planSet(observed: ObservedSet): SetPlan {
  const { statefulSet, pods, now } = observed;
  if (statefulSet.metadata.deletionTimestamp) return nothing;
  const monotonic = statefulSet.spec.podManagementPolicy !== 'Parallel';
  const start = firstOrdinal(statefulSet);
  const byOrdinal = new Map(pods.map(pod => [ordinalOf(statefulSet, pod), pod]));
  const create: { ordinal: number; revision: string }[] = [];
  const failed: Pod[] = [];
  let waiting = false;
  for (let ordinal = start; ordinal < start + replicasOf(statefulSet); ordinal++) {
    const pod = byOrdinal.get(ordinal);
    if (!pod) create.push({ ordinal, revision: revisionFor(observed, ordinal) });
    else if (isTerminal(pod) && !isTerminating(pod)) failed.push(pod);
    else if (isHealthy(pod) && isAvailable(pod, statefulSet.spec.minReadySeconds ?? 0, now)) continue;
    else waiting = true;
    // In order, nothing happens to later ordinals before this one is well.
    if (monotonic) break;
  }
  if (monotonic) {
    const unwell = firstUnwell(observed, byOrdinal);
    if (unwell !== undefined) return step(create, failed, monotonic);
  } else if (create.length > 0 || failed.length > 0) return step(create, failed, monotonic);
  const shrinking = scaleDown(observed, monotonic);
  if (shrinking) return shrinking;
  return waiting && monotonic ? nothing : roll(observed, byOrdinal);
}

const step = (create: SetPlan['create'], failed: readonly Pod[], monotonic: boolean): SetPlan => {
  const remove = failed.map(pod => ({ pod, why: 'failed' as const }));
  return monotonic ? { create: create.slice(0, 1), remove: remove.slice(0, 1) } : { create, remove };
};

/** The first ordinal that is not created, healthy and available. */
function firstUnwell(
  { statefulSet, now }: ObservedSet,
  byOrdinal: ReadonlyMap<number | undefined, Pod>,
): number | undefined {
  const start = firstOrdinal(statefulSet);
  for (let ordinal = start; ordinal < start + replicasOf(statefulSet); ordinal++) {
    const pod = byOrdinal.get(ordinal);
    if (!pod || !isHealthy(pod) || !isAvailable(pod, statefulSet.spec.minReadySeconds ?? 0, now)) return ordinal;
  }
  return undefined;
}

/** Ordinals beyond the wanted ones go, the highest first. Undefined when there are none. */
function scaleDown({ statefulSet, pods }: ObservedSet, monotonic: boolean): SetPlan | undefined {
  const start = firstOrdinal(statefulSet);
  const end = start + replicasOf(statefulSet);
  const condemned = pods
    .filter(pod => {
      const ordinal = ordinalOf(statefulSet, pod);
      return ordinal !== undefined && (ordinal < start || ordinal >= end);
    })
    .sort((a, b) => ordinalOf(statefulSet, b)! - ordinalOf(statefulSet, a)!);
  if (condemned.length === 0) return undefined;
  if (!monotonic)
    return { create: [], remove: condemned.filter(pod => !isTerminating(pod)).map(pod => ({ pod, why: 'surplus' })) };
  const [last] = condemned;
  return isTerminating(last!) ? nothing : { create: [], remove: [{ pod: last!, why: 'surplus' }] };
}

/** Replaces outdated pods from the highest ordinal down, one by one, each only when those above are well. */
function roll({ statefulSet, updateRevision }: ObservedSet, byOrdinal: ReadonlyMap<number | undefined, Pod>): SetPlan {
  const { type, rollingUpdate } = statefulSet.spec.updateStrategy ?? {};
  if (type === 'OnDelete') return nothing;
  const start = firstOrdinal(statefulSet);
  const lowest = start + (rollingUpdate?.partition ?? 0);
  for (let ordinal = start + replicasOf(statefulSet) - 1; ordinal >= lowest; ordinal--) {
    const pod = byOrdinal.get(ordinal);
    if (!pod) return nothing;
    if (revisionOf(pod) !== updateRevision && !isTerminating(pod)) {
      return { create: [], remove: [{ pod, why: 'outdated' }] };
    }
    if (!isHealthy(pod)) return nothing;
  }
  return nothing;
}

export function setStatus(observed: ObservedSet): StatefulSetStatus {
  const { statefulSet, pods, currentRevision, updateRevision, now } = observed;
  const replicas = replicasOf(statefulSet);
  const { type, rollingUpdate } = statefulSet.spec.updateStrategy ?? {};
  const alive = pods.filter(pod => !isTerminating(pod));
  const ready = pods.filter(pod => pod.status?.phase === 'Running' && isReady(pod));
  const of = (revision: string) => alive.filter(pod => revisionOf(pod) === revision).length;
  const counts = {
    replicas: pods.length,
    readyReplicas: ready.length,
    availableReplicas: ready.filter(pod => isAvailable(pod, statefulSet.spec.minReadySeconds ?? 0, now)).length,
    updatedReplicas: of(updateRevision),
  };
  const done =
    type !== 'OnDelete' &&
    (rollingUpdate?.partition ?? 0) === 0 &&
    counts.updatedReplicas === replicas &&
    counts.replicas === replicas &&
    counts.readyReplicas === replicas;
  const { collisionCount } = statefulSet.status ?? {};
  return {
    observedGeneration: statefulSet.metadata.generation,
    ...counts,
    currentReplicas: done ? counts.updatedReplicas : of(currentRevision),
    currentRevision: done ? updateRevision : currentRevision,
    updateRevision,
    ...(collisionCount !== undefined && { collisionCount }),
  };
}
