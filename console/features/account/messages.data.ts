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
  sessionsShown: text(
    'What is logged in with this account now: end what you do not know, and change your password then.',
    '当前使用此账户登录的会话。如有不认识的会话，请结束它并修改密码。',
  ),
  identitiesText: text(
    'Other providers by which you can log in to this account.',
    '可用于登录此账户的其他身份提供方。',
  ),
  connect: text('Connect {{provider}}', '关联 {{provider}}'),
  linked: text('{{provider}} is connected: you can log in by it from now on.', '已关联 {{provider}}，今后可以使用它登录。'),
  linkTaken: text(
    'Another account is connected with what you are at {{provider}}. Disconnect it there first.',
    '您在 {{provider}} 的身份已关联其他账户，请先在该账户中解除关联。',
  ),
  linkLate: text('Connecting {{provider}} took too long, or your session has ended. Begin again.', '关联 {{provider}} 超时或会话已结束，请重试。'),
  linkFailed: text('{{provider}} did not confirm who you are.', '{{provider}} 未能确认您的身份。'),
  kubeconfig: text('Kubeconfig', 'Kubeconfig'),
  kubeconfigText: text(
    'For kubectl and other programs: with it you may do in the clusters what you may do here. Each download is a session below, and can be ended.',
    '用于 kubectl 等程序，权限与您在控制台的权限一致。每次下载对应下方的一个会话，可随时结束。',
  ),
  download: text('Download', '下载'),
  sessionsText: text(
    'Ends every session of this account, in all browsers and programs, this one too.',
    '结束此账户在所有浏览器和程序中的会话，包括当前会话。',
  ),
  everywhere: text('Log out everywhere', '退出所有会话'),
  everywhereTitle: text('Log out everywhere?', '退出所有会话？'),
});
