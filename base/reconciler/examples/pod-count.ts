/** The first controller: counts the pods of each ReplicaSet into its label `pod-count`. */
import { resources } from '@orrery/client/resources';
import type { Pod, ReplicaSet } from '@orrery/kinds/types';
import { controllerOf } from '@orrery/machinery/meta';
import { buildController, type ComponentContext, type ControllerOptions } from '@orrery/reconciler';

export const podCountLabel = 'pod-count';

/** Decides: the merge patch that puts the label right, or nothing. */
export function planPodCount(replicaSet: ReplicaSet, pods: readonly Pod[]): object | undefined {
  const count = String(pods.filter(pod => controllerOf(pod)?.uid === replicaSet.metadata.uid).length);
  if (replicaSet.metadata.labels?.[podCountLabel] === count) return undefined;
  return { metadata: { labels: { [podCountLabel]: count } } };
}

/** Observes and acts: reads the caches, writes the patch. */
export function podCount({ client, informers }: ComponentContext): ControllerOptions {
  const replicaSets = informers.of<ReplicaSet>(resources.replicasets);
  const pods = informers.of<Pod>(resources.pods);
  return buildController({ informers }, 'pod-count')
    .for(resources.replicasets)
    .owns(resources.pods)
    .reconcile(async key => {
      const replicaSet = replicaSets.get(key);
      if (!replicaSet || replicaSet.metadata.deletionTimestamp) return;
      const { name, namespace } = replicaSet.metadata;
      const patch = planPodCount(replicaSet, pods.list(namespace));
      if (patch)
        await client.patch(resources.replicasets, name!, 'merge', patch, { namespace, fieldManager: 'pod-count' });
    });
}
