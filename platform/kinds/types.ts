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
