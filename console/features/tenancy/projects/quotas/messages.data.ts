import { defineMessages, text } from '../../../../util/messages.ts';

export const quotaPageMessages = defineMessages('projectQuotas', {
  title: text('Quotas and limits', '配额与默认限制'),
  description: text(
    'How much this project may use in all, and what containers get that ask for nothing.',
    '设置此项目可使用的资源总量，以及容器未指定资源时的默认值。',
  ),
  add: text('Set a quota', '设置配额'),
  edit: text('Edit quota', '编辑配额'),
  editNamed: text('Edit the quota {{name}}', '编辑配额 {{name}}'),
  deleteNamed: text('Delete the quota {{name}}', '删除配额 {{name}}'),
  deleteText: text(
    'Nothing that runs is stopped; the project may then use as much as there is.',
    '正在运行的内容不受影响，删除后此项目将不再受该配额限制。',
  ),
  noQuota: text('No quota is set', '未设置配额'),
  noQuotaText: text(
    'The project may use as much as the cluster has. A quota keeps room for others.',
    '此项目可以使用集群的全部资源。设置配额可为其他项目预留空间。',
  ),
  rule: text(
    'What runs already goes on running when a limit is lowered; only new things are refused.',
    '降低配额不会停止正在运行的内容，只会拒绝新的请求。',
  ),
  asksForAll: text(
    'With limits for CPU or memory, pods that do not say what they need are refused: set defaults below.',
    '设置 CPU 或内存配额后，未声明资源的容器组会被拒绝，请在下方设置默认值。',
  ),
  nothingSet: text('It sets nothing.', '未设置任何限制。'),
  scoped: text('It counts only pods with: {{scopes}}', '仅统计以下范围的容器组：{{scopes}}'),
  defaults: text('Defaults for containers', '容器默认资源'),
  defaultsText: text(
    'For containers that do not say themselves what they need. Those that run already keep what they have.',
    '用于未声明资源需求的容器。正在运行的容器不受影响。',
  ),
  requestCpu: text('CPU, reserved', 'CPU 预留'),
  limitCpu: text('CPU, at most', 'CPU 上限'),
  requestMemory: text('Memory, reserved', '内存预留'),
  limitMemory: text('Memory, at most', '内存上限'),
  others: text('There are more limit ranges: {{names}}.', '还有其他默认限制：{{names}}。'),
});
