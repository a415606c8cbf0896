/** Defaults of storage.k8s.io/v1 and scheduling.k8s.io/v1. */
import { fill } from '../fill.ts';
import type { CSIDriver, PriorityClass, StorageClass } from '../types.data.ts';

export const defaultStorageClass = (storageClass: StorageClass): void =>
  fill(storageClass, { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' });

export const defaultCsiDriver = ({ spec }: CSIDriver): void =>
  fill(spec, {
    attachRequired: true,
    podInfoOnMount: false,
    storageCapacity: false,
    fsGroupPolicy: 'ReadWriteOnceWithFSType',
    volumeLifecycleModes: () => ['Persistent'],
    requiresRepublish: false,
    seLinuxMount: false,
  });

export const defaultPriorityClass = (priorityClass: PriorityClass): void =>
  fill(priorityClass, { preemptionPolicy: 'PreemptLowerPriority' });
