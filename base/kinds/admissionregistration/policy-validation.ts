/** Validation of admission policies and their bindings (admissionregistration/validation), but for their CEL expressions. */
import { child, duplicate, forbidden, index, invalid, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { validateDns1035Label, validateDns1123Subdomain, validatePathSegmentName } from '@orrery/machinery/names';
import { validateConditions } from '../conditions.ts';
import { each } from '../fill.ts';
import { labelSelector, oneOf, oneOfIfSet, qualified, subdomain, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type {
  AuditAnnotation,
  MatchResources,
  ParamKind,
  ParamRef,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  Validation,
  Variable,
} from '../types.data.ts';
import { validateRule } from './validation.ts';

function validateMatch(errors: Errors, match: MatchResources | undefined, path: FieldPath): void {
  if (!match) return;
  oneOfIfSet(errors, match.matchPolicy, ['Equivalent', 'Exact'], child(path, 'matchPolicy'));
  labelSelector(errors, match.namespaceSelector, child(path, 'namespaceSelector'));
  labelSelector(errors, match.objectSelector, child(path, 'objectSelector'));
  for (const list of ['resourceRules', 'excludeResourceRules'] as const) {
    each(match[list]).forEach((rule, at) => {
      const here = index(child(path, list), at);
      const names = each(rule.resourceNames);
      names.forEach((name, place) => {
        const where = index(child(here, 'resourceNames'), place);
        tell(errors, where, name, validatePathSegmentName(name));
        if (names.indexOf(name) < place) errors.push(duplicate(where, name));
      });
      validateRule(errors, rule, here);
    });
  }
}

function validateParamKind(errors: Errors, { apiVersion = '', kind = '' }: ParamKind): void {
  const path = 'spec.paramKind.apiVersion';
  const parts = apiVersion.split('/');
  const version = parts.at(-1)!;
  const joined = (value: string, problems: readonly string[], before = ''): string[] =>
    problems.length > 0 && value !== '' ? [before + problems.join(',')] : [];
  if (apiVersion === '') errors.push(required(path));
  else if (parts.length > 2) errors.push(invalid(path, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  else {
    if (parts.length === 2) tell(errors, path, parts[0], joined(parts[0]!, validateDns1123Subdomain(parts[0]!)));
    if (version === '') errors.push(invalid(path, apiVersion, 'version must be specified'));
    tell(errors, path, version, joined(version, validateDns1035Label(version)));
  }
  const mixed = 'may have mixed case, but should otherwise match: ';
  if (kind === '') errors.push(required('spec.paramKind.kind'));
  tell(errors, 'spec.paramKind.kind', kind, joined(kind, validateDns1035Label(kind.toLowerCase()), mixed));
}

const identifier = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** Words that the language keeps for itself. */
const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);
const mostAnnotations = 20;

/** Everything but what the expressions say. */
export function validateAdmissionPolicy({ spec, metadata }: ValidatingAdmissionPolicy): FieldError[] {
  const errors: Errors = [];
  oneOf(errors, spec.failurePolicy, ['Fail', 'Ignore'], 'spec.failurePolicy');
  if (spec.paramKind) validateParamKind(errors, spec.paramKind);
  const match = spec.matchConstraints;
  if (!match) errors.push(required('spec.matchConstraints'));
  else {
    validateMatch(errors, match, 'spec.matchConstraints');
    if (each(match.resourceRules).length === 0) errors.push(required('spec.matchConstraints.resourceRules'));
  }
  each(spec.variables).forEach((variable, at) => validateVariable(errors, variable, index('spec.variables', at)));
  if (each(spec.validations).length + each(spec.auditAnnotations).length === 0) {
    const why = 'validations or auditAnnotations must contain at least one item';
    errors.push(required('spec.validations', why), required('spec.auditAnnotations', why));
  }
  each(spec.validations).forEach((validation, at) =>
    validateValidation(errors, validation, index('spec.validations', at)),
  );
  validateAnnotations(errors, each(spec.auditAnnotations), metadata.name ?? '');
  return errors;
}

/** What the server found when it compared expressions with types. */
export function validateAdmissionPolicyStatus({ status }: ValidatingAdmissionPolicy): FieldError[] {
  const errors: Errors = [];
  each(status?.typeChecking?.expressionWarnings).forEach(({ warning, fieldRef = '' }, at) => {
    const path = index('status.typeChecking.expressionWarnings', at);
    if (!warning) errors.push(required(child(path, 'warning')));
    if (fieldRef.trim() === '') errors.push(required(child(path, 'fieldRef')));
  });
  validateConditions(errors, status?.conditions, 'status.conditions');
  return errors;
}

function validateVariable(errors: Errors, { name = '', expression = '' }: Variable, path: FieldPath): void {
  if (name.trim() === '') errors.push(required(child(path, 'name'), 'name is not specified'));
  else if (!identifier.test(name) || reserved.has(name))
    errors.push(invalid(child(path, 'name'), name, 'must be a valid CEL identifier'));
  if (expression.trim() === '') errors.push(required(child(path, 'expression'), 'expression is not specified'));
}

function validateValidation(errors: Errors, validation: Validation, path: FieldPath): void {
  const { expression = '', message = '', reason } = validation;
  const at = child(path, 'message');
  if (expression.trim() === '') errors.push(required(child(path, 'expression'), 'expression is not specified'));
  if (message !== '' && message.trim() === '') errors.push(invalid(at, message, 'must be non-empty if specified'));
  else if (/[\n\r]/.test(message.trim())) errors.push(invalid(at, message, 'must not contain line breaks'));
  oneOfIfSet(errors, reason, ['Forbidden', 'Invalid', 'RequestEntityTooLarge'], child(path, 'reason'));
}

function validateAnnotations(errors: Errors, annotations: readonly AuditAnnotation[], policy: string): void {
  const path = 'spec.auditAnnotations';
  if (annotations.length > mostAnnotations)
    errors.push(invalid(path, annotations, `must not have more than ${mostAnnotations} auditAnnotations`));
  const known = new Set<string>();
  annotations.forEach(({ key = '' }, at) => {
    const where = child(index(path, at), 'key');
    if (policy === '') errors.push(invalid(where, key, 'requires metadata.name be non-empty'));
    else qualified(errors, `${policy}/${key}`, where);
    if (known.has(key)) errors.push(duplicate(where, key));
    known.add(key);
  });
}

function validateParamRef(
  errors: Errors,
  { name, selector, parameterNotFoundAction }: ParamRef,
  path: FieldPath,
): void {
  const exclusive = 'name and selector are mutually exclusive';
  if (name) {
    tell(errors, child(path, 'name'), name, validatePathSegmentName(name));
    if (selector) errors.push(forbidden(child(path, 'name'), exclusive));
  }
  if (selector) {
    labelSelector(errors, selector, child(path, 'selector'));
    if (name) errors.push(forbidden(child(path, 'selector'), exclusive));
  }
  if (!name && !selector) errors.push(required(path, 'one of name or selector must be specified'));
  oneOf(errors, parameterNotFoundAction, ['Deny', 'Allow'], child(path, 'parameterNotFoundAction'));
}

export function validateAdmissionPolicyBinding({ spec }: ValidatingAdmissionPolicyBinding): FieldError[] {
  const errors: Errors = [];
  if (!spec.policyName) errors.push(required('spec.policyName'));
  else subdomain(errors, spec.policyName, 'spec.policyName');
  if (spec.paramRef) validateParamRef(errors, spec.paramRef, 'spec.paramRef');
  // Upstream's spelling.
  validateMatch(errors, spec.matchResources, 'spec.matchResouces');
  const actions = each(spec.validationActions);
  const path = 'spec.validationActions';
  actions.forEach((action, at) => {
    oneOfIfSet(errors, action, ['Audit', 'Deny', 'Warn'], index(path, at));
    if (actions.indexOf(action) < at) errors.push(duplicate(index(path, at), action));
  });
  if (actions.includes('Deny') && actions.includes('Warn')) {
    const why =
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
    errors.push(invalid(path, actions, why));
  }
  if (actions.length === 0) errors.push(required(path, 'at least one validation action is required'));
  return errors;
}
