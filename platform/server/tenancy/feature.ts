/** Workspaces and projects. */
import { resources } from '@orrery/client/resources';
import { tenancy as routes } from '@orrery/platform-contract/features';
import { platformResources } from '@orrery/platform-kinds';
import { bindingsNaming } from '../access/visible.ts';
import { managedBy } from '../access/materialise.ts';
import { handlersFor, liveFor, type Feature } from '../feature.ts';
import { listPage } from '../lists/list.ts';
import { moveProject } from './move.ts';
import { healTenancy } from './reconciler.ts';
import { ensureSystemWorkspace } from './system.ts';
import {
  createProject,
  createWorkspace,
  deleteProject,
  deleteWorkspace,
  getProject,
  getWorkspace,
  patchProject,
  patchWorkspace,
  updateProject,
  updateWorkspace,
} from './service.ts';
import { getMadeWorkspace, inWorkspace, madeWorkspacesOf, projectsOf, workspacesOf } from './visible.ts';

const manifest = {
  name: 'tenancy',
  summary: 'Workspaces and their projects',
  routes,
  kinds: ['workspaces.tenant.kubesphere.io', 'workspacetemplates.tenant.kubesphere.io'],
  menus: [
    { path: '/workspaces', title: 'menu.workspaces', scope: 'platform', route: 'tenancy.workspaces' },
    { path: '/projects', title: 'menu.projects', scope: 'platform', route: 'tenancy.projects' },
    {
      path: '/workspaces/{workspace}/projects',
      title: 'menu.projects',
      scope: 'workspace',
      route: 'tenancy.workspaceProjects',
    },
    {
      path: '/workspaces/{workspace}/settings',
      title: 'menu.settings',
      scope: 'workspace',
      route: 'tenancy.workspace',
    },
    {
      path: '/clusters/{cluster}/projects/{namespace}/settings',
      title: 'menu.settings',
      scope: 'project',
      route: 'tenancy.projectByName',
    },
    {
      path: '/clusters/{cluster}/projects/{namespace}/quotas',
      title: 'menu.quotas',
      scope: 'project',
      route: 'tenancy.projectByName',
    },
  ],
  needs: ['users', 'roles'],
} as const;

const native = {
  labelSelector: Object.entries(managedBy)
    .map(([name, value]) => `${name}=${value}`)
    .join(','),
};

/** Who may see a project is told by the bindings in it. */
const projectSources = [{ resource: resources.namespaces }, { resource: resources.rolebindings }];

export const tenancy: Feature = {
  manifest,
  globalRoles: [
    {
      name: 'platform-self-provisioner',
      rules: [{ verbs: ['create'], apiGroups: ['tenant.kubesphere.io'], resources: ['workspaces'] }],
    },
  ],
  prepare: ensureSystemWorkspace,
  start(context) {
    return {
      handlers: handlersFor(routes, {
        workspaces: async ({ caller, query, search }) => listPage(await workspacesOf(context, caller), query, search),
        createWorkspace: ({ caller, body }) => createWorkspace(context, caller, body),
        workspace: ({ caller, path }) => getWorkspace(context.serviceOf(caller), path.workspace),
        madeWorkspaces: async ({ caller, query, search }) =>
          listPage(await madeWorkspacesOf(context, caller), query, search),
        madeWorkspace: ({ caller, path }) => getMadeWorkspace(context.serviceOf(caller), path.workspace),
        updateWorkspace: ({ caller, path, body }) => updateWorkspace(context, caller, path.workspace, body),
        patchWorkspace: ({ caller, path, body }) => patchWorkspace(context, caller, path.workspace, body),
        deleteWorkspace: ({ caller, path, body, query }) =>
          deleteWorkspace(
            context,
            caller,
            path.workspace,
            body.propagationPolicy === 'Orphan' || query.propagationPolicy === 'Orphan',
          ),
        projects: async ({ caller, query, search }) => listPage(await projectsOf(context, caller), query, search),
        workspaceProjects: async ({ caller, path, query, search }) => {
          const own = (await projectsOf(context, caller)).filter(project => inWorkspace(project) === path.workspace);
          return listPage(own, query, search);
        },
        memberProjects: async ({ caller, path, query, search }) => {
          const his = new Set(
            bindingsNaming(context, { kind: 'User', name: path.member }).map(({ metadata }) => metadata.namespace),
          );
          const own = (await projectsOf(context, caller)).filter(
            project => inWorkspace(project) === path.workspace && his.has(project.metadata.name),
          );
          return listPage(own, query, search);
        },
        createProject: ({ caller, path, body }) => createProject(context, caller, path.workspace, body),
        project: ({ caller, path }) => getProject(context.serviceOf(caller), path.workspace, path.namespace),
        projectByName: ({ caller, path }) => getProject(context.serviceOf(caller), undefined, path.namespace),
        updateProject: ({ caller, path, body }) => updateProject(context, caller, path, body),
        patchProject: ({ caller, path, body }) => patchProject(context, caller, path, body),
        moveProject: ({ caller, path, body }) => moveProject(context, caller, path.namespace, body.workspace),
        deleteProject: ({ caller, path }) => deleteProject(context, caller, path.workspace, path.namespace),
      }),
      live: liveFor(routes, {
        workspaces: () => [
          { resource: platformResources.workspacetemplates },
          { resource: platformResources.workspacerolebindings },
          // The cluster decides: what it decides by comes a moment after what it follows from.
          { resource: resources.clusterroles, filter: native },
          { resource: resources.clusterrolebindings, filter: native },
        ],
        workspace: ({ workspace }) => [{ resource: platformResources.workspacetemplates, name: workspace }],
        projects: () => projectSources,
        workspaceProjects: () => projectSources,
        memberProjects: () => projectSources,
        project: ({ namespace }) => [{ resource: resources.namespaces, name: namespace }],
        projectByName: ({ namespace }) => [{ resource: resources.namespaces, name: namespace }],
      }),
      controllers: [healTenancy(context)],
    };
  },
};
