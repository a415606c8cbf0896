/**
 * What the platform itself needs to be allowed in a cluster, beside what its users are allowed: told from the table of its kinds. Whoever
 * gives rights to others (`bind`, `escalate`) could give them to himself; this role keeps mistakes small, not malice.
 */
import { groups, kinds, type PolicyRule } from '@orrery/platform-kinds';
import { serviceGroup } from '../identity/caller.ts';

const rbac = 'rbac.authorization.k8s.io';

/** Whatever the cluster serves can be listed, from caches of the platform's. `get` would be more: it executes in pods. */
const listRule: PolicyRule = { verbs: ['list', 'watch'], apiGroups: ['*'], resources: ['*'] };

const ownRules: PolicyRule[] = Object.values(groups).map(group => ({
  verbs: ['get', 'create', 'update', 'patch', 'delete'],
  apiGroups: [group],
  resources: kinds.filter(facts => facts.group === group).flatMap(({ plural }) => [plural, `${plural}/status`]),
}));

/** In the whole cluster. */
export const clusterRules: PolicyRule[] = [
  listRule,
  ...ownRules,
  { verbs: ['create'], apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'] },
  {
    verbs: ['get', 'update'],
    apiGroups: ['apiextensions.k8s.io'],
    resources: ['customresourcedefinitions'],
    resourceNames: kinds.map(({ plural, group }) => `${plural}.${group}`),
  },
  { verbs: ['get', 'create', 'update', 'patch', 'delete'], apiGroups: [''], resources: ['namespaces'] },
  // Whom the cluster asks about quotas of workspaces.
  { verbs: ['create'], apiGroups: ['admissionregistration.k8s.io'], resources: ['validatingwebhookconfigurations'] },
  {
    verbs: ['get', 'update', 'delete'],
    apiGroups: ['admissionregistration.k8s.io'],
    resources: ['validatingwebhookconfigurations'],
    resourceNames: ['orrery-workspace-quotas'],
  },
  // Projects that are closed to others.
  { verbs: ['get', 'create', 'update', 'delete'], apiGroups: ['networking.k8s.io'], resources: ['networkpolicies'] },
  {
    verbs: ['get', 'create', 'update', 'patch', 'delete', 'bind', 'escalate'],
    apiGroups: [rbac],
    resources: ['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings'],
  },
  // Where extensions answer, when their services cannot be reached from here.
  {
    verbs: ['get', 'create', 'update', 'patch', 'delete'],
    apiGroups: [''],
    resources: ['services/proxy'],
  },
  // The record of the runs of a Job, in its annotation.
  { verbs: ['patch'], apiGroups: ['batch'], resources: ['jobs'] },
  { verbs: ['impersonate'], apiGroups: [''], resources: ['users'] },
  { verbs: ['create', 'patch'], apiGroups: ['', 'events.k8s.io'], resources: ['events'] },
];

/** In the platform's own namespace. */
export const ownNamespaceRules: PolicyRule[] = [
  { verbs: ['get', 'create', 'update'], apiGroups: ['coordination.k8s.io'], resources: ['leases'] },
  { verbs: ['get', 'create', 'update', 'delete'], apiGroups: [''], resources: ['secrets'] },
  // The charts that were uploaded.
  { verbs: ['get', 'create', 'update', 'delete'], apiGroups: [''], resources: ['configmaps'] },
  // The pods of terminals, which go with them.
  { verbs: ['patch', 'delete'], apiGroups: [''], resources: ['pods'] },
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
