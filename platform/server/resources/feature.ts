/** Lists of native objects, paged, sorted and filtered here, each user seeing what the cluster lets them see. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { ListQuery, Page } from '@orrery/platform-contract';
import { resources as routes } from '@orrery/platform-contract/features';
import { answerOf } from '../chain/served.ts';
import type { PlatformContext } from '../context.ts';
import { handlersFor, liveFor, type Call, type Feature, type Source } from '../feature.ts';
import { createKinds } from './kinds.ts';
import { fromLegacy } from './legacy.ts';
import { getObject, listObjects, type Wish } from './read.ts';

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

/** Kinds of the platform's own: their lists are the routes of the features that have them, which show no hashes and no other tenants. */
const elsewhere: Readonly<Record<string, string>> = {
  users: 'users.list',
  workspaces: 'tenancy.workspaces',
  workspacetemplates: 'tenancy.workspaces',
  globalroles: 'roles.globalRoles',
  clusters: 'clusters.list',
};

type AnyCall = Pick<Call<typeof routes.list>, 'caller' | 'request' | 'search'>;

/** Undefined for kinds that have no list elsewhere, and for those whose feature is off. */
async function listedElsewhere(
  context: PlatformContext,
  resource: string,
  { caller, request, search }: AnyCall,
): Promise<Page<KubeObject> | undefined> {
  const id = Object.hasOwn(elsewhere, resource) ? elsewhere[resource]! : undefined;
  const served = id === undefined ? undefined : context.served.get(id);
  if (!served) return undefined;
  return (await answerOf(served, { parameters: {}, search, caller, request }, context)) as Page<KubeObject>;
}

const nameOf = ({ group, version, resources }: { group: string; version: string; resources: string }): string =>
  `${resources}.${version}.${group}`;

export const resources: Feature = {
  manifest,
  start(context) {
    const kinds = createKinds(context);
    // What the platform may not watch is looked at again every half minute like everything that is followed.
    const sourcesOf = (name: string, namespaced: boolean | undefined, place: Omit<Source, 'resource'>): Source[] => {
      const kind = kinds.known(name, namespaced);
      return kind.cached ? [{ ...place, resource: kind }] : [];
    };
    const list = (caller: AnyCall['caller'], wish: Wish) => listObjects(context, kinds, caller, wish);
    const listAny = async (name: string, namespace: string | undefined, call: Call<typeof routes.list>) => {
      const { caller, query, search } = call;
      const kind = await kinds.find(name, namespace === undefined ? undefined : true);
      return list(caller, { kind, query: query as ListQuery, search, ...(namespace && { namespace }) });
    };
    const get = async (caller: AnyCall['caller'], resource: string, name: string, namespace?: string) =>
      getObject(context, kinds, caller, await kinds.find(resource, namespace !== undefined), name, namespace);
    const legacy = async (call: AnyCall, resource: string, namespace?: string) => {
      const { query, search } = fromLegacy(call.search);
      const kind = await kinds.find(resource, namespace === undefined ? undefined : true);
      const { items, totalItems } = await list(call.caller, { kind, query, search, ...(namespace && { namespace }) });
      return { items, total_count: totalItems };
    };
    return {
      handlers: handlersFor(routes, {
        list: async call =>
          (await listedElsewhere(context, call.path.resources, call)) ?? listAny(call.path.resources, undefined, call),
        get: ({ caller, path }) => get(caller, path.resources, path.name),
        listIn: call => listAny(call.path.resources, call.path.namespace, call as never),
        getIn: ({ caller, path }) => get(caller, path.resources, path.name, path.namespace),
        listOf: call => listAny(nameOf(call.path), undefined, call as never),
        getOf: ({ caller, path }) => get(caller, nameOf(path), path.name),
        listOfIn: call => listAny(nameOf(call.path), call.path.namespace, call as never),
        getOfIn: ({ caller, path }) => get(caller, nameOf(path), path.name, path.namespace),
        legacyList: call => legacy(call, call.path.resources),
        legacyListIn: call => legacy(call, call.path.resources, call.path.namespace),
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
