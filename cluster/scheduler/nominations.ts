/** Pods that wait for room that was made for them: it is kept from less important ones (upstream's nominator). */
import type { Pod } from '@orrery/kinds/types';
import { keyOf } from '@orrery/machinery/meta';
import type { NodeInfo } from './node-info.ts';
import { priorityOf } from './priority.ts';

export interface Nominations {
  set(pod: Pod, node: string): void;
  remove(key: string): void;
  nodeOf(key: string): string | undefined;
  /** Who is expected on a node and at least as important as `pod`, itself left out. */
  before(pod: Pod, node: string): readonly Pod[];
}

export function createNominations(): Nominations {
  const known = new Map<string, { readonly pod: Pod; readonly node: string }>();
  return {
    set: (pod, node) => void known.set(keyOf(pod), { pod, node }),
    remove: key => void known.delete(key),
    nodeOf: key => known.get(key)?.node,
    before(pod, node) {
      if (known.size === 0) return [];
      const own = keyOf(pod);
      return [...known.values()]
        .filter(each => each.node === node && keyOf(each.pod) !== own && priorityOf(each.pod) >= priorityOf(pod))
        .map(each => each.pod);
    },
  };
}

/** Whether less important pods of the node are ending: then nobody else has to end for the pod that waits for them. */
export const makesRoom = (pod: Pod, node: NodeInfo | undefined): boolean =>
  node?.pods.some(other => other.metadata.deletionTimestamp && priorityOf(other) < priorityOf(pod)) ?? false;
