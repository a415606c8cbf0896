/** The Service through which pods reach the API server, and its endpoints (upstream `controlplane/reconcilers`). */
import type { EndpointSlice, Endpoints, Service } from '@orrery/kinds/types';
import type { ObjectMeta } from '@orrery/machinery/meta';
import { semanticEqual } from '../common/equal.ts';
import { familyOf, serviceNameLabel } from '../endpointslice/plan.ts';
import type { ControllersOptions } from '../types.ts';

export const serviceName = 'kubernetes';
export const serviceNamespace = 'default';
const skipMirror = { 'endpointslice.kubernetes.io/skip-mirror': 'true' };
const providerLabels = { component: 'apiserver', provider: 'kubernetes' };
const metadata: ObjectMeta = { name: serviceName, namespace: serviceNamespace };

/** The Service as created when it is missing. */
export function apiService({ apiServer, serviceAddresses }: ControllersOptions): Service {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { ...metadata, labels: providerLabels },
    spec: {
      clusterIP: serviceAddresses[0],
      clusterIPs: [...serviceAddresses],
      ipFamilyPolicy: serviceAddresses.length > 1 ? 'PreferDualStack' : 'SingleStack',
      ipFamilies: serviceAddresses.map(familyOf),
      ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: apiServer.port }],
      sessionAffinity: 'None',
      type: 'ClusterIP',
    },
  };
}

/** The Service brought back to its ports; undefined when it has them. */
export function repairedService(current: Service, options: ControllersOptions): Service | undefined {
  const { ports } = apiService(options).spec;
  const bare = (current.spec.ports ?? []).map(({ name, protocol, port, targetPort }) => ({
    name,
    protocol,
    port,
    targetPort,
  }));
  const isRight = semanticEqual(bare, ports) && (current.spec.type ?? 'ClusterIP') === 'ClusterIP';
  return isRight ? undefined : { ...current, spec: { ...current.spec, ports, type: 'ClusterIP' } };
}

/** The Endpoints as they shall be; undefined when they are so. */
export function apiEndpoints(current: Endpoints | undefined, { apiServer }: ControllersOptions): Endpoints | undefined {
  const family = familyOf(apiServer.addresses[0] ?? '');
  const addresses = apiServer.addresses.filter(address => familyOf(address) === family).map(ip => ({ ip }));
  const subsets = [{ addresses, ports: [{ name: 'https', port: apiServer.port, protocol: 'TCP' as const }] }];
  const labelled = current?.metadata.labels?.['endpointslice.kubernetes.io/skip-mirror'] === 'true';
  if (labelled && semanticEqual(current.subsets, subsets)) return undefined;
  const base = current ?? { apiVersion: 'v1', kind: 'Endpoints', metadata };
  return { ...base, metadata: { ...base.metadata, labels: { ...base.metadata.labels, ...skipMirror } }, subsets };
}

/** The EndpointSlice of the primary family as it shall be; undefined when it is so. */
export function apiSlice(
  current: EndpointSlice | undefined,
  { apiServer }: ControllersOptions,
): EndpointSlice | undefined {
  const addressType = familyOf(apiServer.addresses[0] ?? '');
  const endpoints = apiServer.addresses
    .filter(address => familyOf(address) === addressType)
    .map(address => ({ addresses: [address], conditions: { ready: true } }));
  const ports = [{ name: 'https', port: apiServer.port, protocol: 'TCP' as const }];
  const labels = { [serviceNameLabel]: serviceName };
  const isRight =
    current?.metadata.labels?.[serviceNameLabel] === serviceName &&
    semanticEqual(current.endpoints, endpoints) &&
    semanticEqual(current.ports, ports);
  if (isRight) return undefined;
  const base = current ?? { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata };
  return {
    ...base,
    metadata: { ...base.metadata, labels: { ...base.metadata.labels, ...labels } },
    addressType,
    endpoints,
    ports,
  };
}
