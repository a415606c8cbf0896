/** Nodes and the pods on them, kept from informers and from decisions that the informers do not show yet. */
import type { Node, Pod } from '@orrery/kinds/types';
import { keyOf } from '@orrery/machinery/meta';
import { nodeInfo, withPod, type NodeInfo } from './node-info.ts';

interface Place {
  node?: Node;
  readonly pods: Map<string, Pod>;
  /** Dropped when something changed other than by adding a pod. */
  info?: NodeInfo;
}

export interface SchedulerCache {
  setNode(node: Node): void;
  removeNode(name: string): void;
  /** A pod that has a node. Confirms an assumed one. */
  setPod(pod: Pod): void;
  removePod(key: string): void;
  /** Counts a pod on a node before the API server says so. */
  assume(pod: Pod, node: string): void;
  /** The binding failed. False when the pod is not assumed any more. */
  forget(pod: Pod): boolean;
  isAssumed(key: string): boolean;
  nodes(): readonly NodeInfo[];
}

export function createCache(): SchedulerCache {
  const places = new Map<string, Place>();
  const nodeOfPod = new Map<string, string>();
  /** Key to uid: another pod may come under the same name. */
  const assumed = new Map<string, string | undefined>();

  const placeOf = (name: string): Place => {
    let place = places.get(name);
    if (!place) places.set(name, (place = { pods: new Map() }));
    return place;
  };
  const put = (pod: Pod, name: string) => {
    const key = keyOf(pod);
    take(key);
    const place = placeOf(name);
    place.pods.set(key, pod);
    if (place.info) place.info = withPod(place.info, pod);
    nodeOfPod.set(key, name);
  };
  const take = (key: string) => {
    const name = nodeOfPod.get(key);
    if (name === undefined) return;
    nodeOfPod.delete(key);
    const place = places.get(name)!;
    place.pods.delete(key);
    place.info = undefined;
    if (!place.node && place.pods.size === 0) places.delete(name);
  };

  return {
    setNode(node) {
      const place = placeOf(node.metadata.name!);
      place.node = node;
      place.info = undefined;
    },
    removeNode(name) {
      const place = places.get(name);
      if (!place) return;
      place.node = undefined;
      place.info = undefined;
      if (place.pods.size === 0) places.delete(name);
    },
    setPod(pod) {
      assumed.delete(keyOf(pod));
      put(pod, pod.spec.nodeName!);
    },
    removePod(key) {
      assumed.delete(key);
      take(key);
    },
    assume(pod, node) {
      assumed.set(keyOf(pod), pod.metadata.uid);
      put(pod, node);
    },
    forget(pod) {
      const key = keyOf(pod);
      if (!assumed.has(key) || assumed.get(key) !== pod.metadata.uid) return false;
      assumed.delete(key);
      take(key);
      return true;
    },
    isAssumed: key => assumed.has(key),
    nodes: () =>
      [...places.values()].flatMap(place =>
        place.node ? [(place.info ??= nodeInfo(place.node, [...place.pods.values()]))] : [],
      ),
  };
}
