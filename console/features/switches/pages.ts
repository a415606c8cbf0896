import { ToggleRight } from 'lucide-react';
import { definePage, type FeaturePages } from '../../blocks/page.ts';
import { text } from '../../util/messages.ts';
import { switching } from './switching.ts';

export const switches: FeaturePages = {
  name: 'extensions',
  pages: [
    definePage({
      path: '/component-switches',
      scope: 'platform',
      title: text('Component switches', '可插拔组件'),
      section: text('Operations', '平台运维'),
      order: 100,
      icon: ToggleRight,
      question: switching,
      load: () => import('./SwitchesPage.tsx'),
    }),
  ],
};
