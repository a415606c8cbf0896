/** Roles on the platform. */
import type { Client } from '@orrery/client';
import { forbidden, notFound, orUndefined } from '@orrery/machinery/status';
import { accessText } from '@orrery/platform-contract';
import { annotations, groups, labels, platformResources, type PlatformRole } from '@orrery/platform-kinds';
import { notHeld } from '../access/authorizer.ts';
import { managedBy } from '../access/materialise.ts';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';

const what = (name: string) => ({ group: groups.iam, resource: 'globalroles', name });

export async function getGlobalRole(client: Client, name: string): Promise<PlatformRole> {
  const role = await orUndefined(client.get<PlatformRole>(platformResources.globalroles, name));
  if (!role) throw notFound(what(name));
  return role;
}

export async function createGlobalRole(
  context: PlatformContext,
  caller: Caller,
  given: PlatformRole,
): Promise<PlatformRole> {
  const { rules = [] } = given;
  const name = given.metadata?.name ?? '';
  // URLs are no resources: who may do everything may give them.
  const asked = rules.some(rule => rule.nonResourceURLs?.length)
    ? [...rules, { verbs: ['*'], apiGroups: ['*'], resources: ['*'] }]
    : rules;
  const missing = await notHeld(context.clientOf(caller), asked, 'platform');
  if (missing) throw forbidden(what(name), `you may not give what you do not have: ${accessText(missing)}`);
  return context.serviceOf(caller).create<PlatformRole>(platformResources.globalroles, {
    apiVersion: platformResources.globalroles.apiVersion,
    kind: 'GlobalRole',
    metadata: { name, annotations: { ...given.metadata?.annotations, [annotations.creator]: caller.name } },
    rules,
  });
}

export const isBuiltIn = ({ metadata }: PlatformRole): boolean =>
  Object.entries(managedBy).every(([label, value]) => metadata.labels?.[label] === value);

export async function deleteGlobalRole(context: PlatformContext, caller: Caller, name: string) {
  if (isBuiltIn(await getGlobalRole(context.serviceOf(caller), name))) throw forbidden(what(name), 'it is built in');
  await context.serviceOf(caller).delete(platformResources.globalroles, name);
  return { message: 'success' };
}

/** Rejects with 404 for a role of another workspace too. */
export async function getWorkspaceRole(client: Client, workspace: string, name: string): Promise<PlatformRole> {
  const role = await orUndefined(client.get<PlatformRole>(platformResources.workspaceroles, name));
  if (role?.metadata.labels?.[labels.workspace] !== workspace)
    throw notFound({ group: groups.iam, resource: 'workspaceroles', name });
  return role;
}
