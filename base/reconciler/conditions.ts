/** Lists of status conditions, changed as apimachinery's `meta.SetStatusCondition` and friends do, but without touching their input. */
import { formatTime, type Clock } from '@orrery/machinery/clock';

export interface Condition {
  type: string;
  status: string;
  reason: string;
  message: string;
  observedGeneration?: number;
  lastTransitionTime: string;
}

/** What a controller says of a condition; the time is given only where it is known better than "now". */
export type ConditionUpdate = Omit<Condition, 'lastTransitionTime'> & { lastTransitionTime?: string };

/**
 * The list with the condition added or brought up to date. Its time moves only when its status changes. Answers the list
 * that it was given when nothing changes.
 */
export function setCondition(
  conditions: readonly Condition[] | undefined,
  update: ConditionUpdate,
  clock: Pick<Clock, 'now'>,
): Condition[] {
  const known = conditions ?? [];
  const index = known.findIndex(({ type }) => type === update.type);
  const before = known[index];
  const moved = before?.status !== update.status;
  const lastTransitionTime = moved ? (update.lastTransitionTime ?? formatTime(clock.now())) : before.lastTransitionTime;
  const after: Condition = { ...before, ...update, lastTransitionTime };
  if (!before) return [...known, after];
  const same = (Object.keys(after) as (keyof Condition)[]).every(name => after[name] === before[name]);
  return same ? (known as Condition[]) : known.with(index, after);
}

/** The list without the condition; the list itself when it has none of that type. */
export const removeCondition = (conditions: readonly Condition[] | undefined, type: string): Condition[] =>
  conditions?.some(condition => condition.type === type)
    ? conditions.filter(condition => condition.type !== type)
    : ((conditions ?? []) as Condition[]);

export const findCondition = (conditions: readonly Condition[] | undefined, type: string): Condition | undefined =>
  conditions?.find(condition => condition.type === type);

/** True when the condition is there with status `True`. */
export const isConditionTrue = (conditions: readonly Condition[] | undefined, type: string): boolean =>
  findCondition(conditions, type)?.status === 'True';
