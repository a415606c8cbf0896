/** Departments of workspaces: a tree of groups, who is in them, and the roles that they have. */
import { groups } from '@orrery/platform-kinds';
import type { Group, GroupBinding, PlatformRoleBinding } from '@orrery/platform-kinds';
import { done, listQuery, pageOf } from '../list.ts';
import { below, grant } from '../route.ts';
import { list, object, record, text } from '../schema.ts';

const route = below('departments', groups.iam, ['v1beta1', 'v1alpha2']);
const may = (verb: string, resource: string) => grant('workspace', verb, groups.iam, resource);
const native = (verb: string) => grant('project', verb, 'rbac.authorization.k8s.io', 'rolebindings');
const group = object<Group>('Group');
const binding = object<GroupBinding>('GroupBinding');
const roleBinding = object<PlatformRoleBinding>('RoleBinding');
const paged = { query: listQuery, openQuery: true } as const;
const changed = { body: group, answer: group, errors: [404, 409, 422] } as const;
const gone = { answer: done, errors: [404] } as const;

const all = '/workspaces/{workspace}/groups';
const one = `${all}/{department}` as const;
const bindings = '/workspaces/{workspace}/groupbindings';
const workspaceRoles = '/workspaces/{workspace}/workspacerolebindings';
const projectRoles = '/namespaces/{namespace}/rolebindings';

export interface DepartmentMember {
  userName: string;
  groupName: string;
}

export const departments = {
  list: route('departments.list', 'GET', all, 'The departments of a workspace', may('list', 'groups'), {
    ...paged,
    answer: pageOf(group),
  }),
  create: route(
    'departments.create',
    'POST',
    all,
    'A new department; a label names the one that it is part of, annotations the roles of its members',
    may('create', 'groups'),
    { body: group, answer: group, errors: [404, 409, 422] },
  ),
  get: route('departments.get', 'GET', one, 'One department', may('get', 'groups'), { answer: group, errors: [404] }),
  update: route('departments.update', 'PUT', one, 'Changes a department', may('update', 'groups'), changed),
  patch: route('departments.patch', 'PATCH', one, 'Changes what a merge patch names', may('update', 'groups'), changed),
  delete: route(
    'departments.delete',
    'DELETE',
    one,
    'Removes a department that has none below it, and the rights that came of it',
    may('delete', 'groups'),
    { answer: done, errors: [404, 409] },
  ),
  members: route('departments.members', 'GET', bindings, 'Who is in which department', may('list', 'groupbindings'), {
    ...paged,
    answer: pageOf(binding),
  }),
  addMembers: route(
    'departments.addMembers',
    'POST',
    bindings,
    'Puts users into departments',
    may('create', 'groupbindings'),
    {
      body: list(record({ userName: text(), groupName: text() })),
      answer: list(binding),
      errors: [404, 422],
    },
  ),
  removeMember: route(
    'departments.removeMember',
    'DELETE',
    `${bindings}/{groupbinding}`,
    'Takes a user out of a department',
    may('delete', 'groupbindings'),
    gone,
  ),
  workspaceRoles: route(
    'departments.workspaceRoles',
    'GET',
    workspaceRoles,
    'The roles that departments have in the workspace',
    may('list', 'workspacerolebindings'),
    { ...paged, answer: pageOf(roleBinding) },
  ),
  giveWorkspaceRoles: route(
    'departments.giveWorkspaceRoles',
    'POST',
    workspaceRoles,
    'Gives departments roles in the workspace',
    may('create', 'workspacerolebindings'),
    { body: list(roleBinding), answer: list(roleBinding), errors: [404, 422] },
  ),
  takeWorkspaceRole: route(
    'departments.takeWorkspaceRole',
    'DELETE',
    `${workspaceRoles}/{rolebinding}`,
    'Takes a department its role in the workspace',
    may('delete', 'workspacerolebindings'),
    gone,
  ),
  projectRoles: route(
    'departments.projectRoles',
    'GET',
    '/workspaces/{workspace}/rolebindings',
    'The roles that departments have in the projects of the workspace',
    may('list', 'rolebindings'),
    { ...paged, answer: pageOf(roleBinding) },
  ),
  giveProjectRoles: route(
    'departments.giveProjectRoles',
    'POST',
    projectRoles,
    'Gives departments of the workspace roles in a project',
    native('create'),
    { body: list(roleBinding), answer: list(roleBinding), errors: [404, 422] },
  ),
  takeProjectRole: route(
    'departments.takeProjectRole',
    'DELETE',
    `${projectRoles}/{rolebinding}`,
    'Takes a department its role in a project',
    native('delete'),
    gone,
  ),
};
