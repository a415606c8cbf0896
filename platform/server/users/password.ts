/** Setting a password: the own one with the current one, another's with the right to. */
import { retryOnConflict } from '@orrery/client';
import { StatusError, badRequest, forbidden, notFound, orUndefined } from '@orrery/machinery/status';
import type { Request } from '@orrery/http';
import type { BodyOf } from '@orrery/platform-contract';
import { accessOf, grant } from '@orrery/platform-contract';
import type { users as routes } from '@orrery/platform-contract/features';
import { annotations, groups, platformResources, type User } from '@orrery/platform-kinds';
import { formatTime } from '@orrery/machinery/clock';
import { decide } from '../access/authorizer.ts';
import type { PlatformContext } from '../context.ts';
import type { Call } from '../feature.ts';
import type { Caller } from '../identity/caller.ts';
import { passwordProblem } from '../identity/passwords.ts';
import { attemptOf, recordAttempt, refuseTooMany, subjectOfUser } from '../login/attempts.ts';
import { globalRoleOf, refuseGreater, success } from './service.ts';

type Body = BodyOf<typeof routes.password>;

const setAnothers = grant('platform', 'update', groups.iam, 'users/password', { name: 'user' });

/** All other sessions of the user end with his old password. */
export async function changePassword(
  context: PlatformContext,
  { caller, request, body, path: { user: name } }: Call<typeof routes.password>,
) {
  const own = name === caller.name;
  const problem = passwordProblem(body.password);
  if (problem) throw new StatusError(422, 'Invalid', `password: ${problem}`);
  const by = context.serviceOf(caller);
  const read = async (): Promise<User> => {
    const user = await orUndefined(by.get<User>(platformResources.users, name));
    if (!user) throw notFound({ group: groups.iam, resource: 'users', name });
    return user;
  };
  const checked = await read();
  if (own) await checkCurrent(context, caller, request, checked, body);
  else await checkRight(context, caller, checked);
  const password = await context.passwords.hash(body.password);
  // Hashing takes its time: what is written meanwhile of the account, when it was last here, is no reason to refuse.
  await retryOnConflict(context, async () => {
    const user = await read();
    if (!own) await checkRight(context, caller, user);
    else if (user.metadata.uid !== checked.metadata.uid || user.spec.password !== checked.spec.password)
      throw badRequest('currentPassword is wrong');
    const { [annotations.uninitialized]: _known, ...kept } = user.metadata.annotations ?? {};
    const marks = {
      ...kept,
      [annotations.passwordChanged]: formatTime(context.clock.now()),
      // Whoever set it knows it.
      ...(!own && { [annotations.uninitialized]: 'true' }),
    };
    const metadata = { ...user.metadata, annotations: marks };
    await by.update<User>(platformResources.users, { ...user, metadata, spec: { ...user.spec, password } });
  });
  await context.sessions.endAll(name, context.serviceOf(caller), own ? caller.session : undefined);
  return success;
}

async function checkCurrent(
  context: PlatformContext,
  caller: Caller,
  request: Request,
  user: User,
  { currentPassword = '', password }: Body,
): Promise<void> {
  const by = context.serviceOf(caller);
  const subject = subjectOfUser(user.metadata.name!);
  const attempt = await attemptOf(context, request, subject);
  await refuseTooMany(context, subject, attempt, by);
  if (!(await context.passwords.matches(currentPassword, user.spec.password))) {
    await recordAttempt(context, request, subject, attempt, { reason: 'wrong current password' }, by);
    throw badRequest('currentPassword is wrong');
  }
  if (currentPassword === password)
    throw new StatusError(422, 'Invalid', 'password: it must differ from the current one');
}

async function checkRight(context: PlatformContext, caller: Caller, user: User): Promise<void> {
  const name = user.metadata.name!;
  const { allowed, reason } = await decide(context.clientOf(caller), accessOf(setAnothers, { user: name }));
  if (!allowed) throw forbidden({ group: groups.iam, resource: 'users', name }, reason || 'this is another user');
  await refuseGreater(context, caller, name, globalRoleOf(user));
}
