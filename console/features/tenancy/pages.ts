import { Box, Boxes, FolderCog, Gauge, Scale, Settings2, UserCheck, Users } from 'lucide-react';
import { roles as roleRoutes, tenancy as routes } from '@orrery/platform-contract/features';
import { definePage, type FeaturePages } from '../../blocks/page.ts';
import { text } from '../../util/messages.ts';

const projectSection = text('Project settings', '项目设置');

export const tenancy: FeaturePages = {
  name: 'tenancy',
  pages: [
    definePage({
      path: '/workspaces',
      scope: 'platform',
      title: text('Workspaces', '企业空间'),
      icon: Boxes,
      order: 1,
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
    definePage({
      path: '/workspaces/$workspace/projects',
      scope: 'workspace',
      title: text('Projects', '项目'),
      icon: Box,
      order: 1,
      load: () => import('./projects/WorkspaceProjectsPage.tsx'),
    }),
    definePage({
      path: '/workspaces/$workspace/members',
      scope: 'workspace',
      title: text('Members', '成员'),
      icon: Users,
      load: () => import('./members/WorkspaceMembersPage.tsx'),
    }),
    definePage({
      path: '/workspaces/$workspace/settings',
      scope: 'workspace',
      title: text('Settings', '设置'),
      order: 100,
      icon: Settings2,
      load: () => import('./workspaces/WorkspaceSettingsPage.tsx'),
    }),
    definePage({
      path: '/clusters/$cluster/members',
      scope: 'cluster',
      title: text('Cluster members', '集群成员'),
      section: text('Access control', '访问控制'),
      order: 110,
      icon: UserCheck,
      load: () => import('./members/ClusterMembersPage.tsx'),
    }),
    definePage({
      path: '/projects',
      scope: 'platform',
      title: text('Projects', '项目'),
      icon: Box,
      order: 2,
      load: () => import('./projects/ProjectsPage.tsx'),
    }),
    definePage({
      path: '/clusters/$cluster/projects/$namespace/members',
      scope: 'project',
      title: text('Members', '成员'),
      section: projectSection,
      order: 100,
      icon: Users,
      load: () => import('./members/ProjectMembersPage.tsx'),
    }),
    definePage({
      path: '/clusters/$cluster/projects/$namespace/settings',
      scope: 'project',
      title: text('Basic information', '基本信息'),
      section: projectSection,
      order: 101,
      icon: FolderCog,
      load: () => import('./projects/ProjectSettingsPage.tsx'),
    }),
    definePage({
      path: '/clusters/$cluster/projects/$namespace/quotas',
      scope: 'project',
      title: text('Quotas and limits', '配额与默认限制'),
      section: projectSection,
      order: 102,
      icon: Scale,
      load: () => import('./projects/quotas/ProjectQuotasPage.tsx'),
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
    {
      title: text('Create a project', '创建项目'),
      scope: 'platform',
      path: '/projects',
      search: { do: 'create' },
      route: routes.createProject,
    },
    {
      title: text('Create a project in this workspace', '在此企业空间创建项目'),
      scope: 'workspace',
      path: '/workspaces/$workspace/projects',
      search: { do: 'create' },
      route: routes.createProject,
    },
    {
      title: text('Invite somebody into this workspace', '邀请成员加入此企业空间'),
      scope: 'workspace',
      path: '/workspaces/$workspace/members',
      search: { do: 'invite' },
      route: roleRoutes.addWorkspaceMembers,
    },
  ],
};
