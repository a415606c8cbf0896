/** The market of extensions: repositories, uploads, and what is installed of them. */
import { market as routes } from '@orrery/platform-contract/features';
import { retryOnConflict } from '@orrery/client';
import type { GroupVersionResource, KubeObject } from '@orrery/machinery/meta';
import { orUndefined } from '@orrery/machinery/status';
import {
  labels,
  platformResources,
  type Extension,
  type ExtensionVersion,
  type InstallPlan,
  type MarketCategory,
  type Repository,
} from '@orrery/platform-kinds';
import type { PlatformContext } from '../context.ts';
import { toBase64 } from '../extensions/bytes.ts';
import { handlersFor, liveFor, type Feature } from '../feature.ts';
import { listPage } from '../lists/list.ts';
import { categories } from './categories.data.ts';
import { filesOf } from './charts.ts';
import { isOci, placeOf } from './oci.ts';
import { installExtensions } from './installer.ts';
import { keepExtensions, readVersions } from './listing.ts';
import { checkPlan } from './plan.ts';
import { syncRepositories } from './repositories.ts';
import { removeExtension, upload } from './uploads.ts';

const manifest = {
  name: 'market',
  summary: 'Extensions to choose from, and those that are installed',
  routes,
  kinds: [
    'extensions.kubesphere.io',
    'extensionversions.kubesphere.io',
    'categories.kubesphere.io',
    'repositories.kubesphere.io',
  ],
  menus: [],
  needs: ['extensions'],
} as const;

const { marketExtensions, extensionversions, marketCategories, repositories, installplans } = platformResources;
const success = { message: 'success' };

/** Rejects with 404. Objects of the market are of the platform, whose rights were asked before. */
const get = <T extends KubeObject>({ client }: PlatformContext, resource: GroupVersionResource, name: string) =>
  client.get<T>(resource, name);

const bare = <T extends KubeObject>(resource: { apiVersion: string; kind: string }, body: T): T => {
  const { name = '', labels: marks, annotations, resourceVersion } = body.metadata ?? {};
  const metadata = { name, ...(marks && { labels: marks }), ...(annotations && { annotations }) };
  const { status: _status, ...rest } = body as T & { status?: unknown };
  return {
    ...rest,
    apiVersion: resource.apiVersion,
    kind: resource.kind,
    metadata: { ...metadata, ...(resourceVersion && { resourceVersion }) },
  } as unknown as T;
};

/** Passwords go in, and never out. */
function withoutPassword(repository: Repository): Repository {
  const { basicAuth, ...spec } = repository.spec;
  if (!basicAuth) return repository;
  const { password: _password, ...shown } = basicAuth;
  return { ...repository, spec: { ...spec, basicAuth: shown } };
}

/** What a change says over what is there: other labels, another spec. */
async function changed<T extends KubeObject & { spec?: unknown }>(
  context: PlatformContext,
  resource: GroupVersionResource,
  name: string,
  body: T,
  specOf: (found: T) => unknown = () => body.spec,
): Promise<T> {
  const write = async (): Promise<T> => {
    const found = await context.client.get<T>(resource, name);
    const { resourceVersion = found.metadata.resourceVersion, labels: marks, annotations } = body.metadata ?? {};
    return context.client.update<T>(resource, {
      ...found,
      spec: specOf(found),
      metadata: {
        ...found.metadata,
        resourceVersion,
        ...(marks && { labels: marks }),
        ...(annotations && { annotations }),
      },
    });
  };
  // Who does not say what he saw means what is there: the installer writes its status meanwhile.
  return body.metadata?.resourceVersion === undefined ? retryOnConflict(context, write) : write();
}

/** Addresses of other schemes have no origin that would tell them apart. */
const placeOfPassword = (url: string): string | undefined =>
  isOci(url) ? `oci://${placeOf(url).registry}` : URL.parse(url)?.origin;

