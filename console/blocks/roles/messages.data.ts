import { defineMessages, text } from '../../util/messages.ts';

/** `<place>_<role>` and, with `_text`, what it is for. */
export const roleMessages = defineMessages('role-words', {
  role: text('Role', '角色'),
  platform_admin: text('Platform administrator', '平台管理员'),
  platform_admin_text: text('May do everything, everywhere.', '可管理平台上的所有资源。'),
  platform_regular: text('Regular user', '平台普通用户'),
  platform_regular_text: text(
    'Sees only the workspaces and projects of an invitation.',
    '只能访问受邀加入的企业空间和项目。',
  ),
  'platform_self-provisioner': text('Self-provisioner', '自助用户'),
  'platform_self-provisioner_text': text(
    'As a regular user, and may create own workspaces.',
    '在普通用户的基础上，可以创建自己的企业空间。',
  ),
  cluster_admin: text('Cluster administrator', '集群管理员'),
  cluster_admin_text: text(
    'May do everything in the cluster. Where the platform itself runs in it, that is everything.',
    '可管理集群中的所有资源。若平台运行在此集群中，则等同于管理整个平台。',
  ),
  cluster_viewer: text('Cluster viewer', '集群观察者'),
  cluster_viewer_text: text(
    'Sees the cluster, its secrets excepted; changes nothing.',
    '可查看集群资源（密钥除外），但不能修改。',
  ),
  workspace_admin: text('Workspace administrator', '企业空间管理员'),
  workspace_admin_text: text(
    'May do everything in the workspace and in all its projects.',
    '可管理企业空间及其所有项目中的资源。',
  ),
  workspace_viewer: text('Viewer', '企业空间观察者'),
  workspace_viewer_text: text(
    'Sees everything in the workspace and in all its projects, changes nothing.',
    '可查看企业空间及其所有项目，但不能修改。',
  ),
  workspace_regular: text('Member', '企业空间成员'),
  workspace_regular_text: text(
    'Sees the workspace and its members; works in projects by invitation.',
    '可查看企业空间和成员，只能使用受邀加入的项目。',
  ),
  'workspace_self-provisioner': text('Self-provisioner', '企业空间自助成员'),
  'workspace_self-provisioner_text': text(
    'As a member, and may create own projects.',
    '在成员的基础上，可以创建自己的项目。',
  ),
  project_admin: text('Project administrator', '项目管理员'),
  project_admin_text: text(
    'May do everything in the project, members and deletion included.',
    '可管理项目中的所有资源，包括成员和删除项目。',
  ),
  project_operator: text('Operator', '项目维护者'),
  project_operator_text: text(
    'Creates and changes whatever runs in the project; does not manage its members.',
    '可创建和修改项目中的资源，但不能管理成员。',
  ),
  project_viewer: text('Viewer', '项目观察者'),
  project_viewer_text: text('Sees everything in the project, changes nothing.', '可查看项目中的所有资源，但不能修改。'),
  devops_admin: text('DevOps project administrator', 'DevOps 项目管理员'),
  devops_admin_text: text(
    'May do everything in the DevOps project, members and deletion included.',
    '可管理 DevOps 项目中的所有资源，包括成员和删除项目。',
  ),
  devops_operator: text('Operator', 'DevOps 项目维护者'),
  devops_operator_text: text(
    'Creates, changes and runs pipelines; does not manage its members.',
    '可创建、修改和运行流水线，但不能管理成员。',
  ),
  devops_viewer: text('Viewer', 'DevOps 项目观察者'),
  devops_viewer_text: text(
    'Sees everything in the DevOps project, changes nothing.',
    '可查看 DevOps 项目中的所有资源，但不能修改。',
  ),
});
