/** Conditions in the form that newer kinds share (`metav1.Condition`). */
import { child, duplicate, index, invalid, notSupported, required, tooLong } from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import { regexError } from '@orrery/machinery/names';
import { each } from './fill.ts';
import { qualified } from './rules.ts';
import type { Errors } from './rules.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly observedGeneration?: number;
  readonly lastTransitionTime?: string | null;
  readonly reason?: string;
  readonly message?: string;
}

const reasonForm = '[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?';
const reasonRule = regexError(
  "a condition reason must start with alphabetic character, optionally followed by a string of alphanumeric characters or '_,:', and must end with an alphanumeric character or '_'",
  reasonForm,
  'my_name',
  'MY_NAME',
  'MyName',
  'ReasonA,ReasonB',
  'ReasonA:ReasonB',
);
const reasonPattern = new RegExp(`^${reasonForm}$`);
const reasonMax = 1024;
const messageMax = 32 * 1024;

function validateCondition(errors: Errors, condition: Condition, path: FieldPath): void {
  const { type = '', status = '', observedGeneration = 0, lastTransitionTime, reason = '', message = '' } = condition;
  qualified(errors, type, child(path, 'type'));
  const words = ['False', 'True', 'Unknown'];
  if (!words.includes(status)) errors.push(notSupported(child(path, 'status'), status, words));
  if (observedGeneration < 0) {
    const why = 'must be greater than or equal to zero';
    errors.push(invalid(child(path, 'observedGeneration'), observedGeneration, why));
  }
  if (!lastTransitionTime) errors.push(required(child(path, 'lastTransitionTime'), 'must be set'));
  const at = child(path, 'reason');
  if (reason === '') errors.push(required(at, 'must be set'));
  else if (!reasonPattern.test(reason)) errors.push(invalid(at, reason, reasonRule));
  if (reason.length > reasonMax) errors.push(tooLong(at, reasonMax));
  if (message.length > messageMax) errors.push(tooLong(child(path, 'message'), messageMax));
}

/** Each type once, each condition whole. */
export function validateConditions(
  errors: Errors,
  conditions: readonly Condition[] | undefined,
  path: FieldPath,
): void {
  const types = each(conditions).map(({ type }) => type);
  each(conditions).forEach((condition, at) => {
    const here = index(path, at);
    if (types.indexOf(condition.type) < at) errors.push(duplicate(child(here, 'type'), condition.type));
    validateCondition(errors, condition, here);
  });
}
