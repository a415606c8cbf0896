/** The platform's custom resources as TypeScript sees them. The fields are KubeSphere's. */
import type { KubeObject } from '@orrery/machinery/meta';

/** A rule of native RBAC; the platform's roles are made of the same. */
export interface PolicyRule {
  verbs: string[];
  apiGroups?: string[];
  resources?: string[];
  resourceNames?: string[];
  nonResourceURLs?: string[];
}

export interface Subject {
  kind: 'User' | 'Group' | 'ServiceAccount';
  name: string;
  apiGroup?: string;
  namespace?: string;
}

export interface RoleRef {
  apiGroup: string;
  kind: string;
  name: string;
}

export type UserState = 'Active' | 'Disabled' | 'AuthLimitExceeded';

export interface User extends KubeObject {
  spec: {
    email?: string;
    displayName?: string;
    description?: string;
    lang?: string;
    groups?: string[];
    /** Plain only while it is being set; kept as a bcrypt hash. */
    password?: string;
  };
  status?: { state?: UserState; reason?: string; lastTransitionTime?: string; lastLoginTime?: string };
}

/** Which templates a role is made of: by name, and by labels. */
export interface Aggregation {
  templateNames?: string[];
  roleSelector?: LabelSelector;
}

export interface LabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** GlobalRole, WorkspaceRole, and 4.x's ClusterRole and Role. */
export interface PlatformRole extends KubeObject {
  rules?: PolicyRule[];
  aggregationRoleTemplates?: Aggregation;
}

/** A part of what a role may do, as people pick it. */
export interface RoleTemplate extends KubeObject {
  spec: { displayName?: Record<string, string>; description?: Record<string, string>; rules?: PolicyRule[] };
}

/** Where role templates stand in the dialog. */
export interface Category extends KubeObject {
  spec: { displayName?: Record<string, string>; description?: Record<string, string>; icon?: string };
}

/** A role that every place of a kind has. */
export interface BuiltinRole extends KubeObject {
  role: { kind: string; metadata: { name: string } } & Pick<PlatformRole, 'rules' | 'aggregationRoleTemplates'>;
  targetSelector?: LabelSelector;
}

/** A department of a workspace. Its parent is named by a label. */
export type Group = KubeObject;

/** Who is in a department. */
export interface GroupBinding extends KubeObject {
  groupRef: RoleRef;
  users?: string[];
}

export type Quantities = Record<string, string>;

/** What the projects of a workspace may use together. */
export interface WorkspaceQuota extends KubeObject {
  spec: {
    selector?: Record<string, string>;
    quota?: { hard?: Quantities; scopes?: string[]; scopeSelector?: object };
  };
  status?: {
    total?: { hard?: Quantities; used?: Quantities };
    namespaces?: { namespace: string; hard?: Quantities; used?: Quantities }[];
  };
}

/** A name for clusters. */
export interface ClusterLabel extends KubeObject {
  spec: { key: string; value?: string; backgroundColor?: string; clusters?: string[] };
}

/** With whom a project speaks: exactly one of the three. */
export interface NetworkPeer {
  ipBlock?: { cidr: string; except?: string[] };
  namespace?: { name: string };
  service?: { name: string; namespace: string };
}

interface NetworkPort {
  port?: number | string;
  protocol?: string;
}

/** Whom a project lets in and where it goes, by names of projects and services. */
export interface NamespaceNetworkPolicy extends KubeObject {
  spec: {
    ingress?: { from?: NetworkPeer[]; ports?: NetworkPort[] }[];
    egress?: { to?: NetworkPeer[]; ports?: NetworkPort[] }[];
    policyTypes?: string[];
  };
}

/** A working place of pipelines. */
export interface DevOpsProject extends KubeObject {
  spec?: object;
  status?: { adminNamespace?: string };
}

/** GlobalRoleBinding, WorkspaceRoleBinding, and 4.x's ClusterRoleBinding and RoleBinding. */
export interface PlatformRoleBinding extends KubeObject {
  roleRef: RoleRef;
  subjects?: Subject[];
}

export interface LoginRecord extends KubeObject {
  spec: {
    type: 'Token' | 'Password' | 'OAuth';
    provider?: string;
    sourceIP?: string;
    userAgent?: string;
    success: boolean;
    reason?: string;
  };
}

export interface Workspace extends KubeObject {
  spec?: { manager?: string; networkIsolation?: boolean };
}

export interface WorkspaceTemplate extends KubeObject {
  spec: {
    template?: {
      metadata?: { labels?: Record<string, string>; annotations?: Record<string, string> };
      spec?: { manager?: string; networkIsolation?: boolean };
    };
    placement?: { clusters?: { name: string }[]; clusterSelector?: object };
    overrides?: { clusterName: string; clusterOverrides?: { path: string; op?: string; value?: unknown }[] }[];
  };
}

export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
  observedGeneration?: number;
}

/** Where something of an extension answers: one of the two. */
export interface Endpoint {
  url?: string;
  /** By TLS; port 443 unless given. */
  service?: { namespace: string; name: string; path?: string; port?: number };
  /** PEM in base64. */
  caBundle?: string;
  insecureSkipVerify?: boolean;
}

