import { defineMessages, text } from '../../util/messages.ts';

export const messages = defineMessages('account', {
  account: text('My account', '个人账户'),
  accountText: text('How you are shown to others, and how you log in.', '您的个人信息和登录方式。'),
  profile: text('Profile', '个人信息'),
  userName: text('User name', '用户名'),
  role: text('Platform role', '平台角色'),
  displayName: text('Name shown', '显示名称'),
  email: text('E-mail', '邮箱'),
  emailText: text('You can log in with it, too.', '也可用于登录。'),
  language: text('Language', '语言'),
  languageText: text('Kept with the account: it holds wherever you log in.', '随账户保存，在任何设备登录都生效。'),
  nothingChanged: text('Nothing has been changed yet.', '尚未作任何修改。'),
  password: text('Password', '密码'),
  passwordText: text('Your other sessions end when you change it; this one goes on.', '修改密码后，其他会话会结束，当前会话不受影响。'),
  changedAt: text('Changed last', '上次修改'),
  never: text('never', '从未修改'),
  changePassword: text('Change password', '修改密码'),
  sessions: text('Sessions', '会话'),
  sessionsText: text(
    'Ends every session of this account, in all browsers and programs, this one too.',
    '结束此账户在所有浏览器和程序中的会话，包括当前会话。',
  ),
  everywhere: text('Log out everywhere', '退出所有会话'),
  everywhereTitle: text('Log out everywhere?', '退出所有会话？'),
});
