import { defineMessages, text } from '../../util/messages.ts';

export const peopleMessages = defineMessages('people', {
  active: text('Active', '正常'),
  disabled: text('Disabled', '已禁用'),
  limited: text('Too many attempts', '登录受限'),
  waiting: text('Must set a password', '待修改密码'),
  password: text('Password', '密码'),
  passwordRule: text(
    'At least 8 characters, with upper case, lower case and a digit.',
    '至少 8 个字符，包含大写字母、小写字母和数字。',
  ),
  showPassword: text('Show or hide the password', '显示或隐藏密码'),
  draw: text('Generate one', '生成密码'),
  copyPassword: text('Copy the password', '复制密码'),
  time: text('When', '时间'),
  result: text('Result', '结果'),
  succeeded: text('Logged in', '登录成功'),
  failed: text('Refused', '登录失败'),
  type: text('By', '方式'),
  address: text('From', '来源地址'),
  why: text('Reason', '原因'),
  logins: text('Log-ins', '登录记录'),
  noLogins: text('Nobody has logged in yet', '还没有登录记录'),
  noLoginsText: text('Each attempt with this account is shown here.', '使用此账户的每次登录都会记录在此。'),
});
