/** The kinds with pages of their own: what the navigation and the addresses need to know before a page is opened. */
import {
  Blocks,
  Box,
  CalendarClock,
  Container,
  Database,
  FileCog,
  Globe,
  HardDrive,
  IdCard,
  KeyRound,
  Layers,
  ListChecks,
  Network,
  Puzzle,
  Rocket,
  Scaling,
  Server,
  ServerCog,
  Settings2,
  ShieldHalf,
  Workflow,
} from 'lucide-react';
import { text, type Text } from '../../util/messages.ts';
import type { Icon } from '../../ui/icon.ts';

export interface KindName {
  /** The plural name, in addresses too. */
  readonly resource: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly title: Text;
  /** One of them. */
  readonly one: Text;
  readonly section: Text;
  readonly icon: Icon;
}

export const sections = {
  work: text('Workloads', '工作负载'),
  network: text('Services and routes', '服务与路由'),
  configuration: text('Configuration', '配置'),
  storage: text('Storage', '存储'),
  cluster: text('Cluster', '集群'),
} as const;

type Given = [resource: string, kind: string, title: Text, one: Text, icon: Icon];
const within =
  (section: Text, group: string, namespaced = true, version = 'v1') =>
  (...[resource, kind, title, one, icon]: Given): KindName => ({
    resource,
    group,
    version,
    kind,
    namespaced,
    title,
    one,
    section,
    icon,
  });

const core = within(sections.work, '');
const apps = within(sections.work, 'apps');
const batch = within(sections.work, 'batch');
const scaling = within(sections.work, 'autoscaling', true, 'v2');
const service = within(sections.network, '');
const network = within(sections.network, 'networking.k8s.io');
const configuration = within(sections.configuration, '');
const claims = within(sections.storage, '');
const volumes = within(sections.storage, '', false);
const storage = within(sections.storage, 'storage.k8s.io', false);
const nodes = within(sections.cluster, '', false);
const extension = within(sections.cluster, 'apiextensions.k8s.io', false);

/** In the order of the navigation. Kinds of the whole cluster stand last. */
export const kindNames: readonly KindName[] = [
  apps('deployments', 'Deployment', text('Deployments', '部署'), text('Deployment', '部署'), Rocket),
  apps(
    'statefulsets',
    'StatefulSet',
    text('StatefulSets', '有状态副本集'),
    text('StatefulSet', '有状态副本集'),
    Layers,
  ),
  apps('daemonsets', 'DaemonSet', text('DaemonSets', '守护进程集'), text('DaemonSet', '守护进程集'), Blocks),
  batch('jobs', 'Job', text('Jobs', '任务'), text('Job', '任务'), ListChecks),
  batch('cronjobs', 'CronJob', text('CronJobs', '定时任务'), text('CronJob', '定时任务'), CalendarClock),
  core('pods', 'Pod', text('Pods', '容器组'), text('Pod', '容器组'), Container),
  scaling(
    'horizontalpodautoscalers',
    'HorizontalPodAutoscaler',
    text('Autoscalers', '弹性伸缩'),
    text('Autoscaler', '弹性伸缩'),
    Scaling,
  ),
  service('services', 'Service', text('Services', '服务'), text('Service', '服务'), Network),
  network('ingresses', 'Ingress', text('Ingresses', '应用路由'), text('Ingress', '应用路由'), Globe),
  network(
    'networkpolicies',
    'NetworkPolicy',
    text('Network policies', '网络策略'),
    text('Network policy', '网络策略'),
    ShieldHalf,
  ),
  configuration('configmaps', 'ConfigMap', text('ConfigMaps', '配置字典'), text('ConfigMap', '配置字典'), FileCog),
  configuration('secrets', 'Secret', text('Secrets', '保密字典'), text('Secret', '保密字典'), KeyRound),
  configuration(
    'serviceaccounts',
    'ServiceAccount',
    text('Service accounts', '服务账户'),
    text('Service account', '服务账户'),
    IdCard,
  ),
  claims(
    'persistentvolumeclaims',
    'PersistentVolumeClaim',
    text('Volume claims', '持久卷声明'),
    text('Volume claim', '持久卷声明'),
    HardDrive,
  ),
  nodes('nodes', 'Node', text('Nodes', '集群节点'), text('Node', '集群节点'), Server),
  volumes('persistentvolumes', 'PersistentVolume', text('Volumes', '持久卷'), text('Volume', '持久卷'), Database),
  storage(
    'storageclasses',
    'StorageClass',
    text('Storage classes', '存储类'),
    text('Storage class', '存储类'),
    ServerCog,
  ),
  extension(
    'customresourcedefinitions',
    'CustomResourceDefinition',
    text('Custom resources', '定制资源'),
    text('Custom resource', '定制资源定义'),
    Puzzle,
  ),
];

/** Kinds that are shown within others, and have no entry in the navigation. */
export const quietKinds: readonly KindName[] = [
  apps('replicasets', 'ReplicaSet', text('Revisions', '版本记录'), text('Revision', '版本记录'), Workflow),
  nodes('namespaces', 'Namespace', text('Projects', '项目'), text('Project', '项目'), Box),
];

/** For kinds that nobody has described. */
export const plainIcon: Icon = Settings2;
