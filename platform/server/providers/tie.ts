/**
 * Tying one's own account to a provider. It begins with a request of our own page, which another site cannot make, and whoever comes back is
 * tied to the account that began it in this browser, as long as that session goes on.
 */
import { StatusError, forbidden, notFound } from '@orrery/machinery/status';
import { groups } from '@orrery/platform-kinds';
import type { ProviderConfig } from '../config/providers.ts';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import { isActive } from '../identity/users.ts';
import { linkedIdentities } from '../users/identities.ts';
import { NotMapped, accountsOf, attach } from './mapping.ts';
import type { Tie } from './journey.ts';
import type { Identity } from './types.ts';

/** Rejects with 403 where only an administrator maps, or for a program; with 409 when the provider knows the account already. */
export async function tieOf({ users }: PlatformContext, caller: Caller, config: ProviderConfig): Promise<Tie> {
  const what = { group: groups.iam, resource: 'identities', name: config.name };
  if (caller.scope !== undefined || caller.session === '')
    throw forbidden(what, 'only somebody who logged in himself ties his account to a provider');
  if (config.mappingMethod === 'lookup') throw forbidden(what, 'an administrator says whom this provider lets in');
  const user = await users.find(caller.name);
  if (!user) throw notFound({ group: groups.iam, resource: 'users', name: caller.name });
  if (linkedIdentities(user).some(({ provider }) => provider === config.name))
    throw new StatusError(409, 'Conflict', `the account is tied to ${config.name} already`);
  return { user: caller.name, session: caller.session };
}

/** Rejects with {@link NotMapped}: `state` when the session is over, `taken` when the identity is another account's. */
export async function tieIdentity(
  context: PlatformContext,
  { user: name, session: id }: Tie,
  { name: provider }: ProviderConfig,
  { uid }: Identity,
): Promise<void> {
  const [session, user] = await Promise.all([context.sessions.find(id), context.users.find(name)]);
  if (session?.user !== name || !user || !isActive(user)) throw new NotMapped('state');
  const others = await accountsOf(context, provider, uid);
  if (others.some(({ metadata }) => metadata.name !== name)) throw new NotMapped('taken');
  if (others.length === 0) await attach(context, name, { provider, uid });
}

/** Who ties his account is logged in: a 401 would send him to the log-in. */
export const wrongPassword = (provider: string): StatusError => {
  const message = 'the provider does not know this name with this password';
  return new StatusError(422, 'Invalid', `password: ${message}`, {
    name: provider,
    kind: 'Identity',
    causes: [{ field: 'password', message }],
  });
};

/** What a page is told whose browser was not sent anywhere. */
export const refuseTaken =
  (provider: string) =>
  (error: unknown): never => {
    if (!(error instanceof NotMapped)) throw error;
    const message =
      error.code === 'taken' ? `another account is tied to this identity of ${provider}` : 'the session has ended';
    throw new StatusError(409, 'Conflict', message, { group: groups.iam, kind: 'identities', name: provider });
  };
