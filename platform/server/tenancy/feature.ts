/** Workspaces and projects. */
import { resources } from '@orrery/client/resources';
import { workspaceAccess } from '@orrery/platform-contract';
import { tenancy as routes } from '@orrery/platform-contract/features';
import type { KubeObject } from '@orrery/machinery/meta';
import { labels, platformResources, type PlatformRoleBinding, type WorkspaceTemplate } from '@orrery/platform-kinds';
import { allowedOf, decide } from '../access/authorizer.ts';
import { visibleNamespaces } from '../access/visible.ts';
import type { PlatformContext } from '../context.ts';
import { handlersFor, liveFor, type Feature } from '../feature.ts';
import type { Caller } from '../identity/caller.ts';
import { listPage } from '../lists/list.ts';
import { healTenancy } from './reconciler.ts';
import {
  createProject,
  createWorkspace,
  deleteProject,
  deleteWorkspace,
  getProject,
  getWorkspace,
  updateWorkspace,
} from './service.ts';

const manifest = {
  name: 'tenancy',
  summary: 'Workspaces and their projects',
  routes,
  kinds: ['workspaces.tenant.kubesphere.io', 'workspacetemplates.tenant.kubesphere.io'],
  menus: [
    { path: '/workspaces', title: 'menu.workspaces', scope: 'platform', route: 'tenancy.workspaces' },
    {
      path: '/workspaces/{workspace}/projects',
      title: 'menu.projects',
      scope: 'workspace',
      route: 'tenancy.workspaceProjects',
    },
  ],
  needs: ['users', 'roles'],
} as const;

/** Who may see a project is told by the bindings in it. */
const projectSources = [{ resource: resources.namespaces }, { resource: resources.rolebindings }];

const inWorkspace = ({ metadata }: KubeObject): string | undefined => metadata.labels?.[labels.workspace];

export const tenancy: Feature = {
  manifest,
  globalRoles: [
    {
      name: 'platform-self-provisioner',
      rules: [{ verbs: ['create'], apiGroups: ['tenant.kubesphere.io'], resources: ['workspaces'] }],
    },
  ],
  start(context) {
    const projects = context.informers.of(resources.namespaces);
    const visible = async (caller: Caller): Promise<KubeObject[]> => {
      await projects.synced;
      const names = await visibleNamespaces(context, caller, 'get', { group: '', resource: 'namespaces' });
      const all = projects.list().filter(project => inWorkspace(project) !== undefined);
      return names === 'everywhere' ? all : all.filter(({ metadata }) => names.has(metadata.name!));
    };
    return {
      handlers: handlersFor(routes, {
        workspaces: async ({ caller, query, search }) => listPage(await workspacesOf(context, caller), query, search),
        createWorkspace: ({ caller, body }) => createWorkspace(context, caller, body),
        workspace: ({ caller, path }) => getWorkspace(context.serviceOf(caller), path.workspace),
        updateWorkspace: ({ caller, path, body }) => updateWorkspace(context, caller, path.workspace, body),
        deleteWorkspace: ({ caller, path, body, query }) =>
          deleteWorkspace(
            context,
            caller,
            path.workspace,
            body.propagationPolicy === 'Orphan' || query.propagationPolicy === 'Orphan',
          ),
        projects: async ({ caller, query, search }) => listPage(await visible(caller), query, search),
        workspaceProjects: async ({ caller, path, query, search }) => {
          const own = (await visible(caller)).filter(project => inWorkspace(project) === path.workspace);
          return listPage(own, query, search);
        },
        createProject: ({ caller, path, body }) => createProject(context, caller, path.workspace, body),
        project: ({ caller, path }) => getProject(context.serviceOf(caller), path.workspace, path.namespace),
        deleteProject: ({ caller, path }) => deleteProject(context, caller, path.workspace, path.namespace),
      }),
      live: liveFor(routes, {
        workspaces: () => [
          { resource: platformResources.workspacetemplates },
          { resource: platformResources.workspacerolebindings },
        ],
        workspace: ({ workspace }) => [{ resource: platformResources.workspacetemplates, name: workspace }],
        projects: () => projectSources,
        workspaceProjects: () => projectSources,
        project: ({ namespace }) => [{ resource: resources.namespaces, name: namespace }],
      }),
      controllers: [healTenancy(context)],
    };
  },
};

/** All for who may see all; else those in which a binding names the user, as far as the cluster agrees. */
async function workspacesOf(context: PlatformContext, caller: Caller): Promise<WorkspaceTemplate[]> {
  const { informers } = context;
  const templates = informers.of<WorkspaceTemplate>(platformResources.workspacetemplates);
  const bindings = informers.of<PlatformRoleBinding>(platformResources.workspacerolebindings);
  await Promise.all([templates.synced, bindings.synced]);
  const client = context.clientOf(caller);
  const { name: _any, ...all } = workspaceAccess('list', '', 'workspaces');
  if ((await decide(client, all)).allowed) return templates.list();
  const names = new Set(
    bindings
      .list()
      .filter(({ subjects = [] }) =>
        subjects.some(({ kind, name }) => (kind === 'User' ? name === caller.name : caller.groups.includes(name))),
      )
      .map(binding => inWorkspace(binding)),
  );
  const candidates = templates.list().filter(({ metadata }) => names.has(metadata.name));
  return allowedOf(client, candidates, ({ metadata }) => workspaceAccess('get', metadata.name!, 'workspaces'));
}
