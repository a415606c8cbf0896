/** Roles and members at all levels. */
import { resources } from '@orrery/client/resources';
import { roles as routes } from '@orrery/platform-contract/features';
import { annotations, labels, platformResources, type PlatformRole, type User } from '@orrery/platform-kinds';
import { handlersFor, liveFor, type Feature } from '../feature.ts';
import type { Filter } from '../lists/filters.ts';
import { listPage } from '../lists/list.ts';
import {
  projectMembers,
  removeProjectMember,
  removeWorkspaceMember,
  setProjectMember,
  setWorkspaceMember,
  workspaceMemberOf,
  workspaceMembers,
} from './members.ts';
import { healRoles } from './reconciler.ts';
import { createGlobalRole, deleteGlobalRole, getGlobalRole, getWorkspaceRole } from './service.ts';

const manifest = {
  name: 'roles',
  summary: 'Roles and members of platform, workspaces and projects',
  routes,
  kinds: ['globalroles', 'globalrolebindings', 'workspaceroles', 'workspacerolebindings'].map(
    name => `${name}.iam.kubesphere.io`,
  ),
  menus: [
    { path: '/roles', title: 'menu.roles', scope: 'platform', route: 'roles.globalRoles' },
    {
      path: '/workspaces/{workspace}/members',
      title: 'menu.members',
      scope: 'workspace',
      route: 'roles.workspaceMembers',
    },
    {
      path: '/clusters/{cluster}/projects/{namespace}/members',
      title: 'menu.members',
      scope: 'project',
      route: 'roles.projectMembers',
    },
  ],
  needs: ['users'],
  always: true,
} as const;

const everything = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

const byRole = (annotation: string): Readonly<Record<string, Filter<User>>> => ({
  workspacerole: ({ metadata }, value) => metadata.annotations?.[annotation] === value,
  role: ({ metadata }, value) => metadata.annotations?.[annotation] === value,
});
const workspaceMemberSources = [
  { resource: platformResources.workspacerolebindings },
  { resource: platformResources.users },
];
const success = { message: 'success' };

export const roles: Feature = {
  manifest,
  globalRoles: [
    { name: 'platform-admin', rules: everything },
    { name: 'platform-regular', rules: [] },
  ],
  start(context) {
    const globalRoles = context.informers.of<PlatformRole>(platformResources.globalroles);
    return {
      handlers: handlersFor(routes, {
        globalRoles: async ({ query, search }) => {
          await globalRoles.synced;
          return listPage(globalRoles.list(), query, search);
        },
        globalRole: ({ caller, path }) => getGlobalRole(context.serviceOf(caller), path.globalrole),
        createGlobalRole: ({ caller, body }) => createGlobalRole(context, caller, body),
        deleteGlobalRole: ({ caller, path }) => deleteGlobalRole(context, caller, path.globalrole),
        workspaceRoles: async ({ caller, path, query, search }) => {
          const labelSelector = `${labels.workspace}=${path.workspace}`;
          const { items } = await context
            .serviceOf(caller)
            .list<PlatformRole>(platformResources.workspaceroles, { labelSelector });
          return listPage(items, query, search);
        },
        workspaceRole: ({ caller, path }) =>
          getWorkspaceRole(context.serviceOf(caller), path.workspace, path.workspacerole),
        workspaceMembers: async ({ caller, path, query, search }) =>
          listPage(await workspaceMembers(context, context.serviceOf(caller), path.workspace), query, search, {
            filters: byRole(annotations.workspaceRole),
          }),
        addWorkspaceMembers: async ({ caller, path, body }) => {
          for (const member of body) await setWorkspaceMember(context, caller, path.workspace, member);
          return body;
        },
        workspaceMember: ({ caller, path }) =>
          workspaceMemberOf(context, context.serviceOf(caller), path.workspace, path.member),
        updateWorkspaceMember: async ({ caller, path, body }) => {
          await workspaceMemberOf(context, context.serviceOf(caller), path.workspace, path.member);
          const member = { ...body, username: path.member };
          await setWorkspaceMember(context, caller, path.workspace, member);
          return member;
        },
        removeWorkspaceMember: async ({ caller, path }) => {
          await removeWorkspaceMember(context, caller, path.workspace, path.member);
          return success;
        },
        projectRoles: async ({ caller, path, query, search }) => {
          const { items } = await context
            .clientOf(caller)
            .list<PlatformRole>(resources.roles, { namespace: path.namespace });
          return listPage(items, query, search);
        },
        projectMembers: async ({ caller, path, query, search }) =>
          listPage(await projectMembers(context, context.serviceOf(caller), path.namespace), query, search, {
            filters: byRole(annotations.role),
          }),
        addProjectMembers: async ({ caller, path, body }) => {
          for (const member of body) await setProjectMember(context, caller, path.namespace, member);
          return body;
        },
        updateProjectMember: async ({ caller, path, body }) => {
          const member = { ...body, username: path.member };
          await setProjectMember(context, caller, path.namespace, member);
          return member;
        },
        removeProjectMember: async ({ caller, path }) => {
          await removeProjectMember(context, caller, path.namespace, path.member);
          return success;
        },
      }),
      live: liveFor(routes, {
        globalRoles: () => [{ resource: platformResources.globalroles }],
        globalRole: ({ globalrole }) => [{ resource: platformResources.globalroles, name: globalrole }],
        workspaceRoles: () => [{ resource: platformResources.workspaceroles }],
        workspaceRole: ({ workspacerole }) => [{ resource: platformResources.workspaceroles, name: workspacerole }],
        workspaceMembers: () => workspaceMemberSources,
        workspaceMember: () => workspaceMemberSources,
        projectRoles: ({ namespace }) => [{ resource: resources.roles, namespace }],
        projectMembers: ({ namespace }) => [
          { resource: resources.rolebindings, namespace },
          { resource: platformResources.users },
        ],
      }),
      controllers: [healRoles(context)],
    };
  },
};
