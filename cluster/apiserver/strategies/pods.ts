/** Pods: what clients may change, how they end, and what they are selected by. */
import type { Pod } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Strategy, SubresourceStrategy } from '../types.ts';
import { dropDisabledFields, mergeLabelKeys, syncAppArmor } from './pod-fields.ts';
import { ephemeralcontainers, resize } from './pod-parts.ts';
import { qosClassOf } from './pod-qos.ts';
import { countChanges, statusOnly, textAt } from './generic.ts';

type StoredPod = Pod & KubeObject;

type Conditions = NonNullable<NonNullable<Pod['status']>['conditions']>;

/** Clients older than the field do not take back what generation others have seen. */
function keepObserved(status: NonNullable<Pod['status']>, before: Pod['status']): void {
  if (!status.observedGeneration && before?.observedGeneration) status.observedGeneration = before.observedGeneration;
  const known = new Map<string, number[]>();
  for (const { type, observedGeneration = 0 } of before?.conditions ?? [])
    known.set(type, [...(known.get(type) ?? []), observedGeneration]);
  status.conditions?.forEach((condition: Conditions[number]) => {
    const observed = known.get(condition.type)?.shift();
    if (!condition.observedGeneration && observed) condition.observedGeneration = observed;
  });
}

/** The status subresource keeps the spec and what only the server decides. */
const status: SubresourceStrategy = {
  prepareForUpdate(object, old, context) {
    const updated = statusOnly.prepareForUpdate(object, old, context) as StoredPod;
    const before = (old as StoredPod).status;
    updated.status ??= {};
    if (!updated.status.qosClass && before?.qosClass) updated.status.qosClass = before.qosClass;
    keepObserved(updated.status, before);
    if (old.metadata.ownerReferences) updated.metadata.ownerReferences = old.metadata.ownerReferences;
    else delete updated.metadata.ownerReferences;
    return updated;
  },
};

export const podStrategy: Strategy = {
  prepareForCreate(object, { nowMs, warn }) {
    const pod = object as StoredPod;
    pod.metadata.generation = 1;
    if (pod.spec) dropDisabledFields(pod.spec, undefined);
    mergeLabelKeys(pod);
    syncAppArmor(pod, warn);
    pod.status = { phase: 'Pending', qosClass: qosClassOf(pod) };
    if ((pod.spec?.schedulingGates?.length ?? 0) > 0) {
      pod.status.conditions = [
        {
          type: 'PodScheduled',
          status: 'False',
          lastProbeTime: null,
          lastTransitionTime: formatTime(nowMs),
          reason: 'SchedulingGated',
          message: 'Scheduling is blocked due to non-empty scheduling gates',
        } as never,
      ];
    }
  },
  prepareForUpdate(object, old) {
    const pod = object as StoredPod;
    pod.status = (old as StoredPod).status;
    if (pod.spec) dropDisabledFields(pod.spec, (old as StoredPod).spec);
    countChanges(pod as KubeObject, old);
  },
  gracefulDelete(object, requested) {
    const pod = object as StoredPod;
    const phase = pod.status?.phase;
    let seconds = requested ?? pod.spec?.terminationGracePeriodSeconds ?? 30;
    // Nobody has to end a pod that was never started, or has ended.
    if (!pod.spec?.nodeName || phase === 'Failed' || phase === 'Succeeded') seconds = 0;
    return { gracePeriodSeconds: seconds < 0 ? 1 : seconds };
  },
  returnsDeleted: true,
  selectableFields: object => {
    const pod = object as StoredPod;
    return {
      'spec.nodeName': pod.spec?.nodeName ?? '',
      'spec.restartPolicy': pod.spec?.restartPolicy ?? '',
      'spec.schedulerName': pod.spec?.schedulerName ?? '',
      'spec.serviceAccountName': pod.spec?.serviceAccountName ?? '',
      'spec.hostNetwork': String(pod.spec?.hostNetwork ?? false),
      'status.phase': pod.status?.phase ?? '',
      'status.podIP': textAt(object, 'status', 'podIP'),
      'status.nominatedNodeName': pod.status?.nominatedNodeName ?? '',
    };
  },
  subresources: { status, ephemeralcontainers, resize },
};
