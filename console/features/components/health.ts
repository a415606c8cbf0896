/** The health of the system's parts (pure). */
import type { AnswerOf } from '@orrery/platform-contract';
import type { components } from '@orrery/platform-contract/features';
import type { Tone } from '../../ui/Badge.tsx';

export type Health = AnswerOf<typeof components.health>;
export type Component = Health['kubesphereStatus'][number];

export type State = 'well' | 'partly' | 'down';
export const tones = { well: 'good', partly: 'warn', down: 'bad' } as const satisfies Record<State, Tone>;

/** Nothing behind a service is as bad as nothing ready behind it. */
export const stateOf = (healthy: number, total: number): State =>
  total > 0 && healthy >= total ? 'well' : healthy > 0 ? 'partly' : 'down';

export interface Group {
  readonly namespace: string;
  readonly components: readonly Component[];
  readonly well: number;
}

/** By namespace, in the platform's order; what needs somebody stands first. */
export const groupsOf = ({ kubesphereStatus }: Health): readonly Group[] =>
  [...Map.groupBy(kubesphereStatus, ({ namespace }) => namespace)].map(([namespace, all]) => ({
    namespace,
    components: all.toSorted((left, right) => rank(left) - rank(right) || (left.name < right.name ? -1 : 1)),
    well: all.filter(each => rank(each) === 2).length,
  }));

const rank = ({ healthyBackends, totalBackends }: Component): number =>
  ({ down: 0, partly: 1, well: 2 })[stateOf(healthyBackends, totalBackends)];
