/** Which clusters a workspace may use, and which a user sees. */
import type { KubeObject } from '@orrery/machinery/meta';
import { matches, selectorFromObject, type LabelSelectorObject } from '@orrery/machinery/selector';
import { StatusError } from '@orrery/machinery/status';
import { guardedGroup } from '@orrery/platform-contract';
import {
  annotations,
  groups,
  labels,
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
import { keptClusters } from './objects.ts';

const isPublic = ({ metadata }: KubeObject): boolean => metadata.labels?.[labels.visibility] === 'public';

/** Public, or where the workspace is placed: by name, or by the cluster's labels. Pure. */
export function isOpenTo(cluster: KubeObject, { spec }: Pick<WorkspaceTemplate, 'spec'>): boolean {
  if (isPublic(cluster)) return true;
  const { clusters = [], clusterSelector } = spec?.placement ?? {};
  if (clusters.some(({ name }) => name === cluster.metadata.name)) return true;
  // KubeSphere writes none as an empty one.
  const selector = clusterSelector as LabelSelectorObject | undefined;
  const says = Object.keys(selector?.matchLabels ?? {}).length + (selector?.matchExpressions?.length ?? 0) > 0;
  return says && selects(selector!, cluster);
}

/** A selector that cannot be read selects nothing. */
function selects(selector: LabelSelectorObject, { metadata }: KubeObject): boolean {
  try {
    return matches(selectorFromObject(selector), metadata.labels);
  } catch {
    return false;
  }
}

/** All for who may list clusters; else what is open to one of his workspaces, where he is a member, and what was granted to him. */
export async function visibleClusters(context: PlatformContext, caller: Caller): Promise<KubeObject[]> {
  const all = await keptClusters(context);
  const access = { verb: 'list', group: guardedGroup(groups.cluster), resource: 'clusters' };
  if ((await decide(context.clientOf(caller), access)).allowed) return all;
  const closed = all.filter(cluster => !isPublic(cluster));
  if (closed.length === 0) return all;
  const [workspaces, user] = await Promise.all([workspacesOf(context, caller), context.users.find(caller.name)]);
  const granted = new Set(grantedTo(user));
  const isMember = await isMemberOfHost(context, caller);
  return all.filter(
    cluster =>
      isPublic(cluster) ||
      granted.has(cluster.metadata.name!) ||
      (isMember && cluster.metadata.name === hostCluster) ||
      workspaces.some(workspace => isOpenTo(cluster, workspace)),
  );
}

const grantedTo = (user: User | undefined): string[] =>
  namesIn(user?.metadata.annotations?.[annotations.grantedClusters]);

async function isMemberOfHost({ informers, features }: PlatformContext, caller: Caller): Promise<boolean> {
  if (!features.some(({ name }) => name === 'roles')) return false;
  const bindings = informers.of<PlatformRoleBinding>(platformResources.iamClusterRoleBindings);
  await bindings.synced;
  const isHe = ({ kind, name }: { kind: string; name: string }) =>
    kind === 'User' ? name === caller.name : kind === 'Group' && caller.groups.includes(name);
  return bindings.list().some(({ subjects = [] }) => subjects.some(isHe));
}

/** Rejects with 403 when the workspace may not use the cluster. Without the feature there is one cluster, for all. */
export async function refuseClosed(context: PlatformContext, workspace: WorkspaceTemplate): Promise<void> {
  if (!context.features.some(({ name }) => name === 'clusters')) return;
  const name = workspace.metadata.name!;
  if (name === systemWorkspace) return;
  const host = (await keptClusters(context)).find(({ metadata }) => metadata.name === hostCluster)!;
  if (isOpenTo(host, workspace)) return;
  throw new StatusError(
    403,
    'Forbidden',
    `the cluster "${hostCluster}" is not open to the workspace "${name}": whoever manages the cluster opens it`,
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
