/** Taints of nodes and what pods tolerate. */
import { tolerates } from '@orrery/kinds/placement';
import type { Taint, Toleration } from '@orrery/kinds/types';

export const taintKeys = {
  notReady: 'node.kubernetes.io/not-ready',
  unreachable: 'node.kubernetes.io/unreachable',
  unschedulable: 'node.kubernetes.io/unschedulable',
  memoryPressure: 'node.kubernetes.io/memory-pressure',
  diskPressure: 'node.kubernetes.io/disk-pressure',
  pidPressure: 'node.kubernetes.io/pid-pressure',
  networkUnavailable: 'node.kubernetes.io/network-unavailable',
} as const;

/** A taint is known by its key and effect. */
export const sameTaint = (a: Taint, b: Taint): boolean => a.key === b.key && a.effect === b.effect;

/**
 * How many milliseconds a pod may stay on a node with these NoExecute taints: 0 when one of them is not tolerated, Infinity when all
 * are for good.
 */
export function stayUnder(taints: readonly Taint[], tolerations: readonly Toleration[]): number {
  let stay = Infinity;
  for (const taint of taints) {
    const matching = tolerations.filter(toleration => tolerates(toleration, taint));
    if (matching.length === 0) return 0;
    for (const { tolerationSeconds } of matching) {
      if (tolerationSeconds !== undefined) stay = Math.min(stay, Math.max(0, tolerationSeconds) * 1000);
    }
  }
  return stay;
}
