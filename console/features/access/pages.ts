import { Scale } from 'lucide-react';
import { platform } from '@orrery/platform-contract/features';
import { definePage, type FeaturePages } from '../../blocks/page.ts';
import { text } from '../../util/messages.ts';

/** Why is a matter of the platform itself: it is there whatever else is off. */
export const access: FeaturePages = {
  name: 'platform',
  pages: [
    definePage({
      path: '/access',
      scope: 'platform',
      title: text('Who may what', '权限查询'),
      section: text('Access control', '访问控制'),
      order: 120,
      icon: Scale,
      load: () => import('./AccessPage.tsx'),
    }),
  ],
  commands: [
    {
      title: text('Ask why somebody may not do something', '查询用户为何没有权限'),
      scope: 'platform',
      path: '/access',
      route: platform.accessReviews,
    },
  ],
};
