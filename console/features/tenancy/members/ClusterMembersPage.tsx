import { Members } from './Members.tsx';
import { inCluster } from './place.ts';

export default function ClusterMembersPage() {
  return <Members place={inCluster} />;
}
