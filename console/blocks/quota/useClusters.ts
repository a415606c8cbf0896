import { clusters } from '@orrery/platform-contract/features';
import { useCall } from '../../data/calls.ts';
import { hostCluster } from '../../data/data.ts';
import { useOffer } from '../../data/session.ts';

const many = { limit: 100, page: 1, sortBy: 'name', ascending: 'true' } as const;

/** The names of the clusters that a workspace may be in; none while they are not known. */
export function useClusters(workspace: string): { readonly names: readonly string[]; readonly error: Error | null } {
  const several = useOffer().data?.features.has('clusters');
  const { data, error } = useCall(clusters.ofWorkspace, { path: { workspace }, query: many, when: several });
  const names = several === false ? [hostCluster] : (data?.items ?? []).map(({ metadata }) => metadata.name ?? '');
  return { names, error };
}
