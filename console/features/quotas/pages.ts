import { Scale } from 'lucide-react';
import { definePage, type FeaturePages } from '../../blocks/page.ts';
import { text } from '../../util/messages.ts';

export const quotas: FeaturePages = {
  name: 'quotas',
  pages: [
    definePage({
      path: '/workspaces/$workspace/quotas',
      scope: 'workspace',
      title: text('Quotas', '配额'),
      icon: Scale,
      load: () => import('./QuotasPage.tsx'),
    }),
  ],
};
