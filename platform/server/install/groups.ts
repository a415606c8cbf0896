/** Keeps the list of groups that the platform may impersonate: those that its accounts have. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { platformResources, type User } from '@orrery/platform-kinds';
import { watchOf, type ControllerOptions } from '@orrery/reconciler';
import type { PlatformContext } from '../context.ts';
import { isReserved } from '../identity/caller.ts';
import { ensureWanted, groupsRole, groupsRoleName } from './manifest.ts';

/** Names of the cluster's own are nobody's here. */
const groupsOf = (users: readonly User[]): string[] =>
  users.flatMap(({ spec }) => spec?.groups ?? []).filter(group => !isReserved(group));

/** Before the first request is served. */
export async function ensureGroups(client: Client): Promise<void> {
  const { items } = await client.list<User>(platformResources.users);
  await ensureWanted(client, groupsRole(groupsOf(items)));
}

export function healGroups({ client, informers }: PlatformContext): ControllerOptions {
  const users = informers.of<User>(platformResources.users);
  const role = informers.of(resources.clusterroles, { fieldSelector: `metadata.name=${groupsRoleName}` });
  const one = () => [groupsRoleName];
  return {
    name: 'platform-groups',
    sources: [watchOf(users, one), watchOf(role, one)],
    reconcile: () => ensureWanted(client, groupsRole(groupsOf(users.list()))),
  };
}
