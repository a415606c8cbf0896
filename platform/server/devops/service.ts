/** What the routes of DevOps projects do, after their permission was checked. */
import { retryOnConflict, type Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { validateDns1123Label } from '@orrery/machinery/names';
import { applyMergePatch, type JsonObject } from '@orrery/machinery/patch';
import { StatusError, forbidden, isReason, notFound, orUndefined } from '@orrery/machinery/status';
import { guardedGroup } from '@orrery/platform-contract';
import {
  annotations,
  groups,
  labels,
  platformResources,
  systemWorkspace,
  type DevOpsProject,
  type WorkspaceTemplate,
} from '@orrery/platform-kinds';
import { heal } from '../access/heal.ts';
import { markedAs, reservedChange, type Marks } from '../access/marks.ts';
import { visibleNamespaces } from '../access/visible.ts';
import { refuseClosed } from '../clusters/visible.ts';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import { readCatalogue } from '../roles/templates.ts';
import { planProject, projectMember } from '../tenancy/plan.ts';
import { membersIn } from '../tenancy/service.ts';
import { inWorkspace } from '../tenancy/visible.ts';
import { placeOf } from './plan.ts';

const resource = platformResources.devopsprojects;
const what = (name: string) => ({ group: groups.devops, resource: 'devopsprojects', name });

/** Those of the workspace in which the user may see what there is. */
export async function devopsOf(context: PlatformContext, caller: Caller, workspace: string): Promise<DevOpsProject[]> {
  const projects = context.informers.of<DevOpsProject>(resource);
  await projects.synced;
  const asked = { group: guardedGroup(groups.devops), resource: 'devopsprojects' };
  const names = await visibleNamespaces(context, caller, 'get', asked);
  return projects
    .list()
    .filter(project => inWorkspace(project) === workspace)
    .filter(({ metadata }) => names === 'everywhere' || names.has(metadata.name!));
}

/** Rejects with 404, for one of another workspace too. */
export async function getDevops(client: Client, workspace: string, name: string): Promise<DevOpsProject> {
  const found = await orUndefined(client.get<DevOpsProject>(resource, name));
  if (!found || inWorkspace(found) !== workspace) throw notFound(what(name));
  return found;
}

const invalid = (name: string, field: string, why: string): StatusError =>
  new StatusError(422, 'Invalid', `DevOpsProject "${name}" is invalid: ${field}: ${why}`, {
    ...what(name),
    kind: 'DevOpsProject',
    causes: [{ field, message: why }],
  });

const endingMax = 5;
const nameMax = 63 - endingMax;

function checkName(name: string): void {
  const [problem] = validateDns1123Label(name);
  if (problem) throw invalid(name, 'metadata.name', problem);
  if (name.length > nameMax) throw invalid(name, 'metadata.name', `at most ${nameMax} letters, the rest is an ending`);
}

function refuseReserved(name: string, before: Marks, after: Marks): void {
  const field = reservedChange(before, after);
  if (field) throw invalid(name, field, 'only administrators of the cluster set it');
}

/** Who makes one is its admin. Its name ends in letters of its own, as in KubeSphere: it is also the name of its namespace. */
export async function createDevops(
  context: PlatformContext,
  caller: Caller,
  workspace: string,
  given: KubeObject,
): Promise<DevOpsProject> {
  const service = context.serviceOf(caller);
  const template = await orUndefined(service.get<WorkspaceTemplate>(platformResources.workspacetemplates, workspace));
  if (!template) throw notFound({ group: groups.tenant, resource: 'workspaces', name: workspace });
  if (template.metadata.deletionTimestamp !== undefined)
    throw new StatusError(409, 'Conflict', `the workspace "${workspace}" is going`);
  if (workspace === systemWorkspace)
    throw forbidden(what(given.metadata?.name ?? ''), 'the workspace holds what the system runs in');
  await refuseClosed(context, template);
  const { name, generateName = name ?? '', labels: marks, annotations: said } = given.metadata ?? {};
  checkName(generateName.replace(/-$/, ''));
  refuseReserved(generateName, {}, { ...(marks && { labels: marks }), ...(said && { annotations: said }) });
  const created = await service.create<DevOpsProject>(resource, {
    apiVersion: resource.apiVersion,
    kind: resource.kind,
    metadata: {
      generateName,
      labels: { ...marks, [labels.workspace]: workspace },
      annotations: { ...said, [annotations.creator]: caller.name },
    },
    spec: (given as DevOpsProject).spec ?? {},
  });
  // At once, so that the next request sees it; the controllers keep it so.
  const place = await service.create<KubeObject>(resources.namespaces, placeOf(created)).catch((error: unknown) => {
    // The controller was faster.
    if (!isReason(error, 'AlreadyExists')) throw error;
    return service.get<KubeObject>(resources.namespaces, created.metadata.name!);
  });
  const own = created.metadata.name!;
  await heal(
    service,
    [...planProject(place, await readCatalogue(service)), projectMember(own, caller.name, 'admin')],
    [],
  );
  await heal(service, await membersIn(service, workspace, place), []);
  return created;
}

const patchedBy = (before: KubeObject, patch: KubeObject): DevOpsProject =>
  applyMergePatch(before as unknown as JsonObject, patch) as unknown as DevOpsProject;

export const patchDevops = (
  context: PlatformContext,
  caller: Caller,
  place: { readonly workspace: string; readonly devops: string },
  patch: KubeObject,
): Promise<DevOpsProject> =>
  retryOnConflict(context, async () => {
    const before = await getDevops(context.serviceOf(caller), place.workspace, place.devops);
    return updateDevops(context, caller, place, patchedBy(before, patch), {});
  });

/** Names, descriptions, labels and what it is made of. `kept` are marks that stay unless `given` names them. */
export async function updateDevops(
  context: PlatformContext,
  caller: Caller,
  { workspace, devops }: { readonly workspace: string; readonly devops: string },
  given: DevOpsProject,
  kept?: Marks,
): Promise<DevOpsProject> {
  const service = context.serviceOf(caller);
  const before = await getDevops(service, workspace, devops);
  const metadata = markedAs(before.metadata, given.metadata, kept);
  refuseReserved(devops, before.metadata, metadata);
  return service.update<DevOpsProject>(resource, { ...before, metadata, spec: given.spec ?? before.spec ?? {} });
}

/** The rights go with the namespace, and that with this. */
export async function deleteDevops(
  context: PlatformContext,
  caller: Caller,
  { workspace, devops }: { readonly workspace: string; readonly devops: string },
) {
  const service = context.serviceOf(caller);
  await getDevops(service, workspace, devops);
  await service.delete(resource, devops);
  await orUndefined(service.delete(resources.namespaces, devops));
  return { message: 'success' };
}
