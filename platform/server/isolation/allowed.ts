/** The NetworkPolicy that follows from a NamespaceNetworkPolicy: names of projects and services become selectors. Pure. */
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import type { NamespaceNetworkPolicy, NetworkPeer } from '@orrery/platform-kinds';
import { managedBy, sourceAnnotation, type Wanted } from '../access/materialise.ts';

/** KubeSphere's beginning of such names. */
const namePrefix = 'nsnp-';

export const allowedSource = (namespace: string, name: string): string =>
  `namespacenetworkpolicies/${namespace}/${name}`;

/** The labels of a service's pods; undefined for one that is not there, has none, or is not for this project to know. */
export type SelectorOf = (namespace: string, name: string) => Readonly<Record<string, string>> | undefined;

/** Every namespace has this label, set by the cluster itself. */
const inNamespace = (name: string) => ({ matchLabels: { 'kubernetes.io/metadata.name': name } });

function peerOf({ ipBlock, namespace, service }: NetworkPeer, selectorOf: SelectorOf): object | undefined {
  if (ipBlock) return { ipBlock };
  if (namespace?.name) return { namespaceSelector: inNamespace(namespace.name) };
  if (!service?.name || !service.namespace) return undefined;
  const matchLabels = selectorOf(service.namespace, service.name);
  return matchLabels && { namespaceSelector: inNamespace(service.namespace), podSelector: { matchLabels } };
}

/** A rule whose peers are all unknown says nothing: without peers it would say "everybody". */
function ruleOf(
  peers: readonly NetworkPeer[] | undefined,
  ports: readonly object[] | undefined,
  side: 'from' | 'to',
  selectorOf: SelectorOf,
): object[] {
  const known = (peers ?? []).map(peer => peerOf(peer, selectorOf)).filter(peer => peer !== undefined);
  if (peers?.length && known.length === 0) return [];
  return [{ ...(known.length > 0 && { [side]: known }), ...(ports?.length && { ports }) }];
}

/**
 * Nobody goes anywhere without names, so who may go out may ask for them, as in KubeSphere: cluster DNS by the labels of its pods, by number
 * and by name of its ports, and the addresses of caches that run on each node.
 */
export const namesRule = {
  to: [
    { namespaceSelector: inNamespace('kube-system'), podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } },
    ...['169.254.20.10/32', '169.254.25.10/32'].map(cidr => ({ ipBlock: { cidr } })),
  ],
  ports: [
    { port: 53, protocol: 'UDP' },
    { port: 53, protocol: 'TCP' },
    { port: 'dns', protocol: 'UDP' },
    { port: 'dns-tcp', protocol: 'TCP' },
  ],
};

/** What is not said follows from what is: who lists nobody lets nobody in. */
const typesOf = ({ spec: { policyTypes, ingress, egress } }: NamespaceNetworkPolicy): string[] =>
  policyTypes?.length ? policyTypes : [...(ingress || !egress ? ['Ingress'] : []), ...(egress ? ['Egress'] : [])];

export function planAllowed(policy: NamespaceNetworkPolicy, selectorOf: SelectorOf): Wanted[] {
  const { name = '', namespace = '', deletionTimestamp } = policy.metadata;
  if (deletionTimestamp !== undefined) return [];
  const types = typesOf(policy);
  const { ingress = [], egress = [] } = policy.spec;
  return [
    {
      resource: resources.networkpolicies,
      object: {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'NetworkPolicy',
        metadata: {
          name: `${namePrefix}${name}`,
          namespace,
          labels: { ...managedBy },
          annotations: { [sourceAnnotation]: allowedSource(namespace, name) },
        },
        spec: {
          podSelector: {},
          policyTypes: types,
          ...(types.includes('Ingress') && {
            ingress: ingress.flatMap(({ from, ports }) => ruleOf(from, ports, 'from', selectorOf)),
          }),
          ...(types.includes('Egress') && {
            egress: [...egress.flatMap(({ to, ports }) => ruleOf(to, ports, 'to', selectorOf)), namesRule],
          }),
        },
      } as KubeObject,
    },
  ];
}

export const namesServices = ({ spec: { ingress = [], egress = [] } }: NamespaceNetworkPolicy): boolean =>
  [...ingress.flatMap(({ from = [] }) => from), ...egress.flatMap(({ to = [] }) => to)].some(
    ({ service }) => service !== undefined,
  );
