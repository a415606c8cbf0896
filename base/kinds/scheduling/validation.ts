/** Validation of scheduling.k8s.io/v1 (scheduling/validation). */
import { forbidden } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import { immutable } from '../meta.ts';
import { oneOfIfSet } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { PriorityClass } from '../types.data.ts';

const systemClasses: Readonly<Record<string, number>> = {
  'system-node-critical': 2000001000,
  'system-cluster-critical': 2000000000,
};

export function validatePriorityClass({
  metadata,
  value,
  globalDefault,
  preemptionPolicy,
}: PriorityClass): FieldError[] {
  const errors: Errors = [];
  const name = metadata.name ?? '';
  if (name.startsWith('system-')) {
    const known = systemClasses[name];
    const reserved = "priority class names with 'system-' prefix are reserved for system use only. error: ";
    if (known === undefined)
      errors.push(forbidden('metadata.name', `${reserved}${name} is not a known system priority class`));
    else if (value !== known)
      errors.push(forbidden('metadata.name', `${reserved}value of ${name} PriorityClass must be ${known}`));
    else if (globalDefault)
      errors.push(forbidden('metadata.name', `${reserved}globalDefault of ${name} PriorityClass must be false`));
  } else if (value > 1000000000)
    errors.push(forbidden('value', 'maximum allowed value of a user defined priority is 1000000000'));
  oneOfIfSet(errors, preemptionPolicy, ['PreemptLowerPriority', 'Never'], 'preemptionPolicy');
  return errors;
}

export function validatePriorityClassUpdate(now: PriorityClass, old: PriorityClass): FieldError[] {
  const errors: Errors = [];
  if (now.value !== old.value) errors.push(forbidden('value', 'may not be changed in an update.'));
  errors.push(...immutable(now.preemptionPolicy, old.preemptionPolicy, 'preemptionPolicy'));
  return errors;
}
