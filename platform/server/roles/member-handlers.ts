/** Handlers of the routes about members. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { badRequest, notFound, orUndefined } from '@orrery/machinery/status';
import type { ListQuery } from '@orrery/platform-contract';
import { members as routes } from '@orrery/platform-contract/features/members';
import {
  annotations,
  groups,
  labels,
  platformResources,
  type PlatformRole,
  type RoleRef,
  type RoleTemplate,
  type User,
} from '@orrery/platform-kinds';
import type { PlatformContext } from '../context.ts';
import { handlersFor, type AnyHandler } from '../feature.ts';
import type { Filter } from '../lists/filters.ts';
import { listPage } from '../lists/list.ts';
import { templatesOf, type Catalogue } from './catalogue.ts';
import { clusterMemberOf, clusterMembers, removeClusterMember, setClusterMember } from './cluster-members.ts';
import {
  projectMemberOf,
  projectMembers,
  removeProjectMember,
  removeWorkspaceMember,
  setProjectMember,
  setWorkspaceMember,
  workspaceMemberOf,
  workspaceMembers,
} from './members.ts';
import type { RolePlace } from './service.ts';

export const byRole = (annotation: string): Readonly<Record<string, Filter<User>>> => {
  const has: Filter<User> = ({ metadata }, value) => metadata.annotations?.[annotation] === value;
  return { workspacerole: has, role: has, clusterrole: has };
};
const success = { message: 'success' };

interface Wish {
  readonly query: ListQuery;
  readonly search: URLSearchParams;
}

/** By scope: where bindings of a user are, and the roles that they name. */
const sources = {
  global: [platformResources.globalrolebindings, platformResources.globalroles],
  cluster: [platformResources.iamClusterRoleBindings, platformResources.iamClusterRoles],
  workspace: [platformResources.workspacerolebindings, platformResources.workspaceroles],
  namespace: [resources.rolebindings, resources.roles],
  devops: [resources.rolebindings, resources.roles],
} as const;

/** What a user's own bindings in a place amount to. */
export async function templatesHeld(
  client: Client,
  user: string,
  { scope, workspace, namespace }: RolePlace,
  catalogue: Catalogue,
): Promise<RoleTemplate[]> {
  const [bindings, roles] = sources[scope];
  const labelSelector = [`${labels.user}=${user}`, ...(workspace ? [`${labels.workspace}=${workspace}`] : [])].join();
  const at = namespace === undefined ? {} : { namespace };
  const { items } = await client.list<KubeObject & { roleRef: RoleRef }>(bindings, { ...at, labelSelector });
  const held = new Map<string, RoleTemplate>();
  for (const { roleRef } of items) {
    const role = await orUndefined(client.get<PlatformRole>(roles, roleRef.name, at));
    if (role) for (const template of templatesOf(scope, role, catalogue)) held.set(template.metadata.name!, template);
  }
  return [...held.values()];
}

export function memberHandlers(
  context: PlatformContext,
  catalogue: () => Catalogue,
): Readonly<Record<string, AnyHandler>> {
  const held = async (client: Client, user: string, place: RolePlace, { query, search }: Wish) =>
    listPage(await templatesHeld(client, user, place, catalogue()), query, search);
  return handlersFor(routes, {
    clusterMembers: async ({ caller, query, search }) =>
      listPage(await clusterMembers(context, context.serviceOf(caller)), query, search, {
        filters: byRole(annotations.clusterRole),
      }),
    addClusterMembers: async ({ caller, body }) => {
      for (const member of body) await setClusterMember(context, caller, member);
      return body;
    },
    clusterMember: ({ caller, path }) => clusterMemberOf(context, context.serviceOf(caller), path.member),
    updateClusterMember: async ({ caller, path, body }) => {
      await clusterMemberOf(context, context.serviceOf(caller), path.member);
      const member = { ...body, username: path.member };
      await setClusterMember(context, caller, member);
      return member;
    },
    removeClusterMember: async ({ caller, path }) => {
      await removeClusterMember(context, caller, path.member);
      return success;
    },
    clusterMemberRoles: async ({ caller, path, ...wish }) => {
      const client = context.serviceOf(caller);
      await clusterMemberOf(context, client, path.member);
      return held(client, path.member, { scope: 'cluster' }, wish);
    },
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
    workspaceMemberRoles: async ({ caller, path, ...wish }) => {
      const client = context.serviceOf(caller);
      await workspaceMemberOf(context, client, path.workspace, path.member);
      return held(client, path.member, { scope: 'workspace', workspace: path.workspace }, wish);
    },
    projectMembers: async ({ caller, path, query, search }) =>
      listPage(await projectMembers(context, context.serviceOf(caller), path.namespace), query, search, {
        filters: byRole(annotations.role),
      }),
    addProjectMembers: async ({ caller, path, body }) => {
      for (const member of body) await setProjectMember(context, caller, path.namespace, member);
      return body;
    },
    projectMember: ({ caller, path }) =>
      projectMemberOf(context, context.serviceOf(caller), path.namespace, path.member),
    updateProjectMember: async ({ caller, path, body }) => {
      const member = { ...body, username: path.member };
      await setProjectMember(context, caller, path.namespace, member);
      return member;
    },
    removeProjectMember: async ({ caller, path }) => {
      await removeProjectMember(context, caller, path.namespace, path.member);
      return success;
    },
    projectMemberRoles: async ({ caller, path, ...wish }) => {
      const client = context.serviceOf(caller);
      await projectMemberOf(context, client, path.namespace, path.member);
      return held(client, path.member, { scope: 'namespace', namespace: path.namespace }, wish);
    },
    userRoles: async ({ caller, path, ...wish }) => {
      await known(context, path.user);
      return held(context.serviceOf(caller), path.user, { scope: 'global' }, wish);
    },
    userTemplates: async ({ caller, path, query, search }) => {
      const { workspace, namespace } = query;
      const scope = query.scope;
      if (scope === 'workspace' && !workspace) throw badRequest('the scope "workspace" needs the query "workspace"');
      if (scope === 'namespace' && !namespace) throw badRequest('the scope "namespace" needs the query "namespace"');
      await known(context, path.user);
      const place = {
        scope,
        ...(scope === 'workspace' && { workspace }),
        ...(scope === 'namespace' && { namespace }),
      };
      return held(context.serviceOf(caller), path.user, place, { query: {}, search });
    },
  });
}

async function known({ users }: PlatformContext, name: string): Promise<void> {
  if (!(await users.find(name))) throw notFound({ group: groups.iam, resource: 'users', name });
}
