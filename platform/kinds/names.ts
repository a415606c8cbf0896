/** Labels, annotations, namespaces and groups that KubeSphere's objects are known by. */

export const groups = { iam: 'iam.kubesphere.io', tenant: 'tenant.kubesphere.io' } as const;

export const labels = {
  workspace: 'kubesphere.io/workspace',
  namespace: 'kubesphere.io/namespace',
  managed: 'kubesphere.io/managed',
  user: 'iam.kubesphere.io/user-ref',
  role: 'iam.kubesphere.io/role-ref',
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
} as const;

/** Where the platform keeps what is its own. */
export const systemNamespace = 'kubesphere-system';
/** The workspace that the system's own namespaces belong to; it cannot be deleted. */
export const systemWorkspace = 'system-workspace';
