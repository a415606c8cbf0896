/** Arithmetic of rollouts: how many pods may be missing or surplus, and who gets how many (upstream `deployment_util`). */
import type { Deployment, ReplicaSet } from '@orrery/kinds/types';

export const annotations = {
  revision: 'deployment.kubernetes.io/revision',
  revisionHistory: 'deployment.kubernetes.io/revision-history',
  desiredReplicas: 'deployment.kubernetes.io/desired-replicas',
  maxReplicas: 'deployment.kubernetes.io/max-replicas',
} as const;

export const wantedReplicas = (object: Deployment | ReplicaSet): number => object.spec.replicas ?? 1;

export const isRolling = (deployment: Deployment): boolean => deployment.spec.strategy?.type !== 'Recreate';

/** A number or a percentage of `total`. */
export function resolveIntOrPercent(value: number | string | undefined, total: number, roundUp: boolean): number {
  if (value === undefined) return 0;
  if (typeof value === 'number') return value;
  const percent = /^(\d+)%$/.exec(value);
  if (!percent) throw new Error(`invalid value for IntOrString: invalid type: string is not a percentage`);
  const exact = (Number(percent[1]) * total) / 100;
  return roundUp ? Math.ceil(exact) : Math.floor(exact);
}

/** Surge rounds up, unavailability rounds down; when both are none, one pod may be missing, or nothing could ever move. */
export function fenceposts(deployment: Deployment): { surge: number; unavailable: number } {
  if (!isRolling(deployment)) return { surge: 0, unavailable: 0 };
  const replicas = wantedReplicas(deployment);
  const { maxSurge, maxUnavailable } = deployment.spec.strategy?.rollingUpdate ?? {
    maxSurge: '25%',
    maxUnavailable: '25%',
  };
  const surge = resolveIntOrPercent(maxSurge, replicas, true);
  const unavailable = resolveIntOrPercent(maxUnavailable, replicas, false);
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/** How many pods may be missing during a rollout. */
export function maxUnavailable(deployment: Deployment): number {
  const replicas = wantedReplicas(deployment);
  return replicas === 0 ? 0 : Math.min(fenceposts(deployment).unavailable, replicas);
}

export const maxSurge = (deployment: Deployment): number => fenceposts(deployment).surge;

export const sum = (replicaSets: readonly ReplicaSet[], of: (replicaSet: ReplicaSet) => number | undefined): number =>
  replicaSets.reduce((total, replicaSet) => total + (of(replicaSet) ?? 0), 0);

export const specReplicas = (replicaSets: readonly ReplicaSet[]): number => sum(replicaSets, wantedReplicas);
export const actualReplicas = (replicaSets: readonly ReplicaSet[]): number =>
  sum(replicaSets, replicaSet => replicaSet.status?.replicas);
export const availableReplicas = (replicaSets: readonly ReplicaSet[]): number =>
  sum(replicaSets, replicaSet => replicaSet.status?.availableReplicas);

export const isScaled = (replicaSet: ReplicaSet): boolean => wantedReplicas(replicaSet) > 0;

export function intAnnotation(object: ReplicaSet | Deployment, key: string): number | undefined {
  const text = object.metadata.annotations?.[key];
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined;
}

/** How far the new ReplicaSet may be scaled now. */
export function newReplicaCount(deployment: Deployment, all: readonly ReplicaSet[], current: number): number {
  const wanted = wantedReplicas(deployment);
  if (!isRolling(deployment)) return wanted;
  const room = wanted + maxSurge(deployment) - specReplicas(all);
  return room <= 0 ? current : current + Math.min(room, wanted - current);
}

const byCreation = (a: ReplicaSet, b: ReplicaSet): number => {
  const [first, second] = [a.metadata.creationTimestamp ?? '', b.metadata.creationTimestamp ?? ''];
  if (first !== second) return first < second ? -1 : 1;
  return a.metadata.name! < b.metadata.name! ? -1 : 1;
};

export const oldestFirst = (replicaSets: readonly ReplicaSet[]): ReplicaSet[] => [...replicaSets].sort(byCreation);

const bySize = (tie: (a: ReplicaSet, b: ReplicaSet) => number) => (a: ReplicaSet, b: ReplicaSet) =>
  wantedReplicas(b) - wantedReplicas(a) || tie(a, b);

/** New sizes by name that scale all active ReplicaSets in proportion, so that no revision bears a change alone. */
export function proportionalSizes(deployment: Deployment, active: readonly ReplicaSet[]): Map<string, number> {
  const wanted = wantedReplicas(deployment);
  const allowed = wanted > 0 ? wanted + maxSurge(deployment) : 0;
  const toAdd = allowed - specReplicas(active);
  const ordered = [...active].sort(bySize(toAdd > 0 ? (a, b) => byCreation(b, a) : byCreation));
  const sizes = new Map<string, number>();
  let added = 0;
  for (const replicaSet of ordered) {
    const share = toAdd === 0 ? 0 : proportion(deployment, replicaSet, toAdd, added);
    sizes.set(replicaSet.metadata.name!, wantedReplicas(replicaSet) + share);
    added += share;
  }
  // What rounding left over goes to the largest.
  const largest = ordered[0]?.metadata.name;
  if (largest !== undefined) sizes.set(largest, Math.max(0, sizes.get(largest)! + toAdd - added));
  return sizes;
}

function proportion(deployment: Deployment, replicaSet: ReplicaSet, toAdd: number, added: number): number {
  const size = wantedReplicas(replicaSet);
  if (size === 0 || toAdd === added) return 0;
  const allowed = toAdd - added;
  const fraction = fractionOf(deployment, replicaSet);
  return toAdd > 0 ? Math.min(fraction, allowed) : Math.max(fraction, allowed);
}

function fractionOf(deployment: Deployment, replicaSet: ReplicaSet): number {
  const size = wantedReplicas(replicaSet);
  if (wantedReplicas(deployment) === 0) return -size;
  const before = intAnnotation(replicaSet, annotations.maxReplicas) || deployment.status?.replicas || 0;
  if (before === 0) return 0;
  const exact = (size * (wantedReplicas(deployment) + maxSurge(deployment))) / before;
  return Math.floor(exact + 0.5) - size;
}
