/** Handlers of the routes about roles and templates. */
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { badRequest } from '@orrery/machinery/status';
import type { ListQuery, Page } from '@orrery/platform-contract';
import { roles as routes } from '@orrery/platform-contract/features';
import {
  annotations,
  labels,
  platformResources,
  type BuiltinRole,
  type Category,
  type PlatformRole,
  type RoleTemplate,
} from '@orrery/platform-kinds';
import type { PlatformContext } from '../context.ts';
import { handlersFor, type AnyHandler } from '../feature.ts';
import type { Caller } from '../identity/caller.ts';
import { listPage } from '../lists/list.ts';
import { isBuiltIn, namesIn, templatesOf, withRules, type Catalogue } from './catalogue.ts';
import { heldRules, missingIn } from './missing.ts';
import {
  askedOf,
  createRole,
  deleteRole,
  getProjectRole,
  getRole,
  patchRole,
  placeOf,
  updateRole,
  type RolePlace,
} from './service.ts';
import { members as memberRoutes } from '@orrery/platform-contract/features/members';

const { ...all } = routes;
type RoleRoutes = Omit<typeof all, keyof typeof memberRoutes>;

interface ListWish {
  readonly query: ListQuery;
  readonly search: URLSearchParams;
}

const asksTemplates = `${labels.roleTemplate}=true`;

/** Roles; or the templates of the scope, where 3.x's console asks for those in the same way. */
export function rolePage(
  place: RolePlace,
  roles: readonly PlatformRole[],
  { query, search }: ListWish,
  catalogue: Catalogue,
): Page<PlatformRole> {
  const aggregateTo = search.get('aggregateTo');
  if (aggregateTo) {
    const role = roles.find(({ metadata }) => metadata.name === aggregateTo);
    return listPage(role ? templatesOf(place.scope, role, catalogue).map(asRole) : [], query, search);
  }
  if (search.get('labelSelector')?.includes(asksTemplates))
    return listPage(catalogue.all(place.scope).map(asRole), query, search);
  return listPage(roles, query, search);
}

/** A template in 3.x's shape: rules where roles have them. */
const asRole = ({ spec, ...template }: RoleTemplate): PlatformRole =>
  ({ ...template, spec, rules: spec.rules }) as PlatformRole;

/** Native roles say in an annotation which templates they are made of; here they say it as 4.x does, too. */
export function shownRole(role: PlatformRole): PlatformRole {
  const text = role.metadata.annotations?.[annotations.aggregated];
  return text === undefined || (isBuiltIn(role) && role.aggregationRoleTemplates)
    ? role
    : { ...role, aggregationRoleTemplates: { templateNames: namesIn(text) } };
}

/** @throws StatusError 400 when the scope needs a place that is not named. */
interface NamedPlaces {
  readonly workspace?: string;
  readonly namespace?: string;
  readonly devops?: string;
}

function rolePlaceOf(scope: RolePlace['scope'], places: NamedPlaces): RolePlace {
  if (scope === 'global' || scope === 'cluster') return { scope };
  const name = places[scope];
  if (!name) throw badRequest(`the scope "${scope}" needs a ${scope}`);
  // A DevOps project is a namespace of its own name.
  return scope === 'workspace' ? { scope, workspace: name } : { scope, namespace: name };
}

/** Those of a role that is made of this template: with what it needs, and with what every role of the scope has. */
const rulesWith = (scope: RolePlace['scope'], name: string, catalogue: Catalogue) =>
  withRules(scope, { metadata: {}, aggregationRoleTemplates: { templateNames: [name] } } as PlatformRole, catalogue)
    .rules;

