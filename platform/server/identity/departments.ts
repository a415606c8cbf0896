/** Which departments a user is in, and the groups that he has of them: his own ones and all above, as the cluster knows him by. */
import { retryOnConflict, type Client } from '@orrery/client';
import type { KubeObject } from '@orrery/machinery/meta';
import { isReason, orUndefined } from '@orrery/machinery/status';
import { labels, platformResources, type Group, type GroupBinding, type User } from '@orrery/platform-kinds';
import type { PlatformContext } from '../context.ts';
import { isReserved } from './caller.ts';

/** On accounts: the groups that came of departments. All others came from elsewhere and stay. */
export const departmentsAnnotation = 'platform.orrery.io/departments';

/** Without the feature there is no such kind, and nobody is in any. */
async function listed<T extends KubeObject>(
  client: Client,
  resource: typeof platformResources.groups,
  labelSelector?: string,
) {
  try {
    return (await client.list<T>(resource, { ...(labelSelector && { labelSelector }) })).items;
  } catch (error) {
    if (isReason(error, 'NotFound')) return [];
    throw error;
  }
}

export const allGroups = (client: Client): Promise<Group[]> => listed<Group>(client, platformResources.groups);

export const parentOf = ({ metadata }: Group): string | undefined => metadata.labels?.[labels.groupParent] || undefined;
const workspaceOf = ({ metadata }: KubeObject): string | undefined => metadata.labels?.[labels.workspace];

/** A department and those above it in its workspace, from below; a circle is walked once. */
export function lineOf(name: string, groups: ReadonlyMap<string, Group>): string[] {
  const line: string[] = [];
  let group = groups.get(name);
  const workspace = group && workspaceOf(group);
  while (group && workspaceOf(group) === workspace && !line.includes(group.metadata.name!)) {
    line.push(group.metadata.name!);
    const parent = parentOf(group);
    group = parent === undefined ? undefined : groups.get(parent);
  }
  return line;
}

export const bindingsOfUser = async (client: Client, user: string, workspace?: string): Promise<GroupBinding[]> =>
  listed<GroupBinding>(
    client,
    platformResources.groupbindings,
    `${labels.user}=${user}${workspace === undefined ? '' : `,${labels.workspace}=${workspace}`}`,
  );

/** The groups that follow from departments. A binding counts with a department of its own workspace. */
export function groupsFrom(bindings: readonly GroupBinding[], groups: readonly Group[]): string[] {
  const byName = new Map(groups.map(group => [group.metadata.name!, group]));
  const names = bindings
    .filter(binding => {
      const group = byName.get(binding.groupRef.name);
      return group !== undefined && workspaceOf(group) === workspaceOf(binding);
    })
    .flatMap(({ groupRef }) => lineOf(groupRef.name, byName));
  return [...new Set(names)].filter(name => !isReserved(name)).toSorted();
}

const recorded = ({ metadata }: User): string[] =>
  (metadata.annotations?.[departmentsAnnotation] ?? '').split(',').filter(name => name !== '');

/** The account with these groups of departments; undefined when it has them already. */
export function withDepartments(user: User, wanted: readonly string[]): User | undefined {
  const before = user.spec.groups ?? [];
  const others = before.filter(name => !recorded(user).includes(name) && !wanted.includes(name));
  const groups = [...others, ...wanted];
  const text = wanted.join(',');
  if (groups.join() === before.join() && text === (user.metadata.annotations?.[departmentsAnnotation] ?? ''))
    return undefined;
  const annotations = { ...user.metadata.annotations, [departmentsAnnotation]: text };
  return { ...user, metadata: { ...user.metadata, annotations }, spec: { ...user.spec, groups } };
}

/** Brings the account in line with its departments, as the cluster has both now. */
export async function syncGroups(context: Pick<PlatformContext, 'clock' | 'random'>, client: Client, name: string) {
  await retryOnConflict(context, async () => {
    const user = await orUndefined(client.get<User>(platformResources.users, name));
    if (!user) return;
    const bindings = await bindingsOfUser(client, name);
    // Whoever never was in a department costs one question, not two.
    const wanted = bindings.length === 0 ? [] : groupsFrom(bindings, await allGroups(client));
    const after = withDepartments(user, wanted);
    if (after) await client.update<User>(platformResources.users, after);
  });
}

/** Out of all departments, or of those of a workspace; the rights that came of them are gone when this resolves. */
export async function leaveDepartments(
  context: PlatformContext,
  client: Client,
  user: string,
  workspace?: string,
): Promise<void> {
  const bindings = await bindingsOfUser(client, user, workspace);
  if (bindings.length === 0) return;
  for (const { metadata } of bindings)
    await orUndefined(client.delete(platformResources.groupbindings, metadata.name!));
  await syncGroups(context, client, user);
  await settled(context, client, user);
}

const patienceMs = 2000;

/** Resolves when this replica has heard of the user's groups as the cluster has them: his next request is made with those. */
export async function settled({ informers, clock }: PlatformContext, client: Client, name: string): Promise<void> {
  const accounts = informers.of<User>(platformResources.users);
  const user = await orUndefined(client.get<User>(platformResources.users, name));
  const wanted = (user?.spec.groups ?? []).join();
  const deadline = clock.monotonic() + patienceMs;
  while ((accounts.get(name)?.spec.groups ?? []).join() !== wanted && clock.monotonic() < deadline)
    await clock.sleep(5);
}
