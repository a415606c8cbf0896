/** Priority levels as far as requests are concerned, and how seats are shared out among them. Pure. */
import type { PriorityLevelConfiguration } from '@orrery/kinds/types';
import type { QueuingOptions } from './queues.ts';

export interface LevelSpec {
  readonly name: string;
  readonly uid: string;
  readonly exempt: boolean;
  readonly shares: number;
  /** Percent of the level's seats that others may use while it does not. */
  readonly lendable: number;
  /** Percent of the level's seats that it may use of others'; any number unless given. */
  readonly borrowingLimit?: number;
  /** Absent: what has no seat is refused. */
  readonly queuing?: QueuingOptions;
}

const defaults = { shares: 30, queues: 64, handSize: 8, queueLengthLimit: 50 };

export function levelOf({ metadata, spec }: PriorityLevelConfiguration): LevelSpec {
  const { name = '', uid = '' } = metadata;
  if (spec.type === 'Exempt') {
    const { nominalConcurrencyShares = 0, lendablePercent = 0 } = spec.exempt ?? {};
    return { name, uid, exempt: true, shares: nominalConcurrencyShares, lendable: lendablePercent };
  }
  const limited = spec.limited ?? {};
  const { queues, handSize, queueLengthLimit } = { ...defaults, ...limited.limitResponse?.queuing };
  return {
    ...{ name, uid, exempt: false },
    shares: limited.nominalConcurrencyShares ?? defaults.shares,
    lendable: limited.lendablePercent ?? 0,
    ...(limited.borrowingLimitPercent !== undefined && { borrowingLimit: limited.borrowingLimitPercent }),
    ...(limited.limitResponse?.type === 'Queue' && { queuing: { queues, handSize, queueLengthLimit } }),
  };
}

/** What holds although nobody wrote it. */
export const mandatoryLevels: readonly LevelSpec[] = [
  { name: 'exempt', uid: '', exempt: true, shares: 0, lendable: 0 },
  { name: 'catch-all', uid: '', exempt: false, shares: 5, lendable: 0 },
];

export interface Share {
  /** The level's own seats. */
  readonly nominal: number;
  /** Of these, how many others may use. */
  readonly lendable: number;
  /** How many of others' seats it may use. */
  readonly borrowable: number;
}

/** Shares out `seats` as upstream does: rounded up, so that everybody with a share has a seat. */
export function shareOut(specs: readonly LevelSpec[], seats: number): Map<string, Share> {
  const sum = specs.reduce((total, { shares }) => total + shares, 0);
  return new Map(
    specs.map(({ name, shares, lendable, borrowingLimit }) => {
      const nominal = sum === 0 ? 0 : Math.ceil((seats * shares) / sum);
      const borrowable = borrowingLimit === undefined ? Infinity : Math.round((nominal * borrowingLimit) / 100);
      return [name, { nominal, lendable: Math.round((nominal * lendable) / 100), borrowable }];
    }),
  );
}
