/** KubeSphere's pluggable components by the names of `ks-installer`: what people call them, and where their switch is below `spec`. */
import { text, type Text } from '../../util/messages.ts';

export interface ComponentFacts {
  readonly title: Text;
  readonly about: Text;
  readonly path: readonly string[];
}

const enabled = (key: string, title: Text, about: Text): ComponentFacts => ({ title, about, path: [key, 'enabled'] });

export const componentFacts: Readonly<Record<string, ComponentFacts>> = {
  devops: enabled('devops', text('DevOps', 'DevOps'), text('DevOps projects and what runs in them', 'DevOps 项目及其流水线')),
  auditing: enabled('auditing', text('Auditing', '审计'), text('Who did what', '操作记录')),
  events: enabled('events', text('Events', '事件'), text('Events of the cluster, kept and searched', '集群事件的保存和查询')),
  alerting: enabled('alerting', text('Alerting', '告警'), text('Rules and messages', '告警规则和告警消息')),
  logging: enabled('logging', text('Logging', '日志'), text('Logs of all containers, kept and searched', '容器日志的保存和查询')),
  servicemesh: enabled(
    'servicemesh',
    text('Service mesh', '服务网格'),
    text('Releases by weight, traffic and traces', '灰度发布、流量治理与调用链'),
  ),
  metrics_server: enabled('metrics_server', text('Monitoring', '监控'), text('Figures of nodes and pods', '节点和容器组指标')),
  openpitrix: {
    title: text('App store', '应用商店'),
    about: text('Applications as templates', '应用模板与应用实例'),
    path: ['openpitrix', 'store', 'enabled'],
  },
  network: {
    title: text('Network isolation', '网络隔离'),
    about: text('Workspaces and projects that do not reach each other', '企业空间和项目之间的网络隔离'),
    path: ['network', 'networkpolicy', 'enabled'],
  },
};
