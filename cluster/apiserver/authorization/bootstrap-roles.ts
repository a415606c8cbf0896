/** Turns the tables of `bootstrap.data.ts` into objects. Pure. */
import type { ObjectMeta } from '@orrery/machinery/meta';
import {
  aggregatedClusterRoles,
  aggregatesTo,
  clusterRoleBindings,
  clusterRoles,
  roleBindings,
  roles,
} from './bootstrap.data.ts';
import type { PolicyRule, Role, RoleBinding, RoleRef, Subject } from './rules.ts';
import { rbacGroup } from './rules.ts';

const apiVersion = `${rbacGroup}/v1`;
const aggregateLabel = (role: string): string => `rbac.authorization.k8s.io/aggregate-to-${role}`;
const controllerPrefix = 'system:controller:';

/** Splits `a,b | c` into its lists; the core group is written `core`. */
export const listsOf = (line: string): string[][] =>
  line.split(' | ').map(part => part.split(',').map(value => (value === 'core' ? '' : value)));

/** Reads one line of the table. */
export function ruleOf(line: string): PolicyRule {
  const [verbs = [], second = [], resources, resourceNames] = listsOf(line);
  if (!resources) return { verbs, nonResourceURLs: second };
  return { verbs, apiGroups: second, resources, ...(resourceNames && { resourceNames }) };
}

/** Reads `User name`, `Group name` or `ServiceAccount namespace/name`. */
export function subjectOf(text: string): Subject {
  const space = text.indexOf(' ');
  const [kind, name] = [text.slice(0, space), text.slice(space + 1)];
  if (kind !== 'ServiceAccount') return { kind, apiGroup: rbacGroup, name };
  const [namespace, account] = name.split('/') as [string, string];
  return { kind, name: account, namespace };
}

const metadata = (name: string, namespace?: string, labels?: Record<string, string>): ObjectMeta => ({
  name,
  ...(namespace && { namespace }),
  labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults', ...labels },
  annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
});

function clusterRole(name: string): Role {
  const target = aggregatesTo[name];
  const meta = metadata(name, undefined, target ? { [aggregateLabel(target)]: 'true' } : {});
  const base = { kind: 'ClusterRole', apiVersion, metadata: meta };
  if (!aggregatedClusterRoles.includes(name)) return { ...base, rules: (clusterRoles[name] ?? []).map(ruleOf) };
  const clusterRoleSelectors = [{ matchLabels: { [aggregateLabel(name)]: 'true' } }];
  return { ...base, rules: null, aggregationRule: { clusterRoleSelectors } };
}

const bindingOf = (
  kind: string,
  meta: ObjectMeta,
  role: Omit<RoleRef, 'apiGroup'>,
  subjects: readonly string[],
): RoleBinding => ({
  kind,
  apiVersion,
  metadata: meta,
  ...(subjects.length > 0 && { subjects: subjects.map(subjectOf) }),
  roleRef: { apiGroup: rbacGroup, ...role },
});

const clusterBinding = (name: string, subjects: readonly string[]): RoleBinding =>
  bindingOf('ClusterRoleBinding', metadata(name), { kind: 'ClusterRole', name }, subjects);

function namespacedBinding(namespace: string, name: string, subjects: readonly string[]): RoleBinding {
  const role = roles[namespace]?.[name] ? name : name.replace(/^system::/, '');
  return bindingOf('RoleBinding', metadata(name, namespace), { kind: 'Role', name: role }, subjects);
}

/** All bootstrap roles and bindings, by resource. */
export function bootstrapRoles(): Record<'clusterroles' | 'clusterrolebindings', (Role | RoleBinding)[]> &
  Record<'roles' | 'rolebindings', (Role | RoleBinding)[]> {
  const controllers = Object.keys(clusterRoles).filter(name => name.startsWith(controllerPrefix));
  return {
    clusterroles: [...aggregatedClusterRoles, ...Object.keys(clusterRoles)].map(clusterRole),
    clusterrolebindings: [
      ...Object.entries(clusterRoleBindings).map(([name, subjects]) => clusterBinding(name, subjects)),
      ...controllers.map(name =>
        clusterBinding(name, [`ServiceAccount kube-system/${name.slice(controllerPrefix.length)}`]),
      ),
    ],
    roles: Object.entries(roles).flatMap(([namespace, named]) =>
      Object.entries(named).map(([name, lines]) => ({
        kind: 'Role',
        apiVersion,
        metadata: metadata(name, namespace),
        rules: lines.map(ruleOf),
      })),
    ),
    rolebindings: Object.entries(roleBindings).flatMap(([namespace, named]) =>
      Object.entries(named).map(([name, subjects]) => namespacedBinding(namespace, name, subjects)),
    ),
  };
}
