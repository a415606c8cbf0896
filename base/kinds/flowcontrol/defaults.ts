/** Defaults of flowcontrol.apiserver.k8s.io/v1. */
import { fill } from '../fill.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '../types.data.ts';

export function defaultFlowSchema({ spec }: FlowSchema): void {
  if (!spec.matchingPrecedence) spec.matchingPrecedence = 1000;
}

export function defaultPriorityLevel({ spec }: PriorityLevelConfiguration): void {
  if (spec.exempt) fill(spec.exempt, { nominalConcurrencyShares: 0, lendablePercent: 0 });
  if (!spec.limited) return;
  fill(spec.limited, { nominalConcurrencyShares: 30, lendablePercent: 0 });
  const queuing = spec.limited.limitResponse?.queuing;
  if (!queuing) return;
  queuing.queues ||= 64;
  queuing.handSize ||= 8;
  queuing.queueLengthLimit ||= 50;
}
