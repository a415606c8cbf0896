/** Kinds that are served in a version other than the one they are stored in. */
import type { KindInfo } from '@orrery/kinds';
import type { Conversion } from './resource.ts';
import { eventConversion } from './conversion-events.ts';
import { autoscalerConversion } from './conversion-autoscaling.ts';

const conversions: Readonly<Record<string, Conversion>> = {
  'events.k8s.io/v1/events': eventConversion,
  'autoscaling/v1/horizontalpodautoscalers': autoscalerConversion,
};

/** Undefined when the served form is the stored one. */
export const conversionOf = (kind: KindInfo): Conversion | undefined =>
  conversions[`${kind.group}/${kind.version}/${kind.plural}`];
