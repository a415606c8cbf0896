/** What a validating policy says of one write with one parameter (apiserver `policy/validating` `Validate`). */
import type { ValidatingAdmissionPolicySpec, Validation } from '@orrery/kinds/types';
import { limits } from '@orrery/machinery/cel';
import type { Activation } from '@orrery/machinery/cel';
import type { KubeObject } from '@orrery/machinery/meta';
import { BudgetSpent, Evaluation } from '../expressions.ts';
import type { Budget, Evaluated } from '../expressions.ts';
import { meetsConditions } from '../match-conditions.ts';
import type { Matched } from '../matching.ts';
import type { WriteView } from '../write-view.ts';
import type { CompiledPolicy } from './compile.ts';

/** A refusal; which validation it comes from, and how the answer calls it. */
export interface Denial {
  readonly index: number;
  readonly message: string;
  readonly reason?: string;
}

export interface Verdict {
  readonly denials: readonly Denial[];
  readonly annotations: readonly { readonly key: string; readonly value: string }[];
  /** Annotations that could not be made: they deny whatever the actions of the binding are. */
  readonly failures: readonly string[];
}

export interface Judged {
  readonly spec: ValidatingAdmissionPolicySpec;
  readonly compiled: CompiledPolicy;
  readonly view: WriteView;
  readonly matched: Matched;
  /** Undefined for a policy without parameters, null for a binding without. */
  readonly params: KubeObject | null | undefined;
  readonly namespaceObject: KubeObject | undefined;
}

const nothing: Verdict = { denials: [], annotations: [], failures: [] };

export async function decide(judged: Judged): Promise<Verdict> {
  const { spec, compiled, view, matched, params, namespaceObject } = judged;
  const isStrict = spec.failurePolicy !== 'Ignore';
  const failed = (message: string): Verdict => ({ ...nothing, denials: isStrict ? [{ index: 0, message }] : [] });
  if (compiled.conditions.length > 0) {
    const { resource } = view.attributes;
    const activation = await view.activation({ matched, resource, params, authorizer: true });
    const met = await meetsConditions(compiled.conditions, activation, compiled.variables);
    if (typeof met === 'object') return failed(met.error);
    if (met === 'no-match') return nothing;
  }
  const activation = (authorizer: boolean): Promise<Activation> =>
    view.activation({ matched, params, namespaceObject, authorizer });
  try {
    const denials = await validate(judged, isStrict, activation);
    return { denials, ...(await annotate(judged, isStrict, await activation(false))) };
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
    return failed(error.message);
  }
}

async function validate(
  { spec, compiled }: Judged,
  isStrict: boolean,
  activation: (authorizer: boolean) => Promise<Activation>,
): Promise<Denial[]> {
  const budget: Budget = { left: limits.requestBudget };
  const evaluation = new Evaluation(await activation(true), budget, compiled.variables);
  const results: Evaluated[] = [];
  for (const expression of compiled.validations) results.push(await evaluation.run(expression));
  const speaker = new Evaluation(await activation(false), budget, compiled.variables);
  const denials: Denial[] = [];
  for (const [index, result] of results.entries()) {
    if ('error' in result) {
      if (isStrict) denials.push({ index, message: result.error });
    } else if (result.value !== true) {
      const denial = await denialOf(spec.validations![index]!, index, compiled, speaker);
      if (denial.reason !== undefined || isStrict) denials.push(denial);
    }
  }
  return denials;
}

async function denialOf(
  validation: Validation,
  index: number,
  { messages }: CompiledPolicy,
  speaker: Evaluation,
): Promise<Denial> {
  const { message, expression, reason = 'Invalid' } = validation;
  const maker = messages[index];
  try {
    const made = maker && (await speaker.run(maker));
    const said = made && 'value' in made && typeof made.value === 'string' ? made.value.trim() : '';
    const isFit = said !== '' && !said.includes('\n') && Buffer.byteLength(said) <= limits.maxMessageBytes;
    return { index, message: isFit ? said : message?.trim() || `failed expression: ${expression.trim()}`, reason };
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
    return { index, message: `failed messageExpression: ${error.message}` };
  }
}

async function annotate(
  { spec, compiled }: Judged,
  isStrict: boolean,
  activation: Activation,
): Promise<Pick<Verdict, 'annotations' | 'failures'>> {
  const evaluation = new Evaluation(activation, { left: limits.requestBudget }, compiled.variables);
  const annotations: { key: string; value: string }[] = [];
  const failures: string[] = [];
  for (const [at, expression] of compiled.annotations.entries()) {
    const result = await evaluation.run(expression);
    if ('error' in result) {
      if (isStrict) failures.push(result.error);
    } else if (typeof result.value === 'string' && result.value.trim() !== '') {
      annotations.push({ key: spec.auditAnnotations![at]!.key, value: result.value.trim() });
    }
  }
  return { annotations, failures };
}
