/**
 * What a cluster must hold so that machines can join it: who it is, which addresses it uses, and the rights of tokens and nodes. Made when
 * the first token is, as one-machine clusters need none of it.
 */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { joinGroup } from '@orrery/controllers/nodes';
import type { ConfigMap } from '@orrery/kinds/types';
import type { GroupVersionResource, KubeObject } from '@orrery/machinery/meta';
import { isReason } from '@orrery/machinery/status';
import { networkUser } from './cluster-dns.ts';
import type { Settings } from './settings.ts';

export { authorityDigest } from '@orrery/apiserver/pki';
export * from './join-token.ts';

/** What every node of a cluster must know alike. */
export type ClusterRanges = Pick<Settings, 'podCIDRs' | 'serviceCIDRs' | 'clusterDomain'>;

/** Who the cluster is: read by machines that trust nobody yet, as kubeadm's. */
export const clusterInfo = { namespace: 'kube-public', name: 'cluster-info' } as const;
/** Which addresses the cluster uses: for those that join, and for nodes. */
export const clusterRanges = { namespace: 'kube-system', name: 'orrery-cluster' } as const;

const group = 'rbac.authorization.k8s.io';
const apiVersion = `${group}/v1`;
const nodes = 'system:nodes';
const groupOf = (name: string) => ({ apiGroup: group, kind: 'Group', name });

type Wanted = readonly [GroupVersionResource, KubeObject];

const clusterBinding = (name: string, role: string, subject: string): Wanted => [
  resources.clusterrolebindings,
  {
    ...{ apiVersion, kind: 'ClusterRoleBinding', metadata: { name } },
    ...{ roleRef: { apiGroup: group, kind: 'ClusterRole', name: role }, subjects: [groupOf(subject)] },
  } as KubeObject,
];

/** One config map that may be read. */
function reading(place: { namespace: string; name: string }, subjects: readonly object[]): Wanted[] {
  const { namespace } = place;
  const name = `orrery:${place.name}`;
  const rules = [{ apiGroups: [''], resources: ['configmaps'], resourceNames: [place.name], verbs: ['get'] }];
  const roleRef = { apiGroup: group, kind: 'Role', name };
  return [
    [resources.roles, { apiVersion, kind: 'Role', metadata: { name, namespace }, rules } as KubeObject],
    [
      resources.rolebindings,
      { apiVersion, kind: 'RoleBinding', metadata: { name, namespace }, roleRef, subjects } as KubeObject,
    ],
  ];
}

const configMap = (metadata: { namespace: string; name: string }, data: Record<string, string>): Wanted => [
  resources.configmaps,
  { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } as KubeObject,
];

/** The public facts in kubeadm's form: a kubeconfig without a user. */
const publicFacts = (server: string, authority: string): string =>
  [
    'apiVersion: v1',
    'kind: Config',
    'clusters:',
    '- name: ""',
    '  cluster:',
    `    certificate-authority-data: ${Buffer.from(authority).toString('base64')}`,
    `    server: ${JSON.stringify(server)}`,
    'contexts: null',
    'current-context: ""',
    'preferences: {}',
    'users: null',
    '',
  ].join('\n');

/** The authority that a cluster's public facts tell; undefined where they tell none. */
export function authorityIn({ data }: Pick<ConfigMap, 'data'>): string | undefined {
  const found = /^ {4}certificate-authority-data: (\S+)$/m.exec(data?.['kubeconfig'] ?? '')?.[1];
  return found === undefined ? undefined : Buffer.from(found, 'base64').toString();
}

/** @throws Error when the cluster's facts are not whole */
export function rangesIn({ data = {} }: Pick<ConfigMap, 'data'>): ClusterRanges {
  const { podCIDRs = '', serviceCIDRs = '', clusterDomain = '' } = data;
  if (podCIDRs === '' || serviceCIDRs === '' || clusterDomain === '')
    throw new Error(
      `the config map ${clusterRanges.namespace}/${clusterRanges.name} does not tell the cluster's addresses`,
    );
  return { podCIDRs: podCIDRs.split(','), serviceCIDRs: serviceCIDRs.split(','), clusterDomain };
}

export interface JoiningFacts {
  /** Where machines reach the API server. */
  readonly server: string;
  /** PEM. */
  readonly authority: string;
  readonly ranges: ClusterRanges;
}

/** All that is wanted, in the order in which it is made. */
export const joiningObjects = ({ server, authority, ranges }: JoiningFacts): readonly Wanted[] => [
  configMap(clusterInfo, { kubeconfig: publicFacts(server, authority) }),
  configMap(clusterRanges, {
    podCIDRs: ranges.podCIDRs.join(),
    serviceCIDRs: ranges.serviceCIDRs.join(),
    clusterDomain: ranges.clusterDomain,
  }),
  ...reading(clusterInfo, [{ apiGroup: group, kind: 'User', name: 'system:anonymous' }]),
  ...reading(clusterRanges, [groupOf(joinGroup), groupOf(nodes)]),
  // A token may ask for certificates; who gets one is decided by controllers/certificates/nodes.ts.
  clusterBinding('orrery:node-bootstrapper', 'system:node-bootstrapper', joinGroup),
  clusterBinding('orrery:node-renewal', 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient', nodes),
  // Proxy, DNS, policies and overlay of a node that joined work as the node itself.
  clusterBinding('orrery:node-network', networkUser, nodes),
];

/** Makes what is missing and puts right what is different. */
export async function ensureJoining(client: Client, facts: JoiningFacts): Promise<void> {
  for (const [resource, object] of joiningObjects(facts)) {
    const { name, namespace } = object.metadata;
    try {
      await client.create(resource, object);
    } catch (error) {
      if (!isReason(error, 'AlreadyExists')) throw error;
      // A merge keeps what others added, such as the signatures of the public facts.
      const { data, rules, subjects } = object as KubeObject & Record<string, unknown>;
      await client.patch(
        resource,
        name!,
        'merge',
        {
          ...(data !== undefined && { data }),
          ...(rules !== undefined && { rules }),
          ...(subjects !== undefined && { subjects }),
        },
        { namespace },
      );
    }
  }
}
