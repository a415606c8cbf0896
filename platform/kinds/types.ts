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

/** GlobalRole and WorkspaceRole. */
export interface PlatformRole extends KubeObject {
  rules?: PolicyRule[];
  aggregationRoleTemplates?: { templateNames?: string[] };
}

/** GlobalRoleBinding and WorkspaceRoleBinding. */
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
