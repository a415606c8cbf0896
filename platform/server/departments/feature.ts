/** Departments of workspaces. */
import { resources } from '@orrery/client/resources';
import { departments as routes } from '@orrery/platform-contract/features';
import { labels, platformResources, type Group, type GroupBinding } from '@orrery/platform-kinds';
import { handlersFor, liveFor, type Feature } from '../feature.ts';
import { listPage } from '../lists/list.ts';
import { healDepartments } from './reconciler.ts';
import {
  giveProjectRoles,
  giveWorkspaceRoles,
  projectRolesIn,
  takeProjectRole,
  takeWorkspaceRole,
  workspaceRolesOf,
} from './roles.ts';
import { addMembers, createGroup, deleteGroup, getGroup, patchGroup, removeMember, updateGroup } from './service.ts';

const manifest = {
  name: 'departments',
  summary: 'Departments of workspaces, whose members share roles',
  routes,
  kinds: ['groups.iam.kubesphere.io', 'groupbindings.iam.kubesphere.io'],
  menus: [
    {
      path: '/workspaces/{workspace}/departments',
      title: 'menu.departments',
      scope: 'workspace',
      route: 'departments.list',
    },
  ],
  needs: ['users', 'roles', 'tenancy'],
} as const;

const within = (workspace: string) => ({ labelSelector: `${labels.workspace}=${workspace}` });

export const departments: Feature = {
  manifest,
  start: context => ({
    handlers: handlersFor(routes, {
      list: async ({ caller, path, query, search }) => {
        const { items } = await context.serviceOf(caller).list<Group>(platformResources.groups, within(path.workspace));
        return listPage(items, query, search, {
          filters: { parent: ({ metadata }, value) => metadata.labels?.[labels.groupParent] === value },
        });
      },
      create: ({ caller, path, body }) => createGroup(context, caller, path.workspace, body),
      get: ({ caller, path }) => getGroup(context.serviceOf(caller), path.workspace, path.department),
      update: ({ caller, path, body }) => updateGroup(context, caller, path, body),
      patch: ({ caller, path, body }) => patchGroup(context, caller, path, body),
      delete: ({ caller, path }) => deleteGroup(context, caller, path.workspace, path.department),
      members: async ({ caller, path, query, search }) => {
        const { items } = await context
          .serviceOf(caller)
          .list<GroupBinding>(platformResources.groupbindings, within(path.workspace));
        return listPage(items, query, search, {
          filters: {
            group: ({ groupRef }, value) => groupRef.name === value,
            user: ({ users = [] }, value) => users.includes(value),
          },
        });
      },
      addMembers: ({ caller, path, body }) => addMembers(context, caller, path.workspace, body),
      removeMember: ({ caller, path }) => removeMember(context, caller, path.workspace, path.groupbinding),
      workspaceRoles: async ({ caller, path, query, search }) =>
        listPage(await workspaceRolesOf(context.serviceOf(caller), path.workspace), query, search),
      giveWorkspaceRoles: ({ caller, path, body }) => giveWorkspaceRoles(context, caller, path.workspace, body),
      takeWorkspaceRole: ({ caller, path }) => takeWorkspaceRole(context, caller, path.workspace, path.rolebinding),
      projectRoles: async ({ path, query, search }) => listPage(projectRolesIn(context, path.workspace), query, search),
      giveProjectRoles: ({ caller, path, body }) => giveProjectRoles(context, caller, path.namespace, body),
      takeProjectRole: ({ caller, path }) => takeProjectRole(context, caller, path.namespace, path.rolebinding),
    }),
    live: liveFor(routes, {
      list: () => [{ resource: platformResources.groups }],
      get: ({ department }) => [{ resource: platformResources.groups, name: department }],
      members: () => [{ resource: platformResources.groupbindings }],
      workspaceRoles: () => [{ resource: platformResources.workspacerolebindings }],
      projectRoles: () => [{ resource: resources.rolebindings }],
    }),
    controllers: [healDepartments(context)],
  }),
};
