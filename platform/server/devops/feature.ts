/** DevOps projects: a scope of its own for members and roles, beside projects. Pipelines come with what runs them. */
import { resources } from '@orrery/client/resources';
import { notFound, orUndefined } from '@orrery/machinery/status';
import { devops as routes } from '@orrery/platform-contract/features';
import { annotations, groups, labels, platformResources, type PlatformRole } from '@orrery/platform-kinds';
import type { Client } from '@orrery/client';
import { bindingsNaming } from '../access/visible.ts';
import type { PlatformContext } from '../context.ts';
import { handlersFor, liveFor, type Feature } from '../feature.ts';
import { listPage } from '../lists/list.ts';
import { byRole, templatesHeld } from '../roles/member-handlers.ts';
import { projectMemberOf, projectMembers, removeProjectMember, setProjectMember } from '../roles/members.ts';
import { rolePage, shownRole } from '../roles/role-handlers.ts';
import { createRole, deleteRole, getProjectRole, patchRole, updateRole, type RolePlace } from '../roles/service.ts';
import { cachedCatalogue } from '../roles/templates.ts';
import { healDevops } from './reconciler.ts';
import { createDevops, deleteDevops, devopsOf, getDevops, patchDevops, updateDevops } from './service.ts';

const manifest = {
  name: 'devops',
  summary: 'DevOps projects, with members and roles of their own',
  routes,
  kinds: ['devopsprojects.devops.kubesphere.io'],
  menus: [
    { path: '/workspaces/{workspace}/devops', title: 'menu.devops', scope: 'workspace', route: 'devops.list' },
    {
      path: '/workspaces/{workspace}/devops/{devops}/members',
      title: 'menu.members',
      scope: 'devops',
      route: 'devops.members',
    },
    {
      path: '/workspaces/{workspace}/devops/{devops}/roles',
      title: 'menu.roles',
      scope: 'devops',
      route: 'devops.roles',
    },
  ],
  needs: ['tenancy', 'roles'],
} as const;

const success = { message: 'success' };

/** Rejects with 404 for a namespace that is no DevOps project's. */
async function placeIn(client: Client, devops: string): Promise<RolePlace> {
  const found = await orUndefined(client.get(resources.namespaces, devops));
  if (found?.metadata.labels?.[labels.devops] !== devops)
    throw notFound({ group: groups.devops, resource: 'devopsprojects', name: devops });
  return { scope: 'devops', namespace: devops };
}

export const devops: Feature = {
  manifest,
  start(context: PlatformContext) {
    const catalogue = cachedCatalogue(context);
    const bindings = ({ devops }: { readonly devops: string }) => [
      { resource: resources.rolebindings, namespace: devops },
    ];
    return {
      handlers: handlersFor(routes, {
        list: async ({ caller, path, query, search }) =>
          listPage(await devopsOf(context, caller, path.workspace), query, search),
        ofMember: async ({ caller, path, query, search }) => {
          const bound = bindingsNaming(context, { kind: 'User', name: path.member });
          const his = new Set(bound.map(({ metadata }) => metadata.namespace));
          const seen = await devopsOf(context, caller, path.workspace);
          return listPage(
            seen.filter(({ metadata }) => his.has(metadata.name)),
            query,
            search,
          );
        },
        create: ({ caller, path, body }) => createDevops(context, caller, path.workspace, body),
        get: ({ caller, path }) => getDevops(context.serviceOf(caller), path.workspace, path.devops),
        update: ({ caller, path, body }) => updateDevops(context, caller, path, body),
        patch: ({ caller, path, body }) => patchDevops(context, caller, path, body),
        delete: ({ caller, path }) => deleteDevops(context, caller, path),

        members: async ({ caller, path, query, search }) => {
          await placeIn(context.serviceOf(caller), path.devops);
          const found = await projectMembers(context, context.serviceOf(caller), path.devops);
          return listPage(found, query, search, { filters: byRole(annotations.role) });
        },
        addMembers: async ({ caller, path, body }) => {
          await placeIn(context.serviceOf(caller), path.devops);
          for (const member of body) await setProjectMember(context, caller, path.devops, member);
          return body;
        },
        member: async ({ caller, path }) => {
          await placeIn(context.serviceOf(caller), path.devops);
          return projectMemberOf(context, context.serviceOf(caller), path.devops, path.member);
        },
        updateMember: async ({ caller, path, body }) => {
          await placeIn(context.serviceOf(caller), path.devops);
          await projectMemberOf(context, context.serviceOf(caller), path.devops, path.member);
          const member = { ...body, username: path.member };
          await setProjectMember(context, caller, path.devops, member);
          return member;
        },
        removeMember: async ({ caller, path }) => {
          await placeIn(context.serviceOf(caller), path.devops);
          await removeProjectMember(context, caller, path.devops, path.member);
          return success;
        },
        memberRoles: async ({ caller, path, query, search }) => {
          const service = context.serviceOf(caller);
          const place = await placeIn(service, path.devops);
          await projectMemberOf(context, service, path.devops, path.member);
          return listPage(await templatesHeld(service, path.member, place, catalogue()), query, search);
        },

        roles: async call => {
          const place = await placeIn(context.serviceOf(call.caller), call.path.devops);
          const at = { namespace: call.path.devops };
          const { items } = await context.clientOf(call.caller).list<PlatformRole>(resources.roles, at);
          return rolePage(place, items.map(shownRole), call, catalogue());
        },
        role: async ({ caller, path }) => {
          await placeIn(context.serviceOf(caller), path.devops);
          return shownRole(await getProjectRole(context.clientOf(caller), path.devops, path.role));
        },
        createRole: async ({ caller, path, body }) =>
          createRole(context, caller, await placeIn(context.serviceOf(caller), path.devops), body),
        updateRole: async ({ caller, path, body }) =>
          updateRole(context, caller, await placeIn(context.serviceOf(caller), path.devops), path.role, body),
        patchRole: async ({ caller, path, body }) =>
          patchRole(context, caller, await placeIn(context.serviceOf(caller), path.devops), path.role, body),
        deleteRole: async ({ caller, path }) =>
          deleteRole(context, caller, await placeIn(context.serviceOf(caller), path.devops), path.role),
      }),
      live: liveFor(routes, {
        list: () => [{ resource: platformResources.devopsprojects }, { resource: resources.rolebindings }],
        ofMember: () => [{ resource: platformResources.devopsprojects }, { resource: resources.rolebindings }],
        get: ({ devops }) => [{ resource: platformResources.devopsprojects, name: devops }],
        members: bindings,
        roles: ({ devops }) => [{ resource: resources.roles, namespace: devops }],
        role: ({ devops, role }) => [{ resource: resources.roles, namespace: devops, name: role }],
      }),
      controllers: [healDevops(context)],
    };
  },
};
