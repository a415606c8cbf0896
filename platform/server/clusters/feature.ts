/** The clusters of this platform. It runs on one of them, the host; others are imported and reached directly. */
import { retryOnConflict } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { notFound, orUndefined } from '@orrery/machinery/status';
import type { KubeObject } from '@orrery/machinery/meta';
import { applyMergePatch, type JsonObject } from '@orrery/machinery/patch';
import { clusters as routes } from '@orrery/platform-contract/features';
import { groups, platformResources, type WorkspaceTemplate } from '@orrery/platform-kinds';
import type { PlatformContext } from '../context.ts';
import { handlersFor, liveFor, type Feature } from '../feature.ts';
import type { Caller } from '../identity/caller.ts';
import { listPage } from '../lists/list.ts';
import { createCluster, removeCluster, updateKubeconfig, validateCluster } from './connection.ts';
import { bindLabels, createLabels, deleteLabels, healLabels, labelGroups, renameLabel, unbindLabel } from './labels.ts';
import { ensureHost, keptClusters, shownCluster } from './objects.ts';
import { isOpenTo } from './open.ts';
import { keepClusters } from './reconciler.ts';
import { visibleClusters } from './visible.ts';

const manifest = {
  name: 'clusters',
  summary: 'The clusters that the platform works with, and for whom they are',
  routes,
  kinds: ['clusters.cluster.kubesphere.io', 'labels.cluster.kubesphere.io'],
  menus: [
    { path: '/clusters', title: 'menu.clusters', scope: 'platform', route: 'clusters.list' },
    { path: '/clusters/{cluster}/settings', title: 'menu.settings', scope: 'cluster', route: 'clusters.patch' },
  ],
  needs: ['tenancy'],
} as const;

const success = { message: 'success' };
const sources = [
  { resource: resources.nodes },
  { resource: platformResources.clusters },
  { resource: platformResources.workspacetemplates },
];

export const clusters: Feature = {
  manifest,
  prepare: ensureHost,
  start(context) {
    const shown = (all: readonly KubeObject[]) => Promise.all(all.map(cluster => shownCluster(context, cluster)));
    return {
      handlers: handlersFor(routes, {
        list: async ({ caller, query, search }) =>
          listPage(await shown(await visibleClusters(context, caller)), query, search),
        get: async ({ caller, path }) => {
          const seen = await visibleClusters(context, caller);
          return shownCluster(context, named(seen, path.cluster));
        },
        validate: ({ body }) => validateCluster(context, body),
        create: async ({ caller, body }) => shownCluster(context, await createCluster(context, caller, body)),
        updateKubeconfig: async ({ caller, path, body }) => {
          await updateKubeconfig(context, caller, path.cluster, body.kubeconfig);
          return success;
        },
        delete: async ({ caller, path }) => {
          await removeCluster(context, caller, path.cluster);
          return success;
        },
        patch: async ({ caller, path, body }) =>
          shownCluster(context, await patchCluster(context, caller, path.cluster, body)),
        ofWorkspace: async ({ caller, path, query, search }) => {
          const template = await templateOf(context, caller, path.workspace);
          const open = (await keptClusters(context)).filter(cluster => isOpenTo(cluster, template));
          return listPage(await shown(open), query, search);
        },
        grantRequests: ({ caller, path, body }) => place(context, caller, path.cluster, body),
        labels: ({ caller }) => labelGroups(context, caller),
        createLabels: ({ caller, body }) => createLabels(context, caller, body),
        updateLabel: ({ caller, path, query, body }) =>
          query.action === 'unbind'
            ? unbindLabel(context, caller, path.label, body.clusters ?? [])
            : renameLabel(context, caller, path.label, body),
        deleteLabels: async ({ caller, body }) => {
          await deleteLabels(context, caller, body);
          return success;
        },
        bindLabels: async ({ caller, body }) => {
          await bindLabels(context, caller, body);
          return success;
        },
      }),
      live: liveFor(routes, {
        list: () => sources,
        get: () => sources,
        ofWorkspace: () => sources,
        labels: () => [{ resource: platformResources.labels }],
      }),
      controllers: [healLabels(context), keepClusters(context)],
    };
  },
};

/** @throws StatusError 404, for one that he may not see too. */
function named(clusters: readonly KubeObject[], name: string): KubeObject {
  const found = clusters.find(({ metadata }) => metadata.name === name);
  if (!found) throw notFound({ group: groups.cluster, resource: 'clusters', name });
  return found;
}

async function templateOf(context: PlatformContext, caller: Caller, name: string): Promise<WorkspaceTemplate> {
  const service = context.serviceOf(caller);
  const found = await orUndefined(service.get<WorkspaceTemplate>(platformResources.workspacetemplates, name));
  if (!found) throw notFound({ group: groups.tenant, resource: 'workspaces', name });
  return found;
}

/** What a cluster is reached by is no form's to change. */
function patchCluster(context: PlatformContext, caller: Caller, name: string, patch: KubeObject): Promise<KubeObject> {
  const service = context.serviceOf(caller);
  return retryOnConflict(context, async () => {
    const before = await service.get<KubeObject & { spec?: { provider?: string } }>(platformResources.clusters, name);
    const after = applyMergePatch(before as unknown as JsonObject, patch) as unknown as typeof before;
    const { labels, annotations, resourceVersion } = after.metadata;
    const provider = after.spec?.provider;
    return service.update<KubeObject>(platformResources.clusters, {
      ...before,
      metadata: { ...before.metadata, labels, annotations, resourceVersion },
      spec: { ...before.spec, ...(provider !== undefined && { provider }) },
    } as KubeObject);
  });
}

/** All workspaces are looked at before any is changed. */
async function place(
  context: PlatformContext,
  caller: Caller,
  cluster: string,
  requests: readonly { readonly workspace: string; readonly op: 'add' | 'remove' }[],
): Promise<WorkspaceTemplate[]> {
  named(await keptClusters(context), cluster);
  for (const { workspace } of requests) await templateOf(context, caller, workspace);
  const changed: WorkspaceTemplate[] = [];
  for (const { workspace, op } of requests)
    changed.push(
      await retryOnConflict(context, async () => {
        const found = await templateOf(context, caller, workspace);
        const { placement } = found.spec;
        const others = (placement?.clusters ?? []).filter(({ name }) => name !== cluster);
        const clusters = op === 'add' ? [...others, { name: cluster }] : others;
        const spec = { ...found.spec, placement: { ...placement, clusters } };
        const service = context.serviceOf(caller);
        return service.update<WorkspaceTemplate>(platformResources.workspacetemplates, { ...found, spec });
      }),
    );
  return changed;
}
