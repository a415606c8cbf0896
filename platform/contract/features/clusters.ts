/** The clusters of this platform, the labels that people sort them by, and for which workspaces they are. */
import type { KubeObject } from '@orrery/machinery/meta';
import { groups } from '@orrery/platform-kinds';
import type { ClusterLabel, WorkspaceTemplate } from '@orrery/platform-kinds';
import { done, listQuery, pageOf } from '../list.ts';
import { at, below, filtered, grant } from '../route.ts';
import { list, map, object, oneOf, optional, record, text } from '../schema.ts';

const route = below('clusters', groups.cluster, ['v1alpha1']);
const anywhere = at('clusters');
const tenants = below('clusters', groups.tenant, ['v1beta1', 'v1alpha3', 'v1alpha2']);
const may = (verb: string, resource: string, name?: string) =>
  grant('cluster', verb, groups.cluster, resource, name === undefined ? {} : { name });

/** KubeSphere's Cluster; what it holds to reach a cluster by is shown to nobody but for the address. */
export interface Cluster extends KubeObject {
  spec: { provider?: string; connection: { type: 'direct' | 'proxy'; kubernetesAPIEndpoint?: string } };
  status: {
    kubernetesVersion?: string;
    kubeSphereVersion: string;
    nodeCount: number;
    /** Of the namespace kube-system: what a cluster is known by. */
    uid?: string;
    region?: string;
    zones?: string[];
    conditions: {
      type: string;
      status: 'True' | 'False';
      reason?: string;
      message?: string;
      lastUpdateTime?: string;
      lastTransitionTime?: string;
    }[];
  };
}

/** What is to be imported; the kubeconfig in base64, as KubeSphere has it, or as it is. */
export interface NewCluster extends KubeObject {
  spec?: { provider?: string; connection?: { type?: string; kubeconfig?: string } };
}

const cluster = object<Cluster>('Cluster');
const given = object<NewCluster>('Cluster');
const label = object<ClusterLabel>('Label');
const paged = { query: listQuery, openQuery: true, answer: pageOf(cluster) } as const;
const one = '/clusters/{cluster}';

/** What a label is made of, and what a change of one may say; `clusters` is for those that are let go of. */
const labelWords = record({
  key: optional(text(undefined, 253)),
  value: optional(text(undefined, 253)),
  backgroundColor: optional(text(undefined, 64)),
  clusters: optional(list(text())),
});

export const clusters = {
  list: anywhere(
    'clusters.list',
    'GET',
    [
      '/kapis/cluster.kubesphere.io/v1alpha1/clusters',
      '/kapis/tenant.kubesphere.io/v1beta1/clusters',
      '/kapis/tenant.kubesphere.io/v1alpha3/clusters',
      '/kapis/tenant.kubesphere.io/v1alpha2/clusters',
    ],
    'The clusters that the user may work with',
    filtered,
    paged,
  ),
  get: route('clusters.get', 'GET', one, 'One cluster', filtered, { answer: cluster, errors: [404] }),
  validate: route(
    'clusters.validate',
    'POST',
    '/clusters/validation',
    'Whether a cluster can be imported by this kubeconfig: looks at it, and changes nothing',
    may('create', 'clusters'),
    { body: given, answer: cluster, errors: [409, 422] },
  ),
  create: route(
    'clusters.create',
    'POST',
    '/clusters',
    'Imports a cluster by a kubeconfig',
    may('create', 'clusters'),
    { body: given, answer: cluster, errors: [409, 422] },
  ),
  updateKubeconfig: route(
    'clusters.updateKubeconfig',
    'PUT',
    `${one}/kubeconfig`,
    'Another kubeconfig for the same cluster',
    may('update', 'clusters', 'cluster'),
    { body: record({ kubeconfig: text(undefined, 400_000) }), answer: done, errors: [404, 422] },
  ),
  delete: route(
    'clusters.delete',
    'DELETE',
    one,
    'Removes a cluster from the platform; what runs in it stays and goes on',
    may('delete', 'clusters', 'cluster'),
    { answer: done, errors: [404, 409] },
  ),
  patch: route(
    'clusters.patch',
    'PATCH',
    one,
    'Changes labels, annotations and the provider by a merge patch; `cluster.kubesphere.io/visibility: public` opens it to all workspaces',
    may('update', 'clusters', 'cluster'),
    { body: object<KubeObject>('Cluster'), answer: cluster, errors: [404, 409, 422] },
  ),
  ofWorkspace: tenants(
    'clusters.ofWorkspace',
    'GET',
    '/workspaces/{workspace}/clusters',
    'The clusters that a workspace may use',
    grant('workspace', 'get', groups.tenant, 'workspaces'),
    { ...paged, errors: [404] },
  ),
  grantRequests: route(
    'clusters.grantRequests',
    'POST',
    `${one}/grantrequests`,
    'Opens the cluster to workspaces, or closes it to them',
    may('update', 'clusters', 'cluster'),
    {
      body: list(record({ workspace: text(), op: oneOf('add', 'remove') })),
      answer: list(object<WorkspaceTemplate>('WorkspaceTemplate')),
      errors: [404],
    },
  ),
  labels: route('clusters.labels', 'GET', '/labels', 'The labels of clusters, by their keys', may('list', 'labels'), {
    answer: map(list(record({ id: text(), value: text(), backgroundColor: optional(text()) }))),
  }),
  createLabels: route('clusters.createLabels', 'POST', '/labels', 'New labels', may('create', 'labels'), {
    body: list(
      record({
        key: text(undefined, 253),
        value: text(undefined, 253),
        backgroundColor: optional(text(undefined, 64)),
      }),
    ),
    answer: list(label),
    errors: [409, 422],
  }),
  updateLabel: route(
    'clusters.updateLabel',
    'PUT',
    '/labels/{label}',
    'Changes a label; with `action=unbind` takes it off clusters',
    may('update', 'labels'),
    { query: record({ action: optional(oneOf('unbind')) }), body: labelWords, answer: label, errors: [404, 409, 422] },
  ),
  deleteLabels: route(
    'clusters.deleteLabels',
    'DELETE',
    '/labels',
    'Removes labels by their ids',
    may('delete', 'labels'),
    {
      body: list(text()),
      answer: done,
      errors: [404],
    },
  ),
  bindLabels: route(
    'clusters.bindLabels',
    'POST',
    '/labelbindings',
    'Puts labels on clusters',
    may('update', 'labels'),
    { body: record({ labels: list(text()), clusters: list(text()) }), answer: done, errors: [404] },
  ),
};
