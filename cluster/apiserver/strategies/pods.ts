/** Pods: what clients may change, how they end, and what they are selected by. */
import type { Pod } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Strategy, SubresourceStrategy } from '../types.ts';
import { warningsOfPod } from './pod-warnings.ts';
import { countChanges, statusOnly, textAt } from './generic.ts';

type StoredPod = Pod & KubeObject;

/** The pod's quality of service class, from the requests and limits of its containers (api `qos.ComputePodQOS`). */
export function qosClassOf(pod: Pod): 'Guaranteed' | 'Burstable' | 'BestEffort' {
  const supported = ['cpu', 'memory'];
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  const podLevel = pod.spec?.resources;
  const lists = podLevel ? [podLevel] : containers.map(container => container.resources ?? {});
  let any = false;
  let guaranteed = true;
  for (const { requests = {}, limits = {} } of lists) {
    const isSet = (quantity: unknown): boolean => quantity !== undefined && quantity !== '0' && quantity !== 0;
    for (const name of supported) {
      if (isSet(requests[name]) || isSet(limits[name])) any = true;
      if (!isSet(limits[name]) || (isSet(requests[name]) && requests[name] !== limits[name])) guaranteed = false;
    }
  }
  if (!any) return 'BestEffort';
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

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

/** Only the list of ephemeral containers changes. */
const ephemeralcontainers: SubresourceStrategy = {
  prepareForUpdate(object, old) {
    const before = old as StoredPod;
    const { ephemeralContainers } = (object as StoredPod).spec ?? {};
    const spec = { ...before.spec!, ephemeralContainers };
    const updated = { ...before, metadata: object.metadata, spec } as StoredPod;
    if (JSON.stringify(ephemeralContainers) !== JSON.stringify(before.spec?.ephemeralContainers)) {
      updated.metadata.generation = (before.metadata.generation ?? 0) + 1;
    }
    return updated as KubeObject;
  },
};

/** Only the containers' resources and resize policies change. */
const resize: SubresourceStrategy = {
  prepareForUpdate(object, old) {
    const before = old as StoredPod;
    const merge = <T extends { name: string; resources?: unknown; resizePolicy?: unknown }>(
      stored: readonly T[] | undefined,
      asked: readonly T[] | undefined,
    ) =>
      stored?.map(container => {
        const wanted = asked?.find(other => other.name === container.name);
        return wanted ? { ...container, resources: wanted.resources, resizePolicy: wanted.resizePolicy } : container;
      });
    const asked = (object as StoredPod).spec;
    const containers = merge(before.spec?.containers, asked?.containers);
    const initContainers = merge(before.spec?.initContainers, asked?.initContainers);
    const spec = { ...before.spec!, containers, ...(initContainers && { initContainers }) };
    const updated = JSON.parse(JSON.stringify({ ...before, metadata: { ...object.metadata }, spec })) as KubeObject;
    countChanges(updated, old);
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
