import { defineMessages, text } from '../../util/messages.ts';

export const messages = defineMessages('tenancy', {
  workspaces: text('Workspaces', '企业空间'),
  workspacesText: text(
    'A workspace is what a team works in: its members, its roles and its projects.',
    '企业空间是团队协作的地方，包含成员、角色和项目。',
  ),
  manager: text('Manager', '管理员'),
  createWorkspace: text('Create workspace', '创建企业空间'),
  createWorkspaceText: text(
    'You become its manager. Members and projects come afterwards.',
    '您将成为其管理员，之后可以添加成员和项目。',
  ),
  created: text('Workspace {{name}} is there', '企业空间 {{name}} 已创建'),
  deleteWorkspace: text('Delete workspace', '删除企业空间'),
  deleteWorkspaceText: text(
    'All its projects and everything that runs in them are deleted with it. This cannot be undone.',
    '其中的所有项目及其运行的全部内容都会一并删除，且无法撤销。',
  ),
  systemWorkspace: text(
    'The system’s own projects live here: it cannot be deleted.',
    '系统自身的项目在此运行，无法删除。',
  ),
  state: text('State', '状态'),
  active: text('Active', '正常'),
  terminating: text('Deleting', '删除中'),
  about: text('About', '基本信息'),
  noDescription: text('Nobody has written what this workspace is for.', '尚未填写此企业空间的用途。'),
  emptyTitle: text('No workspace yet', '还没有企业空间'),
  emptyText: text(
    'Create one for your team, or ask its manager to invite you into an existing one.',
    '为您的团队创建一个，或请已有企业空间的管理员邀请您加入。',
  ),
});
