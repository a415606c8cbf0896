/** Numbers of an overview, put together for the eye (pure). */
import type { Tone } from '../../../ui/Badge.tsx';

export interface Count {
  readonly total: number;
  readonly states?: Readonly<Record<string, number>>;
}

export const stateNames = [
  'running',
  'updating',
  'stopped',
  'completed',
  'failed',
  'paused',
  'pending',
  'bound',
  'warning',
  'unschedulable',
] as const;
export type StateName = (typeof stateNames)[number] | 'rest';

export interface Part {
  readonly name: StateName;
  readonly count: number;
  readonly tone: Tone;
}

const words: Readonly<Record<string, StateName>> = { succeeded: 'completed', lost: 'failed', unknown: 'warning' };
const tones: Readonly<Record<StateName, Tone>> = {
  running: 'good',
  bound: 'good',
  completed: 'quiet',
  stopped: 'quiet',
  paused: 'quiet',
  updating: 'busy',
  pending: 'busy',
  unschedulable: 'warn',
  warning: 'bad',
  failed: 'bad',
  rest: 'quiet',
};

const nameOf = (state: string): StateName => {
  const word = state.toLowerCase();
  return (
    words[word] ?? ((stateNames as readonly string[]).find(name => name === word) as StateName | undefined) ?? 'rest'
  );
};

/** The states that occur, what needs somebody first. */
export function partsOf({ states = {} }: Count): readonly Part[] {
  const counts = new Map<StateName, number>();
  for (const [state, count] of Object.entries(states)) {
    const name = nameOf(state);
    if (count > 0) counts.set(name, (counts.get(name) ?? 0) + count);
  }
  const order: readonly Tone[] = ['bad', 'warn', 'busy', 'good', 'quiet'];
  return [...counts]
    .map(([name, count]) => ({ name, count, tone: tones[name] }))
    .toSorted((left, right) => order.indexOf(left.tone) - order.indexOf(right.tone));
}
