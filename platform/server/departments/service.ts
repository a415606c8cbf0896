/** What the routes of departments do, after their permission was checked. */
import { retryOnConflict, type Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { ObjectMeta } from '@orrery/machinery/meta';
import { validateDns1123Label } from '@orrery/machinery/names';
import { applyMergePatch, type JsonObject } from '@orrery/machinery/patch';
import { StatusError, forbidden, notFound, orUndefined } from '@orrery/machinery/status';
import { accessText, type Access } from '@orrery/platform-contract';
import type { DepartmentMember } from '@orrery/platform-contract/features';
import {
  annotations,
  groups as apiGroups,
  labels,
  platformResources,
  type Group,
  type GroupBinding,
  type PlatformRole,
  type PlatformRoleBinding,
  type User,
} from '@orrery/platform-kinds';
import { notHeld, type Place } from '../access/authorizer.ts';
import { bindingsNaming } from '../access/visible.ts';
import type { NativeBinding } from '../access/visible.ts';
import type { PlatformContext } from '../context.ts';
import { isReserved, type Caller } from '../identity/caller.ts';
import { allGroups, lineOf, parentOf, settled, syncGroups } from '../identity/departments.ts';
import { mayImpersonate } from '../install/groups.ts';
import { projectRolesOf, workspaceOf, workspaceRoleOf } from './plan.ts';

const what = (name: string) => ({ group: apiGroups.iam, resource: 'groups', name });
export const success = { message: 'success' };

export const invalid = (name: string, field: string, why: string): StatusError =>
  new StatusError(422, 'Invalid', `Group.${apiGroups.iam} "${name}" is invalid: ${field}: ${why}`, {
    ...what(name),
    kind: 'Group',
    causes: [{ field, message: why }],
  });

/** Rejects with 404, for a department of another workspace too. */
export async function getGroup(client: Client, workspace: string, name: string): Promise<Group> {
  const group = await orUndefined(client.get<Group>(platformResources.groups, name));
  if (!group || workspaceOf(group) !== workspace) throw notFound(what(name));
  return group;
}

/**
 * Groups are known to the cluster by their names alone: a department must not be called like a group that somebody gave rights to, or that
 * accounts have of elsewhere.
 */
async function refuseTakenName(context: PlatformContext, service: Client, name: string): Promise<void> {
  const [problem] = validateDns1123Label(name);
  if (problem) throw invalid(name, 'metadata.name', problem);
  const taken = () => invalid(name, 'metadata.name', 'this name is taken: choose another, and an alias for people');
  if (isReserved(name)) throw taken();
  const accounts = context.informers.of<User>(platformResources.users);
  if (accounts.list().some(({ spec }) => spec.groups?.includes(name))) throw taken();
  if (bindingsNaming(context, { kind: 'Group', name }).length > 0) throw taken();
  const { items } = await service.list<NativeBinding>(resources.clusterrolebindings);
  if (items.some(({ subjects = [] }) => subjects.some(subject => subject.kind === 'Group' && subject.name === name)))
    throw taken();
}

type Right = [role: string, place: Place, found: PlatformRole];

/** A role that the annotations of a department ask for; `found` unless its workspace has no such thing, which `lack` says. */
interface Asked {
  readonly role: string;
  readonly place: Place;
  readonly field: string;
  readonly found?: PlatformRole | undefined;
  readonly lack: string;
}

async function askedBy(service: Client, workspace: string, group: Group): Promise<Asked[]> {
  const asked: Asked[] = [];
  const wanted = workspaceRoleOf(group);
  if (wanted !== '') {
    const role = await orUndefined(service.get<PlatformRole>(platformResources.workspaceroles, wanted));
    asked.push({
      ...{ role: wanted, place: { workspace } },
      field: `metadata.annotations[${annotations.groupWorkspaceRole}]`,
      found: role && workspaceOf(role) === workspace ? role : undefined,
      lack: `the workspace has no role "${wanted}"`,
    });
  }
  for (const { namespace, role } of projectRolesOf(group)) {
    const project = await orUndefined(service.get(resources.namespaces, namespace));
    const isHere = project !== undefined && workspaceOf(project) === workspace;
    asked.push({
      ...{ role, place: { namespace } },
      field: `metadata.annotations[${annotations.groupProjectRoles}]`,
      found: isHere ? await orUndefined(service.get<PlatformRole>(resources.roles, role, { namespace })) : undefined,
      lack: isHere ? `the project "${namespace}" has no role "${role}"` : `the workspace has no project "${namespace}"`,
    });
  }
  return asked;
}

/**
 * Everything that a member of these departments has of them, as rules and the place where they hold: what they are bound to, and what their
 * annotations ask for, which is bound a moment later.
 */
async function rightsOf(context: PlatformContext, service: Client, names: readonly string[]): Promise<Right[]> {
  const rights = new Map<string, Right>();
  const add = (...right: Right) => rights.set(JSON.stringify(right.slice(0, 2)), right);
  for (const group of (await allGroups(service)).filter(({ metadata }) => names.includes(metadata.name!)))
    for (const { role, place, found } of await askedBy(service, workspaceOf(group), group))
      if (found) add(role, place, found);
  for (const name of names) {
    const { items } = await service.list<PlatformRoleBinding>(platformResources.workspacerolebindings, {
      labelSelector: `${labels.group}=${name}`,
    });
    for (const { roleRef, metadata } of items) {
      const role = await orUndefined(service.get<PlatformRole>(platformResources.workspaceroles, roleRef.name));
      const workspace = metadata.labels?.[labels.workspace];
      if (role && workspace) add(roleRef.name, { workspace }, role);
    }
    for (const { roleRef, metadata } of bindingsNaming(context, { kind: 'Group', name })) {
      const namespace = metadata.namespace!;
      // What follows from a role of the workspace was looked at above.
      if (roleRef.kind !== 'Role') continue;
      const role = await orUndefined(service.get<PlatformRole>(resources.roles, roleRef.name, { namespace }));
      if (role) add(roleRef.name, { namespace }, role);
    }
  }
  return [...rights.values()];
}

/** Nobody puts anybody, himself included, into a department that may do what he may not. */
async function refuseGreater(
  context: PlatformContext,
  caller: Caller,
  name: string,
  rights: readonly Right[],
): Promise<void> {
  for (const [role, place, { rules = [] }] of rights) {
    const missing: Access | undefined = await notHeld(context.clientOf(caller), rules, place);
    if (missing) throw forbidden(what(name), `the role ${role} may do what you may not: ${accessText(missing)}`);
  }
}

/** The roles that annotations ask for: they must be there, of this workspace, and held by who gives them. */
async function wishedRights(service: Client, workspace: string, group: Group): Promise<Right[]> {
  return (await askedBy(service, workspace, group)).map(({ role, place, field, found, lack }) => {
    if (!found) throw invalid(group.metadata.name!, field, lack);
    return [role, place, found];
  });
}

async function checkParent(service: Client, workspace: string, group: Group): Promise<readonly string[]> {
  const parent = parentOf(group);
  if (parent === undefined) return [];
  const name = group.metadata.name!;
  const field = `metadata.labels[${labels.groupParent}]`;
  const all = new Map((await allGroups(service)).map(found => [found.metadata.name!, found]));
  const above = all.get(parent);
  if (!above || workspaceOf(above) !== workspace)
    throw invalid(name, field, `the workspace has no department "${parent}"`);
  const line = lineOf(parent, all);
  if (line.includes(name)) throw invalid(name, field, 'a department is not part of one below it');
  return line;
}

export async function createGroup(
  context: PlatformContext,
  caller: Caller,
  workspace: string,
  given: Group,
): Promise<Group> {
  const service = context.serviceOf(caller);
  const { name: asked, generateName, labels: marks, annotations: said } = given.metadata ?? {};
  const name = asked || `${generateName ?? 'department-'}${context.random.uuid().slice(0, 8)}`;
  await refuseTakenName(context, service, name);
  const parent = marks?.[labels.groupParent];
  const group: Group = {
    apiVersion: platformResources.groups.apiVersion,
    kind: 'Group',
    metadata: {
      name,
      labels: { [labels.workspace]: workspace, ...(parent && { [labels.groupParent]: parent }) },
      annotations: { ...said, [annotations.creator]: caller.name },
    },
  };
  await checkParent(service, workspace, group);
  await refuseGreater(context, caller, name, await wishedRights(service, workspace, group));
  const created = await service.create<Group>(platformResources.groups, group);
  // Before anybody is in it: else his next request would be refused whole.
  await mayImpersonate(context, name);
  return created;
}

type Marks = Pick<ObjectMeta, 'labels' | 'annotations'>;

/** `kept` are marks that stay unless `given` names them. */
export async function updateGroup(
  context: PlatformContext,
  caller: Caller,
  { workspace, department: name }: { workspace: string; department: string },
  given: Group,
  kept?: Marks,
): Promise<Group> {
  const service = context.serviceOf(caller);
  const before = await getGroup(service, workspace, name);
  const stay = kept ?? before.metadata;
  const parent = { ...stay.labels, ...given.metadata?.labels }[labels.groupParent];
  const { [annotations.creator]: creator } = before.metadata.annotations ?? {};
  const after: Group = {
    ...before,
    metadata: {
      ...before.metadata,
      ...(given.metadata?.resourceVersion && { resourceVersion: given.metadata.resourceVersion }),
      labels: { [labels.workspace]: workspace, ...(parent && { [labels.groupParent]: parent }) },
      annotations: {
        ...stay.annotations,
        ...given.metadata?.annotations,
        ...(creator && { [annotations.creator]: creator }),
      },
    },
  };
  const line = await checkParent(service, workspace, after);
  await refuseGreater(context, caller, name, await wishedRights(service, workspace, after));
  // Under another department its members have what that one has.
  if (parent !== parentOf(before)) await refuseGreater(context, caller, name, await rightsOf(context, service, line));
  return service.update<Group>(platformResources.groups, after);
}

export const patchGroup = (
  context: PlatformContext,
  caller: Caller,
  place: { workspace: string; department: string },
  patch: Group,
): Promise<Group> =>
  retryOnConflict(context, async () => {
    const before = await getGroup(context.serviceOf(caller), place.workspace, place.department);
    const given = applyMergePatch(before as unknown as JsonObject, patch) as unknown as Group;
    return updateGroup(context, caller, place, given, {});
  });

export async function deleteGroup(context: PlatformContext, caller: Caller, workspace: string, name: string) {
  const service = context.serviceOf(caller);
  await getGroup(service, workspace, name);
  if ((await allGroups(service)).some(group => parentOf(group) === name))
    throw new StatusError(409, 'Conflict', `the department "${name}" has departments below it: remove those first`);
  const labelSelector = `${labels.group}=${name}`;
  for (const { metadata } of (await service.list(platformResources.workspacerolebindings, { labelSelector })).items)
    await orUndefined(service.delete(platformResources.workspacerolebindings, metadata.name!));
  for (const { metadata } of bindingsNaming(context, { kind: 'Group', name }))
    await orUndefined(service.delete(resources.rolebindings, metadata.name!, { namespace: metadata.namespace! }));
  const { items } = await service.list<GroupBinding>(platformResources.groupbindings, { labelSelector });
  await service.delete(platformResources.groups, name);
  for (const binding of items) await dropBinding(context, service, binding);
  return success;
}

async function dropBinding(
  context: PlatformContext,
  service: Client,
  { metadata, users = [] }: GroupBinding,
): Promise<void> {
  await orUndefined(service.delete(platformResources.groupbindings, metadata.name!));
  for (const user of users) {
    await syncGroups(context, service, user);
    await settled(context, service, user);
  }
}

export async function addMembers(
  context: PlatformContext,
  caller: Caller,
  workspace: string,
  members: readonly DepartmentMember[],
): Promise<GroupBinding[]> {
  const service = context.serviceOf(caller);
  const bindings: GroupBinding[] = [];
  const all = new Map((await allGroups(service)).map(found => [found.metadata.name!, found]));
  for (const { userName, groupName } of members) {
    await getGroup(service, workspace, groupName);
    if (!(await context.users.find(userName, service)))
      throw notFound({ group: apiGroups.iam, resource: 'users', name: userName });
    await refuseGreater(context, caller, groupName, await rightsOf(context, service, lineOf(groupName, all)));
    bindings.push(await bind(context, service, workspace, { userName, groupName }));
    await mayImpersonate(context, groupName);
    await syncGroups(context, service, userName);
    await settled(context, service, userName);
  }
  return bindings;
}

async function bind(
  { random }: PlatformContext,
  service: Client,
  workspace: string,
  { userName, groupName }: DepartmentMember,
): Promise<GroupBinding> {
  const labelSelector = `${labels.user}=${userName},${labels.group}=${groupName}`;
  const [known] = (await service.list<GroupBinding>(platformResources.groupbindings, { labelSelector })).items;
  if (known) return known;
  return service.create<GroupBinding>(platformResources.groupbindings, {
    apiVersion: platformResources.groupbindings.apiVersion,
    kind: 'GroupBinding',
    metadata: {
      name: `${groupName}-${random.uuid().slice(0, 8)}`,
      labels: { [labels.workspace]: workspace, [labels.user]: userName, [labels.group]: groupName },
    },
    groupRef: { apiGroup: apiGroups.iam, kind: 'Group', name: groupName },
    users: [userName],
  });
}

export async function removeMember(context: PlatformContext, caller: Caller, workspace: string, name: string) {
  const service = context.serviceOf(caller);
  const binding = await orUndefined(service.get<GroupBinding>(platformResources.groupbindings, name));
  if (!binding || workspaceOf(binding) !== workspace)
    throw notFound({ group: apiGroups.iam, resource: 'groupbindings', name });
  await dropBinding(context, service, binding);
  return success;
}
