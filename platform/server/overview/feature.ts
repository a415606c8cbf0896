/** The numbers of overview pages, from caches, for what the user may see. */
import { resources } from '@orrery/client/resources';
import { accessOf, workspaceAccess } from '@orrery/platform-contract';
import { overview as routes, users } from '@orrery/platform-contract/features';
import { labels, platformResources, type PlatformRoleBinding } from '@orrery/platform-kinds';
import { hostOf } from '../clusters/member/host.ts';
import { visibleClusters } from '../clusters/visible.ts';
import type { PlatformContext } from '../context.ts';
import { handlersFor, liveFor, type Feature, type Source } from '../feature.ts';
import type { Caller } from '../identity/caller.ts';
import { listedKinds } from '../resources/kinds.data.ts';
import { inWorkspace, projectsOf, workspacesOf } from '../tenancy/visible.ts';
import { counted, everywhere, gather, inProject, isAllowed, ofCluster, resourceOf, whereAllowed } from './counting.ts';
import { countOf, type Counts } from './counts.ts';
import { abnormalIn, abnormalKinds, metricsOf, quotaData } from './quotas.ts';
import { roomOf, type Room } from './room.ts';

const manifest = {
  name: 'overview',
  summary: 'The numbers of platform, workspaces and projects',
  routes,
  kinds: [],
  menus: [],
  needs: ['tenancy', 'resources'],
} as const;

const sourcesIn = (namespace?: string): Source[] => [
  ...counted.map(resource => ({ resource: resourceOf(resource), ...(namespace && { namespace }) })),
  { resource: resources.rolebindings, ...(namespace && { namespace }) },
];
const projects: Source = { resource: resources.namespaces };

export const overview: Feature = {
  manifest,
  start(context) {
    const { clock } = context;
    return {
      handlers: handlersFor(routes, {
        platform: async ({ caller }) => {
          const [counts, room] = await Promise.all([ofPlatform(context, caller), roomFor(context, caller)]);
          return { counts, ...(room && { room }) };
        },
        workspace: async ({ caller, path }) => ({ counts: await ofWorkspace(context, caller, path.workspace) }),
        project: async ({ caller, path }) => ({ counts: await ofProject(context, caller, path.namespace) }),
        clusterMetrics: async ({ caller }) =>
          metricsOf(await inCluster(context, caller, clusterMetrics), 'cluster', clock.now()),
        projectMetrics: async ({ caller, path }) =>
          metricsOf(await among(context, caller, projectMetrics, path.namespace), 'namespace', clock.now()),
        platformMetrics: async ({ caller }) => {
          const counts = await ofPlatform(context, caller);
          const isOn = context.features.some(({ name }) => name === 'clusters');
          const clusters = { total: isOn ? (await visibleClusters(context, caller)).length : 1 };
          const { users: accounts, workspaces } = counts;
          const picked = { ...(accounts && { users: accounts }), ...(workspaces && { workspaces }), clusters };
          return metricsOf(picked, 'platform', clock.now());
        },
        workspaceMetrics: async ({ caller, path }) =>
          metricsOf(await workspaceParts(context, caller, path.workspace), 'workspace', clock.now()),
        quotas: async ({ caller }) => {
          const { hard, used } = quotaData(await inCluster(context, caller, counted), []);
          return { namespace: '""', data: { hard, used } };
        },
        projectQuotas: async ({ caller, path: { namespace } }) => {
          const quotas = context.informers.of(resources.resourcequotas);
          const mayList = { verb: 'list', group: '', resource: 'resourcequotas', namespace };
          const [counts, allowed] = await Promise.all([
            among(context, caller, counted, namespace),
            isAllowed(context, caller, mayList),
            quotas.synced,
          ]);
          return { namespace, data: quotaData(counts, allowed ? quotas.list(namespace) : []) };
        },
        abnormal: async ({ caller }) => ({
          namespace: '',
          data: abnormalIn(await inCluster(context, caller, abnormalKinds)),
        }),
        projectAbnormal: async ({ caller, path: { namespace } }) => ({
          namespace,
          data: abnormalIn(await among(context, caller, abnormalKinds, namespace)),
        }),
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
        abnormal: () => abnormalKinds.map(resource => ({ resource: resourceOf(resource) })),
        projectAbnormal: ({ namespace }) =>
          abnormalKinds.map(resource => ({ resource: resourceOf(resource), namespace })),
        projectQuotas: ({ namespace }) => [...sourcesIn(namespace), { resource: resources.resourcequotas, namespace }],
      }),
    };
  },
};

