/** What the installer of an extension may do: everything usual in its own namespace, and what its chart asks for in `permissions.yaml`. */
import { resources } from '@orrery/client/resources';
import type { Chart } from '@orrery/helm/types';
import type { UserInfo } from '@orrery/http';
import type { KubeObject } from '@orrery/machinery/meta';
import { labels, type PolicyRule } from '@orrery/platform-kinds';
import { parseAllDocuments } from 'yaml';
import { managedBy, sourceAnnotation, type Wanted } from '../access/materialise.ts';

const rbac = 'rbac.authorization.k8s.io';

/** Nobody has an account of this name: names of accounts have no colon. */
export const installerOf = (extension: string): UserInfo => ({
  name: `orrery:extension:${extension}`,
  groups: [],
});

/** As KubeSphere gives them. */
export const usual: PolicyRule = {
  verbs: ['*'],
  apiGroups: ['', 'apps', 'batch', 'policy', 'networking.k8s.io', 'autoscaling', 'metrics.k8s.io'],
  resources: ['*'],
};

interface Asked {
  readonly cluster: readonly PolicyRule[];
  readonly namespace: readonly PolicyRule[];
}

/** The rules of `permissions.yaml`: ClusterRoles hold everywhere, Roles in the namespace. */
export function askedBy({ files }: Pick<Chart, 'files'>): Asked {
  const file = files.find(({ name }) => name === 'permissions.yaml');
  if (!file) return { cluster: [], namespace: [] };
  const documents = parseAllDocuments(new TextDecoder().decode(file.data));
  const roles = (Array.isArray(documents) ? documents : []).flatMap(document => {
    const value: unknown = document.errors.length > 0 ? undefined : document.toJS({ maxAliasCount: 0 });
    return typeof value === 'object' && value !== null ? [value as { kind?: unknown; rules?: unknown }] : [];
  });
  const rulesOf = (kind: string): PolicyRule[] =>
    roles.flatMap(role => (role.kind === kind && Array.isArray(role.rules) ? (role.rules as PolicyRule[]) : []));
  return { cluster: rulesOf('ClusterRole'), namespace: rulesOf('Role') };
}

/** All that follows for one extension. Nothing asked for means no rights outside of the namespace. */
export function rightsOf(extension: string, namespace: string, asked: Asked): Wanted[] {
  const name = `orrery:extension:${extension}`;
  const metadata = (inNamespace?: string) => ({
    name,
    ...(inNamespace && { namespace: inNamespace }),
    labels: { ...managedBy, [labels.extension]: extension },
    annotations: { [sourceAnnotation]: `installplans/${extension}` },
  });
  const subjects = [{ kind: 'User', apiGroup: rbac, name }];
  const part = (kind: string, more: object, inNamespace?: string) =>
    ({ apiVersion: `${rbac}/v1`, kind, metadata: metadata(inNamespace), ...more }) as KubeObject;
  const refer = (kind: string) => ({ roleRef: { apiGroup: rbac, kind, name }, subjects });
  return [
    { resource: resources.roles, object: part('Role', { rules: [usual, ...asked.namespace] }, namespace) },
    { resource: resources.rolebindings, object: part('RoleBinding', refer('Role'), namespace) },
    { resource: resources.clusterroles, object: part('ClusterRole', { rules: asked.cluster }) },
    { resource: resources.clusterrolebindings, object: part('ClusterRoleBinding', refer('ClusterRole')) },
  ];
}
