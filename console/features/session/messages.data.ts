import { defineMessages, text } from '../../util/messages.ts';

export const messages = defineMessages('session', {
  welcome: text('Log in to Orrery', '登录 Orrery'),
  tagline: text('All your containers, moving together.', '让所有容器协同运转。'),
  user: text('User name or e-mail', '用户名或邮箱'),
  password: text('Password', '密码'),
  logIn: text('Log in', '登录'),
  wrong: text('The user name or the password is wrong.', '用户名或密码错误。'),
  empty: text('This is needed.', '请填写此项。'),
  firstTitle: text('Choose a password of your own', '请设置您自己的密码'),
  firstText: text(
    'The one you have was made for you. Nothing else opens until you have replaced it.',
    '当前密码由系统生成，更换之前无法使用其他功能。',
  ),
  changeTitle: text('Change your password', '修改密码'),
  changeText: text('Your other sessions end; this one goes on.', '您的其他会话将结束，当前会话不受影响。'),
  current: text('Current password', '当前密码'),
  next: text('New password', '新密码'),
  nextRule: text(
    'At least 8 characters, with upper case, lower case and a digit.',
    '至少 8 个字符，包含大写字母、小写字母和数字。',
  ),
  again: text('New password once more', '再次输入新密码'),
  different: text('The two are not the same.', '两次输入的密码不一致。'),
  change: text('Set password', '设置密码'),
  changed: text('Your password has been changed', '密码已修改'),
  wrongCurrent: text('This is not your current password.', '当前密码不正确。'),
  back: text('Back', '返回'),
  logOut: text('Log out', '退出登录'),
});
