/** The objects of cluster DNS: the service that pods ask, and the rights of the node network that answers. */
import { isDeepStrictEqual } from 'node:util';
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { Service } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import { isReason, orUndefined } from '@orrery/machinery/status';

const namespace = 'kube-system';
const serviceName = 'kube-dns';

/** The user of the proxy and DNS of a node. */
export const networkUser = 'system:orrery:network';

type Role = KubeObject & { readonly rules: readonly unknown[] };

const rbac = (resource: string) => ({ group: 'rbac.authorization.k8s.io', version: 'v1', resource });

const role = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: networkUser },
  rules: [
    { apiGroups: [''], resources: ['services', 'namespaces', 'nodes', 'pods'], verbs: ['get', 'list', 'watch'] },
    {
      apiGroups: ['discovery.k8s.io'],
      resources: ['endpointslices'],
      verbs: ['get', 'list', 'watch'],
    },
    { apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'], verbs: ['get', 'list', 'watch'] },
    { apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  ],
} satisfies Role;

const binding: KubeObject & { roleRef: unknown; subjects: unknown[] } = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  metadata: { name: networkUser },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: networkUser },
  subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: networkUser }],
};

const service = (clusterIP: string): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: serviceName,
    namespace,
    labels: { 'k8s-app': serviceName, 'kubernetes.io/cluster-service': 'true', 'kubernetes.io/name': 'CoreDNS' },
  },
  spec: {
    clusterIP,
    // Each node answers its own pods: docs/decisions/0380.
    internalTrafficPolicy: 'Local',
    ports: [
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53, protocol: 'TCP' },
    ],
  },
});

/** Makes what is missing. The names are those that other distributions use, so that tools which look for them find them. */
export async function ensureClusterDns(client: Client, clusterIP: string): Promise<void> {
  const former = await ensure<Role>(client, rbac('clusterroles'), role);
  // One that an earlier release made knows nothing of what came since.
  if (former && !isDeepStrictEqual(former.rules, role.rules))
    await client.patch(rbac('clusterroles'), networkUser, 'merge', { rules: role.rules });
  await ensure(client, rbac('clusterrolebindings'), binding);
  const found = await ensure<Service>(client, resources.services, service(clusterIP));
  if (found && found.spec?.internalTrafficPolicy !== 'Local') {
    const change = { spec: { internalTrafficPolicy: 'Local' } };
    await client.patch(resources.services, serviceName, 'merge', change, { namespace });
  }
}

/** @returns what was there already */
async function ensure<T extends KubeObject>(
  client: Client,
  resource: Parameters<Client['create']>[0],
  object: T,
): Promise<T | undefined> {
  const { name, namespace } = object.metadata;
  const found = await orUndefined(client.get<T>(resource, name!, { namespace }));
  if (found) return found;
  try {
    await client.create(resource, object);
  } catch (error) {
    // Another server of the same cluster was quicker.
    if (!isReason(error, 'AlreadyExists')) throw error;
  }
  return undefined;
}
