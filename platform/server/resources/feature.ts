/** Lists of native objects, paged, sorted and filtered here, each user seeing what the cluster lets them see. */
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError, forbidden } from '@orrery/machinery/status';
import type { Informer } from '@orrery/reconciler';
import type { ListQuery, Page } from '@orrery/platform-contract';
import { resources as routes } from '@orrery/platform-contract/features';
import { decide } from '../access/authorizer.ts';
import { visibleNamespaces } from '../access/visible.ts';
import type { PlatformContext } from '../context.ts';
import { handlersFor, liveFor, type Feature, type Source } from '../feature.ts';
import type { Caller } from '../identity/caller.ts';
import { listPage } from '../lists/list.ts';
import { createKinds, type Kind } from './kinds.ts';
import { listings } from './listings.ts';

const inProject = '/clusters/{cluster}/projects/{namespace}';
const inCluster = '/clusters/{cluster}';

/** The lists that have an entry in the navigation, in its order: in projects, and over all of them in the cluster. */
const listed = [
  'deployments',
  'statefulsets',
  'daemonsets',
  'jobs',
  'cronjobs',
  'pods',
  'horizontalpodautoscalers',
  'services',
  'ingresses',
  'networkpolicies',
  'configmaps',
  'secrets',
  'serviceaccounts',
  'persistentvolumeclaims',
];
const listedInCluster = ['persistentvolumes', 'storageclasses', 'customresourcedefinitions'];

const menuOf = (root: string, resource: string) => ({
  path: `${root}/${resource}`,
  title: `menu.${resource}`,
  scope: root === inProject ? ('project' as const) : ('cluster' as const),
  route: root === inProject ? 'resources.listIn' : 'resources.list',
});

const manifest = {
  name: 'resources',
  summary: 'Lists of the objects of clusters and projects',
  routes,
  kinds: [],
  menus: [
    ...listed.map(resource => menuOf(inProject, resource)),
    ...['nodes', ...listed, ...listedInCluster].map(resource => menuOf(inCluster, resource)),
  ],
  needs: [],
} as const;

interface Wish {
  readonly kind: Kind;
  readonly query: ListQuery;
  readonly search: URLSearchParams;
}

export const resources: Feature = {
  manifest,
  start(context) {
    const kinds = createKinds(context);
    // What the platform may not watch is looked at again every half minute like everything that is followed.
    const sourcesOf = (name: string, namespaced: boolean | undefined, place: Omit<Source, 'resource'>): Source[] => {
      const kind = kinds.known(name, namespaced);
      return kind.cached ? [{ ...place, resource: kind }] : [];
    };
    return {
      handlers: handlersFor(routes, {
        list: async ({ caller, path, query, search }) =>
          listAll(context, caller, { kind: await kinds.find(path.resources), query, search }),
        get: async ({ caller, path }) => getOne(context, caller, await kinds.find(path.resources, false), path.name),
        listIn: async ({ caller, path, query, search }) =>
          listIn(context, caller, path.namespace, { kind: await kinds.find(path.resources, true), query, search }),
        getIn: async ({ caller, path }) =>
          getOne(context, caller, await kinds.find(path.resources, true), path.name, path.namespace),
      }),
      live: liveFor(routes, {
        list: ({ resources }) => sourcesOf(resources, undefined, {}),
        get: ({ resources, name }) => sourcesOf(resources, false, { name }),
        listIn: ({ resources, namespace }) => sourcesOf(resources, true, { namespace }),
        getIn: ({ resources, namespace, name }) => sourcesOf(resources, true, { namespace, name }),
      }),
    };
  },
};

/** A cache that does not fill (its kind has just gone) holds nobody up. */
const fillMs = 10_000;

async function cacheOf(
  { informers, clock }: PlatformContext,
  { group, version, resource }: Kind,
): Promise<Informer<KubeObject>> {
  const informer = informers.of({ group, version, resource });
  if (informer.hasSynced()) return informer;
  const waiting = new AbortController();
  await Promise.race([informer.synced, clock.sleep(fillMs, waiting.signal)]);
  waiting.abort();
  if (!informer.hasSynced())
    throw new StatusError(504, 'Timeout', `the cluster does not list "${resource}" at the moment`);
  return informer;
}

async function listAll(context: PlatformContext, caller: Caller, wish: Wish): Promise<Page<KubeObject>> {
  const { kind, query, search } = wish;
  const { group, resource } = kind;
  const verb = resource === 'namespaces' ? 'get' : 'list';
  const names =
    kind.namespaced || resource === 'namespaces'
      ? await visibleNamespaces(context, caller, verb, { group, resource })
      : await wholeCluster(context, caller, group, resource);
  const objects = await (kind.cached ? fromCache(context, kind, names) : asUser(context, caller, kind, names));
  return listPage(objects, query, search, listings[resource]);
}

type Where = 'everywhere' | ReadonlySet<string>;

async function fromCache(context: PlatformContext, kind: Kind, names: Where): Promise<KubeObject[]> {
  const informer = await cacheOf(context, kind);
  if (names === 'everywhere') return informer.list();
  if (kind.resource === 'namespaces') return informer.list().filter(({ metadata }) => names.has(metadata.name!));
  return [...names].flatMap(namespace => informer.list(namespace));
}

/** The platform may not read this kind: the user's own rights must do, and nothing is kept. */
async function asUser(context: PlatformContext, caller: Caller, kind: Kind, names: Where): Promise<KubeObject[]> {
  const client = context.clientOf(caller);
  if (names === 'everywhere') return (await client.list(kind)).items;
  const pages = await Promise.all([...names].map(namespace => client.list(kind, { namespace })));
  return pages.flatMap(({ items }) => items);
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
  { kind, query, search }: Wish,
): Promise<Page<KubeObject>> {
  const { group, resource } = kind;
  await refuse(context, caller, { verb: 'list', group, resource, namespace });
  const place = new Set([namespace]);
  const objects = await (kind.cached ? fromCache(context, kind, place) : asUser(context, caller, kind, place));
  return listPage(objects, query, search, listings[resource]);
}

/** Single objects come from the cluster itself, as the user. */
async function getOne(
  context: PlatformContext,
  caller: Caller,
  { group, version, resource }: Kind,
  name: string,
  namespace?: string,
): Promise<KubeObject> {
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
