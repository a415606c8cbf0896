/** Validation of DeviceClass of resource.k8s.io/v1 (resource/validation), but for CEL itself. */
import { child, index, invalidShown, required, tooLong, tooMany } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { each } from '../fill.ts';
import { sameJson } from '../meta.ts';
import { subdomain } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { DeviceClass, DeviceSelector, OpaqueDeviceConfiguration } from '../types.data.ts';

const selectorsMax = 32;
const configurationsMax = 32;
const expressionMax = 10 * 1024;
const driverNameMax = 63;
const parametersMax = 10 * 1024;

function validateSelector(errors: Errors, { cel }: DeviceSelector, path: FieldPath): void {
  if (!cel) errors.push(required(child(path, 'cel')));
  else if (cel.expression.length > expressionMax) errors.push(tooLong(child(path, 'cel', 'expression'), expressionMax));
}

/** `stored` means that nothing of it changed: then it may be longer than is allowed today. */
function validateOpaque(errors: Errors, given: OpaqueDeviceConfiguration, path: FieldPath, stored: boolean): void {
  const driver = child(path, 'driver');
  if (!given.driver) errors.push(required(driver));
  else {
    if (given.driver.length > driverNameMax) errors.push(tooLong(driver, driverNameMax));
    subdomain(errors, given.driver.toLowerCase(), driver);
  }
  const parameters: unknown = given.parameters;
  const place = child(path, 'parameters');
  if (parameters === undefined || parameters === null) errors.push(required(place));
  else if (!stored && JSON.stringify(parameters).length > parametersMax) errors.push(tooLong(place, parametersMax));
  else if (typeof parameters !== 'object' || Array.isArray(parameters))
    errors.push(invalidShown(place, '"<value omitted>"', 'parameters must be a valid JSON object'));
}

export const validateDeviceClass = (given: DeviceClass): FieldError[] => validateClass(given);

export const validateDeviceClassUpdate = (now: DeviceClass, old: DeviceClass): FieldError[] => validateClass(now, old);

function validateClass({ spec }: DeviceClass, old?: DeviceClass): FieldError[] {
  const errors: Errors = [];
  const selectors = each(spec?.selectors);
  selectors.forEach((selector, at) => validateSelector(errors, selector, index('spec.selectors', at)));
  if (selectors.length > selectorsMax) errors.push(tooMany('spec.selectors', selectors.length, selectorsMax));
  const stored = old !== undefined && sameJson(spec?.config, old.spec?.config);
  const configurations = each(spec?.config);
  configurations.forEach(({ opaque }, at) => {
    const path = child(index('spec.config', at), 'opaque');
    if (opaque) validateOpaque(errors, opaque, path, stored);
    else errors.push(required(path));
  });
  if (configurations.length > configurationsMax)
    errors.push(tooMany('spec.config', configurations.length, configurationsMax));
  return errors;
}
