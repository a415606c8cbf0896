/** The words that role templates are told in, in English and Chinese. */
type Words = readonly [en: string, zh: string];

export const verbs = {
  view: ['View', '查看'],
  manage: ['Manage', '管理'],
  create: ['Create', '创建'],
  delete: ['Delete', '删除'],
} as const satisfies Record<string, Words>;

export type Verb = keyof typeof verbs;

/** What templates are about, by the last part of their names. */
export const things: Readonly<Record<string, Words>> = {
  'alerting-messages': ['alerting messages', '告警消息'],
  'alerting-policies': ['alerting policies', '告警策略'],
  'app-releases': ['app instances', '应用实例'],
  'app-repos': ['app repositories', '应用仓库'],
  'app-templates': ['app templates', '应用模板'],
  'app-workloads': ['application workloads', '应用负载'],
  basic: ['basic information', '基本信息'],
  'cluster-monitoring': ['cluster monitoring', '集群监控'],
  'cluster-settings': ['cluster settings', '集群设置'],
  clusters: ['clusters', '集群'],
  components: ['system components', '系统组件'],
  configmaps: ['config maps', '配置字典'],
  crds: ['custom resources', '自定义资源'],
  credentials: ['credentials', '凭证'],
  'custom-monitoring': ['custom monitoring', '自定义监控'],
  devops: ['DevOps projects', 'DevOps 项目'],
  'devops-settings': ['DevOps project settings', 'DevOps 项目设置'],
  'gitops-applications': ['continuous deployments', '持续部署'],
  gitrepositories: ['code repositories', '代码仓库'],
  groups: ['departments', '部门'],
  members: ['members', '成员'],
  'network-resources': ['network resources', '网络资源'],
  nodes: ['nodes', '节点'],
  persistentvolumeclaims: ['persistent volume claims', '持久卷声明'],
  pipelineruns: ['pipeline runs', '流水线运行'],
  pipelines: ['pipelines', '流水线'],
  'platform-settings': ['platform settings', '平台设置'],
  'project-settings': ['project settings', '项目设置'],
  projects: ['projects', '项目'],
  roles: ['roles', '角色'],
  secrets: ['secrets', '保密字典'],
  serviceaccount: ['service accounts', '服务账户'],
  snapshots: ['volume snapshots', '卷快照'],
  storageclasses: ['storage classes', '存储类'],
  users: ['users', '用户'],
  'volume-snapshot-classes': ['volume snapshot classes', '卷快照类'],
  'volume-snapshots': ['volume snapshots', '卷快照'],
  'workspace-settings': ['workspace settings', '企业空间设置'],
  workspaces: ['workspaces', '企业空间'],
};

/** The parts of the dialog in which templates are picked. */
export const categoryWords: Readonly<Record<string, Words>> = {
  'access-control': ['Access control', '访问控制'],
  'apps-management': ['Apps', '应用管理'],
  'application-workloads': ['Application workloads', '应用负载'],
  'cluster-resources-management': ['Cluster resources', '集群资源管理'],
  'cluster-settings': ['Cluster settings', '集群设置'],
  'clusters-management': ['Clusters', '集群管理'],
  'code-repositories-management': ['Code repositories', '代码仓库管理'],
  'configuration-center': ['Configuration', '配置中心'],
  'continuous-deployments-management': ['Continuous deployments', '持续部署管理'],
  'credentials-management': ['Credentials', '凭证管理'],
  'devops-management': ['DevOps', 'DevOps 管理'],
  'devops-settings': ['DevOps settings', 'DevOps 设置'],
  'monitoring-alerting': ['Monitoring and alerting', '监控告警'],
  'network-management': ['Network', '网络管理'],
  'pipelines-management': ['Pipelines', '流水线管理'],
  'platform-settings': ['Platform settings', '平台设置'],
  'project-resources-management': ['Project resources', '项目资源管理'],
  'project-settings': ['Project settings', '项目设置'],
  'projects-management': ['Projects', '项目管理'],
  'storage-management': ['Storage', '存储管理'],
  'workspace-settings': ['Workspace settings', '企业空间设置'],
};
