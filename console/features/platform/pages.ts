import { LayoutDashboard } from 'lucide-react';
import { definePage, type FeaturePages } from '../../blocks/page.ts';
import { text } from '../../util/messages.ts';

export const platform: FeaturePages = {
  name: 'platform',
  pages: [
    definePage({
      path: '/',
      scope: 'platform',
      title: text('Overview', '概览'),
      icon: LayoutDashboard,
      order: 0,
      load: () => import('./OverviewPage.tsx'),
    }),
  ],
};
