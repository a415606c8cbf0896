/** Why a log-in did not work, as the key of a sentence (pure). */
import { StatusError } from '@orrery/machinery/status';

/** The codes that the platform sends a browser back with, and the sentence of each. */
const codes = {
  state: 'backTooLate',
  provider: 'backFailed',
  refused: 'backFailed',
  not_mapped: 'backUnknown',
  ambiguous: 'backAmbiguous',
  disabled: 'backDisabled',
  name_taken: 'backNameTaken',
  taken: 'backTaken',
} as const;

export type BackProblem = (typeof codes)[keyof typeof codes];

/** `?error=` of the address. Codes that nobody knows are failures of the provider. */
export const backProblem = (code: string | undefined): BackProblem | undefined => {
  if (code === undefined || code === '') return undefined;
  return Object.hasOwn(codes, code) ? codes[code as keyof typeof codes] : 'backFailed';
};

export interface LoginProblem {
  readonly key: 'wrong' | 'tooMany' | 'providerAway' | 'providerGone' | 'other';
  /** Of `tooMany`: when to try again. */
  readonly minutes?: number;
}

/** What the answer to a name and a password means. Wrong, disabled and unknown are one answer, so that nobody finds out names. */
export function loginProblem(error: Error): LoginProblem {
  if (!(error instanceof StatusError)) return { key: 'other' };
  switch (error.code) {
    case 400:
    case 401:
      return { key: 'wrong' };
    case 404:
      return { key: 'providerGone' };
    case 429:
      return { key: 'tooMany', minutes: Math.max(1, Math.ceil((error.details?.retryAfterSeconds ?? 60) / 60)) };
    case 503:
      return { key: 'providerAway' };
    default:
      return { key: 'other' };
  }
}
