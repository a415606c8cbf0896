/** What follows from an account: its binding on the platform while it is there, nothing once it is gone. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { isReason, orUndefined } from '@orrery/machinery/status';
import { annotations, labels, platformResources, type User } from '@orrery/platform-kinds';
import { managedBy, sourceAnnotation, type Wanted } from '../access/materialise.ts';

const rbac = 'rbac.authorization.k8s.io';

/** The GlobalRoleBinding of the role that the account's annotation names. */
export function planUser({ metadata }: User): Wanted[] {
  const name = metadata.name!;
  const role = metadata.annotations?.[annotations.globalRole];
  if (!role || metadata.deletionTimestamp !== undefined) return [];
  const { apiVersion } = platformResources.globalrolebindings;
  return [
    {
      resource: platformResources.globalrolebindings,
      object: {
        apiVersion,
        kind: 'GlobalRoleBinding',
        metadata: {
          name: `${name}-${role}`,
          labels: { ...managedBy, [labels.user]: name },
          annotations: { [sourceAnnotation]: `users/${name}` },
        },
        roleRef: { apiGroup: 'iam.kubesphere.io', kind: 'GlobalRole', name: role },
        subjects: [{ kind: 'User', apiGroup: rbac, name }],
      } as KubeObject,
    },
  ];
}

/** What carries the user's label and would outlive him. */
const traces = [
  platformResources.globalrolebindings,
  platformResources.workspacerolebindings,
  platformResources.iamClusterRoleBindings,
  platformResources.iamRoleBindings,
  platformResources.groupbindings,
  resources.rolebindings,
  platformResources.loginrecords,
] as const;

/** Of a feature that is off there is no kind, and nothing to remove. */
async function traced(client: Client, resource: (typeof traces)[number], user: string): Promise<KubeObject[]> {
  try {
    return (await client.list(resource, { labelSelector: `${labels.user}=${user}` })).items;
  } catch (error) {
    if (isReason(error, 'NotFound')) return [];
    throw error;
  }
}

/** Removes the rights and records of a user who is not there, from the cluster itself and not from a cache. */
export async function removeTraces(client: Client, user: string): Promise<void> {
  for (const resource of traces) {
    for (const { metadata } of await traced(client, resource, user)) {
      const { name, namespace } = metadata;
      await orUndefined(client.delete(resource, name!, { ...(namespace && { namespace }) }));
    }
  }
}
