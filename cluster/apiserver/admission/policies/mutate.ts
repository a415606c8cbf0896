/** One mutation of one write: from an expression's value to the changed object (apiserver `policy/mutating/patch`). */
import { limits, List, misnamedStructs, Struct, toJson } from '@orrery/machinery/cel';
import type { Value } from '@orrery/machinery/cel';
import type { KubeObject } from '@orrery/machinery/meta';
import { applyJsonPatch } from '@orrery/machinery/patch';
import type { JsonObject } from '@orrery/machinery/patch';
import { StatusError } from '@orrery/machinery/status';
import type { Served } from '../../types.ts';
import { BudgetSpent, Evaluation } from '../expressions.ts';
import type { Expression } from '../expressions.ts';
import { meetsConditions } from '../match-conditions.ts';
import type { Matched } from '../matching.ts';
import type { ViewOptions, WriteView } from '../write-view.ts';
import type { CompiledMutatingPolicy, CompiledMutation } from './compile-mutating.ts';
import { ConfigurationError } from './params.ts';

/** Whether a write meets the conditions of a policy. @throws ConfigurationError when that cannot be said */
export async function isMet(
  { conditions, variables }: CompiledMutatingPolicy,
  view: WriteView,
  options: Pick<ViewOptions, 'matched' | 'params'>,
): Promise<boolean> {
  if (conditions.length === 0) return true;
  const { resource } = view.attributes;
  const activation = await view.activation({ ...options, resource, authorizer: true });
  const met = await meetsConditions(conditions, activation, variables);
  if (typeof met === 'object') throw new ConfigurationError(met.error);
  return met === 'match';
}

/** The object after a mutation, in the version of the rule. @throws ConfigurationError */
export async function mutated(
  shown: KubeObject,
  { type, expression }: CompiledMutation,
  variables: ReadonlyMap<string, Expression>,
  view: WriteView,
  options: Omit<ViewOptions, 'authorizer'>,
  served: Pick<Served, 'lay'>,
): Promise<KubeObject> {
  const value = await valueOf(expression, variables, view, options);
  return type === 'JSONPatch' ? patched(shown, value) : laid(shown, value, options.matched, served);
}

async function valueOf(
  expression: Expression,
  variables: ReadonlyMap<string, Expression>,
  view: WriteView,
  options: Omit<ViewOptions, 'authorizer'>,
): Promise<Value> {
  if (expression.problem !== undefined) throw new ConfigurationError(expression.problem);
  const activation = await view.activation({ ...options, authorizer: true });
  try {
    const result = await new Evaluation(activation, { left: limits.requestBudget }, variables).run(expression);
    if ('error' in result) throw new ConfigurationError(result.error);
    return result.value;
  } catch (error) {
    throw error instanceof BudgetSpent ? new ConfigurationError(error.message) : error;
  }
}

function jsonOf(value: Value, why: string): unknown {
  const result = toJson(value);
  if ('problem' in result) throw new ConfigurationError(`${why}: ${result.problem}`);
  return result.json;
}

function checkNames(value: Value): void {
  if (!(value instanceof Struct)) return;
  const [problem] = misnamedStructs(value, value.name);
  if (problem !== undefined) throw new ConfigurationError(`type mismatch: ${problem}`);
}

function laid(shown: KubeObject, value: Value, matched: Matched, served: Pick<Served, 'lay'>): KubeObject {
  checkNames(value);
  const { apiVersion, kind } = shown;
  const configuration = jsonOf(value, 'invalid return type') as KubeObject;
  try {
    return served.lay(shown, { ...configuration, apiVersion, kind } as KubeObject, matched);
  } catch (error) {
    if (error instanceof StatusError || !(error instanceof Error)) throw error;
    throw new ConfigurationError(`error applying patch: ${error.message}`);
  }
}

const notJson = 'JSONPath valueExpression evaluated to a type that could not marshal to JSON';

function patched(shown: KubeObject, value: Value): KubeObject {
  if (!(value instanceof List))
    throw new ConfigurationError('type mismatch: JSONPatchType.expression should evaluate to array');
  let document = shown as unknown as JsonObject;
  for (const item of value) {
    const { fields } = item as Struct;
    if (fields.has('value')) checkNames(fields.get('value')!);
    const operation = jsonOf(item, notJson) as { op?: string; from?: string };
    if (operation.from === '') delete operation.from;
    try {
      document = applyJsonPatch(document, [operation]);
    } catch (error) {
      // A test that fails leaves the object as it was.
      if (operation.op === 'test') return shown;
      if (!(error instanceof StatusError)) throw error;
      throw new ConfigurationError(`JSON Patch: ${error.message}`);
    }
  }
  return document as unknown as KubeObject;
}
