/** What follows from a workspace and from a project: pure plans. */
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import {
  annotations,
  labels,
  platformResources,
  systemWorkspace,
  type PolicyRule,
  type WorkspaceTemplate,
} from '@orrery/platform-kinds';
import { managedBy, sourceAnnotation, type Wanted } from '../access/materialise.ts';
import { together } from '../access/covers.ts';
import { devopsRoles, projectRoles, workspaceRoles } from '../access/project-roles.data.ts';
import { rulesInProject } from '../access/rules.ts';
import { builtInRules, type Catalogue } from '../roles/catalogue.ts';

const rbac = 'rbac.authorization.k8s.io';

export const templateSource = (name: string): string => `workspacetemplates/${name}`;
export const projectSource = (name: string): string => `namespaces/${name}`;
export const finalizer = 'finalizers.tenant.kubesphere.io';
/** On a workspace that goes without its projects. */
export const orphanMark = 'platform.orrery.io/orphan-projects';

export const managerOf = ({ spec }: WorkspaceTemplate): string => spec?.template?.spec?.manager ?? '';
export const managerBinding = (workspace: string, manager: string): string => `${manager}-${workspace}-admin`;

/** The Workspace, its four roles, and the manager as its admin. */
export function planWorkspace(template: WorkspaceTemplate, catalogue: Catalogue): Wanted[] {
  const workspace = template.metadata.name!;
  const manager = managerOf(template);
  const { metadata, spec } = template.spec?.template ?? {};
  const marks = (more: Record<string, string> = {}) => ({
    labels: { ...managedBy, ...more },
    annotations: { [sourceAnnotation]: templateSource(workspace) },
  });
  const own: Wanted = {
    resource: platformResources.workspaces,
    object: {
      apiVersion: platformResources.workspaces.apiVersion,
      kind: 'Workspace',
      metadata: {
        name: workspace,
        labels: { ...metadata?.labels, ...managedBy },
        annotations: { ...metadata?.annotations, [sourceAnnotation]: templateSource(workspace) },
      },
      spec: { ...spec },
    } as KubeObject,
  };
  const inWorkspace = { [labels.workspace]: workspace };
  const roles = workspaceRules(catalogue).map(([role, rules]): Wanted => ({
    resource: platformResources.workspaceroles,
    object: {
      apiVersion: platformResources.workspaceroles.apiVersion,
      kind: 'WorkspaceRole',
      metadata: { name: `${workspace}-${role}`, ...marks(inWorkspace) },
      rules,
    } as KubeObject,
  }));
  return [own, ...roles, ...(manager === '' ? [] : [bindingOf(workspace, manager, `${workspace}-admin`, marks)])];
}

function bindingOf(
  workspace: string,
  user: string,
  role: string,
  marks: (more: Record<string, string>) => KubeObject['metadata'],
): Wanted {
  return {
    resource: platformResources.workspacerolebindings,
    object: {
      apiVersion: platformResources.workspacerolebindings.apiVersion,
      kind: 'WorkspaceRoleBinding',
      metadata: {
        ...marks({ [labels.workspace]: workspace, [labels.user]: user }),
        name: `${user}-${role}`,
      },
      roleRef: { apiGroup: 'iam.kubesphere.io', kind: 'WorkspaceRole', name: role },
      subjects: [{ kind: 'User', apiGroup: rbac, name: user }],
    } as KubeObject,
  };
}

/** A member's binding in a workspace. */
export const workspaceMember = (workspace: string, user: string, role: string): Wanted =>
  bindingOf(workspace, user, role, more => ({ labels: more }));

/** What follows from a catalogue is the same for thousands of projects, and dear: computed once for each catalogue. */
const once = <T>(compute: (catalogue: Catalogue) => T): ((catalogue: Catalogue) => T) => {
  const known = new WeakMap<Catalogue, T>();
  return catalogue => {
    let value = known.get(catalogue);
    if (value === undefined) known.set(catalogue, (value = compute(catalogue)));
    return value;
  };
};

type RulesByRole = readonly (readonly [role: string, rules: readonly PolicyRule[]])[];

const workspaceRules = once((catalogue): RulesByRole =>
  Object.entries<PolicyRule[]>(workspaceRoles).map(([role, rules]) => [
    role,
    builtInRules('workspace', role, rules, catalogue),
  ]),
);

const projectRules = once((catalogue): RulesByRole =>
  Object.entries<PolicyRule[]>(projectRoles).map(([role, rules]) => [
    role,
    together(rules, rulesInProject(builtInRules('namespace', role, [], catalogue))),
  ]),
);

const devopsProjectRules = once((catalogue): RulesByRole =>
  Object.entries<PolicyRule[]>(devopsRoles).map(([role, rules]) => [
    role,
    together(rules, rulesInProject(builtInRules('devops', role, [], catalogue))),
  ]),
);

/** The three roles of a project, or of a DevOps project; nothing for a namespace that is no project of people, or is going. */
export function planProject(namespace: KubeObject, catalogue: Catalogue): Wanted[] {
  const { name = '', labels: own, deletionTimestamp } = namespace.metadata;
  const workspace = own?.[labels.workspace];
  if (!workspace || workspace === systemWorkspace || deletionTimestamp !== undefined) return [];
  const roles = own[labels.devops] ? devopsProjectRules(catalogue) : projectRules(catalogue);
  return roles.map(([role, rules]) => ({
    resource: resources.roles,
    object: {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: {
        name: role,
        namespace: name,
        labels: { ...managedBy },
        annotations: { [sourceAnnotation]: projectSource(name) },
      },
      rules,
    } as KubeObject,
  }));
}

/** A member's binding in a project. */
export const projectMember = (namespace: string, user: string, role: string): Wanted => ({
  resource: resources.rolebindings,
  object: {
    apiVersion: `${rbac}/v1`,
    kind: 'RoleBinding',
    metadata: { name: `${user}-${role}`, namespace, labels: { [labels.user]: user } },
    roleRef: { apiGroup: rbac, kind: 'Role', name: role },
    subjects: [{ kind: 'User', apiGroup: rbac, name: user }],
  } as KubeObject,
});

/** The namespace of a new project. */
export const projectOf = (workspace: string, creator: string, given: KubeObject): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name: given.metadata.name,
    labels: { ...given.metadata.labels, [labels.workspace]: workspace },
    annotations: {
      ...given.metadata.annotations,
      [annotations.creator]: creator,
      [annotations.settledIn]: workspace,
    },
  },
});
