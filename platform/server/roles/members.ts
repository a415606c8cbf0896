/** Members of workspaces and projects: one role per user and place. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { StatusError, forbidden, notFound, orUndefined } from '@orrery/machinery/status';
import { accessText } from '@orrery/platform-contract';
import type { Member } from '@orrery/platform-contract/features';
import {
  annotations,
  groups,
  labels,
  platformResources,
  type PlatformRole,
  type PlatformRoleBinding,
  type User,
  type WorkspaceTemplate,
} from '@orrery/platform-kinds';
import { notHeld } from '../access/authorizer.ts';
import { heal, refuseTaken } from '../access/heal.ts';
import { planWorkspaceBinding, type Wanted } from '../access/materialise.ts';
import { projectPlacesOf } from '../access/projects.ts';
import type { NativeBinding } from '../access/visible.ts';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import { bindingsOfUser, leaveDepartments } from '../identity/departments.ts';
import { namedInProject, namedInWorkspace, takeOut } from './named.ts';
import { managerOf, projectMember, workspaceMember } from '../tenancy/plan.ts';
import { shown } from '../users/service.ts';

const asWanted = (resource: Wanted['resource'], objects: readonly Wanted['object'][]): Wanted[] =>
  objects.map(object => ({ resource, object }));

const inWorkspace = (workspace: string, user?: string) => ({
  labelSelector: `${labels.workspace}=${workspace}${user === undefined ? '' : `,${labels.user}=${user}`}`,
});

const bindingsOf = async (client: Client, workspace: string, user?: string): Promise<PlatformRoleBinding[]> =>
  (await client.list<PlatformRoleBinding>(platformResources.workspacerolebindings, inWorkspace(workspace, user))).items;

const memberError = (name: string, why: string) => new StatusError(422, 'Invalid', `member "${name}": ${why}`);

/** The users behind bindings, with the role they have there. */
export async function usersBehind(
  { users }: PlatformContext,
  client: Client,
  bindings: readonly { subjects?: { kind: string; name: string }[]; roleRef: { name: string } }[],
  annotation: string,
): Promise<User[]> {
  const found = await Promise.all(
    bindings.flatMap(({ subjects = [], roleRef }) =>
      subjects
        .filter(({ kind }) => kind === 'User')
        .map(async ({ name }) => ({ user: await users.find(name, client), role: roleRef.name })),
    ),
  );
  const known = new Map<string, User>();
  for (const { user, role } of found) {
    if (!user) continue;
    const { metadata, ...rest } = shown(user);
    // A member list shows the role in this place; what he is elsewhere is not told.
    const open = {
      name: metadata.name,
      creationTimestamp: metadata.creationTimestamp,
      annotations: { [annotation]: role },
    };
    known.set(metadata.name!, { ...rest, metadata: open });
  }
  return [...known.values()];
}

export const workspaceMembers = async (context: PlatformContext, client: Client, workspace: string): Promise<User[]> =>
  usersBehind(context, client, await bindingsOf(client, workspace), annotations.workspaceRole);

export async function workspaceMemberOf(
  context: PlatformContext,
  client: Client,
  workspace: string,
  user: string,
): Promise<User> {
  const [found] = await usersBehind(
    context,
    client,
    await bindingsOf(client, workspace, user),
    annotations.workspaceRole,
  );
  if (!found) throw notFound({ group: groups.iam, resource: 'workspacemembers', name: user });
  return found;
}

/** Gives a user this role in the workspace and no other. */
export async function setWorkspaceMember(
  context: PlatformContext,
  caller: Caller,
  workspace: string,
  { username, roleRef }: Member,
): Promise<void> {
  const client = context.serviceOf(caller);
  if (!(await context.users.find(username, client)))
    throw notFound({ group: groups.iam, resource: 'users', name: username });
  await refuseManager(client, workspace, username);
  const role = await orUndefined(client.get<PlatformRole>(platformResources.workspaceroles, roleRef));
  if (role?.metadata.labels?.[labels.workspace] !== workspace)
    throw memberError(username, `the workspace has no role "${roleRef}"`);
  const missing = await notHeld(context.clientOf(caller), role.rules ?? [], { workspace });
  if (missing)
    throw forbidden(
      { group: groups.iam, resource: 'workspacemembers', name: username },
      `the role ${roleRef} may do what you may not: ${accessText(missing)}`,
    );
  const wanted = [workspaceMember(workspace, username, roleRef)];
  await refuseTaken(client, wanted);
  await replace(context, client, workspace, username, wanted);
}

