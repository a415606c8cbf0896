/** The platform's roles and bindings as native RBAC: pure plans, each from one object to all that follows from it. */
import { resources } from '@orrery/client/resources';
import type { GroupVersionResource, KubeObject } from '@orrery/machinery/meta';
import {
  annotations,
  labels,
  type PlatformRole,
  type PlatformRoleBinding,
  type PolicyRule,
  type Subject,
} from '@orrery/platform-kinds';
import { isReserved } from '../identity/caller.ts';
import type { ProjectPlace } from './projects.ts';
import {
  clusterRules,
  devopsRules,
  devopsRulesOfAll,
  platformRules,
  projectRules,
  projectRulesOfAll,
  rulesInProject,
  workspaceRules,
} from './rules.ts';

/** An object that should be there. */
export interface Wanted {
  readonly resource: GroupVersionResource;
  readonly object: KubeObject;
}

export const managedBy = { 'app.kubernetes.io/managed-by': 'orrery-platform' } as const;
/** The same as a selector. */
export const managedSelector = Object.entries(managedBy)
  .map(([name, value]) => `${name}=${value}`)
  .join(',');
/** Everything that is made for people's rights in native terms. */
export const rightsKinds = [
  resources.rolebindings,
  resources.roles,
  resources.clusterrolebindings,
  resources.clusterroles,
] as const;
/** Names the object that a materialised one follows from, e.g. `globalroles/platform-admin`. */
export const sourceAnnotation = 'platform.orrery.io/source';

const rbac = 'rbac.authorization.k8s.io';
const apiVersion = `${rbac}/v1`;
/** What a project's role says of itself besides rules: its templates, and the words of whoever made it. */
const keptOfRoles: ReadonlySet<string> = new Set([
  annotations.aggregated,
  annotations.alias,
  annotations.description,
  annotations.creator,
]);

export const globalName = (name: string): string => `orrery:global:${name}`;
export const workspaceName = (name: string): string => `orrery:workspace:${name}`;
export const clusterName = (name: string): string => `orrery:cluster:${name}`;
/** What a role on the platform may do in every project, and in every DevOps project. */
export const everywhereName = (name: string): string => `orrery:everywhere:${name}`;
export const everywhereDevopsName = (name: string): string => `orrery:everywhere-devops:${name}`;
/** What a role of a workspace may do in its projects, and in its DevOps projects. */
export const projectsName = (name: string): string => `orrery:projects:${name}`;
export const devopsName = (name: string): string => `orrery:devops:${name}`;

const metadata = (name: string, source: string, namespace?: string) => ({
  name,
  ...(namespace && { namespace }),
  labels: { ...managedBy },
  annotations: { [sourceAnnotation]: source },
});

const clusterRole = (name: string, source: string, rules: readonly PolicyRule[]): Wanted => ({
  resource: resources.clusterroles,
  object: { apiVersion, kind: 'ClusterRole', metadata: metadata(name, source), rules } as KubeObject,
});

const binding = (
  name: string,
  source: string,
  role: string,
  subjects: readonly Subject[],
  namespace?: string,
): Wanted => ({
  resource: namespace ? resources.rolebindings : resources.clusterrolebindings,
  object: {
    apiVersion,
    kind: namespace ? 'RoleBinding' : 'ClusterRoleBinding',
    metadata: metadata(name, source, namespace),
    roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: role },
    subjects,
  } as KubeObject,
});

/** Users and groups of the platform. Nothing that is the cluster's own is ever given rights by a binding of ours. */
export const subjectsOf = ({ subjects = [] }: PlatformRoleBinding): Subject[] =>
  subjects
    .filter(({ kind, name }) => (kind === 'User' || kind === 'Group') && !isReserved(name))
    .map(({ kind, name }) => ({ kind, apiGroup: rbac, name }));

/** A role's rights inside projects of one kind, as a ClusterRole to bind in each of them. */
interface Inside {
  readonly kind: ProjectPlace['kind'];
  readonly nameOf: (name: string) => string;
  readonly rulesOf: (rules: readonly PolicyRule[]) => PolicyRule[];
}

const insideOfAll: readonly Inside[] = [
  { kind: 'project', nameOf: everywhereName, rulesOf: projectRulesOfAll },
  { kind: 'devops', nameOf: everywhereDevopsName, rulesOf: devopsRulesOfAll },
];
const insideOfWorkspace: readonly Inside[] = [
  { kind: 'project', nameOf: projectsName, rulesOf: projectRules },
  { kind: 'devops', nameOf: devopsName, rulesOf: devopsRules },
];

const rolesInside = (inside: readonly Inside[], source: string, { metadata, rules = [] }: PlatformRole): Wanted[] =>
  inside.flatMap(({ nameOf, rulesOf }) => {
    const own = rulesOf(rules);
    return own.length === 0 ? [] : [clusterRole(nameOf(metadata.name!), source, own)];
  });

