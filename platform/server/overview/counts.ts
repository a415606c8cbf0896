/** Counting objects by state: pure. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { AnswerOf } from '@orrery/platform-contract';
import type { overview } from '@orrery/platform-contract/features';

export type Counts = AnswerOf<typeof overview.project>['counts'];
export type Count = Counts[string];

/** How many there are, and of these how many in each state where the kind has some. */
export function countOf<T extends KubeObject>(
  objects: readonly T[],
  stateOf?: (object: T) => string | undefined,
): Count {
  if (!stateOf) return { total: objects.length };
  const states: Record<string, number> = {};
  for (const object of objects) {
    const state = stateOf(object);
    if (state) states[state] = (states[state] ?? 0) + 1;
  }
  return { total: objects.length, states };
}
