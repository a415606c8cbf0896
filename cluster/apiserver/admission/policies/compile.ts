/** The expressions of a policy as programs (apiserver `policy/validating` `compilePolicy`): made once per generation. */
import type { ValidatingAdmissionPolicySpec, Variable } from '@orrery/kinds/types';
import { composedType, policyEnvironment, types } from '@orrery/machinery/cel';
import type { Environment, PolicyVariables, Type } from '@orrery/machinery/cel';
import { compileExpression } from '../expressions.ts';
import type { Expression } from '../expressions.ts';
import { compileConditions } from '../match-conditions.ts';

export interface CompiledVariables {
  readonly variables: ReadonlyMap<string, Expression>;
  /** In the order they are declared, as programs or problems. */
  readonly inOrder: readonly Expression[];
  /** For what may name the variables. */
  environment(more?: PolicyVariables): Environment;
}

export interface CompiledPolicy {
  readonly variables: ReadonlyMap<string, Expression>;
  readonly conditions: readonly Expression[];
  readonly validations: readonly Expression[];
  /** By the place of the validation; undefined where there is none. */
  readonly messages: readonly (Expression | undefined)[];
  readonly annotations: readonly Expression[];
}

export const messageTypes = [types.stringType];
export const annotationTypes = [types.stringType, types.nullType];
export const validationTypes = [types.boolType];

/** @param base what all expressions of the policy may name */
export function compileVariables(declared: readonly Variable[], base: PolicyVariables): CompiledVariables {
  const composed = new Map<string, Type>();
  const environment = (more: PolicyVariables = {}): Environment => policyEnvironment({ ...base, ...more, composed });
  const variables = new Map<string, Expression>();
  const inOrder: Expression[] = [];
  const withAll = declared.length > 0 ? environment({ hasAuthorizer: true }) : undefined;
  for (const { name, expression } of declared) {
    const compiled = compileExpression(expression, withAll!);
    composed.set(name, composedType(compiled.program?.type));
    variables.set(name, compiled);
    inOrder.push(compiled);
  }
  return { variables, inOrder, environment };
}

/** Letters compiled between two pauses: some milliseconds. */
const pauseEvery = 2000;

/** Takes turns with other requests. */
export async function compilePolicy(spec: ValidatingAdmissionPolicySpec): Promise<CompiledPolicy> {
  const { variables, environment } = compileVariables(spec.variables ?? [], {
    hasParams: spec.paramKind !== undefined,
  });
  const full = environment({ hasAuthorizer: true });
  const withoutAuthorizer = environment();
  let letters = 0;
  const compile = async (source: string, within: Environment, results: readonly Type[]): Promise<Expression> => {
    letters += source.length;
    if (letters > pauseEvery) {
      letters = 0;
      await new Promise<void>(resolve => setImmediate(resolve));
    }
    return compileExpression(source, within, results);
  };
  const validations: Expression[] = [];
  const messages: (Expression | undefined)[] = [];
  for (const { expression, messageExpression } of spec.validations ?? []) {
    validations.push(await compile(expression, full, validationTypes));
    messages.push(messageExpression ? await compile(messageExpression, withoutAuthorizer, messageTypes) : undefined);
  }
  const annotations: Expression[] = [];
  for (const { valueExpression } of spec.auditAnnotations ?? [])
    annotations.push(await compile(valueExpression, full, annotationTypes));
  return {
    variables,
    conditions: compileConditions(spec.matchConditions ?? [], full),
    validations,
    messages,
    annotations,
  };
}
