/** Persistent volumes and their claims start as pending. */
import { formatTime } from '@orrery/machinery/clock';
import type { Strategy } from '../types.ts';
import type { Loose } from './generic.ts';
import { statusOnly, withStatus } from './generic.ts';

export const volumeStrategy: Strategy = {
  ...withStatus,
  returnsDeleted: true,
  prepareForCreate(object, { nowMs }) {
    (object as Loose).status = { phase: 'Pending', lastPhaseTransitionTime: formatTime(nowMs) };
  },
  subresources: {
    status: {
      prepareForUpdate(object, old, context) {
        const updated = statusOnly.prepareForUpdate(object, old, context) as Loose;
        const { phase, lastPhaseTransitionTime } = (old as Loose).status ?? {};
        const moved = updated.status?.phase !== phase && updated.status?.phase !== undefined;
        if (moved && updated.status!.lastPhaseTransitionTime === lastPhaseTransitionTime) {
          updated.status = { ...updated.status, lastPhaseTransitionTime: formatTime(context.nowMs) };
        }
        return updated;
      },
    },
  },
};

export const claimStrategy: Strategy = {
  ...withStatus,
  returnsDeleted: true,
  prepareForCreate(object) {
    (object as Loose).status = { phase: 'Pending' };
  },
};
