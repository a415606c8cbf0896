/**
 * Which pods belong together when nobody says so: those of the same services and of the same ReplicaSet, StatefulSet or
 * ReplicationController (scheduler `helper.DefaultSelector`).
 */
import { resources } from '@orrery/client/resources';
import type { Pod, ReplicaSet, ReplicationController, Service, StatefulSet } from '@orrery/kinds/types';
import { controllerOf } from '@orrery/machinery/meta';
import { matches, selectorFromMap, selectorFromObject, type LabelSelector } from '@orrery/machinery/selector';
import { allSynced, type Informer, type InformerFactory } from '@orrery/reconciler';

export interface Groups {
  readonly synced: Promise<void>;
  /** What selects the pods of the same group; undefined for a pod that belongs to none. */
  of(pod: Pod): LabelSelector | undefined;
}

export function followGroups(informers: InformerFactory): Groups {
  const services = informers.of<Service>(resources.services);
  const replicaSets = informers.of<ReplicaSet>(resources.replicasets);
  const statefulSets = informers.of<StatefulSet>(resources.statefulsets);
  const replicationControllers = informers.of<ReplicationController>(resources.replicationcontrollers);
  return {
    synced: allSynced(services, replicaSets, statefulSets, replicationControllers),
    of(pod) {
      const owner = controllerOf(pod);
      const key = `${pod.metadata.namespace}/${owner?.name}`;
      const byOwner: Readonly<Record<string, () => LabelSelector | undefined>> = {
        ReplicaSet: () => selectorOf(replicaSets.get(key)),
        StatefulSet: () => selectorOf(statefulSets.get(key)),
        ReplicationController: () => mapSelector(replicationControllers.get(key)?.spec?.selector),
      };
      const owned = owner && Object.hasOwn(byOwner, owner.kind) ? byOwner[owner.kind]!() : undefined;
      const selector = [...serving(services, pod), ...(owned ?? [])];
      return selector.length > 0 ? selector : undefined;
    },
  };
}

const selectorOf = (set: ReplicaSet | StatefulSet | undefined): LabelSelector | undefined =>
  set && selectorFromObject(set.spec?.selector);

const mapSelector = (labels: Record<string, string> | undefined): LabelSelector | undefined =>
  labels && selectorFromMap(labels);

/** What all services ask for that lead to the pod. */
function serving(services: Informer<Service>, pod: Pod): LabelSelector {
  const selectors = services
    .list(pod.metadata.namespace)
    .map(service => service.spec?.selector ?? {})
    .filter(selector => Object.keys(selector).length > 0 && matches(selectorFromMap(selector), pod.metadata.labels));
  return selectorFromMap(Object.assign({}, ...selectors) as Record<string, string>);
}
