import type { Cluster } from '@orrery/platform-contract/features';
import { Badge } from '../../ui/Badge.tsx';
import { useMessages } from '../../ui/locale.ts';
import { stateOf } from './cluster.ts';
import { messages } from './messages.data.ts';

export function ClusterState({ cluster }: { readonly cluster: Cluster }) {
  const t = useMessages(messages);
  const { key, tone } = stateOf(cluster);
  return <Badge tone={tone}>{t(key)}</Badge>;
}
