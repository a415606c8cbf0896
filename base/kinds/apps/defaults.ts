/** Defaults of apps/v1. */
import { defaultPodTemplate } from '../core/pod-defaults.ts';
import { defaultPersistentVolumeClaim } from '../core/volume-defaults.ts';
import { each, fill } from '../fill.ts';
import type { DaemonSet, Deployment, ReplicaSet, StatefulSet } from '../types.data.ts';

export function defaultDeployment({ spec }: Deployment): void {
  defaultPodTemplate(spec.template);
  fill(spec, { replicas: 1, strategy: () => ({}), revisionHistoryLimit: 10, progressDeadlineSeconds: 600 });
  const strategy = spec.strategy!;
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy.type !== 'RollingUpdate') return;
  fill(strategy, { rollingUpdate: () => ({}) });
  fill(strategy.rollingUpdate!, { maxUnavailable: '25%', maxSurge: '25%' });
}

export function defaultReplicaSet({ spec }: ReplicaSet): void {
  fill(spec, { replicas: 1 });
  defaultPodTemplate(spec.template);
}

export function defaultDaemonSet({ spec }: DaemonSet): void {
  defaultPodTemplate(spec.template);
  fill(spec, { updateStrategy: () => ({}), revisionHistoryLimit: 10 });
  const strategy = spec.updateStrategy!;
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy.type !== 'RollingUpdate') return;
  fill(strategy, { rollingUpdate: () => ({}) });
  fill(strategy.rollingUpdate!, { maxUnavailable: 1, maxSurge: 0 });
}

export function defaultStatefulSet({ spec }: StatefulSet): void {
  defaultPodTemplate(spec.template);
  for (const claim of each(spec.volumeClaimTemplates)) {
    defaultPersistentVolumeClaim(claim);
    fill(claim, { apiVersion: 'v1', kind: 'PersistentVolumeClaim' });
  }
  fill(spec, {
    podManagementPolicy: 'OrderedReady',
    updateStrategy: () => ({}),
    replicas: 1,
    revisionHistoryLimit: 10,
    persistentVolumeClaimRetentionPolicy: () => ({}),
  });
  fill(spec.persistentVolumeClaimRetentionPolicy!, { whenDeleted: 'Retain', whenScaled: 'Retain' });
  const strategy = spec.updateStrategy!;
  fill(strategy, { type: 'RollingUpdate' });
  if (strategy.type !== 'RollingUpdate') return;
  fill(strategy, { rollingUpdate: () => ({}) });
  fill(strategy.rollingUpdate!, { partition: 0 });
}
