/** Proving who one is by a password: limits, records, and one answer for every way to fail. */
import type { Request } from '@orrery/http';
import { StatusError } from '@orrery/machinery/status';
import type { User } from '@orrery/platform-kinds';
import { isActive } from '../identity/users.ts';
import {
  attemptOf,
  recordAttempt,
  refuseTooMany,
  subjectOfNobody,
  subjectOfUser,
  type LoginContext,
} from './attempts.ts';

/** One text for a user who does not exist, one who is disabled, and a password that is wrong. */
export const refused = (): StatusError => new StatusError(400, 'BadRequest', 'the user name or the password is wrong');

/** Rejects with {@link refused}, or with 429 after too many failures. The same steps are taken for a name that nobody has. */
export async function logIn(context: LoginContext, request: Request, login: string, password: string): Promise<User> {
  const user = await context.users.findForLogin(login);
  const subject = user ? subjectOfUser(user.metadata.name!) : await subjectOfNobody(login);
  const attempt = await attemptOf(context, request, subject);
  return context.door.pass(attempt.address, async () => {
    await refuseTooMany(context, subject, attempt);
    const matches = await context.passwords.matches(password, user?.spec.password);
    const reason = reasonOf(user, matches);
    await recordAttempt(context, request, subject, attempt, { ...(reason !== undefined && { reason }) });
    if (!user || reason !== undefined) throw refused();
    return user;
  });
}

function reasonOf(user: User | undefined, matches: boolean): string | undefined {
  if (!user) return 'no such user';
  if (!matches) return 'wrong password';
  return isActive(user) ? undefined : `the user is ${user.status?.state ?? 'going'}`;
}
