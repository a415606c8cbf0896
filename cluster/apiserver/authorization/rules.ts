/** RBAC's rules: what they say, and whether one allows a request (upstream `plugin/pkg/auth/authorizer/rbac`). Pure. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { LabelSelectorObject } from '@orrery/machinery/selector';
import type { AuthorizationAttributes } from '../types.ts';

export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

export interface Subject {
  readonly kind: string;
  readonly apiGroup?: string;
  readonly name: string;
  readonly namespace?: string;
}

export interface RoleRef {
  readonly apiGroup: string;
  readonly kind: string;
  readonly name: string;
}

export interface Role extends KubeObject {
  rules?: readonly PolicyRule[] | null;
  aggregationRule?: { clusterRoleSelectors?: readonly LabelSelectorObject[] };
}

export interface RoleBinding extends KubeObject {
  subjects?: readonly Subject[] | null;
  roleRef: RoleRef;
}

export const rbacGroup = 'rbac.authorization.k8s.io';

const oneOf = (values: readonly string[] | undefined, wanted: string): boolean =>
  values !== undefined && (values.includes('*') || values.includes(wanted));

/** `*` matches all, star, slash, `scale` that subresource of all, else the whole `resource/subresource` must be named. */
export function resourceMatches(rule: readonly string[], resource: string, subresource: string): boolean {
  if (rule.includes('*')) return true;
  if (subresource === '') return rule.includes(resource);
  return rule.includes(`${resource}/${subresource}`) || rule.includes(`*/${subresource}`);
}

/** A path is matched whole, or by a prefix that ends in `*`. */
export const pathMatches = (pattern: string, path: string): boolean =>
  pattern === path || pattern === '*' || (pattern.endsWith('*') && path.startsWith(pattern.replace(/\*+$/, '')));

export function ruleAllows(rule: PolicyRule, attributes: AuthorizationAttributes): boolean {
  if (!oneOf(rule.verbs, attributes.verb)) return false;
  if (!attributes.isResourceRequest)
    return rule.nonResourceURLs?.some(pattern => pathMatches(pattern, attributes.path)) ?? false;
  return (
    oneOf(rule.apiGroups, attributes.apiGroup) &&
    resourceMatches(rule.resources ?? [], attributes.resource, attributes.subresource) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(attributes.name))
  );
}
