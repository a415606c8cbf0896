import { clusters } from '@orrery/platform-contract/features';
import { useCall } from '../data/calls.ts';
import { hostCluster } from '../data/data.ts';
import { useOffer } from '../data/session.ts';

const many = { limit: 100, page: 1, sortBy: 'name', ascending: 'true' } as const;

export interface ClusterNames {
  /** None while they are not known. */
  readonly names: readonly string[];
  readonly error: Error | null;
}

const namesIn = (items: readonly { readonly metadata: { readonly name?: string } }[] = []): string[] =>
  items.map(({ metadata }) => metadata.name ?? '');

/** The clusters that a workspace may be in. */
export function useOpenClusters(workspace: string): ClusterNames {
  const several = useOffer().data?.features.has('clusters');
  const when = several === true && workspace !== '';
  const { data, error } = useCall(clusters.ofWorkspace, {
    path: { workspace },
    query: many,
    cluster: hostCluster,
    when,
  });
  return { names: several === false ? [hostCluster] : namesIn(data?.items), error };
}

/** The clusters that one sees. */
export function useSeenClusters(): ClusterNames {
  const several = useOffer().data?.features.has('clusters');
  const { data, error } = useCall(clusters.list, { query: many, cluster: hostCluster, when: several === true });
  return { names: several === false ? [hostCluster] : namesIn(data?.items), error };
}
