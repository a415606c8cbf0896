/** Taking the platform out of a cluster: nothing of its own stays, and nothing that people made in their projects goes. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { isReason, orUndefined } from '@orrery/machinery/status';
import {
  annotations,
  kinds,
  labels,
  platformResources,
  systemNamespace,
  type PlatformResource,
} from '@orrery/platform-kinds';
import { removeInstallation } from './install/manifest.ts';
import { managedSelector, rightsKinds } from './access/materialise.ts';
import { configurationName, configurations } from './quotas/admission.ts';

const definitions = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };

/**
 * Removes rights, kinds with all their objects (accounts and workspaces among them), the platform's namespace, and its marks on projects. The
 * platform must not run meanwhile, or it heals what is taken. May be run again when it was interrupted.
 */
export async function uninstallPlatform(client: Client): Promise<void> {
  // First of all: nobody would answer what the cluster asks.
  await orUndefined(client.delete(configurations, configurationName));
  for (const resource of rightsKinds) {
    const own = (await client.list(resource, { labelSelector: managedSelector })).items;
    const members =
      resource === resources.rolebindings ? (await client.list(resource, { labelSelector: labels.user })).items : [];
    for (const object of [...own, ...members]) await remove(client, resource, object);
  }
  await release(client, platformResources.workspacetemplates);
  await release(client, platformResources.installplans);
  await release(client, platformResources.clusters);
  for (const { plural, group } of kinds) await orUndefined(client.delete(definitions, `${plural}.${group}`));
  const { items } = await client.list(resources.namespaces, { labelSelector: labels.workspace });
  for (const { metadata } of items) {
    if (metadata.name === systemNamespace) continue;
    const unmarked = {
      labels: { [labels.workspace]: null },
      annotations: { [annotations.creator]: null, [annotations.settledIn]: null },
    };
    await client.patch(resources.namespaces, metadata.name!, 'merge', { metadata: unmarked });
  }
  await removeInstallation(client);
}

const remove = (client: Client, resource: (typeof rightsKinds)[number], { metadata }: KubeObject) =>
  orUndefined(
    client.delete(resource, metadata.name!, { ...(metadata.namespace && { namespace: metadata.namespace }) }),
  );

/** Without this nobody would be left to let them go. */
async function release(client: Client, resource: PlatformResource): Promise<void> {
  let objects: KubeObject[];
  try {
    objects = (await client.list(resource)).items;
  } catch (error) {
    if (isReason(error, 'NotFound')) return;
    throw error;
  }
  for (const { metadata } of objects)
    await client.patch(resource, metadata.name!, 'merge', { metadata: { finalizers: null } });
}
