/** Validation of policy/v1 (policy/validation). */
import { invalidShown } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import { validateConditions } from '../conditions.ts';
import { atMostAll, countOrPercent, labelSelector, nonNegative, oneOfIfSet } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { PodDisruptionBudget } from '../types.data.ts';

export function validateDisruptionBudget({ spec }: PodDisruptionBudget): FieldError[] {
  const errors: Errors = [];
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    const shown = JSON.stringify({
      MinAvailable: minAvailable,
      Selector: selector ?? null,
      MaxUnavailable: maxUnavailable,
      UnhealthyPodEvictionPolicy: policy ?? null,
    });
    errors.push(invalidShown('spec', shown, 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const name of ['minAvailable', 'maxUnavailable'] as const) {
    if (spec[name] === undefined) continue;
    countOrPercent(errors, spec[name], `spec.${name}`);
    atMostAll(errors, spec[name], `spec.${name}`);
  }
  labelSelector(errors, selector, 'spec.selector');
  oneOfIfSet(errors, policy, ['AlwaysAllow', 'IfHealthyBudget'], 'spec.unhealthyPodEvictionPolicy');
  return errors;
}

export function validateDisruptionBudgetStatus({ status }: PodDisruptionBudget): FieldError[] {
  const errors: Errors = [];
  validateConditions(errors, status?.conditions, 'status.conditions');
  for (const name of ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const)
    nonNegative(errors, status?.[name], `status.${name}`);
  return errors;
}
