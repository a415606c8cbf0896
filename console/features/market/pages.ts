import { Blocks, Library } from 'lucide-react';
import { definePage, type FeaturePages } from '../../blocks/page.ts';
import { text } from '../../util/messages.ts';
import { market as routes } from '@orrery/platform-contract/features';

const section = text('Extensions', '扩展组件');

export const market: FeaturePages = {
  name: 'market',
  pages: [
    definePage({
      path: '/extensions',
      scope: 'platform',
      title: text('Extensions', '扩展中心'),
      section,
      order: 110,
      icon: Blocks,
      question: { route: routes.list },
      load: () => import('./MarketPage.tsx'),
    }),
    definePage({
      path: '/extensions/$extension',
      scope: 'platform',
      title: text('Extension', '扩展组件'),
      titleFrom: 'extension',
      load: () => import('./ExtensionPage.tsx'),
    }),
    definePage({
      path: '/extension-repositories',
      scope: 'platform',
      title: text('Repositories', '扩展仓库'),
      section,
      order: 111,
      icon: Library,
      question: { route: routes.repositories },
      load: () => import('./RepositoriesPage.tsx'),
    }),
  ],
  commands: [
    {
      title: text('Upload the chart of an extension', '上传扩展组件 Chart'),
      scope: 'platform',
      path: '/extensions',
      search: { do: 'upload' },
      route: routes.upload,
    },
  ],
};
