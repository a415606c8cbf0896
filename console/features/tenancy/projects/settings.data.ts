import { defineMessages, text } from '../../../util/messages.ts';

export const projectSettingsMessages = defineMessages('projectSettings', {
  isolation: text('Network isolation', '网络隔离'),
  isolationText: text('Who may open connections to what runs in this project.', '控制谁可以访问此项目中运行的服务。'),
  isolate: text('Only let this project in', '仅允许本项目访问'),
  isolateText: text(
    'Connections from pods of other projects are refused. What runs here still reaches others, and nodes still reach it: node ports and probes go on working.',
    '其他项目的容器组将无法访问此项目。此项目仍可访问外部，节点仍可访问此项目，节点端口和健康检查不受影响。',
  ),
  openTo_itself: text('Open to this project only', '仅对本项目开放'),
  openTo_workspace: text('Open to projects of its workspace', '对同一企业空间的项目开放'),
  openTo_everybody: text('Open to everybody', '对所有来源开放'),
  byWorkspace: text(
    'Its workspace is isolated: other workspaces are refused already.',
    '所属企业空间已开启隔离，其他企业空间已无法访问。',
  ),
  exceptions: text(
    'Exceptions let in more: another project, a service, addresses.',
    '可通过例外规则放行更多来源，例如其他项目、服务或地址段。',
  ),
  exceptionsLink: text('Exceptions', '例外规则'),
  onlyInWorkspace: text('Only projects of a workspace can be isolated.', '只有属于企业空间的项目才能设置隔离。'),
  isolated: text('The project is isolated', '项目已开启网络隔离'),
  opened: text('The project is open', '项目已关闭网络隔离'),
  move: text('Move to another workspace', '移动到其他企业空间'),
  moveHint: text(
    'It goes on running; who may use it changes. You are told what, before anything is done.',
    '移动后项目会继续运行，但可访问的人员会改变。执行前会告知具体影响。',
  ),
  target: text('New workspace', '目标企业空间'),
  changes: text('What changes', '将发生的变化'),
  membersGo_one: text(
    'One member loses every right in it: {{names}}. That includes roles given by hand.',
    '1 名成员将失去全部权限：{{names}}，包括手动授予的角色。',
  ),
  membersGo_other: text(
    '{{count}} members lose every right in it: {{names}}. That includes roles given by hand.',
    '{{count}} 名成员将失去全部权限：{{names}}，包括手动授予的角色。',
  ),
  membersGoUnknown: text(
    'Whoever is in it now loses every right in it, by whichever role.',
    '当前所有成员都会失去在此项目中的权限。',
  ),
  moreNames: text('{{names}} and {{count}} more', '{{names}} 等（另有 {{count}} 人）'),
  adminsCome: text(
    'Whoever manages the new workspace manages it.',
    '目标企业空间的管理者将可以管理此项目。',
  ),
  quotaCounts: text(
    'What it uses counts for the quotas of the new workspace.',
    '其用量将计入目标企业空间的配额。',
  ),
  networkChanges: text(
    'If the old or the new workspace is isolated, who may connect to it changes, too.',
    '如果原企业空间或目标企业空间开启了网络隔离，可访问的来源也会改变。',
  ),
  stays: text(
    'Workloads, data, service accounts and quotas of the project stay as they are.',
    '工作负载、数据、服务账户和项目配额保持不变。',
  ),
  moved: text('{{name}} is in {{workspace}} now', '{{name}} 已移动到 {{workspace}}'),
  sameWorkspace: text('It is in this workspace already.', '项目已在此企业空间中。'),
});
