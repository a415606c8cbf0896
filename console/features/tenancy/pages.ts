import { Boxes, Gauge } from 'lucide-react';
import { tenancy as routes } from '@orrery/platform-contract/features';
import { definePage, type FeaturePages } from '../../blocks/page.ts';
import { text } from '../../util/messages.ts';

export const tenancy: FeaturePages = {
  name: 'tenancy',
  pages: [
    definePage({
      path: '/workspaces',
      scope: 'platform',
      title: text('Workspaces', '企业空间'),
      icon: Boxes,
      load: () => import('./WorkspacesPage.tsx'),
    }),
    definePage({
      path: '/workspaces/$workspace',
      scope: 'workspace',
      title: text('Overview', '概览'),
      titleFrom: 'workspace',
      icon: Gauge,
      order: 0,
      load: () => import('./WorkspacePage.tsx'),
    }),
  ],
  commands: [
    {
      title: text('Create a workspace', '创建企业空间'),
      scope: 'platform',
      path: '/workspaces',
      search: { do: 'create' },
      route: routes.createWorkspace,
    },
  ],
};
