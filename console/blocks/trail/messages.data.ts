import { defineMessages, text } from '../../util/messages.ts';

export const trailMessages = defineMessages('trail', {
  recent: text('What happened lately', '最近操作'),
  all: text('Show all', '查看全部'),
  none: text('No records', '没有审计记录'),
  verb_create: text('create', '创建'),
  verb_update: text('update', '更新'),
  verb_patch: text('patch', '修改'),
  verb_delete: text('delete', '删除'),
  verb_deletecollection: text('delete many', '批量删除'),
  verb_get: text('get', '查看'),
  verb_login: text('log in', '登录'),
  verb_logout: text('log out', '退出登录'),
  'verb_open-terminal': text('open a terminal', '打开终端'),
  'verb_close-terminal': text('close a terminal', '关闭终端'),
  verb_fail: text('fail', '失败'),
  result_Success: text('Success', '成功'),
  result_Failure: text('Failure', '失败'),
  refused: text('Refused', '已拒绝'),
  noneText: text(
    'What is created, changed, deleted or refused here stands here a moment later.',
    '此处的创建、修改、删除及被拒绝的操作会在片刻后显示。',
  ),
});
