import { defineMessages, text } from '../../util/messages.ts';

export const messages = defineMessages('quotas', {
  quotas: text('Workspace quotas', '企业空间配额'),
  about: text(
    'What all projects of the workspace may use together, in each cluster. Whoever is limited does not set the limit: administrators of the platform do.',
    '企业空间的所有项目在每个集群中可使用的资源总量，由平台管理员设置。',
  ),
  add: text('Add quota', '添加配额'),
  edit: text('Edit', '编辑'),
  editNamed: text('Edit quota {{name}}', '编辑配额 {{name}}'),
  remove: text('Delete', '删除'),
  removeText: text('Its limits hold no longer.', '删除后，其限制不再生效。'),
  share: text('Share of each project', '各项目用量'),
  project: text('Project', '项目'),
  used: text('Used', '已用'),
  noShares: text('No project uses any of it yet.', '尚无项目使用。'),
  noLimits: text('It sets no limit.', '未设置任何限制。'),
});
