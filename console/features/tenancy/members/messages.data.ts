import { defineMessages, text } from '../../../util/messages.ts';

export const memberMessages = defineMessages('tenancy-members', {
  members: text('Members', '成员'),
  text_cluster: text(
    'Who has a role in the cluster itself. It says nothing about workspaces and projects.',
    '在集群中拥有角色的用户，与企业空间和项目无关。',
  ),
  text_workspace: text(
    'Who belongs to this workspace, and what each may do in it.',
    '企业空间的成员，以及每位成员的角色。',
  ),
  text_project: text('Who works in this project, and what each may do in it.', '项目的成员，以及每位成员的角色。'),
  text_devops: text(
    'Who works in this DevOps project, and what each may do in it.',
    'DevOps 项目的成员，以及每位成员的角色。',
  ),
  invite: text('Invite member', '邀请成员'),
  inviteShort: text('Invite', '邀请'),
  invite_cluster: text('They see the cluster at once.', '用户即可看到此集群。'),
  invite_workspace: text('They see the workspace at once.', '邀请后，用户即可看到此企业空间。'),
  invite_project: text(
    'Only members of the workspace can be invited into its projects.',
    '只有所属企业空间的成员才能加入项目。',
  ),
  invite_devops: text(
    'Only members of the workspace can be invited into its DevOps projects.',
    '只有所属企业空间的成员才能加入 DevOps 项目。',
  ),
  user: text('User', '用户'),
  userText: text('The name that the user logs in with. Several get the same role.', '用户的登录名。可填写多个，角色相同。'),
  invited_one: text('{{name}} is a member now', '{{name}} 已成为成员'),
  invited_other: text('{{name}} are members now', '{{name}} 已成为成员'),
  role: text('Role', '角色'),
  state: text('State', '状态'),
  changeRole: text('Change role', '修改角色'),
  roleOf: text('Role of {{name}}', '{{name}} 的角色'),
  changeRoleText: text('The new role holds from the next request on.', '新角色立即生效。'),
  roleChanged: text('{{name}} has another role now', '{{name}} 的角色已修改'),
  remove: text('Remove', '移除'),
  remove_cluster: text(
    'The user loses the role in the cluster. Workspaces and projects stay as they are.',
    '该用户将失去在集群中的角色，企业空间和项目不受影响。',
  ),
  remove_workspace: text(
    'The user loses this workspace and all its projects. The account itself stays.',
    '该用户将无法访问此企业空间及其所有项目，账户本身会保留。',
  ),
  remove_project: text(
    'The user loses the role in this project, and stays in the workspace.',
    '该用户将失去在此项目中的角色，但仍是企业空间的成员。',
  ),
  remove_devops: text(
    'The user loses the role in this DevOps project, and stays in the workspace.',
    '该用户将失去在此 DevOps 项目中的角色，但仍是企业空间的成员。',
  ),
  isManager: text(
    'The manager of the workspace stays its administrator: name another manager in the settings first.',
    '企业空间管理员的角色无法更改，请先在设置中更换管理员。',
  ),
  emptyTitle: text('Nobody is invited yet', '还没有成员'),
  emptyText: text(
    'Invite people by the names that they log in with. Those whose role in the workspace reaches into its projects need no invitation here.',
    '请使用登录名邀请用户。企业空间角色已包含项目权限的用户无需在此邀请。',
  ),
});
