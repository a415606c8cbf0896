/** What an administrator asks, as it stands in the address and as it is sent (pure). */
import type { Question } from '../../data/questions.ts';
import type { Search } from '../../util/table-search.ts';

export const places = ['platform', 'workspace', 'project'] as const;
export type Place = (typeof places)[number];

export interface Asked {
  readonly user: string;
  readonly verb: string;
  /** As commands write it, e.g. `deployments.apps` or `pods/exec`. */
  readonly resource: string;
  readonly place: Place;
  /** The name of the workspace or project. */
  readonly where: string;
  /** One object; all of them unless given. */
  readonly name: string;
}

export const isPlace = (text: string | undefined): text is Place => (places as readonly unknown[]).includes(text);

export const askedIn = (search: Search): Asked => ({
  user: search['user'] ?? '',
  verb: search['verb'] ?? '',
  resource: search['resource'] ?? '',
  place: isPlace(search['place']) ? search['place'] : 'platform',
  where: search['where'] ?? '',
  name: search['name'] ?? '',
});

/** What was left empty is not in the address. */
export const searchOf = (asked: Asked): Search =>
  Object.fromEntries(Object.entries(asked).flatMap(([key, value]) => (value.trim() ? [[key, value.trim()]] : [])));

/** `deployments.apps/scale`: resource, group, and what is below the object. */
export function partsOf(resource: string): { resource: string; group: string; subresource?: string } {
  const [whole = '', subresource] = resource.trim().split('/');
  const dot = whole.indexOf('.');
  const parts =
    dot < 0 ? { resource: whole, group: '' } : { resource: whole.slice(0, dot), group: whole.slice(dot + 1) };
  return subresource ? { ...parts, subresource } : parts;
}

/** Undefined while something that is needed is missing. */
export function questionOf({ verb, resource, place, where, name }: Asked): Question | undefined {
  const parts = partsOf(resource);
  if (!verb.trim() || !parts.resource || (place !== 'platform' && !where.trim())) return undefined;
  // Rights in a workspace are rights to its parts, whatever group they are of.
  if (place === 'workspace') return { verb: verb.trim(), resource: parts.resource, workspace: where.trim() };
  return {
    verb: verb.trim(),
    ...parts,
    ...(place === 'project' && { namespace: where.trim() }),
    ...(name.trim() && { name: name.trim() }),
  };
}

export const verbs = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection', '*'];

/** What people ask about most; anything else is typed. */
export const resourcesOf: Readonly<Record<Place, readonly string[]>> = {
  platform: [
    'workspaces.tenant.kubesphere.io',
    'users.iam.kubesphere.io',
    'globalroles.iam.kubesphere.io',
    'clusterroles.iam.kubesphere.io',
    'clustermembers.iam.kubesphere.io',
    'nodes',
    'namespaces',
    'persistentvolumes',
    'storageclasses.storage.k8s.io',
    'customresourcedefinitions.apiextensions.k8s.io',
  ],
  workspace: [
    'workspaces',
    'namespaces',
    'workspacemembers',
    'workspaceroles',
    'groups',
    'groupbindings',
    'resourcequotas',
    'apps',
  ],
  project: [
    'pods',
    'pods/log',
    'pods/exec',
    'deployments.apps',
    'statefulsets.apps',
    'daemonsets.apps',
    'jobs.batch',
    'cronjobs.batch',
    'services',
    'ingresses.networking.k8s.io',
    'configmaps',
    'secrets',
    'persistentvolumeclaims',
    'roles.rbac.authorization.k8s.io',
    'rolebindings.rbac.authorization.k8s.io',
    'resourcequotas',
  ],
};
