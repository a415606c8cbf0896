import { hostCluster } from '../../data/data.ts';
import { useOpenClusters, type ClusterNames } from '../useOpenClusters.ts';

/** The clusters whose quotas a workspace has: the platform keeps them on its own. */
export function useClusters(workspace: string): ClusterNames {
  const { names, error } = useOpenClusters(workspace);
  return { names: names.filter(name => name === hostCluster), error };
}
