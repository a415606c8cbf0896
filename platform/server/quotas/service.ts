/** What the routes of workspaces' quotas do, after their permission was checked. */
import { retryOnConflict, type Client } from '@orrery/client';
import { StatusError, notFound, orUndefined } from '@orrery/machinery/status';
import { groups, labels, platformResources, type WorkspaceQuota } from '@orrery/platform-kinds';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import { getWorkspace } from '../tenancy/service.ts';
import { hardOf, scopeProblem, unknownNames, workspaceOf } from './usage.ts';

const resource = platformResources.workspaceQuotas;
const what = (name: string) => ({ group: groups.quota, resource: 'resourcequotas', name });

export const quotasOf = async (client: Client, workspace: string): Promise<WorkspaceQuota[]> =>
  (await client.list<WorkspaceQuota>(resource)).items.filter(quota => workspaceOf(quota) === workspace);

/** Rejects with 404, for a quota of another workspace too. */
export async function getQuota(client: Client, workspace: string, name: string): Promise<WorkspaceQuota> {
  const quota = await orUndefined(client.get<WorkspaceQuota>(resource, name));
  if (!quota || workspaceOf(quota) !== workspace) throw notFound(what(name));
  return quota;
}

function check(name: string, quota: WorkspaceQuota): void {
  const hard = hardOf(quota);
  const [unknown] = unknownNames(hard);
  const below = Object.keys(hard).find(key => String(hard[key]).startsWith('-'));
  const problem =
    unknown !== undefined
      ? { field: `spec.quota.hard[${unknown}]`, why: 'nothing is counted for this name' }
      : below !== undefined
        ? { field: `spec.quota.hard[${below}]`, why: 'must be greater than or equal to 0' }
        : scopeProblem(quota);
  if (!problem) return;
  const { field, why } = problem;
  throw new StatusError(422, 'Invalid', `ResourceQuota "${name}" is invalid: ${field}: ${why}`, {
    ...what(name),
    kind: 'ResourceQuota',
    causes: [{ field, message: why }],
  });
}

export async function createQuota(
  context: PlatformContext,
  caller: Caller,
  workspace: string,
  given: WorkspaceQuota,
): Promise<WorkspaceQuota> {
  const service = context.serviceOf(caller);
  await getWorkspace(service, workspace);
  const name = given.metadata?.name || workspace;
  const quota: WorkspaceQuota = {
    apiVersion: resource.apiVersion,
    kind: 'ResourceQuota',
    metadata: {
      name,
      annotations: given.metadata?.annotations,
      labels: { [labels.workspace]: workspace },
    },
    spec: { ...given.spec, selector: { [labels.workspace]: workspace } },
  };
  check(name, quota);
  return service.create<WorkspaceQuota>(resource, quota);
}

/** What the account writes into the status at the same moment does not matter to who names no version. */
export const updateQuota = (
  context: PlatformContext,
  caller: Caller,
  place: { workspace: string; resourcequota: string },
  given: WorkspaceQuota,
): Promise<WorkspaceQuota> => {
  const update = () => updateOnce(context, caller, place, given);
  return given.metadata?.resourceVersion === undefined ? retryOnConflict(context, update) : update();
};

async function updateOnce(
  context: PlatformContext,
  caller: Caller,
  { workspace, resourcequota: name }: { workspace: string; resourcequota: string },
  given: WorkspaceQuota,
): Promise<WorkspaceQuota> {
  const service = context.serviceOf(caller);
  const before = await getQuota(service, workspace, name);
  const after: WorkspaceQuota = {
    ...before,
    metadata: {
      ...before.metadata,
      ...(given.metadata?.resourceVersion && { resourceVersion: given.metadata.resourceVersion }),
      annotations: { ...before.metadata.annotations, ...given.metadata?.annotations },
    },
    spec: { ...given.spec, selector: before.spec.selector },
  };
  check(name, after);
  return service.update<WorkspaceQuota>(resource, after);
}

export async function deleteQuota(context: PlatformContext, caller: Caller, workspace: string, name: string) {
  const service = context.serviceOf(caller);
  await getQuota(service, workspace, name);
  await service.delete(resource, name);
  return { message: 'success' };
}
