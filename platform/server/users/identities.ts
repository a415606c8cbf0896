/** Which providers know an account: shown, and taken off it. */
import { retryOnConflict } from '@orrery/client';
import { StatusError, notFound } from '@orrery/machinery/status';
import { groups, platformResources, type User } from '@orrery/platform-kinds';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import { identityAnnotation, providerLabel, uidLabel } from './newcomer.ts';
import { refuseAnother } from './sessions.ts';
import { success } from './service.ts';

export interface LinkedIdentity {
  readonly provider: string;
  readonly uid: string;
}

/** In either generation's form, each provider once. */
export function linkedIdentities({ metadata: { labels = {}, annotations = {} } }: User): LinkedIdentity[] {
  const prefix = identityAnnotation('');
  const found = new Map<string, string>();
  const [provider, uid] = [labels[providerLabel], labels[uidLabel]];
  if (provider && uid) found.set(provider, uid);
  for (const [name, value] of Object.entries(annotations))
    if (name.startsWith(prefix)) found.set(name.slice(prefix.length), value);
  return [...found].map(([known, id]) => ({ provider: known, uid: id }));
}

export async function identitiesOfUser(context: PlatformContext, caller: Caller, name: string) {
  // From the cluster: who has just come back from a provider sees it.
  const user = await context.serviceOf(caller).get<User>(platformResources.users, name);
  const configured = new Map(context.config.providers().map(provider => [provider.name, provider]));
  const identities = linkedIdentities(user).map(({ provider, uid }) => ({
    provider,
    uid,
    displayName: configured.get(provider)?.displayName ?? provider,
    configured: configured.has(provider),
  }));
  return { identities, password: Boolean(user.spec.password) };
}

/** The account without what ties it to the provider. */
export function withoutIdentity(user: User, provider: string): User {
  const { labels = {}, annotations = {} } = user.metadata;
  const { [identityAnnotation(provider)]: _uid, ...kept } = annotations;
  const { [providerLabel]: named, [uidLabel]: _origin, ...others } = labels;
  return {
    ...user,
    metadata: { ...user.metadata, annotations: kept, ...(named === provider && { labels: others }) },
  };
}

/** Rejects with 404, and with 409 when nobody could log in with the account any more. */
export function unlinkIdentity(context: PlatformContext, caller: Caller, name: string, provider: string) {
  return retryOnConflict(context, async () => {
    await refuseAnother(context, caller, name);
    const service = context.serviceOf(caller);
    const user = await service.get<User>(platformResources.users, name);
    const linked = linkedIdentities(user);
    if (!linked.some(identity => identity.provider === provider))
      throw notFound({ group: groups.iam, resource: 'identities', name: provider });
    if (linked.length === 1 && !user.spec.password)
      throw new StatusError(
        409,
        'Conflict',
        'the account has no password and no other provider: nobody could log in with it',
        { group: groups.iam, kind: 'users', name },
      );
    await service.update<User>(platformResources.users, withoutIdentity(user, provider));
    return success;
  });
}
