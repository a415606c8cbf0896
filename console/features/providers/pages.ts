import { Fingerprint } from 'lucide-react';
import { providers as routes } from '@orrery/platform-contract/features';
import { definePage, type FeaturePages } from '../../blocks/page.ts';
import { text } from '../../util/messages.ts';

export const providers: FeaturePages = {
  name: 'providers',
  pages: [
    definePage({
      path: '/identityproviders',
      scope: 'platform',
      title: text('Identity providers', '身份提供方'),
      section: text('Access control', '访问控制'),
      icon: Fingerprint,
      load: () => import('./ProvidersPage.tsx'),
    }),
  ],
  commands: [
    {
      title: text('Add an identity provider', '添加身份提供方'),
      scope: 'platform',
      path: '/identityproviders',
      search: { do: 'create' },
      route: routes.create,
    },
  ],
};
