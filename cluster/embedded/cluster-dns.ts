/** The objects of cluster DNS: the service that pods ask, and the rights of the node network that answers. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { EndpointSlice, Service } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import { isReason, orUndefined } from '@orrery/machinery/status';

const namespace = 'kube-system';
const serviceName = 'kube-dns';

/** The user of the proxy and DNS of a node. */
export const networkUser = 'system:orrery:network';

const rbac = (resource: string) => ({ group: 'rbac.authorization.k8s.io', version: 'v1', resource });

const role: KubeObject & { rules: unknown[] } = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name: networkUser },
  rules: [
    { apiGroups: [''], resources: ['services', 'namespaces', 'nodes', 'pods'], verbs: ['get', 'list', 'watch'] },
    {
      apiGroups: ['discovery.k8s.io'],
      resources: ['endpointslices'],
      verbs: ['get', 'list', 'watch', 'create', 'update', 'patch'],
    },
    { apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch', 'update'] },
  ],
};

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
    ports: [
      { name: 'dns', port: 53, protocol: 'UDP' },
      { name: 'dns-tcp', port: 53, protocol: 'TCP' },
    ],
  },
});

/** Makes what is missing. The names are those that other distributions use, so that tools which look for them find them. */
export async function ensureClusterDns(client: Client, clusterIP: string): Promise<void> {
  await ensure(client, rbac('clusterroles'), role);
  await ensure(client, rbac('clusterrolebindings'), binding);
  await ensure(client, resources.services, service(clusterIP));
}

async function ensure(client: Client, resource: Parameters<Client['create']>[0], object: KubeObject): Promise<void> {
  const { name, namespace } = object.metadata;
  if (await orUndefined(client.get(resource, name!, { namespace }))) return;
  try {
    await client.create(resource, object);
  } catch (error) {
    // Another server of the same cluster was quicker.
    if (!isReason(error, 'AlreadyExists')) throw error;
  }
}

export interface DnsEndpoint {
  readonly nodeName: string;
  /** So that the slice goes with its node. */
  readonly nodeUid: string;
  readonly address: string;
  readonly port: number;
}

/** Says where the DNS of a node answers. */
export async function publishDns(client: Client, endpoint: DnsEndpoint): Promise<void> {
  const slice = dnsSlice(endpoint);
  try {
    await client.create(resources.endpointslices, slice);
  } catch (error) {
    if (!isReason(error, 'AlreadyExists')) throw error;
    const { endpoints, ports } = slice;
    const metadata = { ownerReferences: slice.metadata.ownerReferences };
    await client.patch(
      resources.endpointslices,
      slice.metadata.name!,
      'merge',
      { metadata, endpoints, ports },
      { namespace },
    );
  }
}

const dnsSlice = ({ nodeName, nodeUid, address, port }: DnsEndpoint): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: {
    name: `${serviceName}-${nodeName}`,
    namespace,
    labels: { 'kubernetes.io/service-name': serviceName, 'endpointslice.kubernetes.io/managed-by': 'network.orrery' },
    ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid: nodeUid }],
  },
  addressType: 'IPv4',
  endpoints: [{ addresses: [address], nodeName, conditions: { ready: true, serving: true, terminating: false } }],
  ports: [
    { name: 'dns', port, protocol: 'UDP' },
    { name: 'dns-tcp', port, protocol: 'TCP' },
  ],
});
