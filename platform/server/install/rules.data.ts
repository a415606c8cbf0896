/**
 * What the platform itself needs to be allowed in a cluster, beside what its users are allowed: told from the tables of its kinds and
 * lists. Whoever gives rights to others (`bind`, `escalate`) could give them to himself; this role keeps mistakes small, not malice.
 */
import { kinds, type PolicyRule } from '@orrery/platform-kinds';
import { serviceGroup } from '../identity/caller.ts';
import { listedKinds } from '../resources/kinds.data.ts';

const read = ['get', 'list', 'watch'];
const rbac = 'rbac.authorization.k8s.io';

/** Of the groups that have some, with the resources in order. */
function perGroup(members: Iterable<readonly [group: string, resource: string]>): [string, string[]][] {
  const groups = new Map<string, string[]>();
  for (const [group, resource] of members) groups.set(group, [...(groups.get(group) ?? []), resource]);
  return [...groups];
}

const readRules: PolicyRule[] = perGroup([...listedKinds].map(([name, { group }]) => [group, name])).map(
  ([group, resources]) => ({ verbs: read, apiGroups: [group], resources }),
);

const ownRules: PolicyRule[] = perGroup(
  kinds.flatMap(({ group, plural }) => [[group, plural] as const, [group, `${plural}/status`] as const]),
).map(([group, resources]) => ({ verbs: [...read, 'create', 'update', 'patch', 'delete'], apiGroups: [group], resources }));

/** In the whole cluster. */
export const clusterRules: PolicyRule[] = [
  ...readRules,
  ...ownRules,
  { verbs: ['create'], apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'] },
  {
    verbs: ['update'],
    apiGroups: ['apiextensions.k8s.io'],
    resources: ['customresourcedefinitions'],
    resourceNames: kinds.map(({ plural, group }) => `${plural}.${group}`),
  },
  { verbs: ['create', 'update', 'patch', 'delete'], apiGroups: [''], resources: ['namespaces'] },
  {
    verbs: ['create', 'update', 'patch', 'delete', 'bind', 'escalate'],
    apiGroups: [rbac],
    resources: ['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'],
  },
  { verbs: ['impersonate'], apiGroups: [''], resources: ['users'] },
  { verbs: ['create', 'patch'], apiGroups: ['', 'events.k8s.io'], resources: ['events'] },
];

/** In the platform's own namespace. */
export const ownNamespaceRules: PolicyRule[] = [
  { verbs: ['get', 'create', 'update'], apiGroups: ['coordination.k8s.io'], resources: ['leases'] },
  { verbs: ['create', 'update', 'delete'], apiGroups: [''], resources: ['secrets'] },
];

/** Groups are impersonated by name only: the services' own, and those that accounts have. */
export const groupRules = (groups: Iterable<string>): PolicyRule[] => [
  {
    verbs: ['impersonate'],
    apiGroups: [''],
    resources: ['groups'],
    resourceNames: [...new Set([serviceGroup, ...groups])].toSorted(),
  },
];
