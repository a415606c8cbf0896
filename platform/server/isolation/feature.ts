/** Network isolation of projects and workspaces: a policy per closed project, kept. */
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { isolation as routes } from '@orrery/platform-contract/features';
import { labels, platformResources, type NamespaceNetworkPolicy, type WorkspaceTemplate } from '@orrery/platform-kinds';
import { watchOf, type ControllerOptions } from '@orrery/reconciler';
import { heal } from '../access/heal.ts';
import { managedBy, sourceAnnotation, type Wanted } from '../access/materialise.ts';
import type { PlatformContext } from '../context.ts';
import { handlersFor, liveFor, type Feature } from '../feature.ts';
import { listPage } from '../lists/list.ts';
import { healAllowed } from './allowing.ts';
import { isolationSource, nodeBlocks, planIsolation } from './plan.ts';

const labelSelector = Object.entries(managedBy)
  .map(([name, value]) => `${name}=${value}`)
  .join(',');

const allowed = platformResources.namespacenetworkpolicies;

const workspaceOf = (project: KubeObject | undefined): string | undefined =>
  project?.metadata.labels?.[labels.workspace];

function healIsolation({ client, informers }: PlatformContext): ControllerOptions {
  const projects = informers.of(resources.namespaces);
  const templates = informers.of<WorkspaceTemplate>(platformResources.workspacetemplates);
  const nodes = informers.of(resources.nodes);
  const policies = informers.of(resources.networkpolicies, { labelSelector });
  const keysIn = (workspace: string | undefined) =>
    projects
      .list()
      .filter(project => workspace === undefined || workspaceOf(project) === workspace)
      .map(({ metadata }) => metadata.name!);
  const isolates = (workspace: string | undefined): boolean =>
    workspace !== undefined && templates.get(workspace)?.spec?.template?.spec?.networkIsolation === true;
  return {
    name: 'platform-isolation',
    sources: [
      watchOf(projects),
      watchOf(policies, ({ before, after }) => [(after ?? before)!.metadata.namespace!]),
      watchOf(templates, ({ before, after }) => keysIn((after ?? before)!.metadata.name)),
      // Nodes say every few seconds that they are well: only their addresses matter.
      watchOf(nodes, ({ before, after }) =>
        nodeBlocks(before ? [before] : []).join() === nodeBlocks(after ? [after] : []).join() ? [] : keysIn(undefined),
      ),
    ],
    async reconcile(name) {
      const project = projects.get(name);
      if (!project || project.metadata.deletionTimestamp !== undefined) return;
      const existing = policies
        .list(name)
        .filter(({ metadata }) => metadata.annotations?.[sourceAnnotation] === isolationSource(name))
        .map((object): Wanted => ({ resource: resources.networkpolicies, object }));
      await heal(client, planIsolation(project, isolates(workspaceOf(project)), nodeBlocks(nodes.list())), existing);
    },
  };
}

export const isolation: Feature = {
  manifest: {
    name: 'isolation',
    summary: 'Projects and workspaces that let no traffic of others in',
    routes,
    kinds: ['namespacenetworkpolicies.network.kubesphere.io'],
    menus: [
      {
        path: '/clusters/{cluster}/projects/{namespace}/isolation',
        title: 'menu.isolation',
        scope: 'project',
        route: 'isolation.exceptions',
      },
    ],
    needs: ['tenancy'],
  },
  start: context => ({
    handlers: handlersFor(routes, {
      exceptions: async ({ caller, path: { namespace }, query, search }) => {
        const client = context.clientOf(caller);
        const found = await client.list<NamespaceNetworkPolicy>(allowed, { namespace });
        return listPage(found.items, query, search);
      },
    }),
    live: liveFor(routes, { exceptions: ({ namespace }) => [{ resource: allowed, namespace }] }),
    controllers: [healIsolation(context), healAllowed(context)],
  }),
};
