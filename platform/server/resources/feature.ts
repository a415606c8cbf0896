/** Lists of native objects, paged, sorted and filtered here, each user seeing what the cluster lets them see. */
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError, forbidden } from '@orrery/machinery/status';
import type { ListQuery, Page } from '@orrery/platform-contract';
import { resources as routes } from '@orrery/platform-contract/features';
import { decide } from '../access/authorizer.ts';
import { visibleNamespaces } from '../access/visible.ts';
import type { PlatformContext } from '../context.ts';
import { handlersFor, liveFor, type Feature, type Source } from '../feature.ts';
import type { Caller } from '../identity/caller.ts';
import { listPage } from '../lists/list.ts';
import { listedKinds, type ListedKind } from './kinds.data.ts';
import { listings } from './listings.ts';

const manifest = {
  name: 'resources',
  summary: 'Lists of the objects of clusters and projects',
  routes,
  kinds: [],
  menus: [
    {
      path: '/clusters/{cluster}/projects/{namespace}/deployments',
      title: 'menu.deployments',
      scope: 'project',
      route: 'resources.listIn',
    },
    {
      path: '/clusters/{cluster}/projects/{namespace}/pods',
      title: 'menu.pods',
      scope: 'project',
      route: 'resources.listIn',
    },
    { path: '/clusters/{cluster}/nodes', title: 'menu.nodes', scope: 'cluster', route: 'resources.list' },
  ],
  needs: [],
} as const;

interface Wish {
  readonly resource: string;
  readonly query: ListQuery;
  readonly search: URLSearchParams;
}

export const resources: Feature = {
  manifest,
  start: context => ({
    handlers: handlersFor(routes, {
      list: ({ caller, path, query, search }) => listAll(context, caller, { resource: path.resources, query, search }),
      get: ({ caller, path }) => getOne(context, caller, path.resources, path.name),
      listIn: ({ caller, path, query, search }) =>
        listIn(context, caller, path.namespace, { resource: path.resources, query, search }),
      getIn: ({ caller, path }) => getOne(context, caller, path.resources, path.name, path.namespace),
    }),
    live: liveFor(routes, {
      list: ({ resources }) => [sourceOf(resources)],
      get: ({ resources, name }) => [{ ...sourceOf(resources, false), name }],
      listIn: ({ resources, namespace }) => [{ ...sourceOf(resources, true), namespace }],
      getIn: ({ resources, namespace, name }) => [{ ...sourceOf(resources, true), namespace, name }],
    }),
  }),
};

/** @throws StatusError 404 for what is not listed here. */
function kindOf(resource: string, namespaced?: boolean): ListedKind {
  const kind = listedKinds.get(resource);
  if (!kind || (namespaced !== undefined && kind.namespaced !== namespaced))
    throw new StatusError(404, 'NotFound', `no list of "${resource}" is served here`);
  return kind;
}

function sourceOf(resource: string, namespaced?: boolean): Source {
  const { group, version } = kindOf(resource, namespaced);
  return { resource: { group, version, resource } };
}

const informerOf = ({ informers }: PlatformContext, resource: string, { group, version }: ListedKind) =>
  informers.of({ group, version, resource });

async function listAll(context: PlatformContext, caller: Caller, wish: Wish): Promise<Page<KubeObject>> {
  const { resource, query, search } = wish;
  const kind = kindOf(resource);
  const { group } = kind;
  const verb = resource === 'namespaces' ? 'get' : 'list';
  const names =
    kind.namespaced || resource === 'namespaces'
      ? await visibleNamespaces(context, caller, verb, { group, resource })
      : await wholeCluster(context, caller, group, resource);
  const informer = informerOf(context, resource, kind);
  await informer.synced;
  const objects =
    names === 'everywhere'
      ? informer.list()
      : resource === 'namespaces'
        ? informer.list().filter(({ metadata }) => names.has(metadata.name!))
        : [...names].flatMap(namespace => informer.list(namespace));
  return listPage(objects, query, search, listings[resource]);
}

async function wholeCluster(
  context: PlatformContext,
  caller: Caller,
  group: string,
  resource: string,
): Promise<'everywhere'> {
  await refuse(context, caller, { verb: 'list', group, resource });
  return 'everywhere';
}

async function listIn(
  context: PlatformContext,
  caller: Caller,
  namespace: string,
  { resource, query, search }: Wish,
): Promise<Page<KubeObject>> {
  const kind = kindOf(resource, true);
  await refuse(context, caller, { verb: 'list', group: kind.group, resource, namespace });
  const informer = informerOf(context, resource, kind);
  await informer.synced;
  return listPage(informer.list(namespace), query, search, listings[resource]);
}

/** Single objects come from the cluster itself, as the user. */
async function getOne(
  context: PlatformContext,
  caller: Caller,
  resource: string,
  name: string,
  namespace?: string,
): Promise<KubeObject> {
  const { group, version } = kindOf(resource, namespace !== undefined);
  return context.clientOf(caller).get({ group, version, resource }, name, { namespace });
}

async function refuse(
  context: PlatformContext,
  caller: Caller,
  access: { verb: string; group: string; resource: string; namespace?: string },
): Promise<void> {
  const { allowed, reason } = await decide(context.clientOf(caller), access);
  if (allowed) return;
  const { verb, group, resource, namespace } = access;
  const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope';
  const what = `User "${caller.name}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`;
  throw forbidden({ group, resource }, reason ? `${what}: ${reason}` : what);
}
