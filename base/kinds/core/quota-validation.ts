/** Validation of quotas (core/validation `ValidateResourceQuota`). */
import { child, invalid, invalidShown, key, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { each } from '../fill.ts';
import { shownInternal } from '../internal-form.ts';
import type { Errors } from '../rules.ts';
import type { ResourceQuota, ResourceQuotaSpec } from '../types.data.ts';
import { isForQuotas, validateResourceName, validateResourceValue } from './resource-validation.ts';

const standard = new Set([
  'BestEffort',
  'CrossNamespacePodAffinity',
  'NotBestEffort',
  'NotTerminating',
  'PriorityClass',
  'Terminating',
  'VolumeAttributesClass',
]);
const computed = new Set('cpu memory requests.cpu requests.memory limits.cpu limits.memory'.split(' '));

/** True when a scope can tell which of a resource's amounts are its own. */
const fits = (scope: string, name: string): boolean => {
  if (scope === 'BestEffort') return name === 'pods';
  const ofPods = ['Terminating', 'NotTerminating', 'NotBestEffort', 'PriorityClass', 'CrossNamespacePodAffinity'];
  if (ofPods.includes(scope)) return name === 'pods' || computed.has(name);
  if (scope === 'VolumeAttributesClass') return name === 'persistentvolumeclaims' || name === 'requests.storage';
  return true;
};

const isOdd = (scope: string, name: string): boolean => isForQuotas(name) && !fits(scope, name);

function validateAmounts(errors: Errors, amounts: Readonly<Record<string, string>> | undefined, path: FieldPath): void {
  for (const [name, value] of Object.entries(amounts ?? {})) {
    const here = key(path, name);
    validateResourceName(errors, name, here);
    if (!name.includes('/') && !isForQuotas(name))
      errors.push(invalid(here, name, 'must be a standard resource for quota'));
    validateResourceValue(errors, name, value, here);
  }
}

const pairs = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;

function conflicts(errors: Errors, given: readonly string[], shown: readonly string[], path: FieldPath): void {
  for (const pair of pairs)
    if (pair.every(scope => given.includes(scope)))
      errors.push(invalid(path, shown.length === 0 ? null : shown, 'conflicting scopes'));
}

function validateScopes(errors: Errors, { scopes, hard }: ResourceQuotaSpec): void {
  const list = each(scopes);
  const path = 'spec.scopes';
  for (const scope of list) {
    if (!standard.has(scope)) errors.push(invalid(path, list, 'unsupported scope'));
    for (const name of Object.keys(hard ?? {}))
      if (isOdd(scope, name)) errors.push(invalid(path, list, 'unsupported scope applied to resource'));
  }
  conflicts(errors, list, list, path);
}

const existsOnly = new Set([
  'Terminating',
  'NotTerminating',
  'BestEffort',
  'NotBestEffort',
  'CrossNamespacePodAffinity',
]);
const existsDetail =
  "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity";

type Requirement = NonNullable<NonNullable<ResourceQuotaSpec['scopeSelector']>['matchExpressions']>[number];

function validateOperator(errors: Errors, { scopeName, operator, values }: Requirement, path: FieldPath): void {
  if (existsOnly.has(scopeName) && operator !== 'Exists')
    errors.push(invalid(child(path, 'operator'), operator ?? '', existsDetail));
  const count = each(values).length;
  const at = child(path, 'values');
  if (operator === 'In' || operator === 'NotIn') {
    const detail = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
    if (count === 0) errors.push(required(at, detail));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    const detail = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
    if (count > 0) errors.push(invalid(at, values, detail));
  } else errors.push(invalid(child(path, 'operator'), operator ?? '', 'not a valid selector operator'));
}

function validateSelector(errors: Errors, { scopeSelector, scopes, hard }: ResourceQuotaSpec): void {
  if (!scopeSelector) return;
  const path = 'spec.scopeSelector.matchExpressions';
  const requirements = each(scopeSelector.matchExpressions);
  for (const requirement of requirements) {
    const scope = requirement.scopeName ?? '';
    if (!standard.has(scope)) errors.push(invalid(child(path, 'scopeName'), scope, 'unsupported scope'));
    for (const name of Object.keys(hard ?? {})) {
      if (!isOdd(scope, name)) continue;
      const shown = shownInternal('core.v1.ScopeSelector', scopeSelector);
      errors.push(invalidShown(path, shown, 'unsupported scope applied to resource'));
    }
    validateOperator(errors, requirement, path);
  }
  conflicts(
    errors,
    requirements.map(requirement => requirement.scopeName),
    each(scopes),
    path,
  );
}

function validateSpec(errors: Errors, spec: ResourceQuotaSpec = {}): void {
  validateAmounts(errors, spec.hard, 'spec.hard');
  validateScopes(errors, spec);
  validateSelector(errors, spec);
}

export function validateResourceQuota({ spec }: ResourceQuota): FieldError[] {
  const errors: Errors = [];
  validateSpec(errors, spec);
  return errors;
}

export function validateResourceQuotaUpdate({ spec }: ResourceQuota, old: ResourceQuota): FieldError[] {
  const errors: Errors = [];
  validateSpec(errors, spec);
  const [now, before] = [new Set(each(spec?.scopes)), new Set(each(old.spec?.scopes))];
  if (now.size !== before.size || [...now].some(scope => !before.has(scope)))
    errors.push(invalid('spec.scopes', spec?.scopes ?? null, 'field is immutable'));
  return errors;
}

export function validateResourceQuotaStatus({ status }: ResourceQuota): FieldError[] {
  const errors: Errors = [];
  validateAmounts(errors, status?.hard, 'status.hard');
  validateAmounts(errors, status?.used, 'status.used');
  return errors;
}
