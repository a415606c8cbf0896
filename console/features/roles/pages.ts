import { ShieldCheck } from 'lucide-react';
import { devops, roles as routes } from '@orrery/platform-contract/features';
import { type Command, type FeaturePages, type Scope } from '../../blocks/page.ts';
import { text, type Text } from '../../util/messages.ts';

const access = text('Access control', '访问控制');
const platformRoles = { path: '/roles', scope: 'platform', title: text('Platform roles', '平台角色') } as const;
const clusterRoles = {
  path: '/clusters/$cluster/roles',
  scope: 'cluster',
  title: text('Cluster roles', '集群角色'),
} as const;
const workspaceRoles = {
  path: '/workspaces/$workspace/roles',
  scope: 'workspace',
  title: text('Roles', '角色'),
} as const;
const projectRoles = {
  path: '/clusters/$cluster/projects/$namespace/roles',
  scope: 'project',
  title: text('Roles', '角色'),
} as const;
const devopsRoles = {
  path: '/workspaces/$workspace/devops/$devops/roles',
  scope: 'devops',
  title: text('Roles', '角色'),
} as const;
const devopsSection = text('DevOps project settings', 'DevOps 项目设置');
const projectSection = text('Project settings', '项目设置');
const one = { title: text('Role', '角色'), titleFrom: 'role' } as const;
/** One page for all places: which it is in is told by the values of its path. */
const list = () => import('./RolesPage.tsx');
const object = () => import('./RolePage.tsx');

const create = (title: Text, scope: Scope, path: string, route: Command['route']): Command => ({
  title,
  scope,
  path,
  search: { do: 'create' },
  route,
});

export const roles: FeaturePages = {
  name: 'roles',
  pages: [
    { ...platformRoles, section: access, icon: ShieldCheck, load: list },
    { ...one, path: '/roles/$role', scope: 'platform', load: object },
    { ...clusterRoles, section: access, order: 111, icon: ShieldCheck, load: list },
    { ...one, path: '/clusters/$cluster/roles/$role', scope: 'cluster', load: object },
    { ...workspaceRoles, icon: ShieldCheck, load: list },
    { ...one, path: '/workspaces/$workspace/roles/$role', scope: 'workspace', load: object },
    { ...projectRoles, section: projectSection, order: 101, icon: ShieldCheck, load: list },
    { ...one, path: '/clusters/$cluster/projects/$namespace/roles/$role', scope: 'project', load: object },
  ],
  commands: [
    create(text('Create a platform role', '创建平台角色'), 'platform', platformRoles.path, routes.createGlobalRole),
    create(text('Create a cluster role', '创建集群角色'), 'cluster', clusterRoles.path, routes.createClusterRole),
    create(
      text('Create a role in this workspace', '在此企业空间创建角色'),
      'workspace',
      workspaceRoles.path,
      routes.createWorkspaceRole,
    ),
    create(
      text('Create a role in this project', '在此项目创建角色'),
      'project',
      projectRoles.path,
      routes.createProjectRole,
    ),
  ],
};

/** Gone with DevOps projects. */
export const rolesOfDevops: FeaturePages = {
  name: 'devops',
  pages: [
    { ...devopsRoles, section: devopsSection, order: 101, icon: ShieldCheck, load: list },
    { ...one, path: '/workspaces/$workspace/devops/$devops/roles/$role', scope: 'devops', load: object },
  ],
  commands: [
    create(
      text('Create a role in this DevOps project', '在此 DevOps 项目创建角色'),
      'devops',
      devopsRoles.path,
      devops.createRole,
    ),
  ],
};
