import { defineMessages, text } from '../../../util/messages.ts';

export const revisionMessages = defineMessages('revisions', {
  title: text('Revisions', '版本记录'),
  revision: text('Revision', '版本'),
  images: text('Images', '镜像'),
  cause: text('Why', '变更原因'),
  age: text('Age', '创建时长'),
  pods: text('Pods', '容器组'),
  current: text('Current', '当前版本'),
  none: text('It has no revisions yet.', '暂无版本记录。'),
  compare: text('Compare', '比较'),
  difference: text('From revision {{revision}} to the current one', '从版本 {{revision}} 到当前版本'),
  same: text('Both say the same.', '两个版本内容相同。'),
  changes_one: text('One change', '1 处变更'),
  changes_other: text('{{count}} changes', '{{count}} 处变更'),
  field: text('Field', '字段'),
  before: text('Revision {{revision}}', '版本 {{revision}}'),
  after: text('Now', '当前'),
  rollBack: text('Roll back', '回退'),
});
