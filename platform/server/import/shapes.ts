/** What an import speaks of: what was read, what is to be done, and what people are told. */
import type { GroupVersionResource, KubeObject } from '@orrery/machinery/meta';
import type { PlatformRole, PlatformRoleBinding, User } from '@orrery/platform-kinds';

/** What was read of an installation, or of a platform. Lists of what is not served are empty. */
export interface Snapshot {
  /** The uid of the namespace kube-system: two kubeconfigs may lead to one cluster. */
  readonly cluster: string;
  readonly users: readonly User[];
  readonly globalroles: readonly PlatformRole[];
  readonly globalrolebindings: readonly PlatformRoleBinding[];
  readonly workspaceroles: readonly PlatformRole[];
  readonly workspacerolebindings: readonly PlatformRoleBinding[];
  readonly workspacetemplates: readonly KubeObject[];
  readonly workspaces: readonly KubeObject[];
  readonly groups: readonly KubeObject[];
  readonly groupbindings: readonly KubeObject[];
  readonly roletemplates: readonly KubeObject[];
  readonly workspaceQuotas: readonly KubeObject[];
  readonly iamClusterRoles: readonly PlatformRole[];
  readonly iamClusterRoleBindings: readonly PlatformRoleBinding[];
  readonly iamRoles: readonly PlatformRole[];
  readonly iamRoleBindings: readonly PlatformRoleBinding[];
  readonly namespaces: readonly KubeObject[];
  readonly roles: readonly PlatformRole[];
  readonly rolebindings: readonly PlatformRoleBinding[];
  readonly clusterroles: readonly PlatformRole[];
  readonly clusterrolebindings: readonly PlatformRoleBinding[];
  readonly resourcequotas: readonly KubeObject[];
  readonly limitranges: readonly KubeObject[];
  readonly categories: readonly KubeObject[];
  readonly devopsprojects: readonly KubeObject[];
  readonly namespacenetworkpolicies: readonly KubeObject[];
  /** Of a source: what no import brings. */
  readonly left?: readonly Left[];
}

/** What there is besides: objects of a kind, or something that is configured by name. */
export interface Left {
  readonly kind: string;
  readonly group: string;
  readonly name?: string;
  /** Absent when they could not be counted. */
  readonly count?: number | undefined;
}

export type Kind = Exclude<keyof Snapshot, 'cluster' | 'left'>;

/** What was written by earlier imports: a digest of the object by a digest of where it came from and what it is called. */
export type Ledger = Readonly<Record<string, string>>;

export type Verdict = 'as it is' | 'changed' | 'not brought';

/** One line of the report. It never holds a password or its hash. */
export interface Line {
  readonly kind: string;
  readonly name: string;
  readonly verdict: Verdict;
  /** How it is changed, or why it cannot be. */
  readonly why: string;
  /** What is done in the cluster. */
  readonly action: 'create' | 'update' | 'none';
}

/** An object that an import wants. */
export interface Wish {
  readonly kind: Kind;
  readonly object: KubeObject;
  readonly changes: readonly string[];
}

export interface Refusal {
  readonly kind: Kind;
  readonly name: string;
  readonly why: string;
}

export interface Wishes {
  readonly wishes: readonly Wish[];
  readonly refusals: readonly Refusal[];
}

export interface Action {
  /** Of the ledger. */
  readonly key: string;
  readonly verb: 'create' | 'patch';
  readonly resource: GroupVersionResource;
  readonly object: KubeObject;
}

export interface Plan {
  readonly actions: readonly Action[];
  readonly lines: readonly Line[];
  /** What stands in the ledger when all is done. */
  readonly ledger: Ledger;
}

export interface PlanOptions {
  /** Also what was changed or removed here since, and what others made here. */
  readonly force?: boolean;
  readonly ledger?: Ledger;
}
