/** Passwords: KubeSphere's rule and bcrypt, with a bound on how many are worked on at a time. */
import { tooManyRequests } from '@orrery/machinery/status';
import { compare, hash } from 'bcryptjs';

/** bcrypt's default, as KubeSphere uses; a hash brought along may have another. */
const cost = 10;
/** A password hash takes tens of milliseconds: more than this many waiting is an attack. */
const waitingMax = 32;
/** What bcrypt looks at; longer passwords would be cut silently. */
const bytesMax = 72;

export interface Passwords {
  hash(password: string): Promise<string>;
  /** Takes the same time when there is no hash to compare with. Rejects with 429 when too many wait. */
  matches(password: string, hash: string | undefined): Promise<boolean>;
}

export const isHash = (text: string): boolean => /^\$2[aby]\$\d\d\$[./A-Za-z0-9]{53}$/.test(text);

/** What is wrong with a new password; undefined when nothing. */
export function passwordProblem(password: string): string | undefined {
  if (password.length < 8) return 'a password has at least 8 characters';
  if (new TextEncoder().encode(password).length > Math.min(64, bytesMax)) return 'a password has at most 64 characters';
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
export function createPasswords(): Passwords {
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
    hash: password => inTurn(() => hash(password, cost)),
    async matches(password, known) {
      const equal = await inTurn(() => compare(password, known ?? nobodysHash));
      return equal && known !== undefined;
    },
  };
}
