/** Roles and members at all levels. */
import { resources } from '@orrery/client/resources';
import { roles as routes } from '@orrery/platform-contract/features';
import { platformResources, type PlatformRole } from '@orrery/platform-kinds';
import { liveFor, type Feature } from '../feature.ts';
import { memberHandlers } from './member-handlers.ts';
import { healRoles } from './reconciler.ts';
import { roleHandlers } from './role-handlers.ts';
import { aggregateRoles, cachedCatalogue } from './templates.ts';

const iamKinds = [
  'globalroles',
  'globalrolebindings',
  'workspaceroles',
  'workspacerolebindings',
  'clusterroles',
  'clusterrolebindings',
  'roles',
  'rolebindings',
  'roletemplates',
  'categories',
  'builtinroles',
];

const manifest = {
  name: 'roles',
  summary: 'Roles and members of platform, clusters, workspaces and projects',
  routes,
  kinds: iamKinds.map(name => `${name}.iam.kubesphere.io`),
  menus: [
    { path: '/roles', title: 'menu.roles', scope: 'platform', route: 'roles.globalRoles' },
    { path: '/clusters/{cluster}/members', title: 'menu.members', scope: 'cluster', route: 'roles.clusterMembers' },
    { path: '/clusters/{cluster}/roles', title: 'menu.roles', scope: 'cluster', route: 'roles.clusterRoles' },
    {
      path: '/workspaces/{workspace}/members',
      title: 'menu.members',
      scope: 'workspace',
      route: 'roles.workspaceMembers',
    },
    { path: '/workspaces/{workspace}/roles', title: 'menu.roles', scope: 'workspace', route: 'roles.workspaceRoles' },
    {
      path: '/clusters/{cluster}/projects/{namespace}/members',
      title: 'menu.members',
      scope: 'project',
      route: 'roles.projectMembers',
    },
    {
      path: '/clusters/{cluster}/projects/{namespace}/roles',
      title: 'menu.roles',
      scope: 'project',
      route: 'roles.projectRoles',
    },
  ],
  needs: ['users'],
  always: true,
} as const;

const everything = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

const workspaceMemberSources = [
  { resource: platformResources.workspacerolebindings },
  { resource: platformResources.users },
];
const clusterMemberSources = [
  { resource: platformResources.iamClusterRoleBindings },
  { resource: platformResources.users },
];
const projectMemberSources = ({ namespace }: { readonly namespace: string }) => [
  { resource: resources.rolebindings, namespace },
  { resource: platformResources.users },
];

export const roles: Feature = {
  manifest,
  globalRoles: [
    { name: 'platform-admin', rules: everything },
    { name: 'platform-regular', rules: [] },
  ],
  start(context) {
    const catalogue = cachedCatalogue(context);
    context.informers.of<PlatformRole>(platformResources.globalroles);
    return {
      handlers: { ...roleHandlers(context, catalogue), ...memberHandlers(context, catalogue) },
      live: liveFor(routes, {
        globalRoles: () => [{ resource: platformResources.globalroles }],
        globalRole: ({ globalrole }) => [{ resource: platformResources.globalroles, name: globalrole }],
        clusterRoles: () => [{ resource: platformResources.iamClusterRoles }],
        clusterRole: ({ clusterrole }) => [{ resource: platformResources.iamClusterRoles, name: clusterrole }],
        workspaceRoles: () => [{ resource: platformResources.workspaceroles }],
        workspaceRole: ({ workspacerole }) => [{ resource: platformResources.workspaceroles, name: workspacerole }],
        projectRoles: ({ namespace }) => [{ resource: resources.roles, namespace }],
        projectRole: ({ namespace, role }) => [{ resource: resources.roles, namespace, name: role }],
        templates: () => [{ resource: platformResources.roletemplates }],
        categories: () => [{ resource: platformResources.categories }],
        clusterMembers: () => clusterMemberSources,
        clusterMember: () => clusterMemberSources,
        workspaceMembers: () => workspaceMemberSources,
        workspaceMember: () => workspaceMemberSources,
        projectMembers: projectMemberSources,
        projectMember: projectMemberSources,
      }),
      controllers: [healRoles(context), aggregateRoles(context)],
    };
  },
};
