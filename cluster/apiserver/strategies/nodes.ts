/** Nodes: the kubelet writes status, also when it registers. */
import type { Strategy } from '../types.ts';
import { keepStatus, statusOnly, textAt } from './generic.ts';

export const nodeStrategy: Strategy = {
  prepareForUpdate: keepStatus,
  selectableFields: node => ({ 'spec.unschedulable': textAt(node, 'spec', 'unschedulable') || 'false' }),
  subresources: { status: statusOnly },
};
