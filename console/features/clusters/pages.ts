import { Server, Settings2 } from 'lucide-react';
import { clusters as routes } from '@orrery/platform-contract/features';
import { definePage, type FeaturePages } from '../../blocks/page.ts';
import { text } from '../../util/messages.ts';

export const clusters: FeaturePages = {
  name: 'clusters',
  pages: [
    definePage({
      path: '/clusters',
      scope: 'platform',
      title: text('Clusters', '集群'),
      icon: Server,
      order: 3,
      load: () => import('./ClustersPage.tsx'),
    }),
    definePage({
      path: '/clusters/$cluster/settings',
      scope: 'cluster',
      title: text('Cluster settings', '集群设置'),
      section: text('Access control', '访问控制'),
      order: 112,
      icon: Settings2,
      load: () => import('./ClusterSettingsPage.tsx'),
    }),
  ],
  commands: [
    {
      title: text('Import a cluster', '导入集群'),
      scope: 'platform',
      path: '/clusters',
      search: { do: 'create' },
      route: routes.create,
    },
  ],
};
