/** Members of the cluster: one role per user, by 4.x's ClusterRoleBindings. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError, forbidden, notFound, orUndefined } from '@orrery/machinery/status';
import { accessText } from '@orrery/platform-contract';
import type { Member } from '@orrery/platform-contract/features';
import {
  annotations,
  groups,
  labels,
  platformResources,
  type PlatformRole,
  type PlatformRoleBinding,
  type User,
} from '@orrery/platform-kinds';
import { notHeld } from '../access/authorizer.ts';
import { heal, refuseTaken } from '../access/heal.ts';
import { planClusterBinding, type Wanted } from '../access/materialise.ts';
import { clusterRules } from '../access/rules.ts';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import { usersBehind } from './members.ts';
import { namedInCluster, takeOut } from './named.ts';

const resource = platformResources.iamClusterRoleBindings;
const rbac = 'rbac.authorization.k8s.io';

const bindingsOf = async (client: Client, user?: string): Promise<PlatformRoleBinding[]> =>
  (
    await client.list<PlatformRoleBinding>(resource, {
      labelSelector: user === undefined ? labels.user : `${labels.user}=${user}`,
    })
  ).items;

const bindingOf = (user: string, role: string): Wanted => ({
  resource,
  object: {
    apiVersion: resource.apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: { name: `${user}-${role}`, labels: { [labels.user]: user } },
    roleRef: { apiGroup: groups.iam, kind: 'ClusterRole', name: role },
    subjects: [{ kind: 'User', apiGroup: rbac, name: user }],
  } as KubeObject,
});

const what = (name: string) => ({ group: groups.iam, resource: 'clustermembers', name });
const everything = [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }];

export const clusterMembers = async (context: PlatformContext, client: Client): Promise<User[]> =>
  usersBehind(context, client, await bindingsOf(client), annotations.clusterRole);

/** Rejects with 404. */
export async function clusterMemberOf(context: PlatformContext, client: Client, user: string): Promise<User> {
  const [found] = await usersBehind(context, client, await bindingsOf(client, user), annotations.clusterRole);
  if (!found) throw notFound(what(user));
  return found;
}

const isBinding = (object: KubeObject): object is PlatformRoleBinding => 'roleRef' in object;

/** Gives a user this role in the cluster and no other. */
export async function setClusterMember(
  context: PlatformContext,
  caller: Caller,
  { username, roleRef }: Member,
): Promise<void> {
  const service = context.serviceOf(caller);
  if (!(await context.users.find(username, service))) throw notFound({ ...what(username), resource: 'users' });
  const role = await orUndefined(service.get<PlatformRole>(platformResources.iamClusterRoles, roleRef));
  if (!role) throw new StatusError(422, 'Invalid', `member "${username}": the cluster has no role "${roleRef}"`);
  const before = await bindingsOf(service, username);
  await refuseGreater(context, caller, username, role.rules ?? []);
  await refuseToTouch(context, caller, username, before);
  const wanted = [bindingOf(username, roleRef)];
  await refuseTaken(service, wanted);
  await replace(service, wanted, before);
}

export async function removeClusterMember(context: PlatformContext, caller: Caller, user: string): Promise<void> {
  const service = context.serviceOf(caller);
  const named = await namedInCluster(service, user);
  if (named.length === 0) throw notFound(what(user));
  const before = await bindingsOf(service, user);
  await refuseToTouch(context, caller, user, named.map(({ binding }) => binding).filter(isBinding));
  await replace(service, [], before);
  await takeOut(context, service, await namedInCluster(service, user), user);
}

async function refuseGreater(
  context: PlatformContext,
  caller: Caller,
  user: string,
  rules: NonNullable<PlatformRole['rules']>,
): Promise<void> {
  const wanted = clusterRules(rules);
  const asked = wanted.some(rule => rule.nonResourceURLs?.length && rule.verbs.includes('*'))
    ? [...wanted, ...everything]
    : wanted;
  const missing = await notHeld(context.clientOf(caller), asked, 'platform');
  if (missing) throw forbidden(what(user), `the role may do what you may not: ${accessText(missing)}`);
}

/** Whoever may not give a role may not take it either. */
async function refuseToTouch(
  context: PlatformContext,
  caller: Caller,
  user: string,
  before: readonly PlatformRoleBinding[],
): Promise<void> {
  const service = context.serviceOf(caller);
  for (const { roleRef } of before) {
    // 3.x binds the cluster's own roles.
    const kind = roleRef.apiGroup === rbac ? resources.clusterroles : platformResources.iamClusterRoles;
    const role = await orUndefined(service.get<PlatformRole>(kind, roleRef.name));
    if (role) await refuseGreater(context, caller, user, role.rules ?? []);
  }
}

/** The bindings and what follows from them, both at once: the old rights are gone when this resolves. */
async function replace(
  service: Client,
  wanted: readonly Wanted[],
  before: readonly PlatformRoleBinding[],
): Promise<void> {
  const old = before.map((object): Wanted => ({ resource, object }));
  await heal(service, wanted, old);
  const native = (bindings: readonly Wanted[]) =>
    bindings.flatMap(({ object }) => planClusterBinding(object as PlatformRoleBinding));
  const fresh = native(wanted);
  await heal(
    service,
    [],
    native(old).filter(({ object }) => !fresh.some(other => other.object.metadata.name === object.metadata.name)),
  );
  await heal(service, fresh, []);
}
