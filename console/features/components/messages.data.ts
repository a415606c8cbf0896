import { defineMessages, text } from '../../util/messages.ts';

export const componentMessages = defineMessages('components', {
  title: text('Components', '系统组件'),
  description: text(
    'Whether the parts of the system are well: its services, and the nodes that they run on.',
    '系统组件和节点的健康状态。',
  ),
  refresh: text('Refresh', '刷新'),
  nodes: text('Nodes', '集群节点'),
  inNamespace: text('{{well}} of {{total}} are well', '{{well}} / {{total}} 正常'),
  name: text('Component', '组件'),
  ready: text('Ready pods', '就绪容器组'),
  state: text('State', '状态'),
  age: text('Age', '运行时长'),
  well: text('Healthy', '正常'),
  partly: text('Partly', '部分正常'),
  down: text('Down', '异常'),
  none: text('No part of the system runs as a service', '没有以服务形式运行的系统组件'),
  noneText: text(
    'Here the control plane and the platform are one program, which answers: else you would not see this. What is installed into the namespaces of the system appears here.',
    '此环境的控制平面和平台是同一个程序，且运行正常。安装到系统命名空间的组件会显示在这里。',
  ),
});
