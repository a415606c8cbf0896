import { CircleUser } from 'lucide-react';
import { definePage, type FeaturePages } from '../../blocks/page.ts';
import { text } from '../../util/messages.ts';

/** One's own account: everybody has one, so it goes with the accounts of all. */
export const account: FeaturePages = {
  name: 'users',
  pages: [
    definePage({
      path: '/account',
      scope: 'platform',
      title: text('My account', '个人账户'),
      icon: CircleUser,
      load: () => import('./AccountPage.tsx'),
    }),
  ],
};
