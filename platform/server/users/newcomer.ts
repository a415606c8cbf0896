/** Somebody whom a provider vouches for makes his account: he chooses a name, and nothing else is his to say. */
import { jsonAnswer, type Request } from '@orrery/http';
import { StatusError, isReason, orUndefined, unauthorized } from '@orrery/machinery/status';
import { annotations, groups, platformResources, type User } from '@orrery/platform-kinds';
import type { PlatformContext } from '../context.ts';
import { RawAnswer } from '../feature.ts';
import type { Caller } from '../identity/caller.ts';
import type { Newcomer } from '../identity/sessions.ts';
import { isUserName, usersWithEmail } from '../identity/users.ts';
import { attemptOf, recordAttempt, subjectOfUser } from '../login/attempts.ts';
import { browserCookies } from '../login/session.ts';
import { removeTraces } from './plan.ts';
import { invalidUser, shown } from './service.ts';

/** 3.x: one provider for each account, as labels. */
export const providerLabel = 'iam.kubesphere.io/identify-provider';
export const uidLabel = 'iam.kubesphere.io/origin-uid';
/** 4.x: one annotation for each provider, whose value is the id there. */
export const identityAnnotation = (provider: string): string => `iam.kubesphere.io/identity-provider.${provider}`;

const labelValue = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;

/** The marks of an identity on its account, in both generations' forms. */
export const identityMarks = ({
  provider,
  uid,
}: Pick<Newcomer, 'provider' | 'uid'>): { labels: Record<string, string>; annotations: Record<string, string> } => ({
  labels: labelValue.test(uid) && labelValue.test(provider) ? { [providerLabel]: provider, [uidLabel]: uid } : {},
  annotations: { [identityAnnotation(provider)]: uid },
});

const what = (name: string) => ({ group: groups.iam, resource: 'users', name });

/** Rejects with 409 when somebody has the name. An address that another account has is left out. */
export async function createFromIdentity(context: PlatformContext, name: string, newcomer: Newcomer): Promise<User> {
  const { client, informers } = context;
  const taken = () => new StatusError(409, 'AlreadyExists', `users "${name}" already exists`, what(name));
  if (await orUndefined(client.get<User>(platformResources.users, name))) throw taken();
  // What an earlier user of this name left behind must not become this one's.
  await removeTraces(client, name);
  await context.sessions.endAll(name);
  const { email } = newcomer;
  const others = usersWithEmail(informers.of<User>(platformResources.users), email ?? '');
  const marks = identityMarks(newcomer);
  const user: User = {
    apiVersion: platformResources.users.apiVersion,
    kind: 'User',
    metadata: { name, ...marks, annotations: { ...marks.annotations, [annotations.globalRole]: regularRole } },
    // Without a password he gets in by his provider alone.
    spec: { displayName: newcomer.username, ...(email && others.length === 0 && { email }) },
    status: { state: 'Active' },
  };
  try {
    return await client.create<User>(platformResources.users, user);
  } catch (error) {
    if (isReason(error, 'AlreadyExists')) throw taken();
    throw error;
  }
}

/** What everybody may: nothing until he is invited. */
const regularRole = 'platform-regular';

/** `POST /users` of a newcomer. Who came by cookie is logged in at once. */
export async function settleNewcomer(context: PlatformContext, request: Request, caller: Caller, given: User) {
  const name = given.metadata?.name ?? '';
  const newcomer = caller.newcomer!;
  if (newcomer.account !== undefined) throw unauthorized('this log-in is over');
  if (!isUserName(name))
    throw invalidUser(name, 'metadata.name', 'at most 63 lower-case letters, digits, dashes and dots');
  if (await orUndefined(context.client.get<User>(platformResources.users, name)))
    throw new StatusError(409, 'AlreadyExists', `users "${name}" already exists`, what(name));
  const { providers } = context.config;
  if (!providers().some(({ name: provider }) => provider === newcomer.provider))
    throw unauthorized('this log-in is over');
  // One account for one log-in, whichever replica is asked.
  if (!(await context.sessions.settle(caller.session, name))) throw unauthorized('this log-in is over');
  const user = await createFromIdentity(context, name, newcomer);
  const subject = subjectOfUser(name);
  const attempt = await attemptOf(context, request, subject);
  await recordAttempt(context, request, subject, attempt, { type: 'OAuth', provider: newcomer.provider });
  if (caller.by !== 'cookie') return shown(user);
  await context.sessions.end(caller.session);
  return new RawAnswer(
    jsonAnswer(200, shown(user), { 'set-cookie': await browserCookies(context, request, { user }) }),
  );
}
