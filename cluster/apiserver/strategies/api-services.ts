/** APIServices: those that this server answers are available from the start (apiregistration `apiServerStrategy`). */
import { formatTime } from '@orrery/machinery/clock';
import type { Strategy } from '../types.ts';
import { statusAlone, withStatus } from './generic.ts';
import type { Loose } from './generic.ts';

export const apiServiceStrategy: Strategy = {
  ...withStatus,
  allowUnconditionalUpdate: false,
  subresources: { status: statusAlone },
  prepareForCreate(object, { nowMs }) {
    const { spec } = object as Loose;
    if (spec?.service !== undefined) return;
    const lastTransitionTime = formatTime(nowMs);
    const message = 'Local APIServices are always available';
    (object as Loose).status = {
      conditions: [{ type: 'Available', status: 'True', lastTransitionTime, reason: 'Local', message }],
    };
  },
};
