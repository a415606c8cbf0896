/** Who and what the platform is filled with: the same for every run. Pure. */
import type { GroupVersionResource, KubeObject } from '@orrery/machinery/meta';
import { resources } from '@orrery/client/resources';

export interface Counts {
  readonly users: number;
  readonly workspaces: number;
  readonly projects: number;
  /** RoleBindings of users in projects; those of workspaces and of the platform come on top. */
  readonly bindings: number;
  /** ConfigMaps, spread over all projects. */
  readonly objects: number;
}

export interface Made {
  readonly resource: GroupVersionResource;
  readonly namespace?: string;
  readonly object: KubeObject;
}

const rbac = 'rbac.authorization.k8s.io';
const iam = { group: 'iam.kubesphere.io', version: 'v1beta1' } as const;
export const users = { ...iam, resource: 'users' } as const;
export const workspaceBindings = { ...iam, resource: 'workspacerolebindings' } as const;
export const globalBindings = { ...iam, resource: 'globalrolebindings' } as const;
export const workspaces = {
  group: 'tenant.kubesphere.io',
  version: 'v1beta1',
  resource: 'workspacetemplates',
} as const;

const workspaceLabel = 'kubesphere.io/workspace';
const userLabel = 'iam.kubesphere.io/user-ref';
const projectRoles = ['viewer', 'operator', 'admin'] as const;

export const userName = (at: number): string => `person-${at}`;
export const workspaceName = (at: number): string => `team-${at}`;
export const projectName = (at: number): string => `project-${at}`;

/** `hash` is the same for all: encrypted already, so that nobody computes a thousand of them. */
export function* usersOf(counts: Counts, hash: string): Generator<Made> {
  for (let at = 0; at < counts.users; at++)
    yield {
      resource: users,
      object: {
        apiVersion: 'iam.kubesphere.io/v1beta1',
        kind: 'User',
        metadata: {
          name: userName(at),
          annotations: { 'iam.kubesphere.io/globalrole': 'platform-regular' },
        },
        spec: { email: `${userName(at)}@example.com`, password: hash },
      } as KubeObject,
    };
}

/** Each is managed by the first of its users. */
export function* workspacesOf(counts: Counts): Generator<Made> {
  for (let at = 0; at < counts.workspaces; at++)
    yield {
      resource: workspaces,
      object: {
        apiVersion: 'tenant.kubesphere.io/v1beta1',
        kind: 'WorkspaceTemplate',
        metadata: { name: workspaceName(at) },
        spec: { template: { spec: { manager: userName(at % counts.users) } } },
      } as KubeObject,
    };
}

export function* projectsOf(counts: Counts): Generator<Made> {
  for (let at = 0; at < counts.projects; at++) {
    const workspace = workspaceName(at % counts.workspaces);
    yield {
      resource: resources.namespaces,
      object: {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: {
          name: projectName(at),
          labels: { [workspaceLabel]: workspace },
          annotations: { 'platform.orrery.io/workspace': workspace },
        },
      },
    };
  }
}

/** Everybody is a regular member of one workspace, its managers apart. */
export function* membersOf(counts: Counts): Generator<Made> {
  for (let at = counts.workspaces; at < counts.users; at++) {
    const workspace = workspaceName(at % counts.workspaces);
    const role = `${workspace}-regular`;
    yield {
      resource: workspaceBindings,
      object: {
        apiVersion: 'iam.kubesphere.io/v1beta1',
        kind: 'WorkspaceRoleBinding',
        metadata: {
          name: `${userName(at)}-${role}`,
          labels: { [workspaceLabel]: workspace, [userLabel]: userName(at) },
        },
        roleRef: { apiGroup: 'iam.kubesphere.io', kind: 'WorkspaceRole', name: role },
        subjects: [{ kind: 'User', apiGroup: rbac, name: userName(at) }],
      } as KubeObject,
    };
  }
}

/** As many as there can be for one user: a role of each kind in every project of his workspace. */
export const bindingsMax = (counts: Counts): number =>
  counts.users * Math.floor(counts.projects / counts.workspaces) * projectRoles.length;

/** The same number for each user, over the projects of his workspace: first as viewer in all, then with the next role. */
export function* bindingsOf(counts: Counts): Generator<Made> {
  const each = Math.floor(counts.projects / counts.workspaces);
  for (let at = 0; at < counts.bindings; at++) {
    const turn = Math.floor(at / counts.users);
    const user = at % counts.users;
    const role = projectRoles[Math.floor(turn / each)]!;
    const namespace = projectName((user % counts.workspaces) + (turn % each) * counts.workspaces);
    yield {
      resource: resources.rolebindings,
      namespace,
      object: {
        apiVersion: `${rbac}/v1`,
        kind: 'RoleBinding',
        metadata: { name: `${userName(user)}-${role}`, namespace, labels: { [userLabel]: userName(user) } },
        roleRef: { apiGroup: rbac, kind: 'Role', name: role },
        subjects: [{ kind: 'User', apiGroup: rbac, name: userName(user) }],
      } as KubeObject,
    };
  }
}

/** Names, labels and a key: what can be found of most objects. */
export function* objectsOf(counts: Counts): Generator<Made> {
  for (let at = 0; at < counts.objects; at++) {
    const namespace = projectName(at % counts.projects);
    yield {
      resource: resources.configmaps,
      namespace,
      object: {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          name: `settings-${at}`,
          namespace,
          labels: { app: `shop-${at % 977}`, tier: ['front', 'back', 'data'][at % 3]! },
        },
        data: { 'application.properties': `port=8080\nnumber=${at}` },
      } as KubeObject,
    };
  }
}