const bindingsInside = (
  inside: readonly Inside[],
  source: string,
  { metadata, roleRef }: PlatformRoleBinding,
  { rules = [] }: PlatformRole,
  subjects: readonly Subject[],
  places: readonly ProjectPlace[],
): Wanted[] =>
  inside.flatMap(({ kind, nameOf, rulesOf }) => {
    const own = places.filter(place => place.kind === kind);
    if (own.length === 0 || rulesOf(rules).length === 0) return [];
    return own.map(place => binding(nameOf(metadata.name!), source, nameOf(roleRef.name), subjects, place.name));
  });

/** Whether a role on the platform has rights in projects of any kind. */
export const reachesInside = (rules: readonly PolicyRule[]): boolean =>
  insideOfAll.some(({ rulesOf }) => rulesOf(rules).length > 0);

/** Rights over all workspaces hold in their projects, one by one: never in namespaces that are none. */
export function planGlobalRole(role: PlatformRole): Wanted[] {
  const name = role.metadata.name!;
  const source = `globalroles/${name}`;
  return [
    clusterRole(globalName(name), source, platformRules(role.rules ?? [])),
    ...rolesInside(insideOfAll, source, role),
  ];
}

/** `role` is what the binding refers to, `projects` all that there are. */
export function planGlobalBinding(
  given: PlatformRoleBinding,
  role?: PlatformRole,
  projects: readonly ProjectPlace[] = [],
): Wanted[] {
  const name = given.metadata.name!;
  const subjects = subjectsOf(given);
  if (subjects.length === 0) return [];
  const source = `globalrolebindings/${name}`;
  return [
    binding(globalName(name), source, globalName(given.roleRef.name), subjects),
    ...(role ? bindingsInside(insideOfAll, source, given, role, subjects, projects) : []),
  ];
}

export const planClusterRole = (role: PlatformRole): Wanted[] => {
  const name = role.metadata.name!;
  return [clusterRole(clusterName(name), `iamclusterroles/${name}`, clusterRules(role.rules ?? []))];
};

export function planClusterBinding(given: PlatformRoleBinding): Wanted[] {
  const name = given.metadata.name!;
  const subjects = subjectsOf(given);
  if (subjects.length === 0) return [];
  return [binding(clusterName(name), `iamclusterrolebindings/${name}`, clusterName(given.roleRef.name), subjects)];
}

/** 4.x's Role: a native one of the same name, so that bindings of both generations find it. */
export function planProjectRole(role: PlatformRole): Wanted[] {
  const { name = '', namespace = '', annotations: said } = role.metadata;
  const kept = Object.entries(said ?? {}).filter(([name]) => keptOfRoles.has(name));
  const made = metadata(name, `iamroles/${namespace}/${name}`, namespace);
  return [
    {
      resource: resources.roles,
      object: {
        apiVersion,
        kind: 'Role',
        metadata: { ...made, annotations: { ...made.annotations, ...Object.fromEntries(kept) } },
        rules: rulesInProject(role.rules ?? []),
      } as KubeObject,
    },
  ];
}

/** 4.x's RoleBinding. Service accounts of the project itself may be bound too. */
export function planProjectBinding(given: PlatformRoleBinding): Wanted[] {
  const { name = '', namespace = '', labels: marks } = given.metadata;
  const accounts = (given.subjects ?? []).filter(
    subject => subject.kind === 'ServiceAccount' && subject.namespace === namespace,
  );
  const subjects = [...subjectsOf(given), ...accounts];
  if (subjects.length === 0) return [];
  const made = metadata(name, `iamrolebindings/${namespace}/${name}`, namespace);
  const user = marks?.[labels.user];
  return [
    {
      resource: resources.rolebindings,
      object: {
        apiVersion,
        kind: 'RoleBinding',
        metadata: { ...made, labels: { ...made.labels, ...(user && { [labels.user]: user }) } },
        roleRef: { apiGroup: rbac, kind: 'Role', name: given.roleRef.name },
        subjects,
      } as KubeObject,
    },
  ];
}

const workspaceOf = (object: KubeObject): string | undefined => object.metadata.labels?.[labels.workspace];

/** A role without a workspace gives nothing. */
export function planWorkspaceRole(role: PlatformRole): Wanted[] {
  const name = role.metadata.name!;
  const workspace = workspaceOf(role);
  if (!workspace) return [];
  const source = `workspaceroles/${name}`;
  return [
    clusterRole(workspaceName(name), source, workspaceRules(workspace, role.rules ?? [])),
    ...rolesInside(insideOfWorkspace, source, role),
  ];
}

/** `role` is what the binding refers to: it counts only when both are of one workspace. */
export function planWorkspaceBinding(
  given: PlatformRoleBinding,
  role: PlatformRole | undefined,
  projects: readonly ProjectPlace[],
): Wanted[] {
  const name = given.metadata.name!;
  const workspace = workspaceOf(given);
  const subjects = subjectsOf(given);
  if (!workspace || !role || workspaceOf(role) !== workspace || subjects.length === 0) return [];
  const source = `workspacerolebindings/${name}`;
  return [
    binding(workspaceName(name), source, workspaceName(given.roleRef.name), subjects),
    ...bindingsInside(insideOfWorkspace, source, given, role, subjects, projects),
  ];
}
