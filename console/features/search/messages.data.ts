import { defineMessages, text } from '../../util/messages.ts';

export const searchMessages = defineMessages('search', {
  title: text('Search', '搜索'),
  description: text(
    'All objects that you may see: by name, display name, label, image, address or any other word.',
    '在您有权查看的所有对象中，按名称、别名、标签、镜像、IP 地址或其他内容查找。',
  ),
  words: text('What to look for', '搜索内容'),
  example: text('e.g. web, or label:app=web image:nginx', '例如 web，或 label:app=web image:nginx'),
  hint: text(
    'All words must be found. name:, alias:, label:, image:, ip: and text: look in one place only.',
    '需同时包含所有词。使用 name:、alias:、label:、image:、ip:、text: 可限定查找范围。',
  ),
  kind: text('Kind', '类型'),
  anyKind: text('All kinds', '全部类型'),
  workspace: text('Workspace', '企业空间'),
  start: text('What are you looking for?', '想要查找什么？'),
  none: text('Nothing that you may see has “{{words}}”', '没有找到包含“{{words}}”的对象'),
  noneText: text('Part of a word is enough. Fewer words find more.', '输入词的一部分即可，减少关键词可以找到更多结果。'),
  total_one: text('One object', '1 个对象'),
  total_other: text('{{count}} objects', '{{count}} 个对象'),
  firstOnly: text(
    'The best {{shown}} of {{count}} are shown. Another word makes them fewer.',
    '显示最匹配的 {{shown}} 项，共 {{count}} 项，可添加关键词缩小范围。',
  ),
  incomplete: text(
    'Not everything has been read yet: there may be more in a moment.',
    '尚未读取全部对象，稍后可能会有更多结果。',
  ),
  groupIn: text('{{kind}} in {{cluster}}', '{{cluster}} 中的{{kind}}'),
  match_name: text('name', '名称'),
  match_alias: text('display name', '别名'),
  match_label: text('label', '标签'),
  match_image: text('image', '镜像'),
  match_ip: text('address', 'IP 地址'),
  match_text: text('text', '内容'),
  users: text('Users', '用户'),
  workspaces: text('Workspaces', '企业空间'),
  inProject: text('in {{project}}', '位于 {{project}}'),
  everywhere: text('Search all objects for “{{words}}”', '在所有对象中搜索“{{words}}”'),
});
