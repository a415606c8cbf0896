import { defineMessages, text } from '../../util/messages.ts';

export const tileMessages = defineMessages('tiles', {
  failed: text('{{count}} failed', '{{count}} 失败'),
  notReady: text('{{count}} not ready', '{{count}} 未就绪'),
  unschedulable: text('{{count}} unschedulable', '{{count}} 不可调度'),
  pending: text('{{count}} pending', '{{count}} 等待中'),
  updating: text('{{count}} updating', '{{count}} 更新中'),
  running: text('{{count}} running', '{{count}} 运行中'),
  bound: text('{{count}} bound', '{{count}} 已绑定'),
  completed: text('{{count}} completed', '{{count}} 已完成'),
  stopped: text('{{count}} stopped', '{{count}} 已停止'),
  paused: text('{{count}} paused', '{{count}} 已暂停'),
  other: text('{{count}} other', '{{count}} 其他'),
});
