/** The expressions of a mutating policy as programs (apiserver `policy/mutating` `compilePolicy`). */
import { makePatch, types } from '@orrery/machinery/cel';
import type { Environment } from '@orrery/machinery/cel';
import { compileExpression } from '../expressions.ts';
import type { Expression } from '../expressions.ts';
import { compileConditions } from '../match-conditions.ts';
import { compileVariables } from './compile.ts';
import type { MutatingPolicy, Mutation } from './mutating-kinds.ts';

export interface CompiledMutation {
  readonly type: Mutation['patchType'];
  readonly expression: Expression;
}

export interface CompiledMutatingPolicy {
  readonly variables: ReadonlyMap<string, Expression>;
  readonly conditions: readonly Expression[];
  readonly mutations: readonly CompiledMutation[];
}

const results = {
  ApplyConfiguration: [types.structType('Object')],
  JSONPatch: [types.listType(types.structType('JSONPatch'))],
};

/** @param environment one with the names of patches */
export function compileMutation(
  { patchType, applyConfiguration, jsonPatch }: Mutation,
  environment: Environment,
): CompiledMutation {
  const { expression = '' } = (patchType === 'JSONPatch' ? jsonPatch : applyConfiguration) ?? {};
  return { type: patchType, expression: compileExpression(expression, environment, results[patchType], makePatch) };
}

export function compileMutatingPolicy({ spec }: MutatingPolicy): CompiledMutatingPolicy {
  const { variables, environment } = compileVariables(spec.variables ?? [], {
    hasParams: spec.paramKind !== undefined,
  });
  const patches = environment({ hasAuthorizer: true, hasPatches: true });
  return {
    variables,
    conditions: compileConditions(spec.matchConditions ?? [], environment({ hasAuthorizer: true })),
    mutations: (spec.mutations ?? []).map(mutation => compileMutation(mutation, patches)),
  };
}
