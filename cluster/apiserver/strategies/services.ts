/** Services: addresses and ports come from allocators, which are write hooks. */
import type { Strategy } from '../types.ts';
import { textAt, withStatus } from './generic.ts';

export const serviceStrategy: Strategy = {
  ...withStatus,
  returnsDeleted: true,
  allowUnconditionalUpdate: true,
  selectableFields: service => ({
    'spec.clusterIP': textAt(service, 'spec', 'clusterIP'),
    'spec.type': textAt(service, 'spec', 'type'),
  }),
};
