import { definePage, type FeaturePages } from '../../blocks/page.ts';
import { text } from '../../util/messages.ts';

export const session: FeaturePages = {
  name: 'oauth',
  pages: [
    definePage({
      path: '/login',
      scope: 'platform',
      title: text('Log in', '登录'),
      bare: true,
      load: () => import('./LoginPage.tsx'),
    }),
    definePage({
      path: '/password',
      scope: 'platform',
      title: text('Password', '密码'),
      bare: true,
      load: () => import('./PasswordPage.tsx'),
    }),
  ],
};
