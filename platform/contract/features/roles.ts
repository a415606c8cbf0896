/** Roles and members, on the platform, in workspaces and in projects. */
import { groups } from '@orrery/platform-kinds';
import type { PlatformRole, User } from '@orrery/platform-kinds';
import { done, listQuery, pageOf } from '../list.ts';
import { below, grant } from '../route.ts';
import type { Scope } from '../access.ts';
import { list, object, record, text } from '../schema.ts';

const route = below('roles', groups.iam, ['v1beta1', 'v1alpha2']);
const role = object<PlatformRole>('Role');
export interface Member {
  username: string;
  roleRef: string;
}
const member = record({ username: text(), roleRef: text() });
const user = object<User>('User');
const paged = { query: listQuery, openQuery: true } as const;
const may = (scope: Scope, verb: string, resource: string, name?: string) =>
  grant(scope, verb, groups.iam, resource, name ? { name } : {});
const nativeRoles = (verb: string, resource: string, name?: string) =>
  grant('project', verb, 'rbac.authorization.k8s.io', resource, name ? { name } : {});

const platform = {
  globalRoles: route(
    'roles.globalRoles',
    'GET',
    '/globalroles',
    'Roles on the platform',
    may('platform', 'list', 'globalroles'),
    {
      ...paged,
      answer: pageOf(role),
    },
  ),
  globalRole: route(
    'roles.globalRole',
    'GET',
    '/globalroles/{globalrole}',
    'One role',
    may('platform', 'get', 'globalroles', 'globalrole'),
    { answer: role, errors: [404] },
  ),
  createGlobalRole: route(
    'roles.createGlobalRole',
    'POST',
    '/globalroles',
    'A new role with rules that the user holds himself',
    may('platform', 'create', 'globalroles'),
    { body: role, answer: role, errors: [409, 422] },
  ),
  deleteGlobalRole: route(
    'roles.deleteGlobalRole',
    'DELETE',
    '/globalroles/{globalrole}',
    'Removes a role that is not built in',
    may('platform', 'delete', 'globalroles', 'globalrole'),
    { answer: done, errors: [404] },
  ),
};

const workspaceRoles = '/workspaces/{workspace}/workspaceroles';
const workspaceMembers = '/workspaces/{workspace}/workspacemembers';
const workspace = {
  workspaceRoles: route(
    'roles.workspaceRoles',
    'GET',
    workspaceRoles,
    'Roles',
    may('workspace', 'list', 'workspaceroles'),
    {
      ...paged,
      answer: pageOf(role),
    },
  ),
  workspaceRole: route(
    'roles.workspaceRole',
    'GET',
    `${workspaceRoles}/{workspacerole}`,
    'One role',
    may('workspace', 'get', 'workspaceroles'),
    { answer: role, errors: [404] },
  ),
  workspaceMembers: route(
    'roles.workspaceMembers',
    'GET',
    workspaceMembers,
    'Members of a workspace',
    may('workspace', 'list', 'workspacemembers'),
    { ...paged, answer: pageOf(user) },
  ),
  addWorkspaceMembers: route(
    'roles.addWorkspaceMembers',
    'POST',
    workspaceMembers,
    'Invites users into a workspace',
    may('workspace', 'create', 'workspacemembers'),
    { body: list(member), answer: list(member), errors: [404, 422] },
  ),
  workspaceMember: route(
    'roles.workspaceMember',
    'GET',
    `${workspaceMembers}/{member}`,
    'One member',
    grant('workspace', 'get', groups.iam, 'workspacemembers', { self: 'member' }),
    { answer: user, errors: [404] },
  ),
  updateWorkspaceMember: route(
    'roles.updateWorkspaceMember',
    'PUT',
    `${workspaceMembers}/{member}`,
    'Gives a member another role',
    may('workspace', 'update', 'workspacemembers'),
    { body: member, answer: member, errors: [404, 422] },
  ),
  removeWorkspaceMember: route(
    'roles.removeWorkspaceMember',
    'DELETE',
    `${workspaceMembers}/{member}`,
    'Removes a member from the workspace and its projects',
    may('workspace', 'delete', 'workspacemembers'),
    { answer: done, errors: [404] },
  ),
};

/** 4.x says `namespacemembers`, 3.x says `members`. */
const members = <const Id extends string, const Path extends '' | '/{member}'>(id: Id, path: Path) => ({
  id,
  paths: [
    `/kapis/${groups.iam}/v1beta1/namespaces/{namespace}/namespacemembers${path}` as const,
    `/kapis/${groups.iam}/v1alpha2/namespaces/{namespace}/members${path}` as const,
  ],
});
const project = {
  projectRoles: route(
    'roles.projectRoles',
    'GET',
    '/namespaces/{namespace}/roles',
    'Roles in a project',
    nativeRoles('list', 'roles'),
    { ...paged, answer: pageOf(role) },
  ),
  projectMembers: {
    ...route(
      'roles.projectMembers',
      'GET',
      '/namespaces/{namespace}/members',
      'Members of a project',
      nativeRoles('list', 'rolebindings'),
      {
        ...paged,
        answer: pageOf(user),
      },
    ),
    ...members('roles.projectMembers', ''),
  },
  addProjectMembers: {
    ...route(
      'roles.addProjectMembers',
      'POST',
      '/namespaces/{namespace}/members',
      'Invites members of the workspace into a project',
      nativeRoles('create', 'rolebindings'),
      { body: list(member), answer: list(member), errors: [404, 422] },
    ),
    ...members('roles.addProjectMembers', ''),
  },
  updateProjectMember: {
    ...route(
      'roles.updateProjectMember',
      'PUT',
      '/namespaces/{namespace}/members/{member}',
      'Gives a member another role',
      nativeRoles('update', 'rolebindings'),
      { body: member, answer: member, errors: [404, 422] },
    ),
    ...members('roles.updateProjectMember', '/{member}'),
  },
  removeProjectMember: {
    ...route(
      'roles.removeProjectMember',
      'DELETE',
      '/namespaces/{namespace}/members/{member}',
      'Removes a member from a project',
      nativeRoles('delete', 'rolebindings'),
      { answer: done, errors: [404] },
    ),
    ...members('roles.removeProjectMember', '/{member}'),
  },
};

export const roles = { ...platform, ...workspace, ...project };
