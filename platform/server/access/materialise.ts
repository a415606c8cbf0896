/** The platform's roles and bindings as native RBAC: pure plans, each from one object to all that follows from it. */
import { resources } from '@orrery/client/resources';
import type { GroupVersionResource, KubeObject } from '@orrery/machinery/meta';
import {
  labels,
  type PlatformRole,
  type PlatformRoleBinding,
  type PolicyRule,
  type Subject,
} from '@orrery/platform-kinds';
import { isReserved } from '../identity/caller.ts';
import { platformRules, projectRules, workspaceRules } from './rules.ts';

/** An object that should be there. */
export interface Wanted {
  readonly resource: GroupVersionResource;
  readonly object: KubeObject;
}

export const managedBy = { 'app.kubernetes.io/managed-by': 'orrery-platform' } as const;
/** Names the object that a materialised one follows from, e.g. `globalroles/platform-admin`. */
export const sourceAnnotation = 'platform.orrery.io/source';

const rbac = 'rbac.authorization.k8s.io';
const apiVersion = `${rbac}/v1`;

export const globalName = (name: string): string => `orrery:global:${name}`;
export const workspaceName = (name: string): string => `orrery:workspace:${name}`;
export const projectsName = (name: string): string => `orrery:projects:${name}`;

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

export const planGlobalRole = (role: PlatformRole): Wanted[] => {
  const name = role.metadata.name!;
  return [clusterRole(globalName(name), `globalroles/${name}`, platformRules(role.rules ?? []))];
};

export function planGlobalBinding(given: PlatformRoleBinding): Wanted[] {
  const name = given.metadata.name!;
  const subjects = subjectsOf(given);
  if (subjects.length === 0) return [];
  return [binding(globalName(name), `globalrolebindings/${name}`, globalName(given.roleRef.name), subjects)];
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
    clusterRole(projectsName(name), source, projectRules(role.rules ?? [])),
  ];
}

/** `role` is what the binding refers to: it counts only when both are of one workspace. */
export function planWorkspaceBinding(
  given: PlatformRoleBinding,
  role: PlatformRole | undefined,
  projects: readonly string[],
): Wanted[] {
  const name = given.metadata.name!;
  const workspace = workspaceOf(given);
  const subjects = subjectsOf(given);
  if (!workspace || !role || workspaceOf(role) !== workspace || subjects.length === 0) return [];
  const source = `workspacerolebindings/${name}`;
  const inProjects = projectRules(role.rules ?? []).length > 0 ? projects : [];
  return [
    binding(workspaceName(name), source, workspaceName(given.roleRef.name), subjects),
    ...inProjects.map(project =>
      binding(projectsName(name), source, projectsName(given.roleRef.name), subjects, project),
    ),
  ];
}