export function roleHandlers(
  context: PlatformContext,
  catalogue: () => Catalogue,
): Readonly<Record<string, AnyHandler>> {
  const { informers } = context;
  const globalRoles = informers.of<PlatformRole>(platformResources.globalroles);
  const clusterRoles = informers.of<PlatformRole>(platformResources.iamClusterRoles);
  const templates = informers.of<RoleTemplate>(platformResources.roletemplates);
  const crud = (place: RolePlace, name = '') => ({
    get: (caller: Caller) => getRole(context.serviceOf(caller), place, name),
    create: (caller: Caller, body: PlatformRole) => createRole(context, caller, place, body),
    update: (caller: Caller, body: PlatformRole) => updateRole(context, caller, place, name, body),
    patch: (caller: Caller, body: PlatformRole) => patchRole(context, caller, place, name, body),
    remove: (caller: Caller) => deleteRole(context, caller, place, name),
  });
  const global = (name?: string) => crud({ scope: 'global' }, name);
  const cluster = (name?: string) => crud({ scope: 'cluster' }, name);
  const workspace = (workspace: string, name?: string) => crud({ scope: 'workspace', workspace }, name);
  const project = (namespace: string, name?: string) => crud({ scope: 'namespace', namespace }, name);
  const listed = async <T extends KubeObject>(caller: Caller, resource: (typeof platformResources)['categories']) =>
    (await context.serviceOf(caller).list<T>(resource)).items;
  return handlersFor(all as RoleRoutes, {
    globalRoles: async call => {
      await globalRoles.synced;
      return rolePage({ scope: 'global' }, globalRoles.list(), call, catalogue());
    },
    globalRole: ({ caller, path }) => global(path.globalrole).get(caller),
    createGlobalRole: ({ caller, body }) => global().create(caller, body),
    updateGlobalRole: ({ caller, path, body }) => global(path.globalrole).update(caller, body),
    patchGlobalRole: ({ caller, path, body }) => global(path.globalrole).patch(caller, body),
    deleteGlobalRole: ({ caller, path }) => global(path.globalrole).remove(caller),

    clusterRoles: async call => {
      await clusterRoles.synced;
      return rolePage({ scope: 'cluster' }, clusterRoles.list(), call, catalogue());
    },
    clusterRole: ({ caller, path }) => cluster(path.clusterrole).get(caller),
    createClusterRole: ({ caller, body }) => cluster().create(caller, body),
    updateClusterRole: ({ caller, path, body }) => cluster(path.clusterrole).update(caller, body),
    patchClusterRole: ({ caller, path, body }) => cluster(path.clusterrole).patch(caller, body),
    deleteClusterRole: ({ caller, path }) => cluster(path.clusterrole).remove(caller),

    workspaceRoles: async call => {
      const labelSelector = `${labels.workspace}=${call.path.workspace}`;
      const { items } = await context
        .serviceOf(call.caller)
        .list<PlatformRole>(platformResources.workspaceroles, { labelSelector });
      return rolePage({ scope: 'workspace', workspace: call.path.workspace }, items, call, catalogue());
    },
    workspaceRole: ({ caller, path }) => workspace(path.workspace, path.workspacerole).get(caller),
    createWorkspaceRole: ({ caller, path, body }) => workspace(path.workspace).create(caller, body),
    updateWorkspaceRole: ({ caller, path, body }) => workspace(path.workspace, path.workspacerole).update(caller, body),
    patchWorkspaceRole: ({ caller, path, body }) => workspace(path.workspace, path.workspacerole).patch(caller, body),
    deleteWorkspaceRole: ({ caller, path }) => workspace(path.workspace, path.workspacerole).remove(caller),

    projectRoles: async call => {
      const { namespace } = call.path;
      const { items } = await context.clientOf(call.caller).list<PlatformRole>(resources.roles, { namespace });
      return rolePage({ scope: 'namespace', namespace }, items.map(shownRole), call, catalogue());
    },
    projectRole: async ({ caller, path }) =>
      shownRole(await getProjectRole(context.clientOf(caller), path.namespace, path.role)),
    createProjectRole: ({ caller, path, body }) => project(path.namespace).create(caller, body),
    updateProjectRole: ({ caller, path, body }) => project(path.namespace, path.role).update(caller, body),
    patchProjectRole: ({ caller, path, body }) => project(path.namespace, path.role).patch(caller, body),
    deleteProjectRole: ({ caller, path }) => project(path.namespace, path.role).remove(caller),

    templates: async ({ query, search }) => {
      await templates.synced;
      return listPage(templates.list(), query, search, {
        filters: { scope: ({ metadata }, value) => metadata.labels?.[labels.scope] === value },
      });
    },
    categories: async ({ caller, query, search }) =>
      listPage(await listed<Category>(caller, platformResources.categories), query, search),
    missingTemplates: async ({ caller, query: { scope, ...places } }) => {
      const place = rolePlaceOf(scope, places);
      await templates.synced;
      const held = await heldRules(context.clientOf(caller), placeOf(place));
      const roles = catalogue()
        .all(scope)
        .map(({ metadata: { name = '' } }) => [name, askedOf(place)(rulesWith(scope, name, catalogue()) ?? [])]);
      return { templates: held ? missingIn(Object.fromEntries(roles), held, placeOf(place)) : {} };
    },
    builtinRoles: async ({ caller, query, search }) =>
      listPage(await listed<BuiltinRole>(caller, platformResources.builtinroles), query, search),
  });
}
