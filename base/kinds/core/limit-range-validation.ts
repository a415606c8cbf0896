/** Validation of limit ranges (core/validation `ValidateLimitRange`). */
import { child, duplicate, forbidden, index, invalid, key, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { validateQualifiedName } from '@orrery/machinery/names';
import { canonicalQuantity, compareQuantities, parseQuantity, ratioOf } from '@orrery/machinery/quantity';
import { each } from '../fill.ts';
import { tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { LimitRange, LimitRangeItem } from '../types.data.ts';
import { mayOvercommit, validateContainerResourceName, validateResourceName } from './resource-validation.ts';

const standardTypes = new Set(['Pod', 'Container', 'PersistentVolumeClaim']);

function validateType(errors: Errors, type: string, path: FieldPath): void {
  const problems = validateQualifiedName(type);
  tell(errors, path, type, problems);
  if (problems.length === 0 && !type.includes('/') && !standardTypes.has(type))
    errors.push(invalid(path, type, 'must be a standard limit type or fully qualified'));
}

const above = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && compareQuantities(parseQuantity(a), parseQuantity(b)) > 0;

type Amounts = Readonly<Record<string, string>>;

/** Limits and requests may differ by at most what the bounds allow. */
function validateRatio(
  errors: Errors,
  ratio: string,
  low: string | undefined,
  high: string | undefined,
  at: FieldPath,
): void {
  if (above('1', ratio)) errors.push(invalid(at, ratio, `ratio ${ratio} is less than 1`));
  if (low === undefined || high === undefined) return;
  const most = ratioOf(high, low, ratio);
  if (ratioOf(ratio, 1) > most)
    errors.push(
      invalid(
        at,
        ratio,
        `ratio ${ratio} is greater than max/min = ${Number.isFinite(most) ? most.toFixed(6) : '+Inf'}`,
      ),
    );
}

/** The bounds of one resource against each other, in upstream's order. */
function validateBounds(
  errors: Errors,
  name: string,
  bounds: Readonly<Record<string, Amounts>>,
  path: FieldPath,
): void {
  const [low, high, limit, request] = ['min', 'max', 'default', 'defaultRequest'].map(which => {
    const value = bounds[which]?.[name];
    return value === undefined ? undefined : canonicalQuantity(value);
  });
  const refuse = (field: string, value: string | undefined, detail: string): void =>
    void errors.push(invalid(key(child(path, field), name), value, detail));
  if (above(low, high)) refuse('min', low, `min value ${low} is greater than max value ${high}`);
  if (above(low, request))
    refuse('defaultRequest', request, `min value ${low} is greater than default request value ${request}`);
  if (above(request, high))
    refuse('defaultRequest', request, `default request value ${request} is greater than max value ${high}`);
  if (above(request, limit))
    refuse('defaultRequest', request, `default request value ${request} is greater than default limit value ${limit}`);
  if (above(low, limit)) refuse('default', low, `min value ${low} is greater than default value ${limit}`);
  if (above(limit, high)) refuse('default', high, `default value ${limit} is greater than max value ${high}`);
  const ratio = bounds['maxLimitRequestRatio']?.[name];
  if (ratio !== undefined)
    validateRatio(errors, canonicalQuantity(ratio), low, high, key(child(path, 'maxLimitRequestRatio'), name));
  if (mayOvercommit(name) || limit === undefined || request === undefined) return;
  if (compareQuantities(parseQuantity(limit), parseQuantity(request)) !== 0)
    refuse(
      'defaultRequest',
      request,
      `default value ${limit} must equal to defaultRequest value ${request} in ${name}`,
    );
}

function validateItem(errors: Errors, item: LimitRangeItem, path: FieldPath): void {
  const { type, max = {}, min = {}, default: limits = {}, defaultRequest: requests = {} } = item;
  const ofContainers = type === 'Pod' || type === 'Container';
  const bounds: Record<string, Amounts> = {};
  const take = (field: string, amounts: Amounts): void => {
    bounds[field] = amounts;
    for (const name of Object.keys(amounts)) {
      const at = key(child(path, field), name);
      if (ofContainers) validateContainerResourceName(errors, name, at);
      else validateResourceName(errors, name, at);
    }
  };
  take('max', max);
  take('min', min);
  if (type === 'Pod') {
    for (const [field, amounts] of Object.entries({ default: limits, defaultRequest: requests }))
      if (Object.keys(amounts).length > 0)
        errors.push(forbidden(child(path, field), "may not be specified when `type` is 'Pod'"));
  } else {
    take('default', limits);
    take('defaultRequest', requests);
  }
  if (type === 'PersistentVolumeClaim' && min['storage'] === undefined && max['storage'] === undefined) {
    const detail = 'either minimum or maximum storage value is required, but neither was provided';
    errors.push(required(child(path, 'limits'), detail));
  }
  take('maxLimitRequestRatio', item.maxLimitRequestRatio ?? {});
  for (const name of new Set(Object.values(bounds).flatMap(amounts => Object.keys(amounts))))
    validateBounds(errors, name, bounds, path);
}

export function validateLimitRange({ spec }: LimitRange): FieldError[] {
  const errors: Errors = [];
  const types = new Set<string>();
  each(spec?.limits).forEach((item, at) => {
    const path = index('spec.limits', at);
    const type = item.type ?? '';
    validateType(errors, type, child(path, 'type'));
    if (types.has(type)) errors.push(duplicate(child(path, 'type'), type));
    types.add(type);
    validateItem(errors, item, path);
  });
  return errors;
}
