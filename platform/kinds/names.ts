/** Labels, annotations, namespaces and groups that KubeSphere's objects are known by. */

export const groups = {
  iam: 'iam.kubesphere.io',
  tenant: 'tenant.kubesphere.io',
  quota: 'quota.kubesphere.io',
  cluster: 'cluster.kubesphere.io',
  auditing: 'auditing.kubesphere.io',
  devops: 'devops.kubesphere.io',
  network: 'network.kubesphere.io',
  /** What extensions bring: APIs, scripts, entries, addresses. */
  extensions: 'extensions.kubesphere.io',
  /** The market of extensions. */
  core: 'kubesphere.io',
  installer: 'installer.kubesphere.io',
} as const;

export const labels = {
  workspace: 'kubesphere.io/workspace',
  namespace: 'kubesphere.io/namespace',
  managed: 'kubesphere.io/managed',
  user: 'iam.kubesphere.io/user-ref',
  role: 'iam.kubesphere.io/role-ref',
  group: 'iam.kubesphere.io/group-ref',
  groupParent: 'iam.kubesphere.io/group-parent',
  /** On role templates: where their rights are held, and in which part of the dialog they stand. */
  scope: 'iam.kubesphere.io/scope',
  category: 'iam.kubesphere.io/category',
  roleTemplate: 'iam.kubesphere.io/role-template',
  /** On clusters: `public` for those that all workspaces may use; which one the platform runs on. */
  visibility: 'cluster.kubesphere.io/visibility',
  hostCluster: 'cluster-role.kubesphere.io/host',
  /** A namespace that is the working place of a DevOps project. */
  devops: 'kubesphere.io/devopsproject',
  /** On all that belongs to an extension: its name. */
  extension: 'kubesphere.io/extension-ref',
  repository: 'kubesphere.io/repository-ref',
  marketCategory: 'kubesphere.io/category',
  /** On a ReverseProxy: `ks-console` for those that KubeSphere's console served itself; here both are one. */
  proxyTarget: 'kubesphere.io/reverse-proxy-target',
} as const;

export const annotations = {
  creator: 'kubesphere.io/creator',
  alias: 'kubesphere.io/alias-name',
  description: 'kubesphere.io/description',
  globalRole: 'iam.kubesphere.io/globalrole',
  workspaceRole: 'iam.kubesphere.io/workspacerole',
  role: 'iam.kubesphere.io/role',
  uninitialized: 'iam.kubesphere.io/uninitialized',
  passwordChanged: 'iam.kubesphere.io/last-password-change-time',
  clusterRole: 'iam.kubesphere.io/clusterrole',
  /** 3.x: a JSON list of names of role templates, which the role's rules follow from. */
  aggregated: 'iam.kubesphere.io/aggregation-roles',
  dependencies: 'iam.kubesphere.io/dependencies',
  module: 'iam.kubesphere.io/module',
  grants: 'iam.kubesphere.io/role-template-rules',
  /** On departments: the roles that their members have. */
  groupWorkspaceRole: 'iam.kubesphere.io/workspace-role',
  groupProjectRoles: 'iam.kubesphere.io/project-roles',
  /** On accounts: clusters that they see besides, as a list of names. */
  grantedClusters: 'iam.kubesphere.io/granted-clusters',
  networkIsolation: 'kubesphere.io/network-isolate',
  /** On projects: the workspace whose members have rights here, as far as they were given. */
  settledIn: 'platform.orrery.io/workspace',
  /** On the platform's namespace: the newest version that brought its kinds and roles. */
  installedVersion: 'platform.orrery.io/version',
  /** On an InstallPlan that is being deleted: its release is forgotten, whatever of it can be removed. */
  forceDelete: 'kubesphere.io/force-delete',
} as const;

/** Where the platform keeps what is its own. */
export const systemNamespace = 'kubesphere-system';
/** The workspace that the system's own namespaces belong to; it cannot be deleted. */
export const systemWorkspace = 'system-workspace';
/** What the cluster and the platform themselves run in. */
export const systemNamespaces: readonly string[] = [
  'default',
  'kube-node-lease',
  'kube-public',
  'kube-system',
  systemNamespace,
];

/** What KubeSphere and what it brings along run in. */
const keptNames: readonly string[] = [
  ...systemNamespaces,
  'argocd',
  'cert-manager',
  'gatekeeper-system',
  'istio-system',
  'kubeedge',
  'kubeeye-system',
  'kubesphere-controls-system',
  'kubesphere-devops-system',
  'kubesphere-devops-worker',
  'kubesphere-logging-system',
  'kubesphere-monitoring-federated',
  'kubesphere-monitoring-system',
  'openelb-system',
  'openpitrix-system',
  'orrery-system',
  'porter-system',
];

/** Whether a namespace of this name is for the system or for an extension, also before it is there. */
export const isKeptName = (name: string): boolean => keptNames.includes(name) || /^(kube|extension)-/.test(name);
