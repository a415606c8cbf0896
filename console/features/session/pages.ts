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
      path: '/login/confirm',
      scope: 'platform',
      title: text('One more step', '还差一步'),
      bare: true,
      load: () => import('./ConfirmPage.tsx'),
    }),
    definePage({
      path: '/login/consent',
      scope: 'platform',
      title: text('A program asks for access', '应用请求访问'),
      bare: true,
      load: () => import('./ConsentPage.tsx'),
    }),
    definePage({
      path: '/login/device',
      scope: 'platform',
      title: text('Connect a device', '连接设备'),
      bare: true,
      load: () => import('./DevicePage.tsx'),
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
