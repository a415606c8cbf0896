import { ShieldCheck } from 'lucide-react';
import { roles as routes } from '@orrery/platform-contract/features';
import { definePage, type FeaturePages } from '../../blocks/page.ts';
import { text } from '../../util/messages.ts';

export const roles: FeaturePages = {
  name: 'roles',
  pages: [
    definePage({
      path: '/roles',
      scope: 'platform',
      title: text('Platform roles', '平台角色'),
      section: text('Access control', '访问控制'),
      icon: ShieldCheck,
      load: () => import('./RolesPage.tsx'),
    }),
    definePage({
      path: '/roles/$role',
      scope: 'platform',
      title: text('Platform role', '平台角色'),
      titleFrom: 'role',
      load: () => import('./RolePage.tsx'),
    }),
  ],
  commands: [
    {
      title: text('Create a platform role', '创建平台角色'),
      scope: 'platform',
      path: '/roles',
      search: { do: 'create' },
      route: routes.createGlobalRole,
    },
  ],
};
