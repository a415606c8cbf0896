/** The kinds that an import brings, and how a client names them. */
import { resources } from '@orrery/client/resources';
import type { GroupVersionResource } from '@orrery/machinery/meta';
import { platformResources } from '@orrery/platform-kinds';
import type { Kind } from './shapes.ts';

interface KindFacts {
  readonly resource: GroupVersionResource;
  readonly apiVersion: string;
  readonly kind: string;
}

const native = (resource: GroupVersionResource & { kind: string }): KindFacts => ({
  resource,
  apiVersion: resource.group === '' ? resource.version : `${resource.group}/${resource.version}`,
  kind: resource.kind,
});
const own = (name: keyof typeof platformResources): KindFacts => ({
  resource: platformResources[name],
  apiVersion: platformResources[name].apiVersion,
  kind: platformResources[name].kind,
});

/** In the order in which they are made: nothing refers to what comes after it. */
export const kindFacts: Readonly<Record<Kind, KindFacts>> = {
  categories: own('categories'),
  roletemplates: own('roletemplates'),
  globalroles: own('globalroles'),
  iamClusterRoles: own('iamClusterRoles'),
  users: own('users'),
  globalrolebindings: own('globalrolebindings'),
  iamClusterRoleBindings: own('iamClusterRoleBindings'),
  workspacetemplates: own('workspacetemplates'),
  workspaces: own('workspaces'),
  workspaceroles: own('workspaceroles'),
  workspaceQuotas: own('workspaceQuotas'),
  namespaces: native(resources.namespaces),
  devopsprojects: own('devopsprojects'),
  namespacenetworkpolicies: own('namespacenetworkpolicies'),
  resourcequotas: native(resources.resourcequotas),
  limitranges: native(resources.limitranges),
  iamRoles: own('iamRoles'),
  roles: native(resources.roles),
  groups: own('groups'),
  groupbindings: own('groupbindings'),
  workspacerolebindings: own('workspacerolebindings'),
  iamRoleBindings: own('iamRoleBindings'),
  rolebindings: native(resources.rolebindings),
  clusterroles: native(resources.clusterroles),
  clusterrolebindings: native(resources.clusterrolebindings),
};
export const order = Object.keys(kindFacts) as Kind[];
