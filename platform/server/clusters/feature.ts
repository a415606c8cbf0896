/** The clusters of this platform. Today it is one: the host. */
import { resources } from '@orrery/client/resources';
import { notFound } from '@orrery/machinery/status';
import type { KubeObject } from '@orrery/machinery/meta';
import { clusters as routes, type Cluster } from '@orrery/platform-contract/features';
import { clusterVersion } from '../about/version.ts';
import { hostCluster } from '../chain/target.ts';
import type { PlatformContext } from '../context.ts';
import { handlersFor, liveFor, type Feature } from '../feature.ts';
import { listPage } from '../lists/list.ts';
import { nodeStatus } from '../resources/listings.ts';

const manifest = {
  name: 'clusters',
  summary: 'The clusters that the platform works with',
  routes,
  kinds: [],
  menus: [],
  needs: [],
} as const;

const apiVersion = 'cluster.kubesphere.io/v1alpha1';
/** Whose uid is the cluster's own, as other tools take it. */
const oldestNamespace = 'kube-system';

export const clusters: Feature = {
  manifest,
  start(context) {
    const nodes = context.informers.of(resources.nodes);
    return {
      handlers: handlersFor(routes, {
        list: async ({ query, search }) => listPage([await host(context)], query, search),
        get: async ({ path }) => {
          if (path.cluster !== hostCluster)
            throw notFound({ group: 'cluster.kubesphere.io', resource: 'clusters', name: path.cluster });
          return host(context);
        },
      }),
      live: liveFor(routes, {
        list: () => [{ resource: resources.nodes }],
        get: () => [{ resource: resources.nodes }],
      }),
    };

    async function host({ informers, settings }: PlatformContext): Promise<Cluster> {
      await nodes.synced;
      const all = nodes.list();
      const version = (await clusterVersion(context)).kubernetes?.gitVersion;
      const { metadata }: Partial<KubeObject> = informers.of(resources.namespaces).get(oldestNamespace) ?? {};
      return {
        apiVersion,
        kind: 'Cluster',
        metadata: {
          name: hostCluster,
          labels: { 'cluster-role.kubesphere.io/host': '' },
          ...(metadata && { uid: metadata.uid, creationTimestamp: metadata.creationTimestamp }),
        },
        spec: { connection: { type: 'direct' } },
        status: {
          ...(version && { kubernetesVersion: version }),
          kubeSphereVersion: settings.version,
          nodeCount: all.length,
          conditions: [
            { type: 'Initialized', status: 'True' },
            version ? { type: 'Ready', status: 'True' } : { type: 'Ready', status: 'False', reason: 'NoAnswer' },
            readyNodes(all),
          ],
        },
      };
    }
  },
};

/** The cluster's nodes in one word: all of them run, or some do not. */
function readyNodes(nodes: readonly KubeObject[]): Cluster['status']['conditions'][number] {
  const away = nodes.filter(node => nodeStatus(node) === 'warning').length;
  return away === 0
    ? { type: 'NodesReady', status: 'True' }
    : { type: 'NodesReady', status: 'False', reason: `${away} of ${nodes.length} nodes are not ready` };
}
