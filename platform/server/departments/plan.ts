/** What follows from a department: the bindings that its annotations ask for. Pure. */
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import {
  annotations,
  groups,
  labels,
  platformResources,
  type Group,
  type RoleRef,
  type Subject,
} from '@orrery/platform-kinds';
import { managedBy, sourceAnnotation, type Wanted } from '../access/materialise.ts';

const rbac = 'rbac.authorization.k8s.io';

export interface ProjectRole {
  readonly namespace: string;
  readonly role: string;
}

export const groupSource = (name: string): string => `groups/${name}`;
export const workspaceOf = ({ metadata }: KubeObject): string => metadata.labels?.[labels.workspace] ?? '';
export const workspaceRoleOf = ({ metadata }: Group): string =>
  metadata.annotations?.[annotations.groupWorkspaceRole] ?? '';

/** `[{"cluster": "host", "namespace": "p", "role": "viewer"}]`; what cannot be read says nothing. */
export function projectRolesOf({ metadata }: Group): ProjectRole[] {
  let found: unknown;
  try {
    found = JSON.parse(metadata.annotations?.[annotations.groupProjectRoles] ?? '[]');
  } catch {
    return [];
  }
  return (Array.isArray(found) ? (found as Partial<ProjectRole>[]) : []).flatMap(({ namespace, role }) =>
    typeof namespace === 'string' && typeof role === 'string' ? [{ namespace, role }] : [],
  );
}

const groupSubject = (name: string): Subject => ({ kind: 'Group', apiGroup: rbac, name });

/** With the name of the department first: no account is called so. */
export const bindingName = (group: string, role: string): string => `${group}.department.${role}`;

export function workspaceBinding(workspace: string, group: string, role: string): Wanted {
  const resource = platformResources.workspacerolebindings;
  return {
    resource,
    object: {
      apiVersion: resource.apiVersion,
      kind: 'WorkspaceRoleBinding',
      metadata: {
        name: bindingName(group, role),
        labels: { [labels.workspace]: workspace, [labels.group]: group },
      },
      roleRef: { apiGroup: groups.iam, kind: 'WorkspaceRole', name: role } satisfies RoleRef,
      subjects: [groupSubject(group)],
    } as KubeObject,
  };
}

export function projectBinding(namespace: string, group: string, role: string): Wanted {
  return {
    resource: resources.rolebindings,
    object: {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: { name: bindingName(group, role), namespace, labels: { [labels.group]: group } },
      roleRef: { apiGroup: rbac, kind: 'Role', name: role } satisfies RoleRef,
      subjects: [groupSubject(group)],
    } as KubeObject,
  };
}

const owned = (group: string, { resource, object }: Wanted): Wanted => ({
  resource,
  object: {
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...object.metadata.labels, ...managedBy },
      annotations: { [sourceAnnotation]: groupSource(group) },
    },
  },
});

/** `projects` are those of the department's workspace: elsewhere it has no roles, whatever it says. */
export function planGroup(group: Group, projects: ReadonlySet<string>): Wanted[] {
  const name = group.metadata.name!;
  const workspace = workspaceOf(group);
  if (!workspace || group.metadata.deletionTimestamp !== undefined) return [];
  const role = workspaceRoleOf(group);
  return [
    ...(role === '' ? [] : [owned(name, workspaceBinding(workspace, name, role))]),
    ...projectRolesOf(group)
      .filter(({ namespace }) => projects.has(namespace))
      .map(({ namespace, role }) => owned(name, projectBinding(namespace, name, role))),
  ];
}
