import { defineMessages, text } from '../../util/messages.ts';

export const peopleMessages = defineMessages('people', {
  active: text('Active', '正常'),
  disabled: text('Disabled', '已禁用'),
  limited: text('Too many attempts', '登录受限'),
  waiting: text('Must set a password', '待修改密码'),
});
