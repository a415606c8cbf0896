/** Nodes: the kubelet writes status, also when it registers. */
import type { Node } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Strategy } from '../types.ts';
import { keepStatus, statusOnly, textAt } from './generic.ts';

/** Settings of kubelets no longer come from the API; what an old node has stays. */
function dropSettings(node: KubeObject, old: KubeObject | undefined): void {
  const { spec, status } = node as Node;
  const before = old as Node | undefined;
  if (spec?.configSource && !before?.spec?.configSource) delete spec.configSource;
  if (old && status?.config && !before?.status?.config) delete status.config;
}

export const nodeStrategy: Strategy = {
  prepareForCreate: node => dropSettings(node, undefined),
  prepareForUpdate(node, old) {
    keepStatus(node, old);
    dropSettings(node, old);
  },
  selectableFields: node => ({ 'spec.unschedulable': textAt(node, 'spec', 'unschedulable') || 'false' }),
  subresources: {
    status: {
      prepareForUpdate(object, old, context) {
        const updated = statusOnly.prepareForUpdate(object, old, context);
        const { config, ...status } = (updated as Node).status ?? {};
        if (config && !(old as Node).status?.config) (updated as Node).status = status;
        return updated;
      },
    },
  },
};
