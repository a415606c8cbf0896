/** Validation of quotas and limit ranges (core/validation). */
import { child, duplicate, forbidden, index, invalid, key, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { canonicalQuantity, compareQuantities, parseQuantity, toMilli } from '@orrery/machinery/quantity';
import { each } from '../fill.ts';
import { nonNegativeQuantity } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { LimitRange, LimitRangeItem, ResourceQuota } from '../types.data.ts';
import { isInteger, validateResourceName } from './resource-validation.ts';

const scopes = [
  'BestEffort',
  'CrossNamespacePodAffinity',
  'NotBestEffort',
  'NotTerminating',
  'PriorityClass',
  'Terminating',
  'VolumeAttributesClass',
];
const podResources = new Set(
  'pods cpu memory requests.cpu requests.memory limits.cpu limits.memory ephemeral-storage requests.ephemeral-storage limits.ephemeral-storage'.split(
    ' ',
  ),
);

function validateScopes(errors: Errors, list: readonly string[], hard: readonly string[], path: FieldPath): void {
  if (list.length === 0) return;
  if (list.some(scope => !scopes.includes(scope))) errors.push(invalid(path, list, 'unsupported scope'));
  const counts = (scope: string): boolean =>
    hard.every(name =>
      scope === 'BestEffort'
        ? name === 'pods'
        : podResources.has(name) || name === 'count/pods' || name.startsWith('requests.'),
    );
  if (list.some(scope => scopes.includes(scope) && !counts(scope)))
    errors.push(invalid(path, list, 'unsupported scope applied to resource'));
  const both = (a: string, b: string): boolean => list.includes(a) && list.includes(b);
  if (both('BestEffort', 'NotBestEffort') || both('Terminating', 'NotTerminating'))
    errors.push(invalid(path, list, 'conflicting scopes'));
}

const existsOnly = new Set([
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'CrossNamespacePodAffinity',
]);

export function validateResourceQuota({ spec }: ResourceQuota): FieldError[] {
  const errors: Errors = [];
  for (const [name, value] of Object.entries(spec?.hard ?? {})) {
    const path = key('spec.hard', name);
    validateResourceName(errors, name, path);
    nonNegativeQuantity(errors, value, path);
    if (isInteger(name) && toMilli(value) % 1000 !== 0)
      errors.push(invalid(path, canonicalQuantity(value), 'must be an integer'));
  }
  validateScopes(errors, each(spec?.scopes), Object.keys(spec?.hard ?? {}), 'spec.scopes');
  const at = 'spec.scopeSelector.matchExpressions';
  for (const { scopeName, operator, values } of each(spec?.scopeSelector?.matchExpressions)) {
    if (!scopes.includes(scopeName)) errors.push(invalid(`${at}.scopeName`, scopeName, 'unsupported scope'));
    if (existsOnly.has(scopeName) && operator !== 'Exists') {
      const detail =
        "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";
      errors.push(invalid(`${at}.operator`, operator, detail));
    }
    const count = each(values).length;
    if ((operator === 'In' || operator === 'NotIn') && count === 0) {
      errors.push(
        required(`${at}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"),
      );
    }
    if ((operator === 'Exists' || operator === 'DoesNotExist') && count > 0) {
      errors.push(
        invalid(
          `${at}.values`,
          values,
          "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
        ),
      );
    }
  }
  return errors;
}

const above = (a: string | undefined, b: string | undefined): boolean =>
  a !== undefined && b !== undefined && compareQuantities(parseQuantity(a), parseQuantity(b)) > 0;

function validateLimitItem(errors: Errors, item: LimitRangeItem, path: FieldPath): void {
  const { max = {}, min = {}, default: limits = {}, defaultRequest: requests = {} } = item;
  if (item.type === 'Pod') {
    if (Object.keys(limits).length > 0)
      errors.push(forbidden(child(path, 'default'), "may not be specified when `type` is 'Pod'"));
    if (Object.keys(requests).length > 0)
      errors.push(forbidden(child(path, 'defaultRequest'), "may not be specified when `type` is 'Pod'"));
  }
  if (item.type === 'PersistentVolumeClaim' && min['storage'] === undefined && max['storage'] === undefined) {
    errors.push(
      required(child(path, 'limits'), 'either minimum or maximum storage value is required, but neither was provided'),
    );
  }
  for (const name of new Set([
    ...Object.keys(max),
    ...Object.keys(min),
    ...Object.keys(limits),
    ...Object.keys(requests),
  ])) {
    const [high, low, limit, request] = [max[name], min[name], limits[name], requests[name]];
    if (above(low, high))
      errors.push(invalid(key(child(path, 'min'), name), low, `min value ${low} is greater than max value ${high}`));
    if (above(low, request))
      errors.push(
        invalid(
          key(child(path, 'defaultRequest'), name),
          request,
          `min value ${low} is greater than default request value ${request}`,
        ),
      );
    if (above(request, high))
      errors.push(
        invalid(
          key(child(path, 'defaultRequest'), name),
          request,
          `default request value ${request} is greater than max value ${high}`,
        ),
      );
    if (above(request, limit))
      errors.push(
        invalid(
          key(child(path, 'defaultRequest'), name),
          request,
          `default request value ${request} is greater than default limit value ${limit}`,
        ),
      );
    if (above(low, limit))
      errors.push(
        invalid(key(child(path, 'default'), name), low, `min value ${low} is greater than default value ${limit}`),
      );
    if (above(limit, high))
      errors.push(
        invalid(key(child(path, 'default'), name), high, `default value ${limit} is greater than max value ${high}`),
      );
    const ratio = item.maxLimitRequestRatio?.[name];
    if (above('1', ratio))
      errors.push(invalid(key(child(path, 'maxLimitRequestRatio'), name), ratio, `ratio ${ratio} is less than 1`));
  }
}

export function validateLimitRange({ spec }: LimitRange): FieldError[] {
  const errors: Errors = [];
  const types = new Set<string>();
  each(spec?.limits).forEach((item, at) => {
    const path = index('spec.limits', at);
    if (types.has(item.type)) errors.push(duplicate(child(path, 'type'), item.type));
    types.add(item.type);
    validateLimitItem(errors, item, path);
  });
  return errors;
}