/** `Disabled`: its extension is off. */
export type ExtensionState = 'Available' | 'Unavailable' | 'Enabled' | 'Disabled' | '';

interface Stated {
  state?: ExtensionState;
  conditions?: Condition[];
}

/** An API group and version that somebody else answers, under `/kapis/<group>/<version>`. */
export interface ExtensionApi extends KubeObject {
  spec: Endpoint & { group: string; version: string };
  status?: Stated;
}

export interface KeyReference {
  namespace: string;
  name: string;
  key: string;
  optional?: boolean;
}

export interface BundleFile extends Endpoint {
  name?: string;
  link?: string;
  mimeType?: string;
}

/** A script that the console loads. */
export interface JSBundle extends KubeObject {
  spec: {
    /** Base64. */
    raw?: string;
    rawFrom?: Endpoint & { configMapKeyRef?: KeyReference; secretKeyRef?: KeyReference };
    assets?: { style?: BundleFile; files?: BundleFile[] };
  };
  status?: Stated & { link?: string };
}

export interface ProxyDirectives {
  method?: string;
  stripPathPrefix?: string;
  stripPathSuffix?: string;
  headerUp?: string[];
  headerDown?: string[];
  rejectForwardingRedirects?: boolean;
  interceptRedirects?: boolean;
  wrapTransport?: boolean;
  authProxy?: boolean;
  changeOrigin?: boolean;
  rewrite?: string[];
  replace?: string[];
  pathRegexp?: string[];
}

/** An address below `/proxy/` that leads to somebody else. */
export interface ReverseProxy extends KubeObject {
  spec: { matcher: { path: string; method: string }; upstream: Endpoint; directives?: ProxyDirectives };
  status?: Stated;
}

/** Entries of the console's navigation. */
export interface ExtensionEntry extends KubeObject {
  spec: { entries?: ({ name: string } & Record<string, unknown>)[] };
  status?: Stated;
}

/** Texts by language: `en`, `zh`. */
export type Spoken = Record<string, string>;

export interface ExtensionInfo {
  displayName?: Spoken;
  description?: Spoken;
  icon?: string;
  provider?: Record<string, { name?: string; url?: string; email?: string }>;
  created?: string;
}

export type InstallState =
  | ''
  | 'Preparing'
  | 'Installing'
  | 'InstallFailed'
  | 'Installed'
  | 'Upgrading'
  | 'UpgradeFailed'
  | 'Upgraded'
  | 'Uninstalling'
  | 'UninstallFailed'
  | 'Uninstalled';

/** What the market offers. */
export interface Extension extends KubeObject {
  spec?: ExtensionInfo;
  status?: {
    state?: InstallState;
    enabled?: boolean;
    plannedInstallVersion?: string;
    installedVersion?: string;
    recommendedVersion?: string;
    versions?: { version: string; creationTimestamp?: string }[];
    conditions?: Condition[];
    clusterSchedulingStatuses?: Record<string, object>;
  };
}

export interface ExtensionVersion extends KubeObject {
  spec: ExtensionInfo & {
    version?: string;
    keywords?: string[];
    sources?: string[];
    repository?: string;
    category?: string;
    kubeVersion?: string;
    ksVersion?: string;
    home?: string;
    docs?: string;
    digest?: string;
    screenshots?: string[];
    chartDataRef?: KeyReference;
    chartURL?: string;
    /** Where it is installed; `extension-<name>` unless given. */
    namespace?: string;
    installationMode?: 'HostOnly' | 'Multicluster';
    externalDependencies?: { name: string; type?: string; version: string; required?: boolean }[];
  };
}

export interface MarketCategory extends KubeObject {
  spec: { displayName?: Spoken; description?: Spoken; icon?: string };
}

/** Where charts of extensions are. */
export interface Repository extends KubeObject {
  spec: {
    url: string;
    description?: string;
    basicAuth?: { username?: string; password?: string };
    /** Durations, e.g. `1h`. */
    updateStrategy?: { registryPoll?: { interval?: string }; timeout?: string };
    /** PEM in base64. */
    caBundle?: string;
    insecure?: boolean;
    /** How many versions of each extension; all with 0, three unless given. */
    depth?: number;
  };
  status?: { lastSyncTime?: string; conditions?: Condition[] };
}

/** That an extension be installed. */
export interface InstallPlan extends KubeObject {
  spec: {
    extension: { name: string; version: string };
    enabled?: boolean;
    upgradeStrategy?: 'Manual' | 'Automatic' | '';
    /** Values in YAML. */
    config?: string;
    clusterScheduling?: {
      placement?: { clusters?: string[]; clusterSelector?: LabelSelector };
      overrides?: Record<string, string>;
    };
  };
  status?: InstallPlanStatus;
}

export interface InstallPlanStatus {
  state?: InstallState;
  enabled?: boolean;
  configHash?: string;
  targetNamespace?: string;
  releaseName?: string;
  version?: string;
  jobName?: string;
  conditions?: Condition[];
  stateHistory?: { lastTransitionTime: string; state: string }[];
  clusterSchedulingStatuses?: Record<string, object>;
}

/** KubeSphere 3.x: which components are on. */
export interface ClusterConfiguration extends KubeObject {
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
}
