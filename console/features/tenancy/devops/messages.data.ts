import { defineMessages, text } from '../../../util/messages.ts';

export const messages = defineMessages('devops', {
  projects: text('DevOps projects', 'DevOps 项目'),
  projectsText: text(
    'Where pipelines of this workspace belong, with members and roles of their own.',
    '此企业空间的流水线所属的位置，拥有自己的成员和角色。',
  ),
  create: text('Create DevOps project', '创建 DevOps 项目'),
  createText: text(
    'In the workspace {{workspace}}. You become its administrator.',
    '在企业空间 {{workspace}} 中创建，您将成为 DevOps 项目管理员。',
  ),
  nameRule: text(
    'Lower-case letters, digits and hyphens, at most 58. It gets an ending of five letters, so that no two are called the same.',
    '小写字母、数字和连字符，最多 58 个字符。系统会追加五位后缀以避免重名。',
  ),
  created: text('DevOps project {{name}} is there', 'DevOps 项目 {{name}} 已创建'),
  settings: text('Basic information', '基本信息'),
  settingsText: text(
    'What the DevOps project is called and what it is for.',
    '修改 DevOps 项目的基本信息，或删除 DevOps 项目。',
  ),
  remove: text('Delete DevOps project', '删除 DevOps 项目'),
  removeText: text(
    'Its pipelines, credentials and memberships are deleted with it. This cannot be undone.',
    '其中的流水线、凭证和成员关系都会一并删除，且无法撤销。',
  ),
  emptyTitle: text('No DevOps project yet', '还没有 DevOps 项目'),
  emptyText: text(
    'Create one for your pipelines, or ask a member of one to invite you.',
    '创建一个 DevOps 项目以管理流水线，或请其成员邀请您加入。',
  ),
  workspace: text('Workspace', '企业空间'),
  namespace: text('Namespace', '命名空间'),
  notYet: text('is being made', '创建中'),
  creator: text('Created by', '创建者'),
  about: text('About', '基本信息'),
  change: text('Change', '修改'),
  noDescription: text('Nobody has written what it is for.', '尚未填写用途。'),
  members: text('Members', '成员'),
  roles: text('Roles', '角色'),
  newest: text('Newest members', '最新成员'),
  invite: text('Invite member', '邀请成员'),
  noMembers: text('Nobody is invited yet', '还没有成员'),
});
