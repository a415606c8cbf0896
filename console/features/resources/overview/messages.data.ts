import { defineMessages, text } from '../../../util/messages.ts';

export const overviewMessages = defineMessages('resources-overview', {
  warnings: text('Recent warnings', '近期告警事件'),
  links: text('Often wanted', '快捷操作'),
  createDeployment: text('Create a deployment', '创建部署'),
  createService: text('Create a service', '创建服务'),
  createAnything: text('Create from YAML', '使用 YAML 创建'),
  whatIsHere: text('What is here', '资源概况'),
  workspace: text('Workspace', '企业空间'),
  kubernetes: text('Kubernetes', 'Kubernetes 版本'),
  nodes: text('Nodes', '集群节点'),
  provider: text('Provider', '服务商'),
  ready: text('Ready', '正常'),
  notReady: text('Not all nodes are ready', '部分节点未就绪'),
  tab_overview: text('Overview', '概览'),
  projects: text('Projects', '项目'),
  members: text('Members', '成员'),
});
