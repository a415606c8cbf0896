/** How important a pod is. */
import type { Pod } from '@orrery/kinds/types';

export const priorityOf = (pod: Pod): number => pod.spec.priority ?? 0;
