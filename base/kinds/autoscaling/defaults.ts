/** Defaults of autoscaling/v1 and autoscaling/v2. */
import { fill } from '../fill.ts';
import type { AutoscalingV1HorizontalPodAutoscaler, HorizontalPodAutoscaler, HPAScalingRules } from '../types.data.ts';

/** Without metrics of its own an autoscaler aims at 80 % of CPU. */
const cpuTarget = 80;

export function defaultHorizontalPodAutoscalerV1({ spec, metadata }: AutoscalingV1HorizontalPodAutoscaler): void {
  fill(spec, { minReplicas: 1 });
  const others = metadata.annotations?.['autoscaling.alpha.kubernetes.io/metrics'];
  if (!others) fill(spec, { targetCPUUtilizationPercentage: cpuTarget });
}

export function defaultHorizontalPodAutoscaler({ spec }: HorizontalPodAutoscaler): void {
  fill(spec, {
    minReplicas: 1,
    metrics: () => [
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: cpuTarget } } },
    ],
  });
  if (!spec.behavior) return;
  fill(spec.behavior, { scaleUp: () => ({}), scaleDown: () => ({}) });
  defaultUp(spec.behavior.scaleUp!);
  fill(spec.behavior.scaleDown!, {
    selectPolicy: 'Max',
    policies: () => [{ type: 'Percent', value: 100, periodSeconds: 15 }],
  });
}

const defaultUp = (rules: HPAScalingRules): void =>
  fill(rules, {
    stabilizationWindowSeconds: 0,
    selectPolicy: 'Max',
    policies: () => [
      { type: 'Pods', value: 4, periodSeconds: 15 },
      { type: 'Percent', value: 100, periodSeconds: 15 },
    ],
  });
