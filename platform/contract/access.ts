/**
 * What a route asks of the cluster's own authorizer. The platform's rights live in native RBAC under API groups of their own
 * (`kapis.<group>`): who may use a route has no right to go around it to the stored objects.
 */

/** The attributes of an access review. Empty texts are left out. */
export interface Access {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly name?: string;
  readonly namespace?: string;
}

/** Where a permission is held: on the platform, in a cluster, in one workspace, in one project, or in one DevOps project. */
export type Scope = 'platform' | 'cluster' | 'workspace' | 'project' | 'devops';

/** A permission that bindings grant. `name` is the path parameter that names the object. */
export interface Grant {
  readonly kind: 'grant';
  readonly scope: Scope;
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly name?: string;
  /** The path parameter that names a user who may do this to himself without the grant. */
  readonly self?: string;
}

/**
 * `public`: anybody. `login`: whoever is logged in. `filtered`: whoever is logged in, and the answer holds only what the cluster's
 * authorizer lets them see.
 */
export type Permission = Grant | { readonly kind: 'public' | 'login' | 'filtered' };

const ownGroup = /(^|\.)kubesphere\.io$/;

/** The API group under which rights to the platform's routes for `group` are kept in native RBAC. */
export const guardedGroup = (group: string): string =>
  ownGroup.test(group) && !group.startsWith('kapis.') ? `kapis.${group}` : group;

export const tenantGroup = 'tenant.kubesphere.io';

/** What a grant means for one request. A right in a workspace is a right to a part of that workspace. */
export function accessOf(grant: Grant, parameters: Readonly<Record<string, string>>): Access {
  const { scope, verb, group } = grant;
  const [resource = '', subresource] = grant.resource.split('/');
  const what = { verb, group: guardedGroup(group), resource, ...(subresource && { subresource }) };
  const name = grant.name === undefined ? undefined : parameters[grant.name];
  switch (scope) {
    case 'platform':
    case 'cluster':
      return { ...what, ...(name && { name }) };
    case 'workspace':
      return workspaceAccess(verb, parameters['workspace'] ?? '', grant.resource);
    case 'devops':
      return { ...what, namespace: parameters['devops'] ?? '', ...(name && { name }) };
    case 'project':
      return { ...what, namespace: parameters['namespace'] ?? '', ...(name && { name }) };
  }
}

/** A right in the workspace: to itself, to one of its parts (`namespaces`, `workspacemembers` ...), or to everything (`*`). */
export const workspaceAccess = (verb: string, workspace: string, resource: string): Access => ({
  verb,
  group: guardedGroup(tenantGroup),
  resource: resource === '*' ? '*' : 'workspaces',
  ...(resource !== 'workspaces' && resource !== '*' && { subresource: resource }),
  name: workspace,
});

/** For people and golden files, e.g. `create workspaces/namespaces.kapis.tenant.kubesphere.io "w1"`. */
export function accessText({ verb, group, resource, subresource, name, namespace }: Access): string {
  const what = `${resource}${subresource ? `/${subresource}` : ''}${group ? `.${group}` : ''}`;
  return `${verb} ${what}${name ? ` "${name}"` : ''}${namespace ? ` in ${namespace}` : ''}`;
}

/** How an answer says that there is no right: what is asked for follows. */
export const nothingGives = 'nothing gives you: ';
