/** What a user is anywhere: his roles on the platform, in the cluster, in workspaces and projects, his own and those of his departments. */
import type { Client } from '@orrery/client';
import type { GroupVersionResource } from '@orrery/machinery/meta';
import { isReason } from '@orrery/machinery/status';
import { workspaceAccess } from '@orrery/platform-contract';
import { labels, platformResources, type PlatformRoleBinding, type User } from '@orrery/platform-kinds';
import { allowedOf } from '../access/authorizer.ts';
import { bindingsNaming } from '../access/visible.ts';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import { pageIn, type Paged } from './sessions.ts';

export interface RoleAt {
  readonly scope: 'platform' | 'cluster' | 'workspace' | 'project';
  readonly role: string;
  readonly workspace?: string;
  readonly project?: string;
  /** The department that he has it through. */
  readonly group?: string;
}

type Binding = Pick<PlatformRoleBinding, 'metadata' | 'roleRef' | 'subjects'>;

/** The bindings that name the user or one of his groups, as roles; a role that he has twice stands once, his own before a department's. */
export function rolesOfBindings(
  scope: RoleAt['scope'],
  bindings: readonly Binding[],
  { metadata: { name }, spec: { groups = [] } }: User,
): RoleAt[] {
  const found = bindings.flatMap(({ metadata, roleRef, subjects = [] }) =>
    subjects
      .filter(({ kind, name: subject }) => (kind === 'User' ? subject === name : groups.includes(subject)))
      .map((subject): RoleAt => {
        const workspace = metadata.labels?.[labels.workspace];
        return {
          scope,
          role: roleRef.name,
          ...(scope === 'workspace' && workspace && { workspace }),
          ...(scope === 'project' && { project: metadata.namespace ?? '' }),
          ...(subject.kind === 'Group' && { group: subject.name }),
        };
      }),
  );
  const placeOf = ({ role, workspace, project }: RoleAt) => `${workspace ?? project ?? ''}\n${role}`;
  const ownFirst = found.toSorted(
    (left, right) => Number(left.group !== undefined) - Number(right.group !== undefined),
  );
  return [...new Map(ownFirst.toReversed().map(role => [placeOf(role), role])).values()].toSorted((left, right) =>
    placeOf(left) < placeOf(right) ? -1 : 1,
  );
}

/** A feature that is off has no kind, and binds nobody. */
async function listed(client: Client, resource: GroupVersionResource, labelSelector?: string): Promise<Binding[]> {
  try {
    return (await client.list<PlatformRoleBinding>(resource, { ...(labelSelector && { labelSelector }) })).items;
  } catch (error) {
    if (isReason(error, 'NotFound')) return [];
    throw error;
  }
}

/** Of somebody else only what lies in workspaces and projects that who asks may see. Rejects with 404. */
export async function placesOf(context: PlatformContext, caller: Caller, name: string, query: Paged) {
  const service = context.serviceOf(caller);
  const user = await service.get<User>(platformResources.users, name);
  const own = `${labels.user}=${name}`;
  const groups = user.spec.groups ?? [];
  const [platform, cluster, workspace] = await Promise.all([
    listed(service, platformResources.globalrolebindings, own),
    listed(service, platformResources.iamClusterRoleBindings, own),
    listed(service, platformResources.workspacerolebindings, groups.length > 0 ? undefined : own),
  ]);
  const subjects = [{ kind: 'User' as const, name }, ...groups.map(group => ({ kind: 'Group' as const, name: group }))];
  // What follows from roles elsewhere stands in bindings to cluster roles.
  const projects = subjects
    .flatMap(subject => bindingsNaming(context, subject))
    .filter(({ roleRef }) => roleRef.kind === 'Role');
  const inProjects = rolesOfBindings('project', projects, user);
  const inWorkspaces = rolesOfBindings('workspace', workspace, user);
  const items = [
    ...rolesOfBindings('platform', platform, user),
    ...rolesOfBindings('cluster', cluster, user),
    ...(name === caller.name ? inWorkspaces : await seenWorkspaces(context, caller, inWorkspaces)),
    ...(name === caller.name ? inProjects : await seenProjects(context, caller, inProjects)),
  ];
  return pageIn(items, query);
}

const seenWorkspaces = (context: PlatformContext, caller: Caller, roles: readonly RoleAt[]) =>
  allowedOf(context.clientOf(caller), roles, ({ workspace = '' }) => workspaceAccess('get', workspace, 'workspaces'));

const seenProjects = (context: PlatformContext, caller: Caller, roles: readonly RoleAt[]) =>
  allowedOf(context.clientOf(caller), roles, ({ project = '' }) => ({
    verb: 'get',
    group: '',
    resource: 'namespaces',
    name: project,
    namespace: project,
  }));
