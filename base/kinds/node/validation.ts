/** Validation of node.k8s.io/v1 (node/validation). */
import { key } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import { validateResourceName, validateResourceValue } from '../core/resource-validation.ts';
import { validateTolerations } from '../core/scheduling-validation.ts';
import { each } from '../fill.ts';
import { immutable, validateLabels } from '../meta.ts';
import { label } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { RuntimeClass } from '../types.data.ts';

export function validateRuntimeClass({ handler, overhead, scheduling }: RuntimeClass): FieldError[] {
  const errors: Errors = [];
  label(errors, handler ?? '', 'handler');
  for (const [name, value] of Object.entries(overhead?.podFixed ?? {})) {
    const path = key('overhead.limits', name);
    validateResourceName(errors, name, path);
    validateResourceValue(errors, name, value, path);
  }
  errors.push(...validateLabels(scheduling?.nodeSelector, 'scheduling.nodeSelector'));
  validateTolerations(errors, each(scheduling?.tolerations), 'scheduling.tolerations');
  return errors;
}

/** Beside what holds for new ones: the handler stays. */
export const validateRuntimeClassUpdate = (now: RuntimeClass, old: RuntimeClass): FieldError[] => [
  ...validateRuntimeClass(now),
  ...immutable(now.handler, old.handler, 'handler'),
];
