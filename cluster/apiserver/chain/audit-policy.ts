/** Which requests are recorded, and how fully: the rules of an `audit.k8s.io/v1` Policy. Pure; the first rule that fits decides. */
import type { RequestContext } from './context.ts';

export type AuditLevel = 'None' | 'Metadata' | 'Request' | 'RequestResponse';

export interface AuditRule {
  readonly level: AuditLevel;
  readonly users?: readonly string[];
  readonly userGroups?: readonly string[];
  readonly verbs?: readonly string[];
  readonly resources?: readonly { group?: string; resources?: readonly string[]; resourceNames?: readonly string[] }[];
  readonly namespaces?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
  readonly omitStages?: readonly string[];
  /** Goes before that of the policy. */
  readonly omitManagedFields?: boolean;
}

export interface AuditPolicy {
  readonly rules: readonly AuditRule[];
  readonly omitStages?: readonly string[];
  readonly omitManagedFields?: boolean;
}

export interface AuditDecision {
  readonly level: AuditLevel;
  readonly omitStages: readonly string[];
  readonly omitManagedFields: boolean;
}

const among = (list: readonly string[] | undefined, value: string): boolean =>
  list === undefined || list.length === 0 || list.includes(value);

const pathFits = (pattern: string, path: string): boolean =>
  pattern === '*' || (pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern);

function resourceFits(wanted: string, resource: string, subresource: string): boolean {
  if (wanted === '*') return true;
  const [name, sub] = wanted.split('/');
  if (sub === undefined) return name === resource && subresource === '';
  return (name === '*' || name === resource) && (sub === '*' || sub === subresource);
}

function placeFits(rule: AuditRule, { info }: RequestContext): boolean {
  const { resources, nonResourceURLs, namespaces } = rule;
  if (info.isResourceRequest) {
    if (nonResourceURLs && nonResourceURLs.length > 0 && !resources?.length) return false;
    if (!among(namespaces, info.namespace)) return false;
    if (!resources?.length) return true;
    return resources.some(
      ({ group = '', resources: names, resourceNames }) =>
        group === info.apiGroup &&
        among(resourceNames, info.name) &&
        (!names?.length || names.some(name => resourceFits(name, info.resource, info.subresource))),
    );
  }
  if (resources?.length || namespaces?.length) return false;
  return !nonResourceURLs?.length || nonResourceURLs.some(pattern => pathFits(pattern, info.path));
}

/** What to record of a request. Nothing fits means nothing is recorded. */
export function decisionFor(policy: AuditPolicy, context: RequestContext): AuditDecision {
  for (const rule of policy.rules) {
    const { user } = context;
    if (!among(rule.users, user.name) || !among(rule.verbs, context.info.verb)) continue;
    if (rule.userGroups?.length && !rule.userGroups.some(group => user.groups.includes(group))) continue;
    if (!placeFits(rule, context)) continue;
    return {
      level: rule.level,
      omitStages: [...(policy.omitStages ?? []), ...(rule.omitStages ?? [])],
      omitManagedFields: rule.omitManagedFields ?? policy.omitManagedFields ?? false,
    };
  }
  return { level: 'None', omitStages: [], omitManagedFields: false };
}
