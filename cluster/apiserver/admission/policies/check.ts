/** Whether the expressions of a policy compile, when it is written (admissionregistration/validation). */
import { isDeepStrictEqual } from 'node:util';
import type { MatchCondition, ValidatingAdmissionPolicySpec as Spec } from '@orrery/kinds/types';
import { policyEnvironment, types } from '@orrery/machinery/cel';
import type { Environment, PolicyVariables, Type } from '@orrery/machinery/cel';
import { child, duplicate, index, invalid, required, tooMany } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { validateQualifiedName } from '@orrery/machinery/names';
import { compileExpression } from '../expressions.ts';
import { annotationTypes, compileVariables, messageTypes, validationTypes } from './compile.ts';

/** Letters compiled between two pauses: some milliseconds. */
const pauseEvery = 2000;
const mostConditions = 64;
const longestAnnotation = 5 * 1024;

/** What is wrong with expressions that are there: that some are missing is told elsewhere. Yields where others may run. */
export function* checkPolicy(spec: Spec, old: Spec | undefined): Generator<void, FieldError[]> {
  const errors: FieldError[] = [];
  const base: PolicyVariables = { hasParams: spec.paramKind !== undefined };
  const { variables = [], validations = [], auditAnnotations = [] } = spec;
  const areConditionsKept =
    old &&
    isDeepStrictEqual(old.paramKind, spec.paramKind) &&
    isDeepStrictEqual(old.matchConditions, spec.matchConditions);
  if (!areConditionsKept) errors.push(...checkConditions(spec.matchConditions ?? [], 'spec.matchConditions', base));
  yield;
  const { inOrder, environment } = compileVariables(variables, base);
  for (const [at, { source, problem }] of inOrder.entries())
    if (problem !== undefined && source.trim() !== '')
      errors.push(invalid(child(index('spec.variables', at), 'expression'), source, problem));
  yield;
  const withVariables = (more: PolicyVariables): Environment =>
    variables.length > 0 ? environment(more) : policyEnvironment({ ...base, ...more });
  const full = withVariables({ hasAuthorizer: true });
  const withoutAuthorizer = withVariables({});
  const check = (
    source: string,
    within: Environment,
    results: readonly Type[],
    path: FieldPath,
    shown = source,
  ): void => {
    const { problem } = compileExpression(source, within, results);
    if (problem !== undefined) errors.push(invalid(path, shown, problem));
  };
  let letters = 0;
  for (const [at, { expression = '', messageExpression = '' }] of validations.entries()) {
    const path = index('spec.validations', at);
    if (expression.trim() !== '') check(expression, full, validationTypes, child(path, 'expression'));
    const messageAt = child(path, 'messageExpression');
    if (messageExpression.trim() !== '') check(messageExpression, withoutAuthorizer, messageTypes, messageAt);
    else if (messageExpression !== '')
      errors.push(invalid(messageAt, messageExpression, 'must be non-empty if specified'));
    letters += expression.length + messageExpression.length;
    if (letters > pauseEvery) {
      letters = 0;
      yield;
    }
  }
  for (const [at, { valueExpression = '' }] of auditAnnotations.entries()) {
    const path = child(index('spec.auditAnnotations', at), 'valueExpression');
    const source = valueExpression.trim();
    if (source === '') errors.push(required(path, 'valueExpression is not specified'));
    else if (Buffer.byteLength(source) > longestAnnotation)
      errors.push(required(path, `must not exceed ${longestAnnotation} bytes in length`));
    else check(source, full, annotationTypes, path, valueExpression);
    yield;
  }
  return errors;
}

/** Conditions of policies and webhooks: they know no variables of the policy. */
export function checkConditions(
  conditions: readonly MatchCondition[],
  path: FieldPath,
  base: PolicyVariables = {},
): FieldError[] {
  const errors: FieldError[] = [];
  if (conditions.length > mostConditions) errors.push(tooMany(path, conditions.length, mostConditions));
  const environment = policyEnvironment({ ...base, hasAuthorizer: true });
  const names = new Set<string>();
  for (const [at, { name = '', expression = '' }] of conditions.entries()) {
    const here = index(path, at);
    const source = expression.trim();
    if (source === '') errors.push(required(child(here, 'expression')));
    else {
      const { problem } = compileExpression(source, environment, [types.boolType]);
      if (problem !== undefined) errors.push(invalid(child(here, 'expression'), source, problem));
    }
    const nameAt = child(here, 'name');
    if (name === '') errors.push(required(nameAt));
    else for (const why of validateQualifiedName(name)) errors.push(invalid(nameAt, name, why));
    if (name !== '' && names.has(name)) errors.push(duplicate(nameAt, name));
    names.add(name);
  }
  return errors;
}
