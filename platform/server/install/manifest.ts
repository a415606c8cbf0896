/** What an administrator of a cluster applies once, so that the platform runs there as an account of its own with no more than it needs. */
import type { UserInfo } from '@orrery/http';
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { isReason, orUndefined } from '@orrery/machinery/status';
import { labels, systemNamespace, systemWorkspace, type PolicyRule } from '@orrery/platform-kinds';
import { heal } from '../access/heal.ts';
import type { Wanted } from '../access/materialise.ts';
import { clusterRules, groupRules, ownNamespaceRules } from './rules.data.ts';

const rbac = 'rbac.authorization.k8s.io';
const account = 'orrery-platform';
const roleName = 'orrery:platform';
/** Its rules grow with the groups that accounts have; the platform keeps them. */
export const groupsRoleName = 'orrery:platform:groups';

/** Who the platform is for the cluster: what the token of its service account says. */
export const platformUser: UserInfo = {
  name: `system:serviceaccount:${systemNamespace}:${account}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${systemNamespace}`, 'system:authenticated'],
};

const partOf = { 'app.kubernetes.io/part-of': 'orrery-platform' };
const metadata = (name: string, namespace?: string) => ({ name, ...(namespace && { namespace }), labels: partOf });
const serviceAccounts = { group: '', version: 'v1', resource: 'serviceaccounts' };

const role = (name: string, rules: readonly PolicyRule[], namespace?: string): Wanted => ({
  resource: namespace ? resources.roles : resources.clusterroles,
  object: {
    apiVersion: `${rbac}/v1`,
    kind: namespace ? 'Role' : 'ClusterRole',
    metadata: metadata(name, namespace),
    rules,
  } as KubeObject,
});

const binding = (name: string, namespace?: string): Wanted => ({
  resource: namespace ? resources.rolebindings : resources.clusterrolebindings,
  object: {
    apiVersion: `${rbac}/v1`,
    kind: namespace ? 'RoleBinding' : 'ClusterRoleBinding',
    metadata: metadata(name, namespace),
    roleRef: { apiGroup: rbac, kind: namespace ? 'Role' : 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace: systemNamespace }],
  } as KubeObject,
});

/** The namespace that everything of the platform's own is in. */
export const namespaceObject: Wanted = {
  resource: resources.namespaces,
  object: {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: systemNamespace, labels: { [labels.workspace]: systemWorkspace } },
  } as KubeObject,
};

export const groupsRole = (groups: Iterable<string>): Wanted => role(groupsRoleName, groupRules(groups));

/** In the order in which they can be made. */
export const installObjects: readonly Wanted[] = [
  namespaceObject,
  {
    resource: serviceAccounts,
    object: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadata(account, systemNamespace) } as KubeObject,
  },
  role(roleName, clusterRules),
  role(roleName, ownNamespaceRules, systemNamespace),
  groupsRole([]),
  binding(roleName),
  binding(roleName, systemNamespace),
  binding(groupsRoleName),
];

/** Makes them what they should be, as an administrator of the cluster. The groups that were added meanwhile stay. */
export async function ensureInstalled(client: Client): Promise<void> {
  await Promise.all(installObjects.slice(0, 1).map(wanted => ensureWanted(client, wanted)));
  await Promise.all(
    installObjects.slice(1).map(wanted => ensureWanted(client, wanted, wanted.object.metadata.name === groupsRoleName)),
  );
}

/** Level-based and by several at once: what is there is corrected (or, with `leave`, left), what is missing is made. */
export async function ensureWanted(client: Client, want: Wanted, leave = false): Promise<void> {
  const { name, namespace } = want.object.metadata;
  const found = await orUndefined(client.get(want.resource, name!, { ...(namespace && { namespace }) }));
  if (found && leave) return;
  try {
    await heal(client, [want], found ? [{ resource: want.resource, object: found }] : []);
  } catch (error) {
    // Another replica was faster, and wants the same.
    if (!isReason(error, 'Conflict')) throw error;
  }
}

/** The last thing that goes, since it takes the right to take things away along. */
export async function removeInstallation(client: Client): Promise<void> {
  const [namespace, ...others] = installObjects.filter(({ object }) => object.metadata.namespace === undefined);
  for (const { resource, object } of [namespace!, ...others.toReversed()])
    await orUndefined(client.delete(resource, object.metadata.name!));
}
