/** The rights of the platform's services, in native terms: the same in every cluster. */
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { systemNamespace } from '@orrery/platform-kinds';
import { serviceGroup } from '../identity/caller.ts';
import { managedBy, type Wanted } from './materialise.ts';
import { serviceRules, serviceSecretRules } from './project-roles.data.ts';

const rbac = 'rbac.authorization.k8s.io';
const serviceRole = 'orrery:service';

export function serviceObjects(): Wanted[] {
  const subjects = [{ kind: 'Group', apiGroup: rbac, name: serviceGroup }];
  const at = (kind: string, more: object, namespace?: string): KubeObject =>
    ({
      apiVersion: `${rbac}/v1`,
      kind,
      metadata: { name: serviceRole, labels: { ...managedBy }, ...(namespace && { namespace }) },
      ...more,
    }) as KubeObject;
  const roleRef = (kind: string) => ({ apiGroup: rbac, kind, name: serviceRole });
  return [
    { resource: resources.clusterroles, object: at('ClusterRole', { rules: serviceRules }) },
    {
      resource: resources.clusterrolebindings,
      object: at('ClusterRoleBinding', { roleRef: roleRef('ClusterRole'), subjects }),
    },
    { resource: resources.roles, object: at('Role', { rules: serviceSecretRules }, systemNamespace) },
    {
      resource: resources.rolebindings,
      object: at('RoleBinding', { roleRef: roleRef('Role'), subjects }, systemNamespace),
    },
  ];
}
