/** Validation of DeviceClass of resource.k8s.io/v1 (resource/validation), but for CEL itself. */
import { child, invalid, required, tooLong } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { each } from '../fill.ts';
import { sameJson } from '../meta.ts';
import type { Errors } from '../rules.ts';
import { driverName } from '../storage/driver-validation.ts';
import type { DeviceClass, DeviceSelector, OpaqueDeviceConfiguration } from '../types.data.ts';
import { listOf } from './names.ts';

const selectorsMax = 32;
const configurationsMax = 32;
const expressionMax = 10 * 1024;
const parametersMax = 10 * 1024;

export const validateSelectors = (errors: Errors, selectors: readonly DeviceSelector[], path: FieldPath): void =>
  listOf(errors, selectors, selectorsMax, path, ({ cel }, here) => {
    if (!cel) errors.push(required(child(here, 'cel')));
    else if (cel.expression.length > expressionMax)
      errors.push(tooLong(child(here, 'cel', 'expression'), expressionMax));
  });

/** `stored` means that nothing of it changed: then it may be longer than is allowed today. */
export function validateOpaque(
  errors: Errors,
  given: OpaqueDeviceConfiguration,
  path: FieldPath,
  stored: boolean,
): void {
  driverName(errors, given.driver ?? '', child(path, 'driver'));
  const parameters: unknown = given.parameters;
  const place = child(path, 'parameters');
  if (parameters === undefined || parameters === null) errors.push(required(place));
  else if (!stored && JSON.stringify(parameters).length > parametersMax) errors.push(tooLong(place, parametersMax));
  else if (typeof parameters !== 'object' || Array.isArray(parameters))
    errors.push(invalid(place, '<value omitted>', 'must be a valid JSON object'));
}

export const validateDeviceClass = (given: DeviceClass): FieldError[] => validateClass(given);

export const validateDeviceClassUpdate = (now: DeviceClass, old: DeviceClass): FieldError[] => validateClass(now, old);

function validateClass({ spec }: DeviceClass, old?: DeviceClass): FieldError[] {
  const errors: Errors = [];
  validateSelectors(errors, each(spec?.selectors), 'spec.selectors');
  const stored = old !== undefined && sameJson(spec?.config, old.spec?.config);
  listOf(errors, each(spec?.config), configurationsMax, 'spec.config', ({ opaque }, path) => {
    if (opaque) validateOpaque(errors, opaque, child(path, 'opaque'), stored);
    else errors.push(required(child(path, 'opaque')));
  });
  return errors;
}
