/** Keeps the list of groups that the platform may impersonate: those that its accounts have. */
import { retryOnConflict, type Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { platformResources, type PlatformRole, type User } from '@orrery/platform-kinds';
import { watchOf, type ControllerOptions } from '@orrery/reconciler';
import type { PlatformContext } from '../context.ts';
import { isReserved } from '../identity/caller.ts';
import { allGroups } from '../identity/departments.ts';
import { ensureWanted, groupsRole, groupsRoleName } from './manifest.ts';
import { groupRules } from './rules.data.ts';

/** Departments are listed before anybody is in them. Names of the cluster's own are nobody's here. */
async function namesFor(client: Client, users: readonly User[]): Promise<string[]> {
  const departments = (await allGroups(client)).map(({ metadata }) => metadata.name!);
  return [...users.flatMap(({ spec }) => spec?.groups ?? []), ...departments].filter(group => !isReserved(group));
}

/** Before the first request is served. */
export async function ensureGroups(client: Client): Promise<void> {
  const { items } = await client.list<User>(platformResources.users);
  await ensureWanted(client, groupsRole(await namesFor(client, items)));
}

/** Puts a department on the list, so that the requests of its first member are made with it. */
export async function mayImpersonate(context: PlatformContext, group: string): Promise<void> {
  const { client } = context;
  await retryOnConflict(context, async () => {
    const role = await client.get<PlatformRole>(resources.clusterroles, groupsRoleName);
    const listed = role.rules?.flatMap(({ resourceNames = [] }) => resourceNames) ?? [];
    if (listed.includes(group)) return;
    await client.update<PlatformRole>(resources.clusterroles, { ...role, rules: groupRules([...listed, group]) });
  });
}

export function healGroups({ client, informers }: PlatformContext): ControllerOptions {
  const users = informers.of<User>(platformResources.users);
  const role = informers.of(resources.clusterroles, { fieldSelector: `metadata.name=${groupsRoleName}` });
  const one = () => [groupsRoleName];
  return {
    name: 'platform-groups',
    sources: [watchOf(users, one), watchOf(role, one)],
    reconcile: async () => ensureWanted(client, groupsRole(await namesFor(client, users.list()))),
  };
}
