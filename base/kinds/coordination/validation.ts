/** Validation of coordination.k8s.io/v1 (coordination/validation). What is off by default is cleared before. */
import { invalid } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import { nonNegative } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { Lease } from '../types.data.ts';

export function validateLease({ spec }: Lease): FieldError[] {
  const errors: Errors = [];
  const { leaseDurationSeconds: duration, leaseTransitions } = spec ?? {};
  if (duration !== undefined && duration <= 0)
    errors.push(invalid('spec.leaseDurationSeconds', duration, 'must be greater than 0'));
  nonNegative(errors, leaseTransitions, 'spec.leaseTransitions');
  return errors;
}
