/** Which clusters a workspace may use, and which a user sees. */
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError } from '@orrery/machinery/status';
import { guardedGroup } from '@orrery/platform-contract';
import {
  annotations,
  groups,
  platformResources,
  systemWorkspace,
  type PlatformRoleBinding,
  type User,
  type WorkspaceTemplate,
} from '@orrery/platform-kinds';
import { decide } from '../access/authorizer.ts';
import { same } from '../access/heal.ts';
import { hostCluster } from '../chain/target.ts';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import { namesIn } from '../roles/catalogue.ts';
import { workspacesOf } from '../tenancy/visible.ts';
import { hostOf } from './member/host.ts';
import { keptClusters } from './objects.ts';
import { isOpenTo, isPublic } from './open.ts';

/** All for who may list clusters; else what is open to one of his workspaces, where he is a member, and what was granted to him. */
export async function visibleClusters(given: PlatformContext, caller: Caller): Promise<KubeObject[]> {
  const context = hostOf(given);
  const all = await keptClusters(context);
  const access = { verb: 'list', group: guardedGroup(groups.cluster), resource: 'clusters' };
  if ((await decide(context.clientOf(caller), access)).allowed) return all;
  const closed = all.filter(cluster => !isPublic(cluster));
  if (closed.length === 0) return all;
  const [workspaces, user] = await Promise.all([workspacesOf(context, caller), context.users.find(caller.name)]);
  const granted = new Set(grantedTo(user));
  return all.filter(
    cluster =>
      isPublic(cluster) ||
      granted.has(cluster.metadata.name!) ||
      isMemberOf(context, cluster.metadata.name!, caller) ||
      workspaces.some(workspace => isOpenTo(cluster, workspace)),
  );
}

const grantedTo = (user: User | undefined): string[] =>
  namesIn(user?.metadata.annotations?.[annotations.grantedClusters]);

/** By the cluster's own roles. Of a cluster whose bindings were not heard of yet nobody is a member. */
function isMemberOf(context: PlatformContext, cluster: string, caller: Caller): boolean {
  if (!context.features.some(({ name }) => name === 'roles')) return false;
  const informers = cluster === hostCluster ? context.informers : context.members.find(cluster)?.context.informers;
  const bindings = informers?.of<PlatformRoleBinding>(platformResources.iamClusterRoleBindings);
  const isHe = ({ kind, name }: { kind: string; name: string }) =>
    kind === 'User' ? name === caller.name : kind === 'Group' && caller.groups.includes(name);
  return bindings?.list().some(({ subjects = [] }) => subjects.some(isHe)) ?? false;
}

/** Rejects with 403 when the workspace may not use the cluster. Without the feature there is one cluster, for all. */
export async function refuseClosed(context: PlatformContext, workspace: WorkspaceTemplate): Promise<void> {
  if (!context.features.some(({ name }) => name === 'clusters')) return;
  const name = workspace.metadata.name!;
  if (name === systemWorkspace) return;
  const { cluster } = context;
  const kept = (await keptClusters(context)).find(({ metadata }) => metadata.name === cluster);
  if (kept && isOpenTo(kept, workspace)) return;
  throw new StatusError(
    403,
    'Forbidden',
    `the cluster "${cluster}" is not open to the workspace "${name}": whoever manages the cluster opens it`,
  );
}

/** Whoever manages clusters says for whom they are: a workspace does not place itself. Rejects with 403. */
export async function refusePlacement(
  context: PlatformContext,
  caller: Caller,
  before: WorkspaceTemplate | undefined,
  after: WorkspaceTemplate,
): Promise<void> {
  const [old, fresh] = [before?.spec?.placement, after.spec?.placement];
  if (same(old, fresh)) return;
  const known = new Set(old?.clusters?.map(({ name }) => name));
  const added = (fresh?.clusters ?? []).map(({ name }) => name).filter(name => !known.has(name));
  const selects = fresh?.clusterSelector !== undefined && !same(old?.clusterSelector, fresh.clusterSelector);
  if (added.length === 0 && !selects) return;
  const access = { verb: 'update', group: guardedGroup(groups.cluster), resource: 'clusters' };
  if ((await decide(context.clientOf(caller), access)).allowed) return;
  const open = context.features.some(({ name }) => name === 'clusters') ? await keptClusters(context) : [];
  const isOpen = (name: string) => open.some(cluster => cluster.metadata.name === name && isPublic(cluster));
  if (!selects && added.every(isOpen)) return;
  throw new StatusError(403, 'Forbidden', 'only whoever manages clusters says which of them a workspace may use');
}