/** A password that is left out stays, as long as the address is the same: nobody sends it elsewhere. */
const keepingPassword = (body: Repository) => (found: Repository) => {
  const { basicAuth } = body.spec;
  const known = found.spec.basicAuth?.password;
  const isSame = placeOfPassword(body.spec.url) === placeOfPassword(found.spec.url);
  if (!basicAuth || basicAuth.password !== undefined || known === undefined || !isSame) return body.spec;
  return { ...body.spec, basicAuth: { ...basicAuth, password: known } };
};

export const market: Feature = {
  manifest,
  async prepare(client) {
    for (const { name, en, zh } of categories) {
      if (await orUndefined(client.get(marketCategories, name))) continue;
      const { apiVersion, kind } = marketCategories;
      const object = { apiVersion, kind, metadata: { name }, spec: { displayName: { en, zh } } };
      await client.create(marketCategories, object as KubeObject).catch((error: { code?: number }) => {
        if (error.code !== 409) throw error;
      });
    }
  },
  start(context) {
    const { client } = context;
    const all = async <T extends KubeObject>(resource: GroupVersionResource): Promise<T[]> =>
      (await client.list<T>(resource)).items;
    return {
      handlers: handlersFor(routes, {
        list: async ({ query, search }) => listPage(await all<Extension>(marketExtensions), query, search),
        get: ({ path }) => get<Extension>(context, marketExtensions, path.extension),
        delete: async ({ path }) => {
          await removeExtension(context, path.extension);
          return success;
        },
        versions: async ({ query, search }) => listPage(await all<ExtensionVersion>(extensionversions), query, search),
        version: ({ path }) => get<ExtensionVersion>(context, extensionversions, path.version),
        files: async ({ path }) => {
          const version = await get<ExtensionVersion>(context, extensionversions, path.version);
          return (await filesOf(context, version)).map(({ name, data }) => ({ name, data: toBase64(data) }));
        },
        upload: ({ body }) => upload(context, body.chart),
        categories: async ({ query, search }) => listPage(await all<MarketCategory>(marketCategories), query, search),
        repositories: async ({ query, search }) =>
          listPage((await all<Repository>(repositories)).map(withoutPassword), query, search),
        repository: async ({ path }) => withoutPassword(await get<Repository>(context, repositories, path.repository)),
        createRepository: async ({ body }) =>
          withoutPassword(await client.create(repositories, bare(repositories, body))),
        updateRepository: async ({ path, body }) =>
          withoutPassword(await changed(context, repositories, path.repository, body, keepingPassword(body))),
        deleteRepository: async ({ path }) => {
          await client.delete(repositories, path.repository);
          return success;
        },
        syncRepository: async ({ path }) =>
          withoutPassword(
            await client.patch<Repository>(repositories, path.repository, 'merge', { status: { lastSyncTime: null } }),
          ),
        plans: async ({ query, search }) => listPage(await all<InstallPlan>(installplans), query, search),
        plan: ({ path }) => get<InstallPlan>(context, installplans, path.plan),
        createPlan: ({ body }) => {
          checkPlan(body);
          const name = body.spec.extension.name;
          const { metadata, ...rest } = bare(installplans, body);
          const marks = { ...metadata.labels, [labels.extension]: name };
          return client.create(installplans, {
            ...rest,
            metadata: { ...metadata, name, labels: marks },
          } as InstallPlan);
        },
        updatePlan: ({ path, body }) => {
          checkPlan(body);
          return changed(context, installplans, path.plan, body);
        },
        deletePlan: async ({ path }) => {
          await client.delete(installplans, path.plan);
          return success;
        },
      }),
      live: liveFor(routes, {
        list: () => [{ resource: marketExtensions }],
        get: ({ extension }) => [{ resource: marketExtensions, name: extension }],
        versions: () => [{ resource: extensionversions }],
        categories: () => [{ resource: marketCategories }],
        repositories: () => [{ resource: repositories }],
        repository: ({ repository }) => [{ resource: repositories, name: repository }],
        plans: () => [{ resource: installplans }],
        plan: ({ plan }) => [{ resource: installplans, name: plan }],
      }),
      controllers: [
        syncRepositories(context),
        readVersions(context),
        keepExtensions(context),
        installExtensions(context),
      ],
    };
  },
};
