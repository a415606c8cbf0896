import { defineMessages, text } from '../../util/messages.ts';

export const messages = defineMessages('access', {
  title: text('Who may what', '权限查询'),
  about: text(
    'Asks the cluster whether somebody may do something, and tells the binding that allows it or what comes nearest.',
    '向集群查询某位用户能否执行某项操作，并说明允许它的绑定，或最接近的权限。',
  ),
  ask: text('Ask', '查询'),
  question: text('Question', '问题'),
  answer: text('Answer', '答案'),
  user: text('User', '用户'),
  userText: text('You yourself unless somebody is named.', '留空则查询您自己。'),
  onlyYou: text('Only administrators of the platform ask about others.', '只有平台管理员可以查询其他用户。'),
  verb: text('Verb', '操作'),
  resource: text('Resource', '资源'),
  resourceText: text('As commands write it, such as deployments.apps or pods/exec.', '与命令中的写法相同，例如 deployments.apps 或 pods/exec。'),
  place: text('Where', '范围'),
  place_platform: text('Platform or cluster', '平台或集群'),
  place_workspace: text('Workspace', '企业空间'),
  place_project: text('Project', '项目'),
  object: text('Name', '名称'),
  objectText: text('All of them unless one is named.', '留空则表示所有对象。'),
  incomplete: text('A verb, a resource and a place make a question.', '请填写操作、资源和范围。'),
  emptyTitle: text('Nothing asked yet', '尚未查询'),
  emptyText: text(
    'Fill in who, what and where. The address of the answer can be sent to somebody else.',
    '填写用户、操作和范围。结果页面的地址可以分享给他人。',
  ),
});
