/** Workspaces and their projects. */
import type { KubeObject } from '@orrery/machinery/meta';
import { groups } from '@orrery/platform-kinds';
import type { WorkspaceTemplate } from '@orrery/platform-kinds';
import { done, listQuery, pageOf } from '../list.ts';
import { at, below, filtered, grant } from '../route.ts';
import { object, optional, record, text } from '../schema.ts';

const versions = ['v1beta1', 'v1alpha3', 'v1alpha2'] as const;
const route = below('tenancy', groups.tenant, versions);
const workspace = object<WorkspaceTemplate>('WorkspaceTemplate');
const project = object<KubeObject>('Namespace');
const paged = { query: listQuery, openQuery: true } as const;
const may = (verb: string, resource: string) => grant('workspace', verb, groups.tenant, resource);
const createWorkspace = grant('platform', 'create', groups.tenant, 'workspaces');

/** Both generations' words for the same thing. */
const everywhere = <const P extends '' | '/{workspace}'>(path: P) =>
  versions.flatMap(version => [
    `/kapis/${groups.tenant}/${version}/workspaces${path}` as const,
    `/kapis/${groups.tenant}/${version}/workspacetemplates${path}` as const,
  ]);
const both = at('tenancy');
/** Here a workspace is what is made of its template. */
const objects = `/kapis/${groups.tenant}/v1alpha3/workspaces` as const;
const templates = <const P extends '' | '/{workspace}'>(path: P) =>
  everywhere(path).filter(known => !known.startsWith(objects));
const made = object<KubeObject>('Workspace');
const projects = '/workspaces/{workspace}/namespaces';

export const tenancy = {
  workspaces: both('tenancy.workspaces', 'GET', templates(''), 'The workspaces that the user is in', filtered, {
    ...paged,
    answer: pageOf(workspace),
  }),
  createWorkspace: both('tenancy.createWorkspace', 'POST', everywhere(''), 'A new workspace', createWorkspace, {
    body: workspace,
    answer: workspace,
    errors: [409, 422],
  }),
  workspace: both('tenancy.workspace', 'GET', templates('/{workspace}'), 'One workspace', may('get', 'workspaces'), {
    answer: workspace,
    errors: [404],
  }),
  madeWorkspaces: both('tenancy.madeWorkspaces', 'GET', [objects], 'The same, as what is made of them', filtered, {
    ...paged,
    answer: pageOf(made),
  }),
  madeWorkspace: both(
    'tenancy.madeWorkspace',
    'GET',
    [`${objects}/{workspace}`],
    'One workspace, as what is made of its template',
    may('get', 'workspaces'),
    { answer: made, errors: [404] },
  ),
  updateWorkspace: both(
    'tenancy.updateWorkspace',
    'PUT',
    everywhere('/{workspace}'),
    'Changes a workspace',
    may('update', 'workspaces'),
    { body: workspace, answer: workspace, errors: [404, 409, 422] },
  ),
  patchWorkspace: both(
    'tenancy.patchWorkspace',
    'PATCH',
    everywhere('/{workspace}'),
    'Changes what a merge patch names',
    may('update', 'workspaces'),
    { body: workspace, answer: workspace, errors: [404, 409, 422] },
  ),
  deleteWorkspace: both(
    'tenancy.deleteWorkspace',
    'DELETE',
    everywhere('/{workspace}'),
    'Removes a workspace, and its projects unless propagationPolicy is Orphan',
    may('delete', 'workspaces'),
    {
      body: object<{ propagationPolicy?: string }>('DeleteOptions'),
      query: record({ propagationPolicy: optional(text()) }),
      answer: done,
      errors: [404, 409],
    },
  ),
  projects: route('tenancy.projects', 'GET', '/namespaces', 'The projects that the user is in', filtered, {
    ...paged,
    answer: pageOf(project),
  }),
  workspaceProjects: route(
    'tenancy.workspaceProjects',
    'GET',
    projects,
    'Projects of a workspace',
    may('get', 'workspaces'),
    {
      ...paged,
      answer: pageOf(project),
    },
  ),
  memberProjects: route(
    'tenancy.memberProjects',
    'GET',
    '/workspaces/{workspace}/workspacemembers/{member}/namespaces',
    'The projects of a workspace that a member is in, as far as the user sees them',
    grant('workspace', 'get', groups.iam, 'workspacemembers', { self: 'member' }),
    { ...paged, answer: pageOf(project) },
  ),
  createProject: route('tenancy.createProject', 'POST', projects, 'A new project', may('create', 'namespaces'), {
    body: project,
    answer: project,
    errors: [404, 409, 422],
  }),
  project: route(
    'tenancy.project',
    'GET',
    `${projects}/{namespace}`,
    'One project',
    grant('project', 'get', '', 'namespaces', { name: 'namespace' }),
    { answer: project, errors: [404] },
  ),
  projectByName: route(
    'tenancy.projectByName',
    'GET',
    '/namespaces/{namespace}',
    'One project, whichever workspace it is in',
    grant('project', 'get', '', 'namespaces', { name: 'namespace' }),
    { answer: project, errors: [404] },
  ),
  updateProject: route(
    'tenancy.updateProject',
    'PUT',
    `${projects}/{namespace}`,
    'Changes names, descriptions and labels of a project',
    grant('project', 'update', groups.tenant, 'namespaces', { name: 'namespace' }),
    { body: project, answer: project, errors: [404, 409, 422] },
  ),
  patchProject: route(
    'tenancy.patchProject',
    'PATCH',
    `${projects}/{namespace}`,
    'Changes what a merge patch names',
    grant('project', 'update', groups.tenant, 'namespaces', { name: 'namespace' }),
    { body: project, answer: project, errors: [404, 409, 422] },
  ),
  moveProject: route(
    'tenancy.moveProject',
    'PUT',
    '/namespaces/{namespace}/workspace',
    'Moves a project into another workspace, or out of all with an empty name; who was in it before is not any more',
    grant('project', 'delete', '', 'namespaces', { name: 'namespace' }),
    {
      body: record({ workspace: text('the name of a workspace, or nothing') }),
      answer: project,
      errors: [404, 409, 422],
    },
  ),
  deleteProject: route(
    'tenancy.deleteProject',
    'DELETE',
    `${projects}/{namespace}`,
    'Removes a project',
    grant('project', 'delete', '', 'namespaces', { name: 'namespace' }),
    { answer: done, errors: [404] },
  ),
};