/** The member's bindings and what follows from them, both at once: the old rights are gone when this resolves. */
async function replace(
  { informers }: PlatformContext,
  service: Client,
  workspace: string,
  user: string,
  wanted: readonly Wanted[],
): Promise<void> {
  const before = await bindingsOf(service, workspace, user);
  const selector = inWorkspace(workspace);
  const roles = (await service.list<PlatformRole>(platformResources.workspaceroles, selector)).items;
  const projects = projectPlacesOf(informers, workspace);
  const native = (bindings: readonly PlatformRoleBinding[]): Wanted[] =>
    bindings.flatMap(binding =>
      planWorkspaceBinding(
        binding,
        roles.find(({ metadata }) => metadata.name === binding.roleRef.name),
        projects,
      ),
    );
  await heal(service, wanted, asWanted(platformResources.workspacerolebindings, before));
  // Those that are not there are not deleted twice, and those that are are not made twice.
  const [old, fresh] = [native(before), native(wanted.map(({ object }) => object as PlatformRoleBinding))];
  await heal(
    service,
    [],
    old.filter(({ object }) => !fresh.some(other => other.object.metadata.name === object.metadata.name)),
  );
  await heal(service, fresh, []);
}

async function refuseManager(client: Client, workspace: string, user: string): Promise<void> {
  const template = await orUndefined(client.get<WorkspaceTemplate>(platformResources.workspacetemplates, workspace));
  if (template && managerOf(template) === user)
    throw memberError(user, 'is the manager of the workspace: name another manager first');
}

/** Out of the workspace and of all its projects. */
export async function removeWorkspaceMember(context: PlatformContext, caller: Caller, workspace: string, user: string) {
  const service = context.serviceOf(caller);
  const named = await namedInWorkspace(service, workspace, user);
  if (named.length === 0 && (await bindingsOfUser(service, user, workspace)).length === 0)
    throw notFound({ group: groups.iam, resource: 'workspacemembers', name: user });
  await refuseManager(service, workspace, user);
  await replace(context, service, workspace, user, []);
  await takeOut(context, service, await namedInWorkspace(service, workspace, user), user);
  await leaveDepartments(context, service, user, workspace);
  const projects = await service.list(resources.namespaces, inWorkspace(workspace));
  for (const { metadata } of projects.items) await dropProjectMember(context, service, metadata.name!, user);
}

const projectBindings = async (client: Client, namespace: string, user?: string): Promise<NativeBinding[]> =>
  (
    await client.list<NativeBinding>(resources.rolebindings, {
      namespace,
      labelSelector: user === undefined ? labels.user : `${labels.user}=${user}`,
    })
  ).items;

async function dropProjectMember(
  context: PlatformContext,
  service: Client,
  namespace: string,
  user: string,
): Promise<boolean> {
  const named = await namedInProject(service, namespace, user);
  await takeOut(context, service, named, user);
  return named.length > 0;
}

export const projectMembers = async (context: PlatformContext, client: Client, namespace: string): Promise<User[]> =>
  usersBehind(context, client, await projectBindings(client, namespace), annotations.role);

/** Rejects with 404. */
export async function projectMemberOf(
  context: PlatformContext,
  client: Client,
  namespace: string,
  user: string,
): Promise<User> {
  const [found] = await usersBehind(context, client, await projectBindings(client, namespace, user), annotations.role);
  if (!found) throw notFound({ group: groups.iam, resource: 'namespacemembers', name: user });
  return found;
}

/** As the user himself: the cluster refuses to bind what he does not hold. */
export async function setProjectMember(
  context: PlatformContext,
  caller: Caller,
  namespace: string,
  { username, roleRef }: Member,
): Promise<void> {
  const client = context.serviceOf(caller);
  const project = await client.get(resources.namespaces, namespace);
  const workspace = project.metadata.labels?.[labels.workspace];
  const isMember = async (place: string) =>
    (await bindingsOf(client, place, username)).length > 0 ||
    (await bindingsOfUser(client, username, place)).length > 0;
  if (!workspace || !(await isMember(workspace)))
    throw memberError(username, 'is no member of the workspace: invite the user there first');
  const wanted = projectMember(namespace, username, roleRef);
  await refuseTaken(client, [wanted]);
  // First what he is to be, as the user: only then is anything taken.
  await heal(context.clientOf(caller), [wanted], []);
  const others = (await namedInProject(client, namespace, username)).filter(
    ({ binding }) => binding.metadata.name !== wanted.object.metadata.name,
  );
  await takeOut(context, client, others, username);
}

export async function removeProjectMember(context: PlatformContext, caller: Caller, namespace: string, user: string) {
  if (!(await dropProjectMember(context, context.serviceOf(caller), namespace, user)))
    throw notFound({ group: groups.iam, resource: 'namespacemembers', name: user });
}
