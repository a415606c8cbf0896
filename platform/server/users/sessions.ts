/** What is logged in with an account: shown, and ended. */
import { formatTime } from '@orrery/machinery/clock';
import { notFound } from '@orrery/machinery/status';
import { groups } from '@orrery/platform-kinds';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import type { OpenSession } from '../identity/sessions.ts';
import { getUser, globalRoleOf, refuseGreater, success } from './service.ts';

export interface Paged {
  readonly page?: number;
  readonly limit?: number;
}

/** One page of what is in its order already; all of it without a limit. */
export const pageIn = <T>(items: readonly T[], { page = 1, limit }: Paged): { items: T[]; totalItems: number } => ({
  items: limit ? items.slice((page - 1) * limit, page * limit) : [...items],
  totalItems: items.length,
});

/** Newest first. The id names a session and opens none: tokens are signed. */
export async function sessionsOf(context: PlatformContext, caller: Caller, name: string, query: Paged) {
  await getUser(context, caller, name);
  const found = await context.sessions.of(name, context.serviceOf(caller));
  const newestFirst = found.toSorted((left, right) => right.openedAtMs - left.openedAtMs);
  return pageIn(
    newestFirst.map(session => shownSession(session, caller)),
    query,
  );
}

const shownSession = ({ id, session, openedAtMs }: OpenSession, caller: Caller) => ({
  id,
  client: session.client,
  openedAt: formatTime(openedAtMs),
  expiresAt: formatTime(session.expiresAtMs),
  ...(session.scope && { scope: session.scope }),
  ...(session.from?.address && { address: session.from.address }),
  ...(session.from?.userAgent && { userAgent: session.from.userAgent }),
  current: id === caller.session,
});

/** Nobody touches who is greater. Rejects with 404, and with 403. */
export async function refuseAnother(context: PlatformContext, caller: Caller, name: string) {
  const user = await getUser(context, caller, name);
  if (name !== caller.name) await refuseGreater(context, caller, name, globalRoleOf(user));
  return user;
}

export async function endSessionsOf(context: PlatformContext, caller: Caller, name: string) {
  await refuseAnother(context, caller, name);
  await context.sessions.endAll(name, context.serviceOf(caller));
  return success;
}

export async function endSessionOf(context: PlatformContext, caller: Caller, name: string, id: string) {
  await refuseAnother(context, caller, name);
  const found = await context.sessions.of(name, context.serviceOf(caller));
  if (!found.some(session => session.id === id)) throw notFound({ group: groups.iam, resource: 'sessions', name: id });
  await context.sessions.end(id, context.serviceOf(caller));
  return success;
}
