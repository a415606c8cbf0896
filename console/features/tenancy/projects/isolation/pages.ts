import { ShieldBan } from 'lucide-react';
import { definePage, type FeaturePages } from '../../../../blocks/page.ts';
import { text } from '../../../../util/messages.ts';

export const isolation: FeaturePages = {
  name: 'isolation',
  pages: [
    definePage({
      path: '/clusters/$cluster/projects/$namespace/isolation',
      scope: 'project',
      title: text('Network isolation', '网络隔离'),
      section: text('Project settings', '项目设置'),
      order: 103,
      icon: ShieldBan,
      load: () => import('./IsolationPage.tsx'),
    }),
  ],
};
