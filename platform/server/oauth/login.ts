/** Proving who one is by a password: limits, records, and one answer for every way to fail. */
import type { Client } from '@orrery/client';
import { header, type Request } from '@orrery/http';
import { StatusError, tooManyRequests } from '@orrery/machinery/status';
import { labels, platformResources, type LoginRecord, type User } from '@orrery/platform-kinds';
import type { PlatformContext } from '../context.ts';
import { isActive } from '../identity/users.ts';

/** One text for a user who does not exist, one who is disabled, and a password that is wrong. */
export const refused = (): StatusError => new StatusError(400, 'BadRequest', 'the user name or the password is wrong');

/** Rejects with {@link refused}, or with 429 after too many failures. */
export async function logIn(
  context: PlatformContext,
  request: Request,
  login: string,
  password: string,
): Promise<User> {
  const user = await context.users.findForLogin(login);
  if (user) await refuseTooMany(context, user.metadata.name!);
  const matches = await context.passwords.matches(password, user?.spec.password);
  if (!user) throw refused();
  const reason = !matches ? 'wrong password' : !isActive(user) ? `the user is ${user.status?.state}` : undefined;
  await recordLogin(context, request, user, reason);
  if (reason !== undefined) throw refused();
  return user;
}

/** The failures of the window since the last success. */
export function failuresIn(records: readonly LoginRecord[], sinceMs: number): number {
  const recent = records
    .filter(({ metadata }) => Date.parse(metadata.creationTimestamp ?? '') >= sinceMs)
    .toSorted((left, right) => (left.metadata.creationTimestamp! < right.metadata.creationTimestamp! ? 1 : -1));
  const success = recent.findIndex(({ spec }) => spec.success);
  return success < 0 ? recent.length : success;
}

export async function refuseTooMany(
  { client, clock, settings }: Pick<PlatformContext, 'client' | 'clock' | 'settings'>,
  user: string,
  by: Client = client,
): Promise<void> {
  const { items } = await by.list<LoginRecord>(platformResources.loginrecords, {
    labelSelector: `${labels.user}=${user}`,
  });
  const failures = failuresIn(items, clock.now() - settings.loginWindowSeconds * 1000);
  if (failures >= settings.loginTriesMax)
    throw tooManyRequests(`${failures} log-ins failed: try again later`, settings.loginWindowSeconds);
}

/** Keeps an attempt; `reason` is why it failed. */
export async function recordLogin(
  { client, random }: PlatformContext,
  request: Request,
  user: User,
  reason: string | undefined,
  by: Client = client,
): Promise<void> {
  const name = user.metadata.name!;
  const userAgent = header(request.headers, 'user-agent')?.slice(0, 256);
  await by.create<LoginRecord>(platformResources.loginrecords, {
    apiVersion: platformResources.loginrecords.apiVersion,
    kind: 'LoginRecord',
    metadata: { name: `${name}-${random.uuid().slice(0, 13)}`, labels: { [labels.user]: name } },
    spec: {
      type: 'Password',
      success: reason === undefined,
      ...(reason && { reason }),
      ...(request.connection && { sourceIP: request.connection.remoteAddress }),
      ...(userAgent && { userAgent }),
    },
  });
}
