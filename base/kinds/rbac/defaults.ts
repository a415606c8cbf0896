/** Defaults of rbac.authorization.k8s.io/v1. */
import { each, fill } from '../fill.ts';
import type { ClusterRoleBinding, RoleBinding } from '../types.data.ts';

const rbacGroup = 'rbac.authorization.k8s.io';

/** Role references, users and groups are of the RBAC group unless they say otherwise. */
export function defaultRoleBinding({ roleRef, subjects }: RoleBinding | ClusterRoleBinding): void {
  if (!roleRef.apiGroup) roleRef.apiGroup = rbacGroup;
  for (const subject of each(subjects)) {
    if (subject.kind === 'User' || subject.kind === 'Group') fill(subject, { apiGroup: rbacGroup });
  }
}
