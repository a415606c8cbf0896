import { History, Users } from 'lucide-react';
import { users as routes } from '@orrery/platform-contract/features';
import { definePage, type FeaturePages } from '../../blocks/page.ts';
import { text } from '../../util/messages.ts';

export const users: FeaturePages = {
  name: 'users',
  pages: [
    definePage({
      path: '/users',
      scope: 'platform',
      title: text('Users', '用户'),
      section: text('Access control', '访问控制'),
      icon: Users,
      load: () => import('./UsersPage.tsx'),
    }),
    definePage({
      path: '/users/$user',
      scope: 'platform',
      title: text('User', '用户'),
      titleFrom: 'user',
      load: () => import('./UserPage.tsx'),
    }),
    definePage({
      path: '/loginrecords',
      scope: 'platform',
      title: text('Log-in records', '登录记录'),
      section: text('Access control', '访问控制'),
      icon: History,
      load: () => import('./LoginRecordsPage.tsx'),
    }),
  ],
  commands: [
    {
      title: text('Create a user', '创建用户'),
      scope: 'platform',
      path: '/users',
      search: { do: 'create' },
      route: routes.create,
    },
  ],
};
