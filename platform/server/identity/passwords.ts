/** Passwords: KubeSphere's rule and bcrypt, with a bound on how many are worked on at a time. */
import { tooManyRequests } from '@orrery/machinery/status';

/** What bcrypt does, wherever it does it. */
export interface Hasher {
  hash(password: string, cost: number): Promise<string>;
  compare(password: string, hash: string): Promise<boolean>;
}

/** bcrypt's default, as KubeSphere uses; a hash brought along may have another. */
const cost = 10;
/** A password hash takes tens of milliseconds: more than this many waiting is an attack. */
const waitingMax = 32;
/** What bcrypt looks at is 72 bytes; longer passwords would be cut silently. */
const bytesMax = 64;

export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes the same time when there is no hash to compare with. Rejects with 429 when too many wait. */
  matches(password: string, hash: string | undefined): Promise<boolean>;
}

/** Costs beyond 14 are seconds of work: such a hash is none of ours, and nobody makes us compute it. */
export const isHash = (text: string): boolean => /^\$2[aby]\$(0[4-9]|1[0-4])\$[./A-Za-z0-9]{53}$/.test(text);

/** What is wrong with a new password; undefined when nothing. */
export function passwordProblem(password: string): string | undefined {
  if (password.length < 8) return 'a password has at least 8 characters';
  if (new TextEncoder().encode(password).length > bytesMax) return 'a password has at most 64 characters';
  const missing = [
    [/[a-z]/, 'a lower-case letter'],
    [/[A-Z]/, 'an upper-case letter'],
    [/[0-9]/, 'a digit'],
  ].find(([form]) => !(form as RegExp).test(password));
  return missing && `a password has ${missing[1] as string}`;
}

/** The hash of nothing anybody knows: compared with when a user does not exist. */
const nobodysHash = '$2b$10$CwTycUXWue0Thq9StjUM0uJ8.8l3zQ3Qh8sQpRBv0JxFf1cEWPLAm';

/** One at a time: in order, so that a flood of log-ins delays log-ins and nothing else. */
export function createPasswords(hasher: Hasher): Passwords {
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (waiting >= waitingMax) throw tooManyRequests('too many log-ins at once: try again in a moment', 2);
    waiting++;
    const turn = last.then(work, work);
    last = turn.catch(() => {});
    try {
      return await turn;
    } finally {
      waiting--;
    }
  };
  return {
    hash: password => inTurn(() => hasher.hash(password, cost)),
    async matches(password, known) {
      const usable = known !== undefined && isHash(known);
      const equal = await inTurn(() => hasher.compare(password, usable ? known : nobodysHash));
      return equal && usable;
    },
  };
}
