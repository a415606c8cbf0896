/** Members of a cluster, a workspace, a project and a DevOps project: the same page with other routes (pure). */
import type { AnyRoute, Page } from '@orrery/platform-contract';
import { devops as devopsRoutes, roles, users } from '@orrery/platform-contract/features';
import type { Member } from '@orrery/platform-contract/features';
import { annotations } from '@orrery/platform-kinds/names';
import type { User } from '@orrery/platform-kinds/types';
import type { Params } from '../../../util/paths.ts';

export interface MemberPlace {
  readonly kind: 'cluster' | 'workspace' | 'project' | 'devops';
  /** The values of the routes' paths. */
  readonly path: Params;
  readonly list: AnyRoute;
  readonly add: AnyRoute;
  readonly update: AnyRoute;
  readonly remove: AnyRoute;
  readonly roles: AnyRoute;
  /** Who can be invited. */
  readonly candidates: { readonly route: AnyRoute; readonly path?: Params };
  readonly roleOf: (member: User) => string | undefined;
}

const roleIn =
  (annotation: string) =>
  ({ metadata }: User): string | undefined =>
    metadata.annotations?.[annotation];

/** Anybody with an account can be given a role in the cluster. */
export const inCluster: MemberPlace = {
  kind: 'cluster',
  path: {},
  list: roles.clusterMembers,
  add: roles.addClusterMembers,
  update: roles.updateClusterMember,
  remove: roles.removeClusterMember,
  roles: roles.clusterRoles,
  candidates: { route: users.list },
  roleOf: roleIn(annotations.clusterRole),
};

/** Anybody with an account can be invited. */
export const inWorkspace = (workspace: string): MemberPlace => ({
  kind: 'workspace',
  path: { workspace },
  list: roles.workspaceMembers,
  add: roles.addWorkspaceMembers,
  update: roles.updateWorkspaceMember,
  remove: roles.removeWorkspaceMember,
  roles: roles.workspaceRoles,
  candidates: { route: users.list },
  roleOf: roleIn(annotations.workspaceRole),
});

/** Only members of the project's workspace can be invited. */
export const inProject = (namespace: string, workspace: string): MemberPlace => ({
  kind: 'project',
  path: { namespace },
  list: roles.projectMembers,
  add: roles.addProjectMembers,
  update: roles.updateProjectMember,
  remove: roles.removeProjectMember,
  roles: roles.projectRoles,
  candidates: { route: roles.workspaceMembers, path: { workspace } },
  roleOf: roleIn(annotations.role),
});

/** As in projects. */
export const inDevops = (devops: string, workspace: string): MemberPlace => ({
  kind: 'devops',
  path: { devops },
  list: devopsRoutes.members,
  add: devopsRoutes.addMembers,
  update: devopsRoutes.updateMember,
  remove: devopsRoutes.removeMember,
  roles: devopsRoutes.roles,
  candidates: { route: roles.workspaceMembers, path: { workspace } },
  roleOf: roleIn(annotations.role),
});

/** Where the platform's complaints about a field are to be shown. */
export const inviteFields = { username: 'member', role: 'roleRef' } as const;

/** The body of an invitation: everybody with the same role. */
export const invitations = (usernames: readonly string[], roleRef: string): Member[] =>
  usernames.map(username => ({ username: username.trim(), roleRef }));

/** The value of a route's path for one member. */
export const memberPath = ({ path }: MemberPlace, member: string): Params => ({ ...path, member });

export type Members = Page<User>;
