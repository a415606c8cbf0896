/** Services: what an update leaves out is kept, what a change of type makes senseless is dropped (registry `core/service`). */
import type { Service } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import { prepareServiceForUpdate, type Service as AllocatedService } from '../allocators/service.ts';
import type { Strategy } from '../types.ts';
import { keepStatus, statusOnly, textAt, withStatus } from './generic.ts';

export const serviceStrategy: Strategy = {
  ...withStatus,
  returnsDeleted: true,
  allowCreateOnUpdate: true,
  prepareForUpdate(object, old) {
    keepStatus(object, old);
    const [service, before] = [object as AllocatedService, old as AllocatedService];
    if (service.spec && before.spec) prepareServiceForUpdate(service, before);
  },
  selectableFields: service => ({
    'spec.clusterIP': textAt(service, 'spec', 'clusterIP'),
    'spec.type': textAt(service, 'spec', 'type'),
  }),
  subresources: {
    status: {
      prepareForUpdate(object, old, context) {
        const updated = statusOnly.prepareForUpdate(object, old, context) as Service & KubeObject;
        const ingress = updated.status?.loadBalancer?.ingress;
        if (ingress) {
          const filled = ingress.map(point => (point.ip && !point.ipMode ? { ...point, ipMode: 'VIP' } : point));
          updated.status = { ...updated.status, loadBalancer: { ...updated.status?.loadBalancer, ingress: filled } };
        }
        return updated as KubeObject;
      },
    },
  },
};
