/** Roles and members, on the platform, in clusters, workspaces and projects; and the templates that roles are made of. */
import { groups } from '@orrery/platform-kinds';
import type { BuiltinRole, Category, PlatformRole, RoleTemplate } from '@orrery/platform-kinds';
import type { Permission, Scope } from '../access.ts';
import { done, listQuery, pageOf } from '../list.ts';
import { below, grant, login } from '../route.ts';
import { map, object, oneOf, optional, record, text } from '../schema.ts';
import { members } from './members.ts';

export type { Member } from './members.ts';

const route = below('roles', groups.iam, ['v1beta1', 'v1alpha2']);
const role = object<PlatformRole>('Role');
/** `aggregateTo=<role>` lists the templates of a role instead, as 3.x does. */
const paged = { query: listQuery, openQuery: true } as const;
const changed = { body: role, answer: role, errors: [404, 409, 422] } as const;

type Ask = (verb: string) => Permission;
const may =
  (scope: Scope, resource: string, name?: string): Ask =>
  verb =>
    grant(scope, verb, groups.iam, resource, name && verb !== 'list' && verb !== 'create' ? { name } : {});
/** Roles of projects are native ones: who may change those natively may do it here. */
const native: Ask = verb => grant('project', verb, 'rbac.authorization.k8s.io', 'roles');

const list = <const P extends string>(id: string, path: P, ask: Ask) =>
  route(id, 'GET', path, 'Roles', ask('list'), { ...paged, answer: pageOf(role) });
const get = <const P extends string>(id: string, path: P, ask: Ask) =>
  route(id, 'GET', path, 'One role', ask('get'), { answer: role, errors: [404] });
const create = <const P extends string>(id: string, path: P, ask: Ask) =>
  route(id, 'POST', path, 'A new role of templates or rules that the user holds himself', ask('create'), {
    body: role,
    answer: role,
    errors: [409, 422],
  });
const update = <const P extends string>(id: string, path: P, ask: Ask) =>
  route(id, 'PUT', path, 'Gives a role other templates, rules or words', ask('update'), changed);
const patch = <const P extends string>(id: string, path: P, ask: Ask) =>
  route(id, 'PATCH', path, 'Changes what a merge patch names', ask('update'), changed);
const remove = <const P extends string>(id: string, path: P, ask: Ask) =>
  route(id, 'DELETE', path, 'Removes a role that is not built in', ask('delete'), { answer: done, errors: [404] });

const onPlatform = may('platform', 'globalroles', 'globalrole');
const inCluster = may('cluster', 'clusterroles', 'clusterrole');
const inWorkspace = may('workspace', 'workspaceroles');
const globalRole = '/globalroles/{globalrole}';
const clusterRole = '/clusterroles/{clusterrole}';
const workspaceRoles = '/workspaces/{workspace}/workspaceroles';
const workspaceRole = `${workspaceRoles}/{workspacerole}` as const;
const projectRoles = '/namespaces/{namespace}/roles';
const projectRole = `${projectRoles}/{role}` as const;

export const roles = {
  globalRoles: list('roles.globalRoles', '/globalroles', onPlatform),
  globalRole: get('roles.globalRole', globalRole, onPlatform),
  createGlobalRole: create('roles.createGlobalRole', '/globalroles', onPlatform),
  updateGlobalRole: update('roles.updateGlobalRole', globalRole, onPlatform),
  patchGlobalRole: patch('roles.patchGlobalRole', globalRole, onPlatform),
  deleteGlobalRole: remove('roles.deleteGlobalRole', globalRole, onPlatform),

  clusterRoles: list('roles.clusterRoles', '/clusterroles', inCluster),
  clusterRole: get('roles.clusterRole', clusterRole, inCluster),
  createClusterRole: create('roles.createClusterRole', '/clusterroles', inCluster),
  updateClusterRole: update('roles.updateClusterRole', clusterRole, inCluster),
  patchClusterRole: patch('roles.patchClusterRole', clusterRole, inCluster),
  deleteClusterRole: remove('roles.deleteClusterRole', clusterRole, inCluster),

  workspaceRoles: list('roles.workspaceRoles', workspaceRoles, inWorkspace),
  workspaceRole: get('roles.workspaceRole', workspaceRole, inWorkspace),
  createWorkspaceRole: create('roles.createWorkspaceRole', workspaceRoles, inWorkspace),
  updateWorkspaceRole: update('roles.updateWorkspaceRole', workspaceRole, inWorkspace),
  patchWorkspaceRole: patch('roles.patchWorkspaceRole', workspaceRole, inWorkspace),
  deleteWorkspaceRole: remove('roles.deleteWorkspaceRole', workspaceRole, inWorkspace),

  projectRoles: list('roles.projectRoles', projectRoles, native),
  projectRole: get('roles.projectRole', projectRole, native),
  createProjectRole: create('roles.createProjectRole', projectRoles, native),
  updateProjectRole: update('roles.updateProjectRole', projectRole, native),
  patchProjectRole: patch('roles.patchProjectRole', projectRole, native),
  deleteProjectRole: remove('roles.deleteProjectRole', projectRole, native),

  /** What they allow is told to whoever is logged in: it says nothing about anybody. */
  templates: route('roles.templates', 'GET', '/roletemplates', 'What roles are made of, by scope', login, {
    ...paged,
    answer: pageOf(object<RoleTemplate>('RoleTemplate')),
  }),
  categories: route('roles.categories', 'GET', '/categories', 'The parts of the list of templates', login, {
    ...paged,
    answer: pageOf(object<Category>('Category')),
  }),
  /** About the user himself: what it would come to if he gave it. */
  missingTemplates: route(
    'roles.missingTemplates',
    'GET',
    '/missingroletemplates',
    'The templates that the user may not give here, each with a right in it that he does not have',
    login,
    {
      query: record({
        scope: oneOf('global', 'cluster', 'workspace', 'namespace', 'devops'),
        workspace: optional(text()),
        namespace: optional(text()),
        devops: optional(text()),
      }),
      answer: record({ templates: map(text()) }),
      errors: [400],
    },
  ),
  builtinRoles: route('roles.builtinRoles', 'GET', '/builtinroles', 'The roles that every place has', login, {
    ...paged,
    answer: pageOf(object<BuiltinRole>('BuiltinRole')),
  }),
  ...members,
};
