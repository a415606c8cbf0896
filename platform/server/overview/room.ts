/** How full the nodes are: what they have against what pods ask for. Pure. */
import type { KubeObject } from '@orrery/machinery/meta';
import { addQuantities, formatQuantity, parseQuantity, quantityOf, zeroQuantity } from '@orrery/machinery/quantity';
import { amountsOf, isOver, measured } from '../resources/amounts.ts';
import type { PodLike } from '../resources/pods.ts';

export interface Room {
  readonly capacity: string;
  readonly allocatable: string;
  readonly requests: string;
  readonly limits?: string;
}

interface NodeLike extends KubeObject {
  readonly status?: { readonly capacity?: Record<string, string>; readonly allocatable?: Record<string, string> };
}

/** Of all nodes together: `cpu`, `memory` and `pods`. Pods without a node take nothing. */
export function roomOf(nodes: readonly KubeObject[], pods: readonly KubeObject[]): Record<string, Room> {
  const placed = pods.filter(pod => (pod as PodLike).spec?.nodeName && !isOver(pod));
  const { requests, limits } = amountsOf(placed);
  const sum = (kind: 'capacity' | 'allocatable', name: string): string =>
    formatQuantity(
      (nodes as readonly NodeLike[]).reduce(
        (all, { status }) => addQuantities(all, parseQuantity(status?.[kind]?.[name] ?? '0')),
        zeroQuantity,
      ),
    );
  const both = (name: string) => ({ capacity: sum('capacity', name), allocatable: sum('allocatable', name) });
  return {
    ...Object.fromEntries(
      measured.map(name => [
        name,
        { ...both(name), requests: formatQuantity(requests[name]!), limits: formatQuantity(limits[name]!) },
      ]),
    ),
    pods: { ...both('pods'), requests: formatQuantity(quantityOf(placed.length)) },
  };
}
