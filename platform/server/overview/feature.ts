/** The numbers of overview pages, from caches, for what the user may see. */
import { resources } from '@orrery/client/resources';
import { accessOf, workspaceAccess, type Access } from '@orrery/platform-contract';
import { overview as routes, users } from '@orrery/platform-contract/features';
import { labels, platformResources, type PlatformRoleBinding } from '@orrery/platform-kinds';
import { decide } from '../access/authorizer.ts';
import { visibleNamespaces } from '../access/visible.ts';
import type { PlatformContext } from '../context.ts';
import { handlersFor, liveFor, type Feature, type Source } from '../feature.ts';
import type { Caller } from '../identity/caller.ts';
import { listedKinds } from '../resources/kinds.data.ts';
import { stateOf } from '../resources/listings.ts';
import { inWorkspace, projectsOf, workspacesOf } from '../tenancy/visible.ts';
import { countOf, type Count, type Counts } from './counts.ts';

const manifest = {
  name: 'overview',
  summary: 'The numbers of platform, workspaces and projects',
  routes,
  kinds: [],
  menus: [],
  needs: ['tenancy', 'resources'],
} as const;

/** What is counted in projects, by plural name. */
const counted = [
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

const resourceOf = (resource: string): Source['resource'] => ({ ...listedKinds.get(resource)!, resource });
const sourcesIn = (namespace?: string): Source[] => [
  ...counted.map(resource => ({ resource: resourceOf(resource), ...(namespace && { namespace }) })),
  { resource: resources.rolebindings, ...(namespace && { namespace }) },
];
const projects: Source = { resource: resources.namespaces };

export const overview: Feature = {
  manifest,
  start: context => ({
    handlers: handlersFor(routes, {
      platform: async ({ caller }) => ({ counts: await ofPlatform(context, caller) }),
      workspace: async ({ caller, path }) => ({ counts: await ofWorkspace(context, caller, path.workspace) }),
      project: async ({ caller, path }) => ({ counts: await ofProject(context, caller, path.namespace) }),
    }),
    live: liveFor(routes, {
      platform: () => [
        ...sourcesIn(),
        projects,
        { resource: resources.nodes },
        { resource: platformResources.users },
        { resource: platformResources.workspacetemplates },
      ],
      workspace: () => [...sourcesIn(), projects, { resource: platformResources.workspacerolebindings }],
      project: ({ namespace }) => sourcesIn(namespace),
    }),
  }),
};

type Asked = readonly [name: string, count: Promise<Count | undefined>];

async function gather(asked: readonly Asked[]): Promise<Counts> {
  const found = await Promise.all(asked.map(async ([name, count]) => [name, await count] as const));
  return Object.fromEntries(found.filter((entry): entry is readonly [string, Count] => entry[1] !== undefined));
}

async function ofPlatform(context: PlatformContext, caller: Caller): Promise<Counts> {
  const { informers } = context;
  const accounts = informers.of(platformResources.users);
  const nodes = informers.of(resources.nodes);
  const listUsers = accessOf(users.list.permission as Parameters<typeof accessOf>[0], {});
  return gather([
    ['users', whereAllowed(context, caller, listUsers, () => accounts.list().length)],
    ['workspaces', workspacesOf(context, caller).then(found => countOf(found))],
    ['projects', projectsOf(context, caller).then(found => countOf(found))],
    [
      'nodes',
      nodes.synced.then(async () =>
        (await isAllowed(context, caller, { verb: 'list', group: '', resource: 'nodes' }))
          ? countOf(nodes.list(), stateOf['nodes'])
          : undefined,
      ),
    ],
    ...counted.map(resource => [resource, everywhere(context, caller, resource)] as const),
  ]);
}

async function ofWorkspace(context: PlatformContext, caller: Caller, workspace: string): Promise<Counts> {
  const bindings = context.informers.of<PlatformRoleBinding>(platformResources.workspacerolebindings);
  await bindings.synced;
  const own = (await projectsOf(context, caller)).filter(project => inWorkspace(project) === workspace);
  const names = new Set(own.map(({ metadata }) => metadata.name!));
  const members = () => {
    const inside = bindings.list().filter(binding => inWorkspace(binding) === workspace);
    return new Set(inside.map(({ metadata }) => metadata.labels?.[labels.user])).size;
  };
  return gather([
    ['projects', Promise.resolve(countOf(own))],
    ['members', whereAllowed(context, caller, workspaceAccess('list', workspace, 'workspacemembers'), members)],
    ...counted.map(resource => [resource, everywhere(context, caller, resource, names)] as const),
  ]);
}

async function ofProject(context: PlatformContext, caller: Caller, namespace: string): Promise<Counts> {
  const bindings = context.informers.of(resources.rolebindings);
  const { group } = listedKinds.get('rolebindings')!;
  const members = () =>
    new Set(bindings.list(namespace).flatMap(({ metadata }) => metadata.labels?.[labels.user] ?? [])).size;
  return gather([
    ['members', whereAllowed(context, caller, { verb: 'list', group, resource: 'rolebindings', namespace }, members)],
    ...counted.map(resource => [resource, inProject(context, caller, resource, namespace)] as const),
  ]);
}

const isAllowed = async ({ clientOf }: PlatformContext, caller: Caller, access: Access): Promise<boolean> =>
  (await decide(clientOf(caller), access)).allowed;

const whereAllowed = async (
  context: PlatformContext,
  caller: Caller,
  access: Access,
  total: () => number,
): Promise<Count | undefined> => ((await isAllowed(context, caller, access)) ? { total: total() } : undefined);

async function inProject(
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
async function everywhere(
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
