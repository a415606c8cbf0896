/** How far a drain is, and what it is begun with (pure). */
import type { AnswerOf } from '@orrery/platform-contract';
import type { operations } from '@orrery/platform-contract/features';
import type { Tone } from '../../../ui/Badge.tsx';

export type Drain = AnswerOf<typeof operations.drainProgress>;
export type PodState = Drain['pods'][number]['state'];

export const drainTones = {
  Running: 'busy',
  Done: 'good',
  Failed: 'bad',
  Cancelled: 'quiet',
  Interrupted: 'warn',
} as const satisfies Record<Drain['state'], Tone>;

export const podTones = {
  Waiting: 'quiet',
  Evicting: 'busy',
  Blocked: 'warn',
  Gone: 'good',
  Failed: 'bad',
} as const satisfies Record<PodState, Tone>;

const order: readonly PodState[] = ['Failed', 'Blocked', 'Evicting', 'Waiting', 'Gone'];

/** What holds it up stands first. */
export const podsOf = ({ pods }: Drain): Drain['pods'] =>
  pods.toSorted((left, right) => order.indexOf(left.state) - order.indexOf(right.state));

export const goneOf = ({ pods }: Drain): number => pods.filter(({ state }) => state === 'Gone').length;

export interface DrainForm {
  readonly grace: string;
  readonly timeout: string;
  readonly force: boolean;
  readonly deleteData: boolean;
}

/** A whole number that is not less than `least`; empty is none. */
export const isSeconds = (text: string, least: number): boolean =>
  text.trim() === '' || (/^\d{1,6}$/.test(text.trim()) && Number(text) >= least);

export const drainBody = ({ grace, timeout, force, deleteData }: DrainForm) => ({
  ...(force && { force }),
  ...(deleteData && { deleteEmptyDirData: true }),
  ...(grace.trim() !== '' && { gracePeriodSeconds: Number(grace) }),
  ...(timeout.trim() !== '' && { timeoutSeconds: Number(timeout) }),
});
