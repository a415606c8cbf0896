/** Indexes of the shared pod cache, so that the cost of a look does not grow with the cluster. */
import { resources } from '@orrery/client/resources';
import type { Pod } from '@orrery/kinds/types';
import { controllerOf, type KubeObject } from '@orrery/machinery/meta';
import type { ComponentContext, Informer } from '@orrery/reconciler';

const byController = 'controllers/controller';
const byNode = 'controllers/node';
const orphansOf = (namespace: string | undefined): string => `orphans of ${namespace ?? ''}`;

/** The pod informer with the indexes below. Setting them again does no harm: they are built from what is there. */
export function podsOf({ informers }: Pick<ComponentContext, 'informers'>): Informer<Pod> {
  const pods = informers.of<Pod>(resources.pods);
  pods.addIndex(byController, pod => [controllerOf(pod)?.uid ?? orphansOf(pod.metadata.namespace)]);
  pods.addIndex(byNode, pod => (pod.spec.nodeName ? [pod.spec.nodeName] : []));
  return pods;
}

export const podsControlledBy = (pods: Informer<Pod>, uid: string | undefined): Pod[] =>
  uid === undefined ? [] : pods.byIndex(byController, uid);

/** What an owner may claim: the pods it controls and those of its namespace that nobody controls. */
export const claimable = (pods: Informer<Pod>, { metadata }: KubeObject): Pod[] => [
  ...podsControlledBy(pods, metadata.uid),
  ...pods.byIndex(byController, orphansOf(metadata.namespace)),
];

export const podsOnNode = (pods: Informer<Pod>, nodeName: string): Pod[] => pods.byIndex(byNode, nodeName);
