import { Search } from 'lucide-react';
import { definePage, type FeaturePages } from '../../blocks/page.ts';
import { text } from '../../util/messages.ts';

export const search: FeaturePages = {
  name: 'search',
  pages: [
    definePage({
      path: '/search',
      scope: 'platform',
      title: text('Search', '搜索'),
      icon: Search,
      load: () => import('./SearchPage.tsx'),
    }),
  ],
};
