/** Whether mutating policies and their bindings are right, when they are written (admissionregistration/validation). */
import { isDeepStrictEqual } from 'node:util';
import { semanticsOf } from '@orrery/kinds/semantics';
import { policyEnvironment } from '@orrery/machinery/cel';
import type { PolicyVariables } from '@orrery/machinery/cel';
import { child, forbidden, index, invalid, notSupported, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import type { KubeObject } from '@orrery/machinery/meta';
import { checkConditions } from './check.ts';
import { compileVariables } from './compile.ts';
import { compileMutation } from './compile-mutating.ts';
import type { MutatingBinding, MutatingPolicy, Mutation } from './mutating-kinds.ts';

/** What both sorts of policies have in common is checked as for the validating ones. */
function commonProblems(resource: string, spec: object): FieldError[] {
  const semantics = semanticsOf({ group: 'admissionregistration.k8s.io', version: 'v1', resource })!;
  const object = { metadata: { name: 'policy' }, spec } as unknown as KubeObject;
  return semantics.validateCreate(object).filter(({ field }) => field.startsWith('spec'));
}

const patchTypes = ['ApplyConfiguration', 'JSONPatch'];
const reinvocations = ['IfNeeded', 'Never'];

export function checkMutatingPolicy(
  spec: MutatingPolicy['spec'],
  old: MutatingPolicy['spec'] | undefined,
): FieldError[] {
  const { failurePolicy, paramKind, matchConstraints, matchConditions = [], variables = [], mutations = [] } = spec;
  const frame = { failurePolicy, paramKind, matchConstraints, variables, validations: [{ expression: 'true' }] };
  const errors = commonProblems('validatingadmissionpolicies', frame);
  const base: PolicyVariables = { hasParams: paramKind !== undefined };
  const areConditionsKept =
    old && isDeepStrictEqual(old.paramKind, paramKind) && isDeepStrictEqual(old.matchConditions, spec.matchConditions);
  if (!areConditionsKept) errors.push(...checkConditions(matchConditions, 'spec.matchConditions', base));
  const { inOrder, environment } = compileVariables(variables, base);
  for (const [at, { source, problem }] of inOrder.entries())
    if (problem !== undefined && source.trim() !== '')
      errors.push(invalid(child(index('spec.variables', at), 'expression'), source, problem));
  const more: PolicyVariables = { hasAuthorizer: true, hasPatches: true };
  const full = variables.length > 0 ? environment(more) : policyEnvironment({ ...base, ...more });
  if (mutations.length === 0) errors.push(required('spec.mutations', 'mutations must contain at least one item'));
  for (const [at, mutation] of mutations.entries()) {
    const path = index('spec.mutations', at);
    const found = formProblems(mutation, path);
    errors.push(...found);
    if (found.length > 0) continue;
    const { source, problem } = compileMutation(mutation, full).expression;
    const where = child(path, mutation.patchType === 'JSONPatch' ? 'jsonPatch' : 'applyConfiguration', 'expression');
    if (problem !== undefined) errors.push(invalid(where, source, problem));
  }
  errors.push(...reinvocationProblems(spec.reinvocationPolicy));
  return errors;
}

function reinvocationProblems(policy: string | undefined): FieldError[] {
  const path = 'spec.reinvocationPolicy';
  if (!policy) return [required(path)];
  return reinvocations.includes(policy) ? [] : [notSupported(path, policy, reinvocations)];
}

/** The one of the two that the type names must be there, and no other. */
function formProblems({ patchType, applyConfiguration, jsonPatch }: Mutation, path: FieldPath): FieldError[] {
  const typePath = child(path, 'patchType');
  if (!patchType) return [required(typePath)];
  if (!patchTypes.includes(patchType)) return [notSupported(typePath, patchType, patchTypes)];
  const isJson = patchType === 'JSONPatch';
  const [own, ownName] = isJson ? [jsonPatch, 'jsonPatch'] : [applyConfiguration, 'applyConfiguration'];
  const [other, otherName] = isJson ? [applyConfiguration, 'applyConfiguration'] : [jsonPatch, 'jsonPatch'];
  const errors: FieldError[] = [];
  const at = child(path, ownName);
  if (!own) errors.push(required(at, `must be specified when patchType is ${patchType}`));
  else if (!own.expression?.trim()) errors.push(required(child(at, 'expression'), 'expression is not specified'));
  if (other) errors.push(forbidden(child(path, otherName), `must not be specified when patchType is ${patchType}`));
  return errors;
}

export const checkMutatingBinding = (spec: MutatingBinding['spec']): FieldError[] =>
  commonProblems('validatingadmissionpolicybindings', { ...spec, validationActions: ['Deny'] });
