import { defineMessages, text } from '../../util/messages.ts';

export const whyMessages = defineMessages('why', {
  why: text('Why?', '为什么？'),
  title: text('Why not?', '为什么没有权限？'),
  allowed: text('Allowed', '允许'),
  denied: text('Not allowed', '不允许'),
  granted: text('The role “{{role}}” allows this.', '角色“{{role}}”允许此操作。'),
  verbs: text(
    'The role “{{role}}” comes nearest: it allows {{verbs}} here, and not {{verb}}.',
    '最接近的是角色“{{role}}”：它在此允许 {{verbs}}，但不允许 {{verb}}。',
  ),
  elsewhere: text(
    'The role “{{role}}” comes nearest: it allows this elsewhere, and not here.',
    '最接近的是角色“{{role}}”：它在其他位置允许此操作，但在此处不允许。',
  ),
  silent: text(
    'The role “{{role}}” holds here, and says nothing about this.',
    '角色“{{role}}”在此有效，但不涉及此操作。',
  ),
  nothing: text('No role says anything about this.', '没有任何角色涉及此操作。'),
  unexplained: text(
    'It follows from no binding that the platform knows. The cluster says: {{reason}}',
    '它不来自平台已知的任何绑定。集群的说明：{{reason}}',
  ),
  noReason: text('nothing more', '无'),
  refusal: text('The refusal', '拒绝信息'),
  role: text('Role', '角色'),
  holder: text('Held by', '持有者'),
  asUser: text('{{name}}, by name', '{{name}}（用户本人）'),
  asGroup: text('members of {{name}}', '{{name}} 的成员'),
  place: text('Holds in', '生效范围'),
  inProject: text('the project {{namespace}}', '项目 {{namespace}}'),
  everywhere: text('the whole cluster', '整个集群'),
  binding: text('Binding', '绑定'),
  source: text('Follows from', '来源'),
  instead: text('Roles here that would do', '此处可满足要求的角色'),
});
