/** Pods: what clients may change, how they end, and what they are selected by. */
import type { Pod } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Strategy, SubresourceStrategy } from '../types.ts';
import { ephemeralcontainers, resize } from './pod-parts.ts';
import { qosClassOf } from './pod-qos.ts';
import { warningsOfPod } from './pod-warnings.ts';
import { countChanges, statusOnly, textAt } from './generic.ts';

type StoredPod = Pod & KubeObject;

/** The status subresource keeps the spec and what only the server decides. */
const status: SubresourceStrategy = {
  prepareForUpdate(object, old, context) {
    const updated = statusOnly.prepareForUpdate(object, old, context) as StoredPod;
    const before = (old as StoredPod).status;
    updated.status ??= {};
    if (before?.qosClass !== undefined) updated.status.qosClass = before.qosClass;
    if (old.metadata.ownerReferences) updated.metadata.ownerReferences = old.metadata.ownerReferences;
    else delete updated.metadata.ownerReferences;
    return updated;
  },
};

/** Fields behind gates that are off by default are dropped, as upstream does. */
function dropDisabled({ spec }: StoredPod): void {
  const volumes = spec?.volumes?.filter(volume => volume.image === undefined);
  if (volumes && volumes.length !== spec!.volumes!.length) spec!.volumes = volumes;
}

export const podStrategy: Strategy = {
  prepareForCreate(object, { nowMs }) {
    const pod = object as StoredPod;
    pod.metadata.generation = 1;
    dropDisabled(pod);
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
  warnings: warningsOfPod,
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
