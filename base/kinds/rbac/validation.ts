/** Validation of rbac.authorization.k8s.io/v1 (rbac/validation). */
import { child, index, invalid, invalidShown, notSupported, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { validatePathSegmentName } from '@orrery/machinery/names';
import { each } from '../fill.ts';
import { sameJson } from '../meta.ts';
import { labelSelector, subdomain, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, Subject } from '../types.data.ts';

const rbacGroup = 'rbac.authorization.k8s.io';

function validateRule(errors: Errors, rule: PolicyRule, namespaced: boolean, path: FieldPath): void {
  const urls = each(rule.nonResourceURLs);
  const [groups, resources, names] = [each(rule.apiGroups), each(rule.resources), each(rule.resourceNames)];
  if (each(rule.verbs).length === 0)
    errors.push(required(child(path, 'verbs'), 'verbs must contain at least one value'));
  if (urls.length > 0) {
    const at = child(path, 'nonResourceURLs');
    if (namespaced) errors.push(invalid(at, urls, 'namespaced rules cannot apply to non-resource URLs'));
    if (groups.length + resources.length + names.length > 0) {
      errors.push(invalid(at, urls, 'rules cannot apply to both regular resources and non-resource URLs'));
    }
    return;
  }
  if (groups.length === 0)
    errors.push(required(child(path, 'apiGroups'), 'resource rules must supply at least one api group'));
  if (resources.length === 0)
    errors.push(required(child(path, 'resources'), 'resource rules must supply at least one resource'));
}

export function validateRole({ rules }: Role): FieldError[] {
  const errors: Errors = [];
  each(rules).forEach((rule, at) => validateRule(errors, rule, true, index('rules', at)));
  return errors;
}

export function validateClusterRole({ rules, aggregationRule }: ClusterRole): FieldError[] {
  const errors: Errors = [];
  each(rules).forEach((rule, at) => validateRule(errors, rule, false, index('rules', at)));
  if (!aggregationRule) return errors;
  const path = 'aggregationRule.clusterRoleSelectors';
  const selectors = each(aggregationRule.clusterRoleSelectors);
  if (selectors.length === 0)
    errors.push(required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil'));
  selectors.forEach((selector, at) => labelSelector(errors, selector, index(path, at)));
  return errors;
}

function validateSubject(errors: Errors, subject: Subject, namespaced: boolean, path: FieldPath): void {
  const { kind, name, namespace, apiGroup = '' } = subject;
  if (!name) errors.push(required(child(path, 'name')));
  switch (kind) {
    case 'ServiceAccount':
      if (name) subdomain(errors, name, child(path, 'name'));
      if (apiGroup !== '') errors.push(notSupported(child(path, 'apiGroup'), apiGroup, ['']));
      if (!namespaced && !namespace) errors.push(required(child(path, 'namespace')));
      break;
    case 'User':
    case 'Group':
      if (apiGroup !== rbacGroup) errors.push(notSupported(child(path, 'apiGroup'), apiGroup, [rbacGroup]));
      break;
    default:
      errors.push(notSupported(child(path, 'kind'), kind, ['ServiceAccount', 'User', 'Group']));
  }
}

function validateBinding({ roleRef, subjects }: RoleBinding | ClusterRoleBinding, namespaced: boolean): FieldError[] {
  const errors: Errors = [];
  if (roleRef.apiGroup !== rbacGroup) errors.push(notSupported('roleRef.apiGroup', roleRef.apiGroup, [rbacGroup]));
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  if (!kinds.includes(roleRef.kind)) errors.push(notSupported('roleRef.kind', roleRef.kind, kinds));
  if (!roleRef.name) errors.push(required('roleRef.name'));
  else tell(errors, 'roleRef.name', roleRef.name, validatePathSegmentName(roleRef.name));
  each(subjects).forEach((subject, at) => validateSubject(errors, subject, namespaced, index('subjects', at)));
  return errors;
}

/** Beside what holds for new ones: the role stays. */
export function validateRoleRefUpdate(
  binding: RoleBinding | ClusterRoleBinding,
  old: RoleBinding | ClusterRoleBinding,
): FieldError[] {
  const { apiGroup, kind, name } = binding.roleRef;
  const shown = JSON.stringify({ APIGroup: apiGroup, Kind: kind, Name: name });
  return sameJson(binding.roleRef, old.roleRef) ? [] : [invalidShown('roleRef', shown, 'cannot change roleRef')];
}

export const validateRoleBinding = (binding: RoleBinding): FieldError[] => validateBinding(binding, true);
export const validateClusterRoleBinding = (binding: ClusterRoleBinding): FieldError[] =>
  validateBinding(binding, false);
