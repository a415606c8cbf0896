/** The workspace that holds what cluster and platform themselves run in. Nobody has rights in its namespaces by being a member of it. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { isReason, orUndefined } from '@orrery/machinery/status';
import {
  labels,
  platformResources,
  systemNamespaces,
  systemWorkspace,
  type WorkspaceTemplate,
} from '@orrery/platform-kinds';
import { finalizer } from './plan.ts';

/** Takes a namespace of the system's own in, if nobody else has it. True when it did. */
export async function adopt(client: Client, { metadata }: KubeObject): Promise<boolean> {
  const { name = '' } = metadata;
  if (!systemNamespaces.includes(name) || metadata.labels?.[labels.workspace] !== undefined) return false;
  const taken = { metadata: { labels: { [labels.workspace]: systemWorkspace } } };
  await orUndefined(client.patch(resources.namespaces, name, 'merge', taken));
  return true;
}

/** Level-based: made again when somebody removes it. */
export async function ensureSystemWorkspace(client: Client): Promise<void> {
  const { apiVersion } = platformResources.workspacetemplates;
  const template: WorkspaceTemplate = {
    apiVersion,
    kind: 'WorkspaceTemplate',
    metadata: { name: systemWorkspace, finalizers: [finalizer] },
    spec: { template: { spec: { manager: '' } } },
  };
  const found = await orUndefined(client.get(platformResources.workspacetemplates, systemWorkspace));
  try {
    if (!found) await client.create<WorkspaceTemplate>(platformResources.workspacetemplates, template);
  } catch (error) {
    // Another replica was faster.
    if (!isReason(error, 'AlreadyExists')) throw error;
  }
  for (const name of systemNamespaces) {
    const namespace = await orUndefined(client.get(resources.namespaces, name));
    if (namespace) await adopt(client, namespace);
  }
}
