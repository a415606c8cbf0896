import { FolderCog, Gauge, Infinity as Loop, Users } from 'lucide-react';
import { devops as routes } from '@orrery/platform-contract/features';
import { definePage, type FeaturePages } from '../../../blocks/page.ts';
import { text } from '../../../util/messages.ts';

const section = text('DevOps project settings', 'DevOps 项目设置');

/** DevOps projects as a scope of their own: its members are those of projects, its roles stand with all roles. */
export const devops: FeaturePages = {
  name: 'devops',
  pages: [
    definePage({
      path: '/workspaces/$workspace/devops',
      scope: 'workspace',
      title: text('DevOps projects', 'DevOps 项目'),
      icon: Loop,
      order: 2,
      load: () => import('./DevopsListPage.tsx'),
    }),
    definePage({
      path: '/workspaces/$workspace/devops/$devops',
      scope: 'devops',
      title: text('Overview', '概览'),
      titleFrom: 'devops',
      icon: Gauge,
      order: 0,
      load: () => import('./DevopsPage.tsx'),
    }),
    definePage({
      path: '/workspaces/$workspace/devops/$devops/members',
      scope: 'devops',
      title: text('Members', '成员'),
      section,
      order: 100,
      icon: Users,
      load: () => import('./DevopsMembersPage.tsx'),
    }),
    definePage({
      path: '/workspaces/$workspace/devops/$devops/settings',
      scope: 'devops',
      title: text('Basic information', '基本信息'),
      section,
      order: 102,
      icon: FolderCog,
      load: () => import('./DevopsSettingsPage.tsx'),
    }),
  ],
  commands: [
    {
      title: text('Create a DevOps project', '创建 DevOps 项目'),
      scope: 'workspace',
      path: '/workspaces/$workspace/devops',
      search: { do: 'create' },
      route: routes.create,
    },
    {
      title: text('Invite somebody into this DevOps project', '邀请成员加入此 DevOps 项目'),
      scope: 'devops',
      path: '/workspaces/$workspace/devops/$devops/members',
      search: { do: 'invite' },
      route: routes.addMembers,
    },
  ],
};
