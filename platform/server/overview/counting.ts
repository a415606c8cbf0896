/** Counting what a user sees of a kind, from caches: in one project, in some, or wherever the cluster lets him. */
import type { Access } from '@orrery/platform-contract';
import { decide } from '../access/authorizer.ts';
import { visibleNamespaces } from '../access/visible.ts';
import type { PlatformContext } from '../context.ts';
import type { Source } from '../feature.ts';
import type { Caller } from '../identity/caller.ts';
import { listedKinds } from '../resources/kinds.data.ts';
import { stateOf } from '../resources/listings.ts';
import { countOf, type Count, type Counts } from './counts.ts';

/** What is counted in projects, by plural name. */
export const counted = [
  'deployments',
  'statefulsets',
  'daemonsets',
  'jobs',
  'cronjobs',
  'pods',
  'services',
  'ingresses',
  'persistentvolumeclaims',
] as const;

export const resourceOf = (resource: string): Source['resource'] => ({ ...listedKinds.get(resource)!, resource });

export type Asked = readonly [name: string, count: Promise<Count | undefined>];

/** All at once; what may not be seen is left out. */
export async function gather(asked: readonly Asked[]): Promise<Counts> {
  const found = await Promise.all(asked.map(async ([name, count]) => [name, await count] as const));
  return Object.fromEntries(found.filter((entry): entry is readonly [string, Count] => entry[1] !== undefined));
}

export const isAllowed = async ({ clientOf }: PlatformContext, caller: Caller, access: Access): Promise<boolean> =>
  (await decide(clientOf(caller), access)).allowed;

export const whereAllowed = async (
  context: PlatformContext,
  caller: Caller,
  access: Access,
  total: () => number,
): Promise<Count | undefined> => ((await isAllowed(context, caller, access)) ? { total: total() } : undefined);

export async function inProject(
  context: PlatformContext,
  caller: Caller,
  resource: string,
  namespace: string,
): Promise<Count | undefined> {
  const { group } = listedKinds.get(resource)!;
  if (!(await isAllowed(context, caller, { verb: 'list', group, resource, namespace }))) return undefined;
  const informer = context.informers.of(resourceOf(resource));
  await informer.synced;
  return countOf(informer.list(namespace), stateOf[resource]);
}

/** In all projects that the user may see them in, or in those of `among`. Absent for who may see them nowhere. */
export async function everywhere(
  context: PlatformContext,
  caller: Caller,
  resource: string,
  among?: ReadonlySet<string>,
): Promise<Count | undefined> {
  const { group } = listedKinds.get(resource)!;
  const visible = await visibleNamespaces(context, caller, 'list', { group, resource });
  const names = visible === 'everywhere' ? among : among ? visible.intersection(among) : visible;
  if (names?.size === 0 && visible !== 'everywhere') return undefined;
  const informer = context.informers.of(resourceOf(resource));
  await informer.synced;
  const objects = names ? [...names].flatMap(namespace => informer.list(namespace)) : informer.list();
  return countOf(objects, stateOf[resource]);
}

/** A kind of the cluster itself. */
export async function ofCluster(
  context: PlatformContext,
  caller: Caller,
  resource: string,
): Promise<Count | undefined> {
  const { group } = listedKinds.get(resource)!;
  if (!(await isAllowed(context, caller, { verb: 'list', group, resource }))) return undefined;
  const informer = context.informers.of(resourceOf(resource));
  await informer.synced;
  return countOf(informer.list(), stateOf[resource]);
}
