import { AppWindow } from 'lucide-react';
import { oauthclients as routes } from '@orrery/platform-contract/features';
import { definePage, type FeaturePages } from '../../blocks/page.ts';
import { text } from '../../util/messages.ts';

export const oauthclients: FeaturePages = {
  name: 'oauthclients',
  pages: [
    definePage({
      path: '/oauthclients',
      scope: 'platform',
      title: text('OAuth clients', 'OAuth 客户端'),
      section: text('Access control', '访问控制'),
      icon: AppWindow,
      load: () => import('./ClientsPage.tsx'),
    }),
  ],
  commands: [
    {
      title: text('Add an OAuth client', '添加 OAuth 客户端'),
      scope: 'platform',
      path: '/oauthclients',
      search: { do: 'create' },
      route: routes.create,
    },
  ],
};
