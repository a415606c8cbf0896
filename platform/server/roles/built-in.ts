/** The built-in roles of each scope, as the cluster keeps them and as 4.x's BuiltinRole tells them. */
import {
  labels,
  platformResources,
  type BuiltinRole,
  type PlatformRole,
  type PolicyRule,
} from '@orrery/platform-kinds';
import { managedBy } from '../access/materialise.ts';
import { projectRoles, workspaceRoles } from '../access/project-roles.data.ts';
import type { BuiltInRole } from '../feature.ts';
import { aggregateTo, builtInRules, type Catalogue } from './catalogue.ts';

/** Whoever administers the cluster that the platform itself runs in can do everything: its rights live there. */
const clusterRoles: Readonly<Record<string, readonly PolicyRule[]>> = {
  'cluster-admin': [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    { verbs: ['*'], nonResourceURLs: ['*'] },
  ],
  // Secrets are left out: the platform's own keys are among them.
  'cluster-viewer': [{ verbs: ['get'], nonResourceURLs: ['*'] }],
};

/** Those of features, as the catalogue completes them. */
export const globalRoleObjects = (roles: readonly BuiltInRole[], catalogue: Catalogue): PlatformRole[] =>
  roles.map(({ name, rules }) => ({
    apiVersion: platformResources.globalroles.apiVersion,
    kind: 'GlobalRole',
    metadata: { name, labels: { ...managedBy } },
    rules: builtInRules('global', name, rules, catalogue),
  }));

export const clusterRoleObjects = (catalogue: Catalogue): PlatformRole[] =>
  Object.entries(clusterRoles).map(([name, rules]) => ({
    apiVersion: platformResources.iamClusterRoles.apiVersion,
    kind: 'ClusterRole',
    metadata: { name, labels: { ...managedBy } },
    rules: builtInRules('cluster', name, rules, catalogue),
  }));

export const builtinRoleObjects = (): BuiltinRole[] => [
  ...ofScope('workspace', 'WorkspaceRole', workspaceRoles, labels.workspace),
  ...ofScope('namespace', 'Role', projectRoles, labels.namespace),
];

const ofScope = (scope: string, kind: string, roles: Readonly<Record<string, PolicyRule[]>>, label: string) =>
  Object.entries(roles).map(([name, rules]): BuiltinRole => ({
    apiVersion: platformResources.builtinroles.apiVersion,
    kind: 'BuiltinRole',
    metadata: { name: `${scope}-${name}`, labels: { ...managedBy, [labels.scope]: scope } },
    targetSelector: { matchExpressions: [{ key: label, operator: 'Exists' }] },
    role: {
      kind,
      metadata: { name },
      rules,
      aggregationRoleTemplates: { roleSelector: { matchLabels: { [labels.scope]: scope, [aggregateTo(name)]: '' } } },
    },
  }));
