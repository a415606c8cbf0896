/** What the routes of workspaces and projects do, after their permission was checked. */
import { retryOnConflict, type Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { validateDns1123Label } from '@orrery/machinery/names';
import { StatusError, notFound, orUndefined, forbidden } from '@orrery/machinery/status';
import type { KubeObject } from '@orrery/machinery/meta';
import { applyMergePatch, type JsonObject } from '@orrery/machinery/patch';
import {
  annotations,
  groups,
  isKeptName,
  labels,
  platformResources,
  systemNamespace,
  systemWorkspace,
  type PlatformRole,
  type PlatformRoleBinding,
  type WorkspaceTemplate,
} from '@orrery/platform-kinds';
import { decide } from '../access/authorizer.ts';
import { markedAs, reservedChange, type Marks } from '../access/marks.ts';
import { heal, refuseTaken } from '../access/heal.ts';
import { planWorkspaceBinding, planWorkspaceRole, type Wanted } from '../access/materialise.ts';
import { projectPlace } from '../access/projects.ts';
import { isAnswering } from '../clusters/member/host.ts';
import { refuseClosed, refusePlacement } from '../clusters/visible.ts';
import type { PlatformContext } from '../context.ts';
import { readCatalogue } from '../roles/templates.ts';
import type { Caller } from '../identity/caller.ts';
import { finalizer, managerOf, orphanMark, planProject, planWorkspace, projectMember, projectOf } from './plan.ts';

export const success = { message: 'success' };
const what = (name: string) => ({ group: groups.tenant, resource: 'workspaces', name });

const invalid = (kind: string, name: string, field: string, why: string): StatusError =>
  new StatusError(422, 'Invalid', `${kind} "${name}" is invalid: ${field}: ${why}`, {
    name,
    kind,
    causes: [{ field, message: why }],
  });

function checkName(kind: string, name: string): void {
  const [problem] = validateDns1123Label(name);
  if (problem) throw invalid(kind, name, 'metadata.name', problem);
}

/** Rejects with 404. */
export async function getWorkspace(client: Client, name: string): Promise<WorkspaceTemplate> {
  const found = await orUndefined(client.get<WorkspaceTemplate>(platformResources.workspacetemplates, name));
  if (!found) throw notFound(what(name));
  return found;
}

async function checkManager(context: PlatformContext, service: Client, template: WorkspaceTemplate): Promise<void> {
  const manager = managerOf(template);
  if (manager !== '' && !(await context.users.find(manager, service)))
    throw invalid('WorkspaceTemplate', template.metadata.name!, 'spec.template.spec.manager', 'there is no such user');
}

/** Who makes a workspace manages it, unless he names another. */
export async function createWorkspace(
  context: PlatformContext,
  caller: Caller,
  given: WorkspaceTemplate,
): Promise<WorkspaceTemplate> {
  const name = given.metadata?.name ?? '';
  checkName('WorkspaceTemplate', name);
  const manager = managerOf(given) || caller.name;
  const template: WorkspaceTemplate = {
    apiVersion: platformResources.workspacetemplates.apiVersion,
    kind: 'WorkspaceTemplate',
    metadata: {
      name,
      labels: given.metadata.labels,
      annotations: { ...given.metadata.annotations, [annotations.creator]: caller.name },
      finalizers: [finalizer],
    },
    spec: withManager(given.spec, manager),
  };
  const service = context.serviceOf(caller);
  await checkManager(context, service, template);
  await refusePlacement(context, caller, undefined, template);
  const catalogue = await readCatalogue(service);
  await refuseTaken(
    service,
    planWorkspace(template, catalogue).filter(({ object }) => object.kind === 'WorkspaceRoleBinding'),
  );
  const created = await service.create<WorkspaceTemplate>(platformResources.workspacetemplates, template);
  // At once, so that the next request sees it; the controllers keep it so.
  const own = planWorkspace(created, catalogue);
  await heal(service, own, []);
  await heal(service, nativeOf(own), []);
  return created;
}

const withManager = (spec: WorkspaceTemplate['spec'], manager: string): WorkspaceTemplate['spec'] => ({
  ...spec,
  template: { ...spec?.template, spec: { ...spec?.template?.spec, manager } },
});

/** The native RBAC of a workspace's own objects. */
function nativeOf(planned: readonly Wanted[]): Wanted[] {
  const all = planned.map(({ object }) => object);
  const roles = all.filter(({ kind }) => kind === 'WorkspaceRole') as PlatformRole[];
  const bindings = all.filter(({ kind }) => kind === 'WorkspaceRoleBinding') as PlatformRoleBinding[];
  return [
    ...roles.flatMap(planWorkspaceRole),
    ...bindings.flatMap(binding => {
      const role = roles.find(({ metadata }) => metadata.name === binding.roleRef.name);
      return planWorkspaceBinding(binding, role, []);
    }),
  ];
}

/** What a merge patch makes of an object; its marks are then whole: those that it removes are gone. */
const patchedBy = <T extends KubeObject>(before: T, patch: T): T =>
  applyMergePatch(before as unknown as JsonObject, patch) as unknown as T;
const nothing: Marks = {};

export function patchWorkspace(
  context: PlatformContext,
  caller: Caller,
  name: string,
  patch: WorkspaceTemplate,
): Promise<WorkspaceTemplate> {
  return retryOnConflict(context, async () => {
    const before = await getWorkspace(context.serviceOf(caller), name);
    const { creator } = annotations;
    const given = patchedBy(before, patch);
    const known = before.metadata.annotations?.[creator];
    const marks = { ...given.metadata.annotations, ...(known && { [creator]: known }) };
    const metadata = { ...given.metadata, annotations: marks };
    return updateWorkspace(context, caller, name, { ...given, metadata }, nothing);
  });
}

/** `kept` are marks that stay unless `given` names them. */
export async function updateWorkspace(
  context: PlatformContext,
  caller: Caller,
  name: string,
  given: WorkspaceTemplate,
  kept?: Marks,
): Promise<WorkspaceTemplate> {
  const service = context.serviceOf(caller);
  const before = await getWorkspace(service, name);
  const stay = kept ?? before.metadata;
  const after: WorkspaceTemplate = {
    ...before,
    metadata: {
      ...before.metadata,
      ...(given.metadata?.resourceVersion && { resourceVersion: given.metadata.resourceVersion }),
      labels: { ...stay.labels, ...given.metadata?.labels },
      annotations: { ...stay.annotations, ...given.metadata?.annotations },
    },
    spec: withManager({ ...before.spec, ...given.spec }, managerOf(given) || managerOf(before)),
  };
  await checkManager(context, service, after);
  await refusePlacement(context, caller, before, after);
  return service.update<WorkspaceTemplate>(platformResources.workspacetemplates, after);
}

export async function deleteWorkspace(context: PlatformContext, caller: Caller, name: string, orphan: boolean) {
  if (name === systemWorkspace) throw forbidden(what(name), 'it holds the system itself');
  const service = context.serviceOf(caller);
  await getWorkspace(service, name);
  // Released first: whatever happens in between, no project is lost that was to be kept.
  if (orphan) {
    const kept = { metadata: { annotations: { [orphanMark]: 'true' } } };
    await service.patch(platformResources.workspacetemplates, name, 'merge', kept);
    await release(service, name);
    for (const member of context.members.all())
      if (isAnswering(member)) await release(member.context.serviceOf(caller), name);
  }
  await service.delete(platformResources.workspacetemplates, name);
  return success;
}

async function release(service: Client, workspace: string): Promise<void> {
  const { items } = await service.list(resources.namespaces, { labelSelector: `${labels.workspace}=${workspace}` });
  const without = { metadata: { labels: { [labels.workspace]: null } } };
  await Promise.all(items.map(({ metadata }) => service.patch(resources.namespaces, metadata.name!, 'merge', without)));
}

/** A project that waits where the system or an extension is put later would have its tokens. */
async function refuseKept(context: PlatformContext, caller: Caller, name: string): Promise<void> {
  if (!isKeptName(name)) return;
  const { allowed } = await decide(context.clientOf(caller), { verb: 'create', group: '', resource: 'namespaces' });
  if (!allowed)
    throw invalid('Namespace', name, 'metadata.name', 'it is kept for the system and for extensions: choose another');
}

/** Who makes a project is its admin. */
export async function createProject(
  context: PlatformContext,
  caller: Caller,
  workspace: string,
  given: KubeObject,
): Promise<KubeObject> {
  const service = context.serviceOf(caller);
  const template = await getWorkspace(service, workspace);
  if (template.metadata.deletionTimestamp !== undefined)
    throw new StatusError(409, 'Conflict', `the workspace "${workspace}" is going`);
  const name = given.metadata?.name ?? '';
  checkName('Namespace', name);
  await refuseKept(context, caller, name);
  const wanted = projectOf(workspace, caller.name, given);
  if (workspace === systemWorkspace)
    throw forbidden(what(workspace), 'it holds what the system runs in, no projects of people');
  await refuseClosed(context, template);
  // The platform's own marks are its own; all others are looked at.
  const marks = { labels: { [labels.workspace]: workspace }, annotations: { [annotations.settledIn]: workspace } };
  refuseReserved(name, marks, wanted.metadata);
  const created = await service.create(resources.namespaces, wanted);
  await heal(
    service,
    [...planProject(created, await readCatalogue(service)), projectMember(name, caller.name, 'admin')],
    [],
  );
  await heal(service, await membersIn(service, workspace, created), []);
  return created;
}

/** The workspace's roles in a project that is new there, by its namespace. */
export async function membersIn(client: Client, workspace: string, project: KubeObject): Promise<Wanted[]> {
  const selector = { labelSelector: `${labels.workspace}=${workspace}` };
  const [bindings, roles] = await Promise.all([
    client.list<PlatformRoleBinding>(platformResources.workspacerolebindings, selector),
    client.list<PlatformRole>(platformResources.workspaceroles, selector),
  ]);
  return bindings.items
    .flatMap(binding => {
      const role = roles.items.find(({ metadata }) => metadata.name === binding.roleRef.name);
      return planWorkspaceBinding(binding, role, [projectPlace(project)]);
    })
    .filter(({ resource }) => resource === resources.rolebindings);
}

/** Of any workspace unless one is named. Rejects with 404 for a project of another workspace too: whoever may see it there sees it there. */
export async function getProject(client: Client, workspace: string | undefined, name: string): Promise<KubeObject> {
  const found = await orUndefined(client.get(resources.namespaces, name));
  const own = found?.metadata.labels?.[labels.workspace];
  if (!found || own === undefined || (workspace !== undefined && own !== workspace))
    throw notFound({ group: '', resource: 'namespaces', name });
  return found;
}

function refuseReserved(name: string, before: Marks, after: Marks): void {
  const field = reservedChange(before, after);
  if (field)
    throw invalid('Namespace', name, field, 'only administrators of the cluster set it, on the namespace itself');
}

export const patchProject = (
  context: PlatformContext,
  caller: Caller,
  place: { workspace: string; namespace: string },
  patch: KubeObject,
): Promise<KubeObject> =>
  retryOnConflict(context, async () => {
    const before = await getProject(context.serviceOf(caller), place.workspace, place.namespace);
    return updateProject(context, caller, place, patchedBy(before, patch), nothing);
  });

/** Labels and annotations: a namespace has nothing else to change. `kept` are marks that stay unless `given` names them. */
export async function updateProject(
  context: PlatformContext,
  caller: Caller,
  { workspace, namespace }: { workspace: string; namespace: string },
  given: KubeObject,
  kept?: Marks,
): Promise<KubeObject> {
  const service = context.serviceOf(caller);
  const before = await getProject(service, workspace, namespace);
  const metadata = markedAs(before.metadata, given.metadata, kept);
  refuseReserved(namespace, before.metadata, metadata);
  return service.update(resources.namespaces, { ...before, metadata });
}

export async function deleteProject(context: PlatformContext, caller: Caller, workspace: string, name: string) {
  await getProject(context.serviceOf(caller), workspace, name);
  if (name === systemNamespace) throw forbidden({ group: '', resource: 'namespaces', name }, 'it holds the platform');
  await context.clientOf(caller).delete(resources.namespaces, name);
  return success;
}
