/** Lists of conditions, changed without being touched. */

export interface ConditionLike {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

export const conditionOf = <T extends ConditionLike>(
  conditions: readonly T[] | undefined,
  type: string,
): T | undefined => conditions?.find(condition => condition.type === type);

export const withoutCondition = <T extends ConditionLike>(conditions: readonly T[] | undefined, type: string): T[] =>
  (conditions ?? []).filter(condition => condition.type !== type);

/**
 * Puts a condition at the end of the list, replacing one of its type. One with the same status and reason is left as it is; one
 * with the same status keeps its transition time.
 */
export function withCondition<T extends ConditionLike>(conditions: readonly T[] | undefined, next: T): T[] {
  const current = conditionOf(conditions, next.type);
  if (current && current.status === next.status && current.reason === next.reason) return [...conditions!];
  const condition =
    current?.status === next.status ? { ...next, lastTransitionTime: current.lastTransitionTime } : next;
  return [...withoutCondition(conditions, next.type), condition];
}
