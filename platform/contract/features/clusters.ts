/** The clusters of this platform: today the one that it is a guest of. */
import type { KubeObject } from '@orrery/machinery/meta';
import { listQuery, pageOf } from '../list.ts';
import { at, login } from '../route.ts';
import { object } from '../schema.ts';

const route = at('clusters');

/** KubeSphere's Cluster, as far as it says something about a cluster. */
export interface Cluster extends KubeObject {
  spec: { provider?: string; connection: { type: 'direct' | 'proxy' } };
  status: {
    kubernetesVersion?: string;
    kubeSphereVersion: string;
    nodeCount: number;
    conditions: { type: string; status: 'True' | 'False'; reason?: string }[];
  };
}

const cluster = object<Cluster>('Cluster');

export const clusters = {
  list: route(
    'clusters.list',
    'GET',
    [
      '/kapis/cluster.kubesphere.io/v1alpha1/clusters',
      '/kapis/tenant.kubesphere.io/v1beta1/clusters',
      '/kapis/tenant.kubesphere.io/v1alpha2/clusters',
    ],
    'The clusters that the user may work with',
    login,
    { query: listQuery, openQuery: true, answer: pageOf(cluster) },
  ),
  get: route(
    'clusters.get',
    'GET',
    ['/kapis/cluster.kubesphere.io/v1alpha1/clusters/{cluster}'],
    'One cluster',
    login,
    {
      answer: cluster,
      errors: [404],
    },
  ),
};
