/** What the platform brings to a member, and takes out again. Namespaces, and what people run in them, stay. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { Clock } from '@orrery/machinery/clock';
import { isReason, orUndefined, StatusError } from '@orrery/machinery/status';
import { annotations, ensureKinds, kinds, labels, platformResources, systemNamespace } from '@orrery/platform-kinds';
import { managedSelector, planClusterRole, rightsKinds } from '../../access/materialise.ts';
import { serviceObjects } from '../../access/service-objects.ts';
import { ensureGroups } from '../../install/groups.ts';
import { ensureWanted, groupsRoleName, namespaceObject } from '../../install/manifest.ts';
import { clusterRoleObjects } from '../../roles/built-in.ts';
import { readCatalogue } from '../../roles/templates.ts';
import { isMemberKind } from './split.ts';

const definitions = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };
/** On the platform's namespace in a member: of which platform it is, by the host's kube-system. */
const ownerAnnotation = 'platform.orrery.io/host';

/** Rejects with 409 when another platform has the cluster. */
async function claim(client: Client, host: string): Promise<void> {
  await ensureWanted(client, namespaceObject);
  const namespace = await client.get(resources.namespaces, systemNamespace);
  const owner = namespace.metadata.annotations?.[ownerAnnotation];
  if (owner === host) return;
  if (owner !== undefined)
    throw new StatusError(409, 'Conflict', 'the cluster is a member of another platform: remove it there first');
  await client.patch(resources.namespaces, systemNamespace, 'merge', {
    metadata: { annotations: { [ownerAnnotation]: host } },
  });
}

/** Level-based, and by several replicas at once. `client` reads the platform's own kinds from the host. */
export async function ensureMember(client: Client, clock: Clock, host: string, signal: AbortSignal): Promise<void> {
  await claim(client, host);
  await ensureKinds({ client, clock, signal, only: isMemberKind });
  const roles = clusterRoleObjects(await readCatalogue(client));
  for (const wanted of [
    ...serviceObjects(),
    ...roles.map(object => ({ resource: platformResources.iamClusterRoles, object })),
    ...roles.flatMap(planClusterRole),
  ])
    await ensureWanted(client, wanted);
  await ensureGroups(client);
}

/** `client` is the member's alone. May be run again when it was interrupted. */
export async function removeMember(client: Client, host: string): Promise<void> {
  const namespace = await orUndefined(client.get(resources.namespaces, systemNamespace));
  if (namespace?.metadata.annotations?.[ownerAnnotation] !== host) return;
  for (const resource of rightsKinds) {
    const own = (await client.list(resource, { labelSelector: managedSelector })).items;
    const members =
      resource === resources.rolebindings ? (await client.list(resource, { labelSelector: labels.user })).items : [];
    for (const { metadata } of [...own, ...members])
      await orUndefined(
        client.delete(resource, metadata.name!, { ...(metadata.namespace && { namespace: metadata.namespace }) }),
      );
  }
  await orUndefined(client.delete(resources.clusterroles, groupsRoleName));
  for (const { plural, group } of kinds.filter(isMemberKind))
    await client.delete(definitions, `${plural}.${group}`).catch((error: unknown) => {
      // An account with no more than the platform needs may bring kinds, and not take them away.
      if (!isReason(error, 'NotFound') && !isReason(error, 'Forbidden')) throw error;
    });
  const { items } = await client.list(resources.namespaces, { labelSelector: labels.workspace });
  for (const { metadata } of items) if (metadata.name !== systemNamespace) await unmark(client, metadata.name!);
  await orUndefined(client.delete(resources.namespaces, systemNamespace));
}

async function unmark(client: Client, name: string): Promise<void> {
  const metadata = {
    labels: { [labels.workspace]: null },
    annotations: { [annotations.creator]: null, [annotations.settledIn]: null },
  };
  try {
    await client.patch(resources.namespaces, name, 'merge', { metadata });
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
}
