/** Which account an identity is: decided by what a provider is trusted with, never by an address, never over somebody's head. */
import { orUndefined } from '@orrery/machinery/status';
import { platformResources, type User } from '@orrery/platform-kinds';
import { retryOnConflict } from '@orrery/client';
import type { MappingMethod, ProviderConfig } from '../config/providers.ts';
import type { PlatformContext } from '../context.ts';
import { isActive, isUserName } from '../identity/users.ts';
import type { Identified } from '../login/session.ts';
import { createFromIdentity, identityAnnotation, identityMarks, providerLabel, uidLabel } from '../users/newcomer.ts';
import type { Identity } from './types.ts';

/** Codes for the log-in page. */
export type MappingRefusal = 'not_mapped' | 'ambiguous' | 'disabled' | 'name_taken' | 'taken' | 'state';

export class NotMapped extends Error {
  readonly code: MappingRefusal;
  constructor(code: MappingRefusal) {
    super(code);
    this.code = code;
  }
}

export type Mapping =
  | { readonly step: 'use'; readonly user: User }
  | { readonly step: 'create'; readonly name: string }
  | { readonly step: 'ask' }
  | { readonly step: 'attach'; readonly user: User }
  | { readonly step: 'refuse'; readonly code: MappingRefusal };

export interface Known {
  /** The accounts that carry the identity. */
  readonly mapped: readonly User[];
  /** The account that has the name he brings. */
  readonly named: User | undefined;
}

const refuse = (code: MappingRefusal): Mapping => ({ step: 'refuse', code });

/** Made by providers alone: nobody has a password for it. */
const isExternal = ({ metadata, spec }: User): boolean =>
  !spec.password &&
  (metadata.labels?.[providerLabel] !== undefined ||
    Object.keys(metadata.annotations ?? {}).some(name => name.startsWith(identityAnnotation(''))));

export function mapIdentity(method: MappingMethod, name: string, { mapped, named }: Known): Mapping {
  const [user, ...others] = mapped;
  if (others.length > 0) return refuse('ambiguous');
  if (user) return isActive(user) ? { step: 'use', user } : refuse('disabled');
  if (method === 'lookup') return refuse('not_mapped');
  if (method === 'manual' || !isUserName(name)) return { step: 'ask' };
  if (!named) return { step: 'create', name };
  // A provider that could take over an account by naming it would be its master.
  return method === 'mixed' && isExternal(named) && isActive(named)
    ? { step: 'attach', user: named }
    : refuse('name_taken');
}

const identityKey = (provider: string, uid: string): string => `${provider}\n${uid}`;

/** The identities that an account carries, in either generation's form. */
export function identitiesOf({ metadata }: User): string[] {
  const { labels = {}, annotations = {} } = metadata;
  const prefix = identityAnnotation('');
  const newer = Object.entries(annotations)
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, uid]) => identityKey(name.slice(prefix.length), uid));
  const [provider, uid] = [labels[providerLabel], labels[uidLabel]];
  return [...new Set([...newer, ...(provider && uid ? [identityKey(provider, uid)] : [])])];
}

const byIdentity = 'identity';

export function indexIdentities({ informers }: Pick<PlatformContext, 'informers'>): void {
  informers.of<User>(platformResources.users).addIndex(byIdentity, identitiesOf);
}

/** From the cache, or, where it knows of none or not of all, from the cluster: it may be a moment old. */
export async function accountsOf(
  { informers, client }: PlatformContext,
  provider: string,
  uid: string,
): Promise<User[]> {
  const key = identityKey(provider, uid);
  const known = informers.of<User>(platformResources.users);
  const cached = known.hasSynced() ? known.byIndex(byIdentity, key) : [];
  if (cached.length === 0)
    return (await client.list<User>(platformResources.users)).items.filter(user => identitiesOf(user).includes(key));
  const fresh = await Promise.all(
    cached.map(({ metadata }) => orUndefined(client.get<User>(platformResources.users, metadata.name!))),
  );
  return fresh.filter(user => user !== undefined).filter(user => identitiesOf(user).includes(key));
}

/** The same without a look at all accounts, which would be much to do for whoever types a name. */
export async function likelyAccount(
  { informers, client }: PlatformContext,
  provider: string,
  uid: string,
): Promise<User | undefined> {
  const key = identityKey(provider, uid);
  const [cached] = informers.of<User>(platformResources.users).byIndex(byIdentity, key);
  const name = uid.toLowerCase();
  if (cached || !isUserName(name)) return cached;
  const named = await orUndefined(client.get<User>(platformResources.users, name));
  return named && identitiesOf(named).includes(key) ? named : undefined;
}

/** Rejects with {@link NotMapped}. */
export async function accountFor(
  context: PlatformContext,
  config: ProviderConfig,
  identity: Identity,
): Promise<Identified> {
  const { client } = context;
  const newcomer = { provider: config.name, ...identity };
  const name = identity.username.toLowerCase();
  const mapped = await accountsOf(context, config.name, identity.uid);
  const named = isUserName(name) ? await orUndefined(client.get<User>(platformResources.users, name)) : undefined;
  const mapping = mapIdentity(config.mappingMethod, name, { mapped, named });
  switch (mapping.step) {
    case 'refuse':
      throw new NotMapped(mapping.code);
    case 'use':
      return { user: mapping.user };
    case 'ask':
      return { newcomer };
    case 'create':
      return { user: await createFromIdentity(context, mapping.name, newcomer) };
    case 'attach':
      return { user: await attach(context, mapping.user.metadata.name!, newcomer) };
  }
}

/** One more provider for an account: 3.x has no place for a second. */
export const attach = (context: PlatformContext, name: string, { provider, uid }: { provider: string; uid: string }) =>
  retryOnConflict(context, async () => {
    const user = await context.client.get<User>(platformResources.users, name);
    const { annotations } = identityMarks({ provider, uid });
    const metadata = { ...user.metadata, annotations: { ...user.metadata.annotations, ...annotations } };
    return context.client.update<User>(platformResources.users, { ...user, metadata });
  });
