import { defineMessages, text } from '../../util/messages.ts';

export const messages = defineMessages('switches', {
  title: text('Component switches', '可插拔组件'),
  about: text(
    'What this platform has, and everybody may be shown or not. Menus follow at once, and what was made stays.',
    '平台的可插拔组件。开关后菜单立即变化，已创建的资源会保留。',
  ),
  component: text('Component', '组件'),
  what: text('What it is for', '用途'),
  state: text('State', '状态'),
  change: text('On or off', '开关'),
  on: text('On', '已启用'),
  off: text('Off', '已停用'),
  notReady: text('Not there', '不可用'),
  turnOn: text('Turn on', '启用'),
  turnOff: text('Turn off', '停用'),
  turnOffNamed: text('Turn off {{name}}?', '停用 {{name}}？'),
  turnOffText: text(
    'Its pages and routes are gone for everybody until it is turned on again. What was made with it stays.',
    '停用后，所有用户都无法使用其页面和接口，直到重新启用。已创建的资源会保留。',
  ),
  turnedOn: text('{{name}} is on', '{{name}} 已启用'),
  turnedOff: text('{{name}} is off', '{{name}} 已停用'),
  none: text('This platform has no component that can be turned off.', '此平台没有可开关的组件。'),
});
