/**
 * Where the DNS of each node answers, as the objects that proxies and people read. A node says on its own Node at which port; it may write
 * no endpoints, since those draw the traffic of others. Pure.
 */
import { dnsPortAnnotation } from '@orrery/kinds/node-dns';
import type { EndpointSlice, Node } from '@orrery/kinds/types';

export const dnsPlace = { namespace: 'kube-system', service: 'kube-dns' } as const;

export const managerLabel = 'endpointslice.kubernetes.io/managed-by';
export const manager = 'network.orrery';

export const sliceName = (nodeName: string): string => `${dnsPlace.service}-${nodeName}`;

/** The first address of a node's share of the pod range. */
const gatewayOf = (podCIDR: string): string => podCIDR.split('/')[0]!.replace(/\d+$/, last => String(Number(last) + 1));

/** The slice of a node's DNS; undefined while the node has no share of the pod addresses or says nothing of DNS. */
export function dnsSliceOf(node: Node): EndpointSlice | undefined {
  const { name: nodeName = '', uid = '', annotations } = node.metadata;
  const port = Number(annotations?.[dnsPortAnnotation]);
  const podCIDR = node.spec?.podCIDR;
  if (!podCIDR || podCIDR.includes(':') || !Number.isInteger(port) || port < 1 || port > 65_535) return undefined;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: sliceName(nodeName),
      namespace: dnsPlace.namespace,
      labels: {
        'kubernetes.io/service-name': dnsPlace.service,
        [managerLabel]: manager,
      },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: nodeName, uid }],
    },
    addressType: 'IPv4',
    // Only the node's own pods ask there. Whether the API server hears of the node says nothing of them: it is ready as long as there is a node.
    endpoints: [
      { addresses: [gatewayOf(podCIDR)], nodeName, conditions: { ready: true, serving: true, terminating: false } },
    ],
    ports: [
      { name: 'dns', port, protocol: 'UDP' },
      { name: 'dns-tcp', port, protocol: 'TCP' },
    ],
  };
}

/** Whether a slice says what another does; what others wrote besides does not count. */
export function saysTheSame(slice: EndpointSlice, wanted: EndpointSlice): boolean {
  const core = ({ metadata, endpoints, ports }: EndpointSlice) => [
    metadata.ownerReferences?.map(({ uid }) => uid),
    endpoints?.map(({ addresses, nodeName, conditions }) => [addresses, nodeName, conditions?.ready]),
    ports?.map(({ name, port, protocol }) => [name, port, protocol]),
  ];
  return JSON.stringify(core(slice)) === JSON.stringify(core(wanted));
}
