/** Pods that nobody will clean up (upstream `pkg/controller/podgc`). */
import type { Node, Pod } from '@orrery/kinds/types';
import { isTerminal, isTerminating, timeOf } from '../common/pods.ts';

export interface Removal {
  readonly pod: Pod;
  /** Marked Failed first, with this DisruptionTarget message, so that owners learn why. */
  readonly failWith?: string;
}

const outOfService = (node: Node): boolean =>
  (node.spec?.taints ?? []).some(({ key }) => key === 'node.kubernetes.io/out-of-service');

const isNodeReady = (node: Node): boolean =>
  node.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';

/**
 * The pods to delete: finished ones beyond the threshold (oldest first), those of nodes that are gone (`missingSince` says since
 * when), terminating ones that never got a node, and terminating ones of nodes out of service.
 */
export function planRemovals(
  pods: readonly Pod[],
  nodes: ReadonlyMap<string, Node>,
  isMissing: (nodeName: string) => boolean,
  threshold: number,
): Removal[] {
  const finished = pods.filter(pod => isTerminal(pod) && !isTerminating(pod));
  const surplus =
    threshold <= 0 ? [] : [...finished].sort(oldestFirst).slice(0, Math.max(0, finished.length - threshold));
  const removals = new Map<Pod, Removal>(surplus.map(pod => [pod, { pod }]));
  for (const pod of pods) {
    const { nodeName } = pod.spec;
    if (!nodeName) {
      if (isTerminating(pod)) removals.set(pod, { pod });
      continue;
    }
    const node = nodes.get(nodeName);
    if (!node) {
      if (isMissing(nodeName)) removals.set(pod, { pod, failWith: 'PodGC: node no longer exists' });
    } else if (isTerminating(pod) && !isNodeReady(node) && outOfService(node)) {
      removals.set(pod, { pod });
    }
  }
  return [...removals.values()];
}

const oldestFirst = (a: Pod, b: Pod): number =>
  (timeOf(a.metadata.creationTimestamp) ?? 0) - (timeOf(b.metadata.creationTimestamp) ?? 0) ||
  (a.metadata.name! < b.metadata.name! ? -1 : 1);
