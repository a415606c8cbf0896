/** Match conditions of webhooks and policies (apiserver `admission/plugin/webhook/matchconditions`). */
import type { MatchCondition } from '@orrery/kinds/types';
import { limits, policyEnvironment, types } from '@orrery/machinery/cel';
import type { Activation, Environment } from '@orrery/machinery/cel';
import { compileExpression, Evaluation, BudgetSpent } from './expressions.ts';
import type { Expression } from './expressions.ts';

export type MatchOutcome = 'match' | 'no-match' | { readonly error: string };

let ofWebhooks: Environment | undefined;

/** @param environment that of webhooks unless given */
export function compileConditions(
  conditions: readonly MatchCondition[],
  environment: Environment = (ofWebhooks ??= policyEnvironment({ hasAuthorizer: true })),
): Expression[] {
  return conditions.map(({ expression }) => compileExpression(expression, environment, [types.boolType]));
}

/** One condition that is false is enough, whatever happens to the others. */
export async function meetsConditions(
  conditions: readonly Expression[],
  activation: Activation,
  variables?: ReadonlyMap<string, Expression>,
): Promise<MatchOutcome> {
  const evaluation = new Evaluation(activation, { left: limits.matchConditionsBudget }, variables);
  const errors: string[] = [];
  let isFalse = false;
  try {
    // All are run before one counts: upstream's budget ends even what would not have matched.
    for (const condition of conditions) {
      const result = await evaluation.run(condition);
      if ('error' in result) errors.push(result.error);
      else if (result.value === false) isFalse = true;
    }
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
    return { error: error.message };
  }
  if (isFalse) return 'no-match';
  const distinct = [...new Set(errors)];
  if (distinct.length === 0) return 'match';
  return { error: distinct.length === 1 ? distinct[0]! : `[${distinct.join(', ')}]` };
}
