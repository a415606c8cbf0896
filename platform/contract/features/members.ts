/** Members of clusters, workspaces and projects, and the templates that each one's role amounts to. */
import { groups } from '@orrery/platform-kinds';
import type { RoleTemplate, User } from '@orrery/platform-kinds';
import type { Permission } from '../access.ts';
import { done, listQuery, pageOf } from '../list.ts';
import { below, grant } from '../route.ts';
import { list, object, oneOf, optional, record, text } from '../schema.ts';

const route = below('roles', groups.iam, ['v1beta1', 'v1alpha2']);
export interface Member {
  username: string;
  roleRef: string;
}
const member = record({ username: text(), roleRef: text() });
const user = object<User>('User');
const paged = { query: listQuery, openQuery: true } as const;
const rolesAnswer = { ...paged, answer: pageOf(object<RoleTemplate>('RoleTemplate')), errors: [404] } as const;
const changed = { body: member, answer: member, errors: [404, 422] } as const;
const invited = { body: list(member), answer: list(member), errors: [404, 422] } as const;
const gone = { answer: done, errors: [404] } as const;
const one = { answer: user, errors: [404] } as const;

type Ask = (verb: string, self?: true) => Permission;
const self = (own: true | undefined) => (own ? { self: 'member' } : {});
const ofCluster: Ask = (verb, own) => grant('cluster', verb, groups.iam, 'clustermembers', self(own));
const ofWorkspace: Ask = (verb, own) => grant('workspace', verb, groups.iam, 'workspacemembers', self(own));
const ofProject: Ask = (verb, own) => grant('project', verb, 'rbac.authorization.k8s.io', 'rolebindings', self(own));

const clusterMembers = '/clustermembers';
const workspaceMembers = '/workspaces/{workspace}/workspacemembers';
/** 4.x says `namespacemembers`, 3.x says `members`; whoever mixes them up is understood. */
const inProject = <const Path extends '' | '/{member}' | '/{member}/roles'>(path: Path) => ({
  paths: (['v1beta1', 'v1alpha2'] as const).flatMap(version => [
    `/kapis/${groups.iam}/${version}/namespaces/{namespace}/namespacemembers${path}` as const,
    `/kapis/${groups.iam}/${version}/namespaces/{namespace}/members${path}` as const,
  ]),
});
const projectMembers = '/namespaces/{namespace}/members';

export const members = {
  clusterMembers: route('roles.clusterMembers', 'GET', clusterMembers, 'Members of the cluster', ofCluster('list'), {
    ...paged,
    answer: pageOf(user),
  }),
  addClusterMembers: route(
    'roles.addClusterMembers',
    'POST',
    clusterMembers,
    'Gives users a role in the cluster',
    ofCluster('create'),
    invited,
  ),
  clusterMember: route(
    'roles.clusterMember',
    'GET',
    `${clusterMembers}/{member}`,
    'One member',
    ofCluster('get', true),
    one,
  ),
  updateClusterMember: route(
    'roles.updateClusterMember',
    'PUT',
    `${clusterMembers}/{member}`,
    'Gives a member another role',
    ofCluster('update'),
    changed,
  ),
  removeClusterMember: route(
    'roles.removeClusterMember',
    'DELETE',
    `${clusterMembers}/{member}`,
    'Takes a member his role in the cluster',
    ofCluster('delete'),
    gone,
  ),
  clusterMemberRoles: route(
    'roles.clusterMemberRoles',
    'GET',
    `${clusterMembers}/{member}/clusterroles`,
    'What the member may do in the cluster, as role templates',
    ofCluster('get', true),
    rolesAnswer,
  ),

  workspaceMembers: route(
    'roles.workspaceMembers',
    'GET',
    workspaceMembers,
    'Members of a workspace',
    ofWorkspace('list'),
    { ...paged, answer: pageOf(user) },
  ),
  addWorkspaceMembers: route(
    'roles.addWorkspaceMembers',
    'POST',
    workspaceMembers,
    'Invites users into a workspace',
    ofWorkspace('create'),
    invited,
  ),
  workspaceMember: route(
    'roles.workspaceMember',
    'GET',
    `${workspaceMembers}/{member}`,
    'One member',
    ofWorkspace('get', true),
    one,
  ),
  updateWorkspaceMember: route(
    'roles.updateWorkspaceMember',
    'PUT',
    `${workspaceMembers}/{member}`,
    'Gives a member another role',
    ofWorkspace('update'),
    changed,
  ),
  removeWorkspaceMember: route(
    'roles.removeWorkspaceMember',
    'DELETE',
    `${workspaceMembers}/{member}`,
    'Removes a member from the workspace and its projects',
    ofWorkspace('delete'),
    gone,
  ),
  workspaceMemberRoles: route(
    'roles.workspaceMemberRoles',
    'GET',
    `${workspaceMembers}/{member}/workspaceroles`,
    'What the member may do in the workspace, as role templates',
    ofWorkspace('get', true),
    rolesAnswer,
  ),

  projectMembers: {
    ...route('roles.projectMembers', 'GET', projectMembers, 'Members of a project', ofProject('list'), {
      ...paged,
      answer: pageOf(user),
    }),
    ...inProject(''),
  },
  addProjectMembers: {
    ...route(
      'roles.addProjectMembers',
      'POST',
      projectMembers,
      'Invites members of the workspace into a project',
      ofProject('create'),
      invited,
    ),
    ...inProject(''),
  },
  projectMember: {
    ...route('roles.projectMember', 'GET', `${projectMembers}/{member}`, 'One member', ofProject('get', true), one),
    ...inProject('/{member}'),
  },
  updateProjectMember: {
    ...route(
      'roles.updateProjectMember',
      'PUT',
      `${projectMembers}/{member}`,
      'Gives a member another role',
      ofProject('update'),
      changed,
    ),
    ...inProject('/{member}'),
  },
  removeProjectMember: {
    ...route(
      'roles.removeProjectMember',
      'DELETE',
      `${projectMembers}/{member}`,
      'Removes a member from a project',
      ofProject('delete'),
      gone,
    ),
    ...inProject('/{member}'),
  },
  projectMemberRoles: {
    ...route(
      'roles.projectMemberRoles',
      'GET',
      `${projectMembers}/{member}/roles`,
      'What the member may do in the project, as role templates',
      ofProject('get', true),
      rolesAnswer,
    ),
    ...inProject('/{member}/roles'),
  },

  userRoles: route(
    'roles.userRoles',
    'GET',
    '/users/{user}/globalroles',
    'What a user may do on the platform, as role templates',
    grant('platform', 'get', groups.iam, 'users', { name: 'user', self: 'user' }),
    rolesAnswer,
  ),
  userTemplates: route(
    'roles.userTemplates',
    'GET',
    '/users/{user}/roletemplates',
    'What a user may do in a scope, as role templates (4.x)',
    grant('platform', 'get', groups.iam, 'users', { name: 'user', self: 'user' }),
    {
      ...rolesAnswer,
      query: record({
        scope: oneOf('global', 'cluster', 'workspace', 'namespace'),
        workspace: optional(text()),
        namespace: optional(text()),
      }),
    },
  ),
};
