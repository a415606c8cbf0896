/** What is sent and shown of a cluster. */
import type { Cluster, NewCluster } from '@orrery/platform-contract/features';
import { annotations, labels } from '@orrery/platform-kinds/names';
import { marksOf, type Marks } from '../../blocks/marks.ts';
import { hostCluster } from '../../data/data.ts';
import type { Tone } from '../../ui/Badge.tsx';

/** KubeSphere's label for what a cluster is used for. */
export const tagLabel = 'cluster.kubesphere.io/group';
export const tags = ['production', 'development', 'testing', 'demo'] as const;
export type Tag = (typeof tags)[number];

export const tagOf = ({ metadata }: Cluster): Tag | undefined => {
  const found = metadata.labels?.[tagLabel];
  return tags.find(tag => tag === found);
};

export type State = 'ready' | 'away' | 'joining' | 'leaving' | 'expiring';

const conditionOf = ({ status }: Cluster, type: string) => status.conditions.find(known => known.type === type);

/** In one word, and how bad it is. */
export function stateOf(cluster: Cluster): { readonly key: State; readonly tone: Tone } {
  if (cluster.metadata.deletionTimestamp) return { key: 'leaving', tone: 'busy' };
  const ready = conditionOf(cluster, 'Ready');
  if (!ready) return { key: 'joining', tone: 'busy' };
  if (ready.status !== 'True') return { key: 'away', tone: 'bad' };
  const expires = conditionOf(cluster, 'KubeConfigCertExpiresInSevenDays')?.status === 'True';
  return expires ? { key: 'expiring', tone: 'warn' } : { key: 'ready', tone: 'good' };
}

/** What is good news of some conditions is bad news of others. */
export const isGood = ({ type, status }: Cluster['status']['conditions'][number]): boolean =>
  (type === 'KubeConfigCertExpiresInSevenDays') !== (status === 'True');

export const isHost = ({ metadata }: Cluster): boolean => metadata.name === hostCluster;
export const isPublic = ({ metadata }: Cluster): boolean => metadata.labels?.[labels.visibility] === 'public';

export const visibilityPatch = (open: boolean): object => ({
  metadata: { labels: { [labels.visibility]: open ? 'public' : null } },
});

export interface ClusterForm extends Marks {
  readonly name: string;
  readonly tag: string;
  readonly provider: string;
  readonly kubeconfig: string;
}

/** Where the platform's complaints about a field are to be shown. */
export const clusterFields = {
  name: 'metadata.name',
  alias: `metadata.annotations.${annotations.alias}`,
  description: `metadata.annotations.${annotations.description}`,
  kubeconfig: 'spec.connection.kubeconfig',
} as const;

export function clusterOf({ name, tag, provider, kubeconfig, ...marks }: ClusterForm): NewCluster {
  const notes = marksOf(marks);
  return {
    apiVersion: 'cluster.kubesphere.io/v1alpha1',
    kind: 'Cluster',
    metadata: {
      name: name.trim(),
      ...(tag !== '' && { labels: { [tagLabel]: tag } }),
      ...(Object.keys(notes).length > 0 && { annotations: notes }),
    },
    spec: { ...(provider.trim() !== '' && { provider: provider.trim() }), connection: { type: 'direct', kubeconfig } },
  };
}
