/** Validation of admission policies and their bindings (admissionregistration/validation), but for their CEL expressions. */
import { child, forbidden, index, invalid, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { each } from '../fill.ts';
import { labelSelector, oneOf, oneOfIfSet, qualified, subdomain } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type {
  MatchResources,
  ParamRef,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../types.data.ts';
import { validateRule } from './validation.ts';

function validateMatch(errors: Errors, match: MatchResources | undefined, path: FieldPath): void {
  if (!match) return;
  oneOfIfSet(errors, match.matchPolicy, ['Equivalent', 'Exact'], child(path, 'matchPolicy'));
  labelSelector(errors, match.namespaceSelector, child(path, 'namespaceSelector'));
  labelSelector(errors, match.objectSelector, child(path, 'objectSelector'));
  for (const name of ['resourceRules', 'excludeResourceRules'] as const) {
    each(match[name]).forEach((rule, at) => validateRule(errors, rule, index(child(path, name), at)));
  }
}

const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Everything but what the expressions say. */
export function validateAdmissionPolicy({ spec, metadata }: ValidatingAdmissionPolicy): FieldError[] {
  const errors: Errors = [];
  oneOf(errors, spec.failurePolicy, ['Fail', 'Ignore'], 'spec.failurePolicy');
  if (spec.paramKind) {
    if (!spec.paramKind.apiVersion) errors.push(required('spec.paramKind.apiVersion'));
    if (!spec.paramKind.kind) errors.push(required('spec.paramKind.kind'));
  }
  const match = spec.matchConstraints;
  if (!match) errors.push(required('spec.matchConstraints'));
  else {
    validateMatch(errors, match, 'spec.matchConstraints');
    if (each(match.resourceRules).length === 0) errors.push(required('spec.matchConstraints.resourceRules'));
  }
  each(spec.variables).forEach(({ name, expression }, at) => {
    const path = index('spec.variables', at);
    if (!name) errors.push(required(child(path, 'name')));
    else if (!identifier.test(name)) errors.push(invalid(child(path, 'name'), name, 'must be a valid CEL identifier'));
    if (!expression) errors.push(required(child(path, 'expression')));
  });
  if (each(spec.validations).length + each(spec.auditAnnotations).length === 0) {
    errors.push(required('spec.validations', 'validations or auditAnnotations must be non-empty'));
  }
  each(spec.validations).forEach(({ expression, message, reason }, at) => {
    const path = index('spec.validations', at);
    if (!expression?.trim()) errors.push(required(child(path, 'expression'), 'expression is not specified'));
    if (message !== undefined && message.includes('\n'))
      errors.push(invalid(child(path, 'message'), message, 'must not contain line breaks'));
    if (message !== undefined && message.trim() === '')
      errors.push(invalid(child(path, 'message'), message, 'message must be non-empty if specified'));
    oneOfIfSet(errors, reason, ['Forbidden', 'Invalid', 'RequestEntityTooLarge'], child(path, 'reason'));
  });
  each(spec.auditAnnotations).forEach(({ key }, at) => {
    const path = child(index('spec.auditAnnotations', at), 'key');
    if (!key) errors.push(required(path));
    else qualified(errors, `${metadata.name}/${key}`, path);
  });
  return errors;
}

function validateParamRef(errors: Errors, reference: ParamRef, path: FieldPath): void {
  if (reference.name) {
    subdomain(errors, reference.name, child(path, 'name'));
    if (reference.selector) {
      errors.push(forbidden(child(path, 'name'), 'name and selector are mutually exclusive'));
      errors.push(forbidden(child(path, 'selector'), 'name and selector are mutually exclusive'));
    }
  } else if (reference.selector) labelSelector(errors, reference.selector, child(path, 'selector'));
  else errors.push(required(path, 'one of name or selector must be specified'));
  oneOf(errors, reference.parameterNotFoundAction, ['Allow', 'Deny'], child(path, 'parameterNotFoundAction'));
}

export function validateAdmissionPolicyBinding({ spec }: ValidatingAdmissionPolicyBinding): FieldError[] {
  const errors: Errors = [];
  if (!spec.policyName) errors.push(required('spec.policyName'));
  else subdomain(errors, spec.policyName, 'spec.policyName');
  if (spec.paramRef) validateParamRef(errors, spec.paramRef, 'spec.paramRef');
  validateMatch(errors, spec.matchResources, 'spec.matchResources');
  const actions = each(spec.validationActions);
  const path = 'spec.validationActions';
  if (actions.length === 0) errors.push(required(path));
  actions.forEach((action, at) => {
    oneOfIfSet(errors, action, ['Audit', 'Deny', 'Warn'], index(path, at));
    if (actions.indexOf(action) < at)
      errors.push({ type: 'duplicate', field: index(path, at), message: `Duplicate value: "${action}"` });
  });
  if (actions.includes('Deny') && actions.includes('Warn')) {
    const why =
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
    errors.push(invalid(path, actions, why));
  }
  return errors;
}
