/** DevOps projects of workspaces: working places of pipelines, with members and roles of their own. */
import type { KubeObject } from '@orrery/machinery/meta';
import { groups } from '@orrery/platform-kinds';
import type { PlatformRole, RoleTemplate, User } from '@orrery/platform-kinds';
import type { Permission } from '../access.ts';
import { done, listQuery, pageOf } from '../list.ts';
import { at, below, grant } from '../route.ts';
import { list, object, record, text } from '../schema.ts';

const route = below('devops', groups.devops, ['v1alpha3']);
const iam = below('devops', groups.iam, ['v1alpha2', 'v1beta1']);
const project = object<KubeObject>('DevOpsProject');
const role = object<PlatformRole>('Role');
const user = object<User>('User');
const member = record({ username: text(), roleRef: text() });
const paged = { query: listQuery, openQuery: true } as const;
const all = '/workspaces/{workspace}/devops';
const one = `${all}/{devops}` as const;
const members = '/devops/{devops}/members';
const roles = '/devops/{devops}/roles';

const may = (verb: string) => grant('devops', verb, groups.devops, 'devopsprojects', { name: 'devops' });
/** Members and roles are native ones, as in projects. */
const native = (verb: string, resource: string, self?: true): Permission =>
  grant('devops', verb, 'rbac.authorization.k8s.io', resource, self ? { self: 'member' } : {});
const changed = { errors: [404, 409, 422] } as const;

export const devops = {
  list: at('devops')(
    'devops.list',
    'GET',
    [
      '/kapis/devops.kubesphere.io/v1alpha3/workspaces/{workspace}/devops',
      '/kapis/tenant.kubesphere.io/v1alpha2/workspaces/{workspace}/devops',
      '/kapis/tenant.kubesphere.io/v1beta1/workspaces/{workspace}/devops',
    ],
    'The DevOps projects of a workspace that the user is in',
    grant('workspace', 'get', groups.tenant, 'workspaces'),
    { ...paged, answer: pageOf(project) },
  ),
  ofMember: at('devops')(
    'devops.ofMember',
    'GET',
    [
      '/kapis/tenant.kubesphere.io/v1alpha2/workspaces/{workspace}/workspacemembers/{member}/devops',
      '/kapis/tenant.kubesphere.io/v1beta1/workspaces/{workspace}/workspacemembers/{member}/devops',
    ],
    'The DevOps projects of a workspace that a member is in, as far as the user sees them',
    grant('workspace', 'get', groups.iam, 'workspacemembers', { self: 'member' }),
    { ...paged, answer: pageOf(project) },
  ),
  create: route(
    'devops.create',
    'POST',
    all,
    'A new DevOps project; its name gets an ending of its own',
    grant('workspace', 'create', groups.devops, 'devopsprojects'),
    { body: project, answer: project, ...changed },
  ),
  get: route('devops.get', 'GET', one, 'One DevOps project', may('get'), { answer: project, errors: [404] }),
  update: route('devops.update', 'PUT', one, 'Changes a DevOps project', may('update'), {
    body: project,
    answer: project,
    ...changed,
  }),
  patch: route('devops.patch', 'PATCH', one, 'Changes what a merge patch names', may('update'), {
    body: project,
    answer: project,
    ...changed,
  }),
  delete: route('devops.delete', 'DELETE', one, 'Removes a DevOps project with its namespace', may('delete'), {
    answer: done,
    errors: [404],
  }),

  members: iam('devops.members', 'GET', members, 'Members of a DevOps project', native('list', 'rolebindings'), {
    ...paged,
    answer: pageOf(user),
  }),
  addMembers: iam(
    'devops.addMembers',
    'POST',
    members,
    'Invites members of the workspace into a DevOps project',
    native('create', 'rolebindings'),
    { body: list(member), answer: list(member), errors: [404, 422] },
  ),
  member: iam('devops.member', 'GET', `${members}/{member}`, 'One member', native('get', 'rolebindings', true), {
    answer: user,
    errors: [404],
  }),
  updateMember: iam(
    'devops.updateMember',
    'PUT',
    `${members}/{member}`,
    'Gives a member another role',
    native('update', 'rolebindings'),
    { body: member, answer: member, errors: [404, 422] },
  ),
  removeMember: iam(
    'devops.removeMember',
    'DELETE',
    `${members}/{member}`,
    'Removes a member from a DevOps project',
    native('delete', 'rolebindings'),
    { answer: done, errors: [404] },
  ),
  memberRoles: iam(
    'devops.memberRoles',
    'GET',
    `${members}/{member}/roles`,
    'What the member may do in the DevOps project, as role templates',
    native('get', 'rolebindings', true),
    { ...paged, answer: pageOf(object<RoleTemplate>('RoleTemplate')), errors: [404] },
  ),

  roles: iam('devops.roles', 'GET', roles, 'Roles', native('list', 'roles'), { ...paged, answer: pageOf(role) }),
  role: iam('devops.role', 'GET', `${roles}/{role}`, 'One role', native('get', 'roles'), {
    answer: role,
    errors: [404],
  }),
  createRole: iam(
    'devops.createRole',
    'POST',
    roles,
    'A new role of templates or rules that the user holds himself',
    native('create', 'roles'),
    { body: role, answer: role, errors: [409, 422] },
  ),
  updateRole: iam(
    'devops.updateRole',
    'PUT',
    `${roles}/{role}`,
    'Gives a role other templates, rules or words',
    native('update', 'roles'),
    { body: role, answer: role, ...changed },
  ),
  patchRole: iam(
    'devops.patchRole',
    'PATCH',
    `${roles}/{role}`,
    'Changes what a merge patch names',
    native('update', 'roles'),
    { body: role, answer: role, ...changed },
  ),
  deleteRole: iam(
    'devops.deleteRole',
    'DELETE',
    `${roles}/{role}`,
    'Removes a role that is not built in',
    native('delete', 'roles'),
    { answer: done, errors: [404] },
  ),
};
