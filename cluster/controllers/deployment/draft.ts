/** The world of one Deployment while a plan is being made: what is observed, and what the plan has changed so far. */
import type { Deployment, DeploymentCondition, Pod, ReplicaSet } from '@orrery/kinds/types';
import { annotations, fenceposts, intAnnotation, wantedReplicas } from './sizes.ts';

export interface Observed {
  readonly deployment: Deployment;
  /** All ReplicaSets the Deployment controls. */
  readonly replicaSets: readonly ReplicaSet[];
  /** All pods these ReplicaSets control, finished and terminating ones too. */
  readonly pods: readonly Pod[];
  readonly now: number;
}

/** One write to a ReplicaSet; at most one per ReplicaSet and plan. */
export interface Write {
  readonly action: 'create' | 'update' | 'delete';
  readonly replicaSet: ReplicaSet;
  /** Messages of ScalingReplicaSet events. */
  readonly events: readonly string[];
}

export interface Draft {
  readonly observed: Observed;
  /** The ReplicaSet with the Deployment's present template. */
  fresh: ReplicaSet | undefined;
  old: readonly ReplicaSet[];
  writes: readonly Write[];
  conditions: readonly DeploymentCondition[];
  revision: string | undefined;
}

export const allOf = ({ fresh, old }: Draft): ReplicaSet[] => (fresh ? [...old, fresh] : [...old]);

/** Records a changed ReplicaSet. Names are unique within a Deployment, also before the server has given a uid. */
export function put(draft: Draft, replicaSet: ReplicaSet, event?: string): void {
  const { name } = replicaSet.metadata;
  const earlier = draft.writes.find(write => write.replicaSet.metadata.name === name);
  const events = [...(earlier?.events ?? []), ...(event ? [event] : [])];
  const write: Write = { action: earlier?.action ?? 'update', replicaSet, events };
  draft.writes = earlier ? draft.writes.map(other => (other === earlier ? write : other)) : [...draft.writes, write];
  if (draft.fresh?.metadata.name === name) draft.fresh = replicaSet;
  draft.old = draft.old.map(other => (other.metadata.name === name ? replicaSet : other));
}

const sizeAnnotations = (deployment: Deployment): Readonly<Record<string, string>> => ({
  [annotations.desiredReplicas]: String(wantedReplicas(deployment)),
  [annotations.maxReplicas]: String(wantedReplicas(deployment) + fenceposts(deployment).surge),
});

export const withSizeAnnotations = (replicaSet: ReplicaSet, deployment: Deployment): ReplicaSet => ({
  ...replicaSet,
  metadata: {
    ...replicaSet.metadata,
    annotations: { ...replicaSet.metadata.annotations, ...sizeAnnotations(deployment) },
  },
});

/** Scales a ReplicaSet and notes the Deployment's sizes on it; does nothing when both are so already. */
export function scale(draft: Draft, replicaSet: ReplicaSet, size: number): boolean {
  const { deployment } = draft.observed;
  const from = wantedReplicas(replicaSet);
  const noted = Object.entries(sizeAnnotations(deployment)).every(
    ([key, value]) => intAnnotation(replicaSet, key) === Number(value),
  );
  if (from === size && noted) return false;
  const { name } = replicaSet.metadata;
  const event =
    from === size ? undefined : `Scaled ${from < size ? 'up' : 'down'} replica set ${name} from ${from} to ${size}`;
  const scaled = withSizeAnnotations(replicaSet, deployment);
  put(draft, { ...scaled, spec: { ...scaled.spec, replicas: size } }, event);
  return from !== size;
}
