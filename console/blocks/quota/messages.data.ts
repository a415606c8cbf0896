import { defineMessages, text } from '../../util/messages.ts';

export const quotaMessages = defineMessages('quota', {
  'requests.cpu': text('CPU, reserved', 'CPU 预留'),
  'limits.cpu': text('CPU, at most', 'CPU 上限'),
  'requests.memory': text('Memory, reserved', '内存预留'),
  'limits.memory': text('Memory, at most', '内存上限'),
  'requests.storage': text('Storage of claims', '持久卷声明容量'),
  persistentvolumeclaims: text('Volume claims', '持久卷声明'),
  pods: text('Pods', '容器组'),
  'count/deployments.apps': text('Deployments', '部署'),
  'count/statefulsets.apps': text('StatefulSets', '有状态副本集'),
  'count/daemonsets.apps': text('DaemonSets', '守护进程集'),
  'count/jobs.batch': text('Jobs', '任务'),
  'count/cronjobs.batch': text('CronJobs', '定时任务'),
  services: text('Services', '服务'),
  configmaps: text('ConfigMaps', '配置字典'),
  secrets: text('Secrets', '保密字典'),
  usedOf: text('{{used}} of {{hard}}', '已用 {{used}}，共 {{hard}}'),
  notAnAmount: text(
    'Not an amount: write numbers with units such as 500m, 2, 512Mi or 4Gi.',
    '格式无效，请填写数值及单位，例如 500m、2、512Mi、4Gi。',
  ),
  amountHint: text(
    'Amounts with units as Kubernetes has them: 500m or 2 cores, 512Mi or 4Gi. Empty is no limit.',
    '使用 Kubernetes 的数值和单位：CPU 如 500m、2，内存如 512Mi、4Gi。留空表示不限制。',
  ),
  quotas: text('Workspace quotas', '企业空间配额'),
  cluster: text('Cluster {{cluster}}', '集群 {{cluster}}'),
  all: text('Show all', '查看全部'),
  emptyTitle: text('No quota', '没有配额'),
  emptyText: text('The projects of this workspace use what the cluster has.', '此企业空间的项目可使用集群的全部资源。'),
});
