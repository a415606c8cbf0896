import { Fingerprint } from 'lucide-react';
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
};
