/** The platform's custom resources as a client names them, in their stored versions. */
import type { GroupVersionResource } from '@orrery/machinery/meta';
import { kinds } from './tables.data.ts';

export interface PlatformResource extends GroupVersionResource {
  readonly kind: string;
  readonly apiVersion: string;
}

type Name =
  | 'users'
  | 'loginrecords'
  | 'globalroles'
  | 'globalrolebindings'
  | 'workspaceroles'
  | 'workspacerolebindings'
  | 'workspaces'
  | 'workspacetemplates'
  | 'iamClusterRoles'
  | 'iamClusterRoleBindings'
  | 'iamRoles'
  | 'iamRoleBindings'
  | 'roletemplates'
  | 'categories'
  | 'builtinroles'
  | 'groups'
  | 'groupbindings'
  | 'workspaceQuotas'
  | 'clusters'
  | 'labels'
  | 'devopsprojects'
  | 'namespacenetworkpolicies'
  | 'extensionApis'
  | 'jsbundles'
  | 'reverseproxies'
  | 'extensionentries'
  | 'marketExtensions'
  | 'extensionversions'
  | 'marketCategories'
  | 'repositories'
  | 'installplans'
  | 'clusterconfigurations'
  | 'auditRules'
  | 'auditWebhooks';

/** By plural name, e.g. `platformResources.users`; those that share it with a native kind have a longer one (`iamRoles`). */
export const platformResources = Object.fromEntries(
  kinds.map(({ group, versions, kind, plural, key = plural }) => {
    const version = versions[0]!;
    return [key, { group, version, resource: plural, kind, apiVersion: `${group}/${version}` }];
  }),
) as unknown as Readonly<Record<Name, PlatformResource>>;
