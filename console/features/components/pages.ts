import { HeartPulse } from 'lucide-react';
import { definePage, type FeaturePages } from '../../blocks/page.ts';
import { text } from '../../util/messages.ts';

export const components: FeaturePages = {
  name: 'components',
  pages: [
    definePage({
      path: '/components',
      scope: 'platform',
      title: text('Components', '系统组件'),
      section: text('Operations', '平台运维'),
      icon: HeartPulse,
      load: () => import('./ComponentsPage.tsx'),
    }),
  ],
};
