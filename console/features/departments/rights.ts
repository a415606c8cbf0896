/** The roles that a department gives its members: its own, and those of the departments above it (pure). */
import { annotations, labels } from '@orrery/platform-kinds/names';
import type { Group, PlatformRoleBinding } from '@orrery/platform-kinds/types';
import { lineOf, nameOf, type Tree } from './tree.ts';

export interface ProjectRole {
  readonly namespace: string;
  readonly role: string;
}

export interface Right {
  readonly role: string;
  /** The whole workspace unless given. */
  readonly namespace?: string;
  /** The department above that gives it; its own unless given. */
  readonly from?: Group;
}

export const workspaceRoleOf = ({ metadata }: Group): string =>
  metadata.annotations?.[annotations.groupWorkspaceRole] ?? '';

/** What cannot be read says nothing, as on the platform. */
export function projectRolesOf({ metadata }: Group): readonly ProjectRole[] {
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

/** What a department says of itself, and what others bound to it; each once. */
function ownRights(group: Group, bindings: readonly PlatformRoleBinding[]): readonly Right[] {
  const said: Right[] = [
    ...(workspaceRoleOf(group) ? [{ role: workspaceRoleOf(group) }] : []),
    ...projectRolesOf(group),
  ];
  const bound = bindings
    .filter(({ metadata, subjects = [] }) =>
      metadata.labels?.[labels.group] === undefined
        ? subjects.some(({ kind, name }) => kind === 'Group' && name === nameOf(group))
        : metadata.labels[labels.group] === nameOf(group),
    )
    .map(({ roleRef, metadata: { namespace } }): Right => ({ role: roleRef.name, ...(namespace && { namespace }) }));
  const keyOf = ({ role, namespace = '' }: Right) => `${namespace}/${role}`;
  return [...new Map([...said, ...bound].map(right => [keyOf(right), right])).values()];
}

/** The nearest first. */
export const rightsOf = (group: Group, tree: Tree, bindings: readonly PlatformRoleBinding[]): readonly Right[] => [
  ...ownRights(group, bindings),
  ...lineOf(nameOf(group), tree).flatMap(from => ownRights(from, bindings).map(right => ({ ...right, from }))),
];

export interface DepartmentForm {
  readonly alias: string;
  readonly description: string;
  /** None if empty. */
  readonly role: string;
}

/** Where the platform's complaints about a field are to be shown. */
export const departmentFields = {
  name: 'metadata.name',
  parent: `metadata.labels[${labels.groupParent}]`,
  role: `metadata.annotations[${annotations.groupWorkspaceRole}]`,
} as const;

const projectRolesText = (roles: readonly ProjectRole[], cluster: string): string =>
  JSON.stringify(roles.map(({ namespace, role }) => ({ cluster, namespace, role })));

export const departmentOf = (form: DepartmentForm & { name: string; parent: string }): Group => ({
  apiVersion: 'iam.kubesphere.io/v1beta1',
  kind: 'Group',
  metadata: {
    name: form.name.trim(),
    ...(form.parent && { labels: { [labels.groupParent]: form.parent } }),
    annotations: {
      ...(form.alias.trim() && { [annotations.alias]: form.alias.trim() }),
      ...(form.description.trim() && { [annotations.description]: form.description.trim() }),
      ...(form.role && { [annotations.groupWorkspaceRole]: form.role }),
    },
  },
});

/** A merge patch: what was emptied is taken away. Half a role in a project is none. */
export const departmentPatch = (form: DepartmentForm, roles: readonly ProjectRole[], cluster: string): object => {
  const whole = roles.filter(({ namespace, role }) => namespace && role);
  return {
    metadata: {
      annotations: {
        [annotations.alias]: form.alias.trim() || null,
        [annotations.description]: form.description.trim() || null,
        [annotations.groupWorkspaceRole]: form.role || null,
        [annotations.groupProjectRoles]: whole.length > 0 ? projectRolesText(whole, cluster) : null,
      },
    },
  };
};

/** To the top if empty. */
export const movePatch = (parent: string): object => ({
  metadata: { labels: { [labels.groupParent]: parent || null } },
});