const clusterMetrics = ['namespaces', ...counted, 'clusterrolebindings', 'clusterroles'];
const projectMetrics = [...counted, 'roles', 'rolebindings'];

const inCluster = (context: PlatformContext, caller: Caller, kinds: readonly string[]): Promise<Counts> =>
  gather(
    kinds.map(resource => [
      resource,
      listedKinds.get(resource)!.namespaced
        ? everywhere(context, caller, resource)
        : ofCluster(context, caller, resource),
    ]),
  );

const among = (
  context: PlatformContext,
  caller: Caller,
  kinds: readonly string[],
  namespace: string,
): Promise<Counts> => gather(kinds.map(resource => [resource, inProject(context, caller, resource, namespace)]));

async function ofPlatform(context: PlatformContext, caller: Caller): Promise<Counts> {
  const accounts = context.informers.of(platformResources.users);
  const listUsers = accessOf(users.list.permission as Parameters<typeof accessOf>[0], {});
  return gather([
    ['users', whereAllowed(hostOf(context), caller, listUsers, () => accounts.list().length)],
    ['workspaces', workspacesOf(context, caller).then(found => countOf(found))],
    ['projects', projectsOf(context, caller).then(found => countOf(found))],
    ['nodes', ofCluster(context, caller, 'nodes')],
    ...counted.map(resource => [resource, everywhere(context, caller, resource)] as const),
  ]);
}

/** For who may see all nodes and all pods. */
async function roomFor(context: PlatformContext, caller: Caller): Promise<Record<string, Room> | undefined> {
  const [nodes, pods] = [context.informers.of(resources.nodes), context.informers.of(resources.pods)];
  const may = await Promise.all(
    ['nodes', 'pods'].map(resource => isAllowed(context, caller, { verb: 'list', group: '', resource })),
  );
  if (may.includes(false)) return undefined;
  await Promise.all([nodes.synced, pods.synced]);
  return roomOf(nodes.list(), pods.list());
}

/** Members and projects; and its roles, for KubeSphere's metrics. */
async function workspaceParts(context: PlatformContext, caller: Caller, workspace: string): Promise<Counts> {
  const bindings = context.informers.of<PlatformRoleBinding>(platformResources.workspacerolebindings);
  const roles = context.informers.of(platformResources.workspaceroles);
  await Promise.all([bindings.synced, roles.synced]);
  const own = (await projectsOf(context, caller)).filter(project => inWorkspace(project) === workspace);
  const members = () => {
    const inside = bindings.list().filter(binding => inWorkspace(binding) === workspace);
    return new Set(inside.map(({ metadata }) => metadata.labels?.[labels.user])).size;
  };
  const part = (name: string) => workspaceAccess('list', workspace, name);
  return gather([
    ['projects', Promise.resolve(countOf(own))],
    ['members', whereAllowed(context, caller, part('workspacemembers'), members)],
    [
      'workspaceroles',
      whereAllowed(
        context,
        caller,
        part('workspaceroles'),
        () => roles.list().filter(role => inWorkspace(role) === workspace).length,
      ),
    ],
  ]);
}

async function ofWorkspace(context: PlatformContext, caller: Caller, workspace: string): Promise<Counts> {
  const { workspaceroles: _roles, ...parts } = await workspaceParts(context, caller, workspace);
  const own = (await projectsOf(context, caller)).filter(project => inWorkspace(project) === workspace);
  const names = new Set(own.map(({ metadata }) => metadata.name!));
  const inside = await gather(
    counted.map(resource => [resource, everywhere(context, caller, resource, names)] as const),
  );
  return { ...parts, ...inside };
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
