/** A number and the states behind it, put in order for the eye (pure). */
import type { Tone } from '../../ui/Badge.tsx';

/** As the platform's overviews answer. */
export interface Count {
  readonly total: number;
  readonly states?: Readonly<Record<string, number>>;
}

const tones = {
  failed: 'bad',
  notReady: 'bad',
  unschedulable: 'warn',
  pending: 'busy',
  updating: 'busy',
  running: 'good',
  bound: 'good',
  completed: 'quiet',
  stopped: 'quiet',
  paused: 'quiet',
  other: 'quiet',
} as const satisfies Readonly<Record<string, Tone>>;

export type StateName = keyof typeof tones;
export const stateNames = Object.keys(tones) as StateName[];

/** What the platform calls a state, where that is another word. */
const words: Readonly<Record<string, StateName>> = {
  succeeded: 'completed',
  lost: 'failed',
  warning: 'notReady',
  unknown: 'notReady',
};

export interface Part {
  readonly name: StateName;
  readonly count: number;
  readonly tone: Tone;
}

const nameOf = (state: string): StateName => {
  const word = state.toLowerCase();
  return words[word] ?? (word in tones ? (word as StateName) : 'other');
};

/** The states that occur; what needs somebody comes first. */
export function partsOf({ states = {} }: Count): readonly Part[] {
  const counts = new Map<StateName, number>();
  for (const [state, count] of Object.entries(states)) {
    const name = nameOf(state);
    if (count > 0) counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return stateNames.flatMap(name => {
    const count = counts.get(name);
    return count === undefined ? [] : [{ name, count, tone: tones[name] }];
  });
}
