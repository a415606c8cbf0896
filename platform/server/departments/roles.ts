/** The roles that departments have, in their workspace and in its projects. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { forbidden, notFound, orUndefined } from '@orrery/machinery/status';
import { accessText } from '@orrery/platform-contract';
import {
  groups as apiGroups,
  labels,
  platformResources,
  type PlatformRole,
  type PlatformRoleBinding,
} from '@orrery/platform-kinds';
import { notHeld } from '../access/authorizer.ts';
import { heal } from '../access/heal.ts';
import { projectNamesOf, projectPlacesOf } from '../access/projects.ts';
import { planWorkspaceBinding } from '../access/materialise.ts';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import { projectBinding, workspaceBinding, workspaceOf } from './plan.ts';
import { getGroup, invalid, success } from './service.ts';

const selector = (workspace: string) => ({ labelSelector: `${labels.workspace}=${workspace},${labels.group}` });

export const workspaceRolesOf = async (client: Client, workspace: string): Promise<PlatformRoleBinding[]> =>
  (await client.list<PlatformRoleBinding>(platformResources.workspacerolebindings, selector(workspace))).items;

/** In all projects of the workspace. */
export function projectRolesIn(context: PlatformContext, workspace: string): PlatformRoleBinding[] {
  const bindings = context.informers.of<PlatformRoleBinding>(resources.rolebindings);
  return projectNamesOf(context.informers, workspace)
    .flatMap(namespace => bindings.list(namespace))
    .filter(({ metadata }) => metadata.labels?.[labels.group] !== undefined);
}

/** Bodies are bindings as 3.x sends them: what they refer to, and the department as their subject. */
function wishOf({ roleRef, subjects = [] }: PlatformRoleBinding): { group: string; role: string } {
  const [subject, ...others] = subjects;
  if (subject?.kind !== 'Group' || others.length > 0 || !roleRef?.name)
    throw invalid(subject?.name ?? '', 'subjects', 'a binding names one department, as a Group, and a role');
  return { group: subject.name, role: roleRef.name };
}

export async function giveWorkspaceRoles(
  context: PlatformContext,
  caller: Caller,
  workspace: string,
  given: readonly PlatformRoleBinding[],
): Promise<PlatformRoleBinding[]> {
  const service = context.serviceOf(caller);
  const made: PlatformRoleBinding[] = [];
  for (const { group, role: name } of given.map(wishOf)) {
    await getGroup(service, workspace, group);
    const role = await orUndefined(service.get<PlatformRole>(platformResources.workspaceroles, name));
    if (!role || workspaceOf(role) !== workspace)
      throw invalid(group, 'roleRef', `the workspace has no role "${name}"`);
    const missing = await notHeld(context.clientOf(caller), role.rules ?? [], { workspace });
    if (missing)
      throw forbidden(
        { group: apiGroups.iam, resource: 'workspacerolebindings', name: group },
        `the role ${name} may do what you may not: ${accessText(missing)}`,
      );
    const wanted = workspaceBinding(workspace, group, name);
    await heal(service, [wanted], []);
    const binding = wanted.object as PlatformRoleBinding;
    await heal(service, planWorkspaceBinding(binding, role, projectPlacesOf(context.informers, workspace)), []);
    made.push(binding);
  }
  return made;
}

export async function takeWorkspaceRole(context: PlatformContext, caller: Caller, workspace: string, name: string) {
  const service = context.serviceOf(caller);
  const binding = (await workspaceRolesOf(service, workspace)).find(({ metadata }) => metadata.name === name);
  if (!binding) throw notFound({ group: apiGroups.iam, resource: 'workspacerolebindings', name });
  const role = await orUndefined(service.get<PlatformRole>(platformResources.workspaceroles, binding.roleRef.name));
  await service.delete(platformResources.workspacerolebindings, name);
  await heal(service, [], planWorkspaceBinding(binding, role, projectPlacesOf(context.informers, workspace)));
  return success;
}

/** As the user himself: the cluster refuses to bind what he does not hold. */
export async function giveProjectRoles(
  context: PlatformContext,
  caller: Caller,
  namespace: string,
  given: readonly PlatformRoleBinding[],
): Promise<PlatformRoleBinding[]> {
  const service = context.serviceOf(caller);
  const workspace = workspaceOf(await service.get(resources.namespaces, namespace));
  const made: PlatformRoleBinding[] = [];
  for (const { group, role } of given.map(wishOf)) {
    await getGroup(service, workspace, group);
    const { resource, object } = projectBinding(namespace, group, role);
    made.push(await context.clientOf(caller).create<PlatformRoleBinding>(resource, object as PlatformRoleBinding));
  }
  return made;
}

export async function takeProjectRole(context: PlatformContext, caller: Caller, namespace: string, name: string) {
  const service = context.serviceOf(caller);
  const binding = await orUndefined(service.get(resources.rolebindings, name, { namespace }));
  if (binding?.metadata.labels?.[labels.group] === undefined)
    throw notFound({ group: apiGroups.iam, resource: 'rolebindings', name });
  await context.clientOf(caller).delete(resources.rolebindings, name, { namespace });
  return success;
}
