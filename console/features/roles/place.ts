/** Where roles are: the same pages with other routes (pure). */
import type { KubeObject } from '@orrery/machinery/meta';
import type { AnyRoute } from '@orrery/platform-contract';
import { devops as devopsRoutes, roles, users } from '@orrery/platform-contract/features';
import { hasNativeRoles, isBuiltIn, roleKeyOf, type RolePlace as PlaceKind } from '../../blocks/roles/words.ts';
import { pathTo, type Params } from '../../util/paths.ts';

/** What the address of a page of roles may name. */
export interface RoleParams {
  readonly cluster?: string;
  readonly workspace?: string;
  readonly namespace?: string;
  readonly devops?: string;
}

export interface RolePlace {
  readonly kind: PlaceKind;
  /** As templates say it. */
  readonly scope: 'global' | 'cluster' | 'workspace' | 'namespace' | 'devops';
  readonly object: 'GlobalRole' | 'ClusterRole' | 'WorkspaceRole' | 'Role';
  /** The values of the routes' paths. */
  readonly path: Params;
  readonly list: AnyRoute;
  readonly get: AnyRoute;
  readonly create: AnyRoute;
  readonly patch: AnyRoute;
  readonly remove: AnyRoute;
  /** Who has the role of this name. */
  readonly holders: (role: string) => {
    readonly route: AnyRoute;
    readonly path?: Params;
    readonly query: Params;
  };
  /** The values of a path for one role. */
  readonly pathOf: (role: string) => Params;
  readonly listHref: string;
  readonly hrefOf: (role: string) => string;
}

const platform: RolePlace = {
  kind: 'platform',
  scope: 'global',
  object: 'GlobalRole',
  path: {},
  list: roles.globalRoles,
  get: roles.globalRole,
  create: roles.createGlobalRole,
  patch: roles.patchGlobalRole,
  remove: roles.deleteGlobalRole,
  holders: globalrole => ({ route: users.list, query: { globalrole } }),
  pathOf: globalrole => ({ globalrole }),
  listHref: '/roles',
  hrefOf: role => pathTo('/roles/$role', { role }),
};

const inCluster = (cluster: string): RolePlace => ({
  kind: 'cluster',
  scope: 'cluster',
  object: 'ClusterRole',
  path: {},
  list: roles.clusterRoles,
  get: roles.clusterRole,
  create: roles.createClusterRole,
  patch: roles.patchClusterRole,
  remove: roles.deleteClusterRole,
  holders: clusterrole => ({ route: roles.clusterMembers, query: { clusterrole } }),
  pathOf: clusterrole => ({ clusterrole }),
  listHref: pathTo('/clusters/$cluster/roles', { cluster }),
  hrefOf: role => pathTo('/clusters/$cluster/roles/$role', { cluster, role }),
});

const inWorkspace = (workspace: string): RolePlace => ({
  kind: 'workspace',
  scope: 'workspace',
  object: 'WorkspaceRole',
  path: { workspace },
  list: roles.workspaceRoles,
  get: roles.workspaceRole,
  create: roles.createWorkspaceRole,
  patch: roles.patchWorkspaceRole,
  remove: roles.deleteWorkspaceRole,
  holders: workspacerole => ({ route: roles.workspaceMembers, path: { workspace }, query: { workspacerole } }),
  pathOf: workspacerole => ({ workspace, workspacerole }),
  listHref: pathTo('/workspaces/$workspace/roles', { workspace }),
  hrefOf: role => pathTo('/workspaces/$workspace/roles/$role', { workspace, role }),
});

const inProject = (cluster: string, namespace: string): RolePlace => ({
  kind: 'project',
  scope: 'namespace',
  object: 'Role',
  path: { namespace },
  list: roles.projectRoles,
  get: roles.projectRole,
  create: roles.createProjectRole,
  patch: roles.patchProjectRole,
  remove: roles.deleteProjectRole,
  holders: role => ({ route: roles.projectMembers, path: { namespace }, query: { role } }),
  pathOf: role => ({ namespace, role }),
  listHref: pathTo('/clusters/$cluster/projects/$namespace/roles', { cluster, namespace }),
  hrefOf: role => pathTo('/clusters/$cluster/projects/$namespace/roles/$role', { cluster, namespace, role }),
});

const inDevops = (workspace: string, devops: string): RolePlace => ({
  kind: 'devops',
  scope: 'devops',
  object: 'Role',
  path: { devops },
  list: devopsRoutes.roles,
  get: devopsRoutes.role,
  create: devopsRoutes.createRole,
  patch: devopsRoutes.patchRole,
  remove: devopsRoutes.deleteRole,
  holders: role => ({ route: devopsRoutes.members, path: { devops }, query: { role } }),
  pathOf: role => ({ devops, role }),
  listHref: pathTo('/workspaces/$workspace/devops/$devops/roles', { workspace, devops }),
  hrefOf: role => pathTo('/workspaces/$workspace/devops/$devops/roles/$role', { workspace, devops, role }),
});

export function placeOf({ cluster, workspace, namespace, devops }: RoleParams): RolePlace {
  if (workspace !== undefined) return devops === undefined ? inWorkspace(workspace) : inDevops(workspace, devops);
  if (cluster === undefined) return platform;
  return namespace === undefined ? inCluster(cluster) : inProject(cluster, namespace);
}

/** Whose a role is: of the platform, of somebody here, or of the cluster's own API. */
export type Origin = 'builtIn' | 'own' | 'native';

/** Roles of projects are listed as the cluster has them: those that the platform did not make are not for it to change. */
export function originOf(place: Pick<RolePlace, 'kind'>, role: KubeObject): Origin {
  const { name = '', annotations = {} } = role.metadata;
  if (!hasNativeRoles(place.kind)) return isBuiltIn(role) ? 'builtIn' : 'own';
  if (!isBuiltIn(role)) return 'native';
  if (annotations['platform.orrery.io/source']?.startsWith('iamroles/')) return 'own';
  return roleKeyOf(name, place.kind) ? 'builtIn' : 'native';
}
